"""The gallery has each page for each level and language, made from the policy at hand, and says what is not in it."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.explain.fault import FaultKind
from saywhy.explain.gallery import INDEX, MARK, Gallery, gallery
from saywhy.explain.render import builtin_renderer
from saywhy.explain.samples import KINDS, REFERENCE, Samples
from saywhy.explain.words import shipped_languages
from saywhy.policy.criterion import Criteria
from saywhy.policy.reader import Reader
from saywhy.policy.reading.load import load_policy
from tests.explain.conftest import LESSON, Hillside, rule

EXAMPLE = Path(__file__).parents[2] / "policies"
MOST_BYTES = 40_000
NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)  # a Sunday: rules of lessons do not hold


@pytest.fixture(scope="module")
def shown() -> Gallery:
    return gallery(Engine(load_policy(EXAMPLE)), builtin_renderer(), NOW)


def test_every_kind_is_there_for_every_level_and_language_or_said_to_be_left_out(shown: Gallery) -> None:
    left_out = {line.split(":", 1)[0] for line in shown.left_out}
    there = {(one.kind, one.reader, one.language) for one in shown.pages}
    for language in shipped_languages().by_code:
        for kind in KINDS:
            assert kind in left_out or all((kind, reader, language) in there for reader in Reader), kind
    faults = {one.kind for one in shown.pages if one.reader is None}
    assert [kind for kind in FaultKind if not any(one.startswith(f"fault-{kind.value}") for one in faults)] == []
    assert len([one for one in faults if one.startswith("fault-upstream-certificate-")]) >= 7
    assert {"the portal's pages", "answers that are no page"} <= left_out


def test_cards_are_there_for_every_level_and_language_and_hold_a_way_to_the_whole_page(shown: Gallery) -> None:
    cards = [one for one in shown.pages if one.kind.startswith("card-")]
    assert {(one.reader, one.language) for one in cards if one.kind == "card-care"} == {
        (reader, language) for reader in Reader for language in shipped_languages().by_code
    }
    assert [one.file for one in cards if one.page.count(b'target="_blank"') != 1 or b"<h1>" not in one.page] == []
    arabic = next(one.page.decode() for one in cards if one.file == "card-app-adult-ar.html")
    assert '<p lang="en" dir="ltr">A proxy' in arabic  # the school's own words are read as what they are
    index = shown.files("Hillside")[INDEX].decode()
    assert index.count('<iframe class="card"') == len(cards)


def test_pages_are_small_and_lead_nowhere(shown: Gallery) -> None:
    assert max(len(one.page) for one in shown.pages) < MOST_BYTES
    page = next(one.page for one in shown.pages if one.kind == "app" and one.reader is Reader.SECONDARY).decode()
    assert REFERENCE in page
    assert 'href="https://why.school.internal/ask/example"' in page


def test_the_index_shows_each_and_names_what_is_left_out(shown: Gallery) -> None:
    files = shown.files("Hillside <School>")
    index = files[INDEX].decode()
    assert sorted(re.findall(r'<iframe(?: class="card")? src="([^"]+)"', index)) == sorted(
        one.file for one in shown.pages
    )
    assert len(files) == len(shown.pages) + 1  # no two have the same name
    assert MARK in index
    assert "Hillside &lt;School&gt;" in index
    assert all(line.replace("'", "&#39;") in index for line in shown.left_out)


def test_what_is_left_out_is_what_the_policy_has_no_rule_for(hillside: Hillside) -> None:
    samples = Samples(hillside.engine, LESSON)
    left_out = {line.split(":", 1)[0] for line in samples.left_out()}
    assert "app" not in left_out
    assert {"caution", "posting", "sealed", "default"} <= left_out
    spoken = hillside.renderer.languages
    everything = hillside.with_rules(rule("all", Criteria(everything=True), locked=True, ask=None))
    assert [one.kind for one in Samples(everything.engine, LESSON).of(spoken, "en", ("locked", "app"))] == [
        "locked"
    ] * len(Reader)


def test_a_rule_for_lessons_is_shown_in_a_lesson(shown: Gallery) -> None:
    page = next(one.page for one in shown.pages if one.kind == "timed" and one.reader is Reader.SECONDARY).decode()
    assert re.search(r"until \d+(:\d\d)?[ap]m", page)
