"""What of a calendar file is too much, and files of any bytes."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.policy.reading.ical_file import CalendarFile
from saywhy.policy.reading.ical_lines import MOST_EVENTS, CalendarError, read_components
from saywhy.policy.reading.ical_occurrences import MOST_OCCURRENCES, MOST_SERIES
from tests.policy.reading.test_policy_calendars import HALF_TERM, INSET, LONDON, file_of


def test_too_many_events_are_a_problem() -> None:
    with pytest.raises(CalendarError, match="the file has more than 20,000 events"):
        read_components(file_of(*["SUMMARY:x"] * (MOST_EVENTS + 1)).encode())


def test_what_happens_too_often_is_a_problem() -> None:
    often = "DTSTART:20200101T000000\nDURATION:PT1M\nRRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9"
    with pytest.raises(CalendarError, match=f"happen more than {MOST_OCCURRENCES:,} times"):
        CalendarFile(file_of(often).encode(), LONDON).edges(())


@pytest.mark.parametrize(
    "event",
    [
        "DTSTART;VALUE=DATE:99991231",
        "DTSTART;VALUE=DATE:99991230\nDURATION:P3D",
        "DTSTART;VALUE=DATE:00010101",
        "DTSTART:00010101T000000Z",
        "DTSTART;TZID=Asia/Tokyo:00010101T000000",
        "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;UNTIL=99991231",
        "DTSTART:20260101T000000\nRRULE:FREQ=DAILY;UNTIL=99991231",
        "DTSTART:99991231T000000\nRRULE:FREQ=DAILY",
    ],
)
def test_the_ends_of_all_calendars_are_events_or_problems(event: str) -> None:
    for zone in (LONDON, ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")):
        error = refused(file_of(event).encode(), zone)
        assert error is None or error.what


def refused(content: bytes, zone: ZoneInfo = LONDON) -> CalendarError | None:
    try:
        CalendarFile(content, zone).edges(())
    except CalendarError as error:
        return error
    return None


def test_what_comes_again_too_many_times_is_a_problem() -> None:
    series = "DTSTART;VALUE=DATE:20260907\nRRULE:FREQ=YEARLY;COUNT=2"
    with pytest.raises(CalendarError, match=f"more than {MOST_SERIES:,} events of this calendar come again"):
        CalendarFile(file_of(*[series] * (MOST_SERIES + 1)).encode(), LONDON).edges(())


@pytest.mark.parametrize("rule", ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO"])
def test_what_comes_again_once_in_many_years_is_none(rule: str) -> None:
    edges = CalendarFile(file_of(f"DTSTART;VALUE=DATE:20280229\nRRULE:{rule}").encode(), LONDON).edges(())
    assert edges


@given(st.binary(max_size=200))
def test_any_bytes_are_a_calendar_or_a_problem(content: bytes) -> None:
    error = refused(content)
    assert error is None or (error.what and error.line >= 1)


@given(st.data())
def test_a_calendar_with_any_damage_is_a_calendar_or_a_problem(data: st.DataObject) -> None:
    lines = file_of(
        f"{HALF_TERM}\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3\nEXDATE;VALUE=DATE:20261109", f"{INSET}\nDURATION:P1D"
    ).splitlines(keepends=True)
    number = data.draw(st.integers(0, len(lines) - 1))
    line = lines[number]
    at = data.draw(st.integers(0, len(line)))
    put = data.draw(st.sampled_from(["", ";", ":", ",", "=", '"', "\\", "Z", "/", "0", "9" * 9, "-", "\n", "P1W", "é"]))
    lines[number] = line[:at] + put + line[at + data.draw(st.integers(0, 3)) :]
    error = refused("".join(lines).encode())
    assert error is None or error.what
