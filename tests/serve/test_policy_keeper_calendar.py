"""A calendar is part of the policy in force: a good one is taken, a bad one never is, and what was in force stays."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from saywhy.serve.revisions import Revisions
from tests.serve.keeping import GOOD, School

FILE = "calendars/school.ics"
WITH_CALENDAR = (
    f'{GOOD}calendars:\n  holidays: {{file: {FILE}, events: ["Half term"]}}\n'
    "times:\n  lessons: {spans: [{days: mon-fri, from: 09:15, until: 15:30}], except: [holidays]}\n"
).replace('    block: {urls: ["paths.test/shorts"]}', '    block: {urls: ["paths.test/shorts"]}\n    when: [lessons]')


def calendar(first: str = "20261026", name: str = "Half term", more: str = "") -> str:
    event = f"UID:1\r\nSUMMARY:{name}\r\nDTSTART;VALUE=DATE:{first}\r\nDTEND;VALUE=DATE:20261031\r\n{more}"
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{event}END:VEVENT\r\nEND:VCALENDAR\r\n"


def in_lessons(revisions: Revisions, revision: str, day: int) -> bool:
    policy, _ = revisions.load(revision)
    return policy.times["lessons"].cover(datetime(2026, 10, day, 10, tzinfo=ZoneInfo("Europe/London")))


@pytest.fixture
def taught(school: School) -> School:
    (school.folder / "calendars").mkdir()
    school.save(calendar(), FILE)
    school.save(WITH_CALENDAR)
    return school


def test_a_change_of_the_calendar_alone_is_taken_and_told_by_its_days(taught: School) -> None:
    taught.start()
    first = taught.in_force
    assert first
    assert (taught.revisions.folder(first) / FILE).read_bytes() == calendar().encode()
    second = taught.look(calendar("20261029"), FILE)
    assert second != first
    assert taught.revisions.history()[0].what == "calendar holidays changed: 26 to 28 October 2026 removed"
    assert [in_lessons(taught.revisions, one, 27) for one in (first, second)] == [False, True]


BAD = {
    "cut off": (calendar()[:-40], "it was cut off"),
    "a page to sign in": ("<html>", "this is no iCalendar file"),
    "no such event": (calendar(name="Easter"), "no event in calendars/school.ics is called 'Half term'"),
    "an unknown zone": (
        calendar(more="EXDATE;TZID=Nowhere:20261026T000000\r\n"),
        "the time zone 'Nowhere' is not known",
    ),
    "without an end": (calendar(more="RRULE:FREQ=SECONDLY\r\n"), "how this event comes again"),
    "too large": ("X" * (4 * 1024 * 1024 + 1), "larger than 4 MB"),
    "not there": (None, "there is no such file"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_calendar_leaves_what_was_at_a_reload_and_at_a_start(case: str, taught: School) -> None:
    content, says = BAD[case]
    taught.start()
    first = taught.in_force
    if content is None:
        (taught.folder / FILE).unlink()
    else:
        taught.save(content, FILE)
    assert taught.look() == first
    assert says in taught.problems
    policy = taught.start()
    assert policy is not None
    assert policy.revision == first
    assert not policy.times["lessons"].cover(datetime(2026, 10, 27, 10, tzinfo=ZoneInfo("Europe/London")))
    assert says in taught.problems
    mended = taught.look(calendar("20261027"), FILE)
    assert mended != first
    assert taught.problems == ""


def test_the_calendar_file_is_watched(taught: School) -> None:
    taught.start()
    first = taught.in_force
    taught.keeper.start(taught.records)
    try:
        taught.save(calendar("20261028"), FILE)
        taught.until(lambda: taught.in_force != first)
        second = taught.in_force
        taught.save("no calendar", FILE)
        taught.until(lambda: bool(taught.problems))
        assert taught.in_force == second
    finally:
        taught.keeper.stop()


def test_a_calendar_with_fewer_events_is_a_new_school_year_and_not_held_back(taught: School) -> None:
    taught.save(calendar(more="".join(f"X-NOTE:{number}\r\n" for number in range(100))), FILE)
    taught.start()
    first = taught.in_force
    assert taught.look(calendar("20261028"), FILE) != first
    assert taught.problems == ""
