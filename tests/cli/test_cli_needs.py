"""What an app needs of others, in words: explain, lookup, apps, page, diff and the policy's own tests."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Say

NEEDS = """\
apps:
  maths:
    label: Maths
    domains: [maths.example]
    needs: {domains: [fonts.example], apps: [account]}
  account: {label: Account, domains: [login.example]}
"""
RULE = """\
  - id: maths-only
    allow: {apps: [maths]}
    for: [year7]
  - id: closed
    block: everything
    for: [year7]
    why: This lesson is for maths.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
"""


@pytest.fixture
def garden(policies: Path) -> Path:
    """The school, where Year 7 may open what maths needs and nothing else."""
    (policies / "needs.yaml").write_text(NEEDS)
    rules = policies / "rules.yaml"
    rules.write_text(rules.read_text().replace("rules:\n", f"rules:\n{RULE}"))
    return policies


def explained(say: Say, folder: Path, host: str, *more: str) -> str:
    done = say("explain", f"https://{host}/", "--as", "year7", "--at", "monday 10:00", "--policies", folder, *more)
    assert done.exit_code == 0, done.output
    text: str = done.output
    return text


@pytest.mark.parametrize("host", ["fonts.example", "a.fonts.example", "login.example"])
def test_explain_says_which_app_needs_it_and_where_that_is_written(say: Say, garden: Path, host: str) -> None:
    text = explained(say, garden, host)
    line = 6 if host == "login.example" else 5
    assert text.startswith(f"Allowed: https://{host}/")
    assert "because: the first rule that matches; it is needed by Maths [rule]" in text
    assert f"  needed by app maths: {host.removeprefix('a.')} ({garden / 'needs.yaml'}:{line})" in text
    assert json.loads(explained(say, garden, host, "--json"))["needed_by"] == ["maths"]


def test_explain_says_nothing_of_needs_where_the_app_itself_is_opened(say: Say, garden: Path) -> None:
    assert "needed by" not in explained(say, garden, "maths.example")


def test_lookup_says_who_needs_a_host(say: Say, garden: Path, tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    arguments = ("lookup", "fonts.example", "--policies", garden, "--lists", tmp_path / "lists")
    assert "  needed by Maths (app maths)" in say(*arguments).output.splitlines()
    assert json.loads(say(*arguments, "--json").output)["needed_by"] == {"maths": "Maths"}


def test_an_app_says_what_it_needs_and_who_needs_it(say: Say, garden: Path) -> None:
    done = say("apps", "maths", "--policies", garden)
    assert "Needs, and opens where it is allowed: fonts.example, all of the app account" in done.output
    assert (
        "Needed by: maths; a rule that allows one of them opens this app"
        in say("apps", "account", "--policies", garden).output
    )
    found = json.loads(say("apps", "maths", "--policies", garden, "--json").output)
    assert (found["needs"], found["needed_by"]) == ({"domains": ["fonts.example"], "apps": ["account"]}, [])
    assert found["domains"] == ["maths.example"]


def test_the_technical_details_of_a_page_say_it(say: Say, garden: Path) -> None:
    rules = garden / "rules.yaml"
    rules.write_text(
        rules.read_text().replace(
            "    allow: {apps: [maths]}\n    for: [year7]\n", "    allow: {domains: [x.example]}\n"
        )
    )
    done = say("page", "https://fonts.example/", "--as", "year7", "--policies", garden)
    assert "<dt>Needed by</dt><dd>Maths</dd>" in done.output


def test_what_an_app_needs_from_now_on_is_a_difference(say: Say, garden: Path, tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    for file in garden.rglob("*"):
        if file.is_file():
            target = before / file.relative_to(garden)
            target.parent.mkdir(exist_ok=True)
            target.write_text(file.read_text().replace("    needs: {domains: [fonts.example], apps: [account]}\n", ""))
    done = say("diff", before, garden, "--format", "json")
    found = json.loads(done.output)
    opened = next(one for one in found["changes"] if one["kind"] == "newly-opened")
    assert {one["site"] for one in opened["examples"]} == {"fonts.example", "login.example"}
    assert [one["sentence"] for one in found["edits"]] == ["App maths: `needs` changed."]


def test_the_policys_own_tests_try_it(say: Say, garden: Path) -> None:
    (garden / "tests").mkdir()
    (garden / "tests" / "maths.yaml").write_text(
        "tests:\n"
        "  - {name: Fonts open, who: year7, open: fonts.example, expect: {effect: allow, rule: maths-only}}\n"
        "  - {name: Others stay closed, who: year7, open: other.example, expect: {effect: block, rule: closed}}\n"
    )
    assert say("test", garden).exit_code == 0
