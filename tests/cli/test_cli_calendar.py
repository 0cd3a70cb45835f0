"""Calendars as a technician meets them on the command line: explain, test, check, upcoming, diff, overblocking."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Say

YAML = """
calendars:
  terms: {file: calendars/school.ics, events: ["* term"], label: term time}
  holidays: {file: calendars/school.ics, events: ["Half term"], label: the holidays}
times:
  lessons:
    label: lesson time
    spans: [{days: mon-fri, from: 09:15, until: 15:20}]
    only: [terms]
    except: [holidays]
"""
HALF_TERM = ("Half term", "20261026", "20261031")
TERMS = [("Autumn term", "20260901", "20261219"), ("Spring term", "20270104", "20270327")]
TESTS = """
tests:
  - name: Games are closed in lessons
    who: year7
    when: [2026-10-23T10:00, 2026-11-23 10:00]
    open: https://games.example/
    expect: {effect: block, rule: games}
  - name: Games are open in half term and at Christmas
    who: year7
    when: [2026-10-26T10:00, 2026-12-21T10:00]
    open: https://games.example/
    expect: allow
"""


def calendar(*events: tuple[str, str, str]) -> str:
    body = "".join(
        f"BEGIN:VEVENT\nUID:{number}\nSUMMARY:{name}\nDTSTART;VALUE=DATE:{first}\nDTEND;VALUE=DATE:{end}\nEND:VEVENT\n"
        for number, (name, first, end) in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{body}END:VCALENDAR\n"


def by_calendar(policies: Path, *events: tuple[str, str, str]) -> Path:
    """The school of these tests, with lessons in term alone."""
    path = policies / "school.yaml"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "lessons:" not in line and line != "times:\n"), "utf-8")
    (policies / "calendars.yaml").write_text(YAML, "utf-8")
    (policies / "calendars").mkdir()
    (policies / "calendars" / "school.ics").write_text(calendar(*events), "utf-8")
    return policies


@pytest.fixture
def school(policies: Path) -> Path:
    return by_calendar(policies, *TERMS, HALF_TERM)


@pytest.mark.parametrize(
    ("at", "rule", "because"),
    [
        ("2026-10-23T10:00", "games", None),
        (
            "2026-10-27T10:00",
            "default",
            "it holds in lesson time, not on Tuesday at 10:00: Tuesday 27 October 2026 is in the holidays",
        ),
        (
            "2026-12-21T10:00",
            "default",
            "it holds in lesson time, not on Monday at 10:00: Monday 21 December 2026 is not in term time",
        ),
        ("2026-10-27T18:00", "default", "it holds in lesson time, not on Tuesday at 18:00"),
    ],
)
def test_explain_says_which_calendar_keeps_a_time_from_holding(
    say: Say, school: Path, at: str, rule: str, because: str | None
) -> None:
    done = say("explain", "games.example", "--as", "year7", "--at", at, "--policies", school, "--json")
    answer = json.loads(done.output)
    assert answer["rule"] == rule
    if because is not None:
        assert next(step["because"] for step in answer["trace"] if step["rule"] == "games") == because


def test_a_page_says_when_it_opens_again_today(say: Say, school: Path) -> None:
    told = say("page", "games.example", "--as", "year7", "--at", "2026-10-23T10:00", "--policies", school).output
    assert "3:20pm" in told


def test_tests_of_the_policy_name_days_in_and_out_of_the_holidays(say: Say, school: Path) -> None:
    (school / "tests").mkdir(exist_ok=True)
    (school / "tests" / "calendar.yaml").write_text(TESTS, "utf-8")
    done = say("test", school)
    assert done.exit_code == 0, done.output
    (school / "calendars" / "school.ics").write_text(calendar(*TERMS, ("Half term", "20261102", "20261107")), "utf-8")
    done = say("test", school)
    assert done.exit_code == 1
    assert "Games are open in half term and at Christmas" in done.output


def test_check_and_upcoming_tell_of_a_calendar_that_ends(say: Say, policies: Path) -> None:
    ends = datetime.now(UTC).date() + timedelta(days=10)
    school = by_calendar(policies, ("Autumn term", "20260901", f"{ends:%Y%m%d}"), HALF_TERM)
    checked = say("check", school)
    assert "the calendar 'terms' has nothing after" in checked.output
    assert "[calendar-ends]" in say("check", school, "--format", "text").output or "calendar-ends" in checked.output
    found = json.loads(say("upcoming", "--policies", school, "--json").output)["upcoming"]
    assert {
        "day": str(ends - timedelta(days=1)), "at": None, "event": "calendar-ends", "about": "terms",
        "told": "calendar terms has nothing after this day: "
            "put the days to come into calendars/school.ics, and name their events",
        "overdue": False,
    } in found  # fmt: skip


def test_diff_tells_the_days_of_a_calendar_that_changed(say: Say, school: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    shutil.copytree(school, new)
    (new / "calendars" / "school.ics").write_text(calendar(*TERMS, ("Half term", "20261026", "20261103")), "utf-8")
    done = say("diff", school, new)
    assert "Calendar holidays: 31 October to 2 November 2026 added." in done.output


def test_a_broken_calendar_is_named_with_its_line(say: Say, school: Path) -> None:
    (school / "calendars" / "school.ics").write_text(calendar(*TERMS, ("Half term", "Monday", "20261031")), "utf-8")
    done = say("check", school)
    assert done.exit_code == 1
    assert "calendars/school.ics:18:1" in done.output


def test_what_should_stay_open_is_tried_in_the_holidays_too(say: Say, school: Path) -> None:
    rules = school / "rules.yaml"
    closing = (
        "rules:\n  - id: quiet-holidays\n    block: {domains: [childline.org.uk]}\n    for: [students]\n"
        "    when: [holidays]\n    why: It is closed.\n    decided: {by: Governors, on: 2026-09-03}\n"
        "    review_by: 2027-09-01\n    owner: it\n"
    )
    rules.write_text(rules.read_text("utf-8").replace("rules:\n", closing, 1), "utf-8")
    today = datetime.now(UTC).date()
    first, end = (f"{today + timedelta(days=days):%Y%m%d}" for days in (40, 45))
    (school / "calendars" / "school.ics").write_text(calendar(*TERMS, ("Half term", first, end)), "utf-8")
    done = say("overblocking", "--policies", school, "--json")
    assert "quiet-holidays" in done.output, done.output[:400]
