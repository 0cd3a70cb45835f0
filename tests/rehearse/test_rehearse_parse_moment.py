from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.rehearse.parse_moment import parse_moment

LONDON = ZoneInfo("Europe/London")
MONDAY_AT_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SUMMER_EVENING = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # already Thursday 2 July in London


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("10:00", MONDAY_AT_NOON, "2026-11-23T10:00:00+00:00"),
        ("9:05", MONDAY_AT_NOON, "2026-11-23T09:05:00+00:00"),
        ("10:00", SUMMER_EVENING, "2026-07-02T10:00:00+01:00"),
        ("monday 10:00", MONDAY_AT_NOON, "2026-11-23T10:00:00+00:00"),
        ("Tuesday  10:00", MONDAY_AT_NOON, "2026-11-24T10:00:00+00:00"),
        ("sun 10:00", MONDAY_AT_NOON, "2026-11-29T10:00:00+00:00"),
        ("2026-11-23T10:00", MONDAY_AT_NOON, "2026-11-23T10:00:00+00:00"),
        ("2026-07-01 10:00", MONDAY_AT_NOON, "2026-07-01T10:00:00+01:00"),
        ("2026-07-01T10:00:30", MONDAY_AT_NOON, "2026-07-01T10:00:30+01:00"),
        ("2026-07-01T10:00Z", MONDAY_AT_NOON, "2026-07-01T11:00:00+01:00"),
        ("2026-11-23T10:00+02:00", MONDAY_AT_NOON, "2026-11-23T08:00:00+00:00"),
    ],
)
def test_a_moment_is_read_in_the_schools_own_time(text: str, now: datetime, expected: str) -> None:
    assert parse_moment(text, now, LONDON).isoformat() == expected


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is no time"),
        ("soon", "is no time"),
        ("25:00", "no time of day"),
        ("10:75", "no time of day"),
        ("someday 10:00", "no day of the week"),
        ("t 10:00", "no day of the week"),
        ("2026-11-23", "no time of day"),
        ("2026-13-01T10:00", "is no time"),
        ("9999-12-31T23:59-23:00", "too far away"),
        ("2027-03-28T01:30", "the clocks go forward"),
    ],
)
def test_what_is_no_moment_says_what_to_write(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        parse_moment(text, MONDAY_AT_NOON, LONDON)


@given(st.text())
def test_any_text_is_a_moment_or_a_value_error(text: str) -> None:
    try:
        moment = parse_moment(text, MONDAY_AT_NOON, LONDON)
    except ValueError:
        return
    assert moment.tzinfo is LONDON
