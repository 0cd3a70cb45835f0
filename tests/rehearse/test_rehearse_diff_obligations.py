"""A change of what allows carry is a change, at every site where it comes to something else."""

from pathlib import Path
from typing import Any

import pytest

from saywhy.decide.engine import Engine
from saywhy.policy.reading.load import load_policy
from saywhy.rehearse.diff import Comparer, Kind
from saywhy.rehearse.diff_listed import compare_listed
from saywhy.rehearse.diff_rules import edits
from saywhy.rehearse.diff_tally import Tally
from tests.decide.conftest import MONDAY_TEN

SCHOOL = """
school: {name: Hillside School, timezone: Europe/London}
roles: {it: IT support}
groups: {students: {reader: secondary}}
places: [{network: 10.0.0.0/8, groups: [students]}]
default: allow
apps:
  videos:
    label: Videos
    domains: [videos.test]
    controls:
      restricted:
        - hosts: [www.videos.test]
          closed: [old.videos.test]
          levels:
            moderate: {address: moderate.videos.test}
            strict: {address: strict.videos.test}
          source: "https://videos.test/help"
  cloud:
    label: Cloud
    domains: [cloud.test]
    controls:
      accounts:
        - headers: {allowed: "{accounts}"}
          source: "https://cloud.test/help"
rules:
  - id: own
    allow: {apps: [videos, cloud]}
    restricted: moderate
    accounts: {cloud: [hillside.test]}
"""


def engine(folder: Path, text: str) -> Engine:
    folder.mkdir()
    (folder / "school.yaml").write_text(text)
    return Engine(load_policy(folder))


def compared(tmp_path: Path, was: str, now: str) -> tuple[list[str], dict[str, dict[str, tuple[Any, Any]]]]:
    """The edits in sentences; and by kind of change the sites, each with the obligations before and after."""
    comparer = Comparer(engine(tmp_path / "was", was), engine(tmp_path / "now", now))
    tally = Tally()
    compare_listed(comparer, MONDAY_TEN.date(), tally)
    told = [one.sentence for one in edits(comparer.was.policy, comparer.now.policy)]
    sites = {
        kind.value: {one.site: (one.was.obligations, one.now.obligations) for one in counted.examples(100)}
        for kind, counted in tally.found()
    }
    return told, sites


OBLIGED, OPENED = Kind.OBLIGED.value, Kind.OPENED.value
REACHED = {OPENED: {"old.videos.test": ((), ())}}  # what no restricted mode reaches, once none is asked for
ACCOUNTS = "accounts: cloud: hillside.test"
RULE = "Rule own: "
CASES = {
    "another level": (
        ("restricted: moderate", "restricted: strict"),
        [f"{RULE}`restricted` was moderate, is strict."],
        {OBLIGED: {"www.videos.test": (("restricted: moderate",), ("restricted: strict",))}},
    ),
    "no level": (
        ("    restricted: moderate\n", ""),
        [f"{RULE}`restricted` was moderate, is nothing."],
        {OBLIGED: {"www.videos.test": (("restricted: moderate",), ())}, **REACHED},
    ),
    "other accounts": (
        ("[hillside.test]", "[another.test]"),
        [f"{RULE}`accounts` was cloud: hillside.test, is cloud: another.test."],
        {OBLIGED: {"cloud.test": ((ACCOUNTS,), ("accounts: cloud: another.test",))}},
    ),
    "another way": (
        ("address: moderate.videos.test", "address: mild.videos.test"),
        ["App videos: what it offers for `restricted` changed."],
        {OBLIGED: {
            "www.videos.test": (
                ("restricted: moderate (by connecting to moderate.videos.test)",),
                ("restricted: moderate (by connecting to mild.videos.test)",),
            )
        }},
    ),
    "another header": (
        ('{allowed: "{accounts}"}', '{only: "{accounts}"}'),
        ["App cloud: what it offers for `accounts` changed."],
        {OBLIGED: {
            "cloud.test": (
                (f"{ACCOUNTS} (by the header allowed: hillside.test)",),
                (f"{ACCOUNTS} (by the header only: hillside.test)",),
            )
        }},
    ),
    "nothing offered any more": (
        (SCHOOL[SCHOOL.index("    controls:\n      restricted") : SCHOOL.index("  cloud:\n")], ""),
        ["App videos: what it offers for `restricted` is gone."],
        {OBLIGED: {"www.videos.test": (("restricted: moderate",), ())}, **REACHED},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "told", "sites"), CASES.values(), ids=CASES)
def test_what_changes_is_told_and_counted(
    tmp_path: Path, change: tuple[str, str], told: list[str], sites: dict[str, Any]
) -> None:
    now = SCHOOL.replace(*change)
    assert now != SCHOOL
    assert compared(tmp_path, SCHOOL, now) == (told, sites)


def test_a_site_that_the_control_does_not_reach_is_told_apart_from_its_app(tmp_path: Path) -> None:
    now = SCHOOL.replace("          closed: [old.videos.test]\n", "")
    _, sites = compared(tmp_path, SCHOOL, now)
    assert sites == REACHED


REFUSING = SCHOOL.replace(
    '{allowed: "{accounts}"}\n', '{allowed: "{accounts}"}\n          refused_at: [cloud.test/no]\n'
)


@pytest.mark.parametrize(
    ("was", "now", "found"),
    [
        (SCHOOL, REFUSING, {Kind.BLOCKED.value: {"cloud.test/no"}}),
        (REFUSING, SCHOOL, {OPENED: {"cloud.test/no"}}),
        (
            REFUSING,
            REFUSING.replace("/no]", "/nope]"),
            {Kind.BLOCKED.value: {"cloud.test/nope"}, OPENED: {"cloud.test/no"}},
        ),
        (REFUSING, REFUSING, {}),
    ],
)
def test_where_a_service_sends_other_accounts_is_a_page_of_its_own(
    tmp_path: Path, was: str, now: str, found: dict[str, set[str]]
) -> None:
    _, sites = compared(tmp_path, was, now)
    assert {kind: {site for site in there if "/" in site} for kind, there in sites.items()} == found


def test_without_a_change_nothing_is_told(tmp_path: Path) -> None:
    assert compared(tmp_path, SCHOOL, SCHOOL) == ([], {})
