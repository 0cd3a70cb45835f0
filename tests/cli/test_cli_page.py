"""`saywhy page`: the very page that the filter gives."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from saywhy.cli.page import NO_REFERENCE
from saywhy.decide.access import Access, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.explain.builtin import builtin_pages
from saywhy.explain.explain import explain
from saywhy.explain.reading_language import PageLanguage
from saywhy.explain.reference import read_code
from saywhy.explain.render import PageRenderer, builtin_renderer
from saywhy.policy.reading.load import load_policy
from tests.cli.conftest import Say, Shell

LESSON = "2026-11-23T10:00"


def test_it_is_the_page_of_the_renderer(shell: Shell, policies: Path) -> None:
    policy = load_policy(policies)
    at = datetime.fromisoformat(LESSON).replace(tzinfo=policy.school.timezone)
    access = Access(subject_in(policy, ("year7",)), target_of_url("tiktok.com"), at)
    decision = decide(Engine(policy), NO_GRANTS, access)
    ask = "https://why.school.internal/ask/example"
    told = explain(
        Engine(policy),
        NO_GRANTS,
        access,
        decision,
        reference=NO_REFERENCE,
        ask_url=ask,
        page_language=PageLanguage(url="https://why.school.internal/why/example"),
    )
    done = shell("page", "tiktok.com", "--as", "year7", "--at", LESSON, "--policies", policies)
    assert done.returncode == 0, done.stderr
    assert done.stdout == builtin_renderer().page(told).decode()
    assert done.stderr.startswith("Answered from the folder ")


def test_its_reference_is_in_the_form_of_one() -> None:
    assert read_code(NO_REFERENCE) == NO_REFERENCE


def test_a_page_that_cares_has_no_form(say: Say, policies: Path) -> None:
    done = say("page", "harm.example", "--as", "year7", "--policies", policies)
    assert "Mrs Okafor" in done.output
    assert "/ask/" not in done.output


@pytest.mark.parametrize(
    ("url", "asker", "said"),
    [
        ("tiktok.com", "staff", "There is no page to show, since staff may open this address: no rule matches"),
        ("games.example", "10.99.0.1", "There is no page to show, since 10.99.0.1 may open this address"),
    ],
)
def test_what_is_open_has_no_page(say: Say, policies: Path, url: str, asker: str, said: str) -> None:
    done = say("page", url, "--as", asker, "--policies", policies)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert said in done.stderr


@pytest.mark.parametrize("lang", ["xx", "english", "../en", "e"])
def test_an_unknown_language_says_which_there_are(say: Say, policies: Path, lang: str) -> None:
    done = say("page", "tiktok.com", "--as", "year7", "--lang", lang, "--policies", policies)
    assert done.exit_code == 2
    assert f"there are no pages in {lang!r}; there are pages in: en" in " ".join(done.output.split())


@pytest.mark.parametrize(("lang", "title"), [("cy", "Ni allwch"), ("cy-GB", "Ni allwch"), ("en-GB", "You cannot"), ("", "You cannot")])  # fmt: skip
def test_a_language_may_be_chosen(
    say: Say, policies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, title: str
) -> None:
    pages = tmp_path / "pages"
    shutil.copytree(builtin_pages(), pages)
    english = (pages / "languages" / "en.yaml").read_text()
    welsh = english.replace('language: "en"', 'language: "cy"').replace("You cannot open", "Ni allwch agor")
    (pages / "languages" / "cy.yaml").write_text(welsh)
    monkeypatch.setattr("saywhy.explain.render.builtin_renderer", lambda: PageRenderer(pages))
    done = say("page", "tiktok.com", "--as", "year7", "--policies", policies, *(("--lang", lang) if lang else ()))
    assert done.exit_code == 0, done.output
    assert f"<h1>{title}" in done.output
    assert f'<html lang="{"cy" if title.startswith("Ni") else "en"}"' in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("tiktok.com",), "--as"), (("tiktok.com", "--as", "yaer7"), "did you mean 'year7'?"), (("ftp://x", "--as", "year7"), "only http")],
)  # fmt: skip
def test_what_was_not_understood_ends_with_2(say: Say, policies: Path, arguments: tuple[str, ...], said: str) -> None:
    done = say("page", *arguments, "--policies", policies)
    assert done.exit_code == 2
    assert said in done.output
