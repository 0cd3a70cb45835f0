"""How the logs write a moment, a host and a line."""

from datetime import datetime
from zoneinfo import ZoneInfo

from saywhy.observe.log_line import as_line, moment_written


def test_a_moment_is_written_in_utc_to_the_millisecond() -> None:
    summer = datetime(2026, 7, 1, 11, 0, 0, 1_999, ZoneInfo("Europe/London"))
    assert moment_written(summer) == "2026-07-01T10:00:00.001Z"


def test_a_line_is_ascii_whatever_is_in_it_and_has_one_end() -> None:
    assert as_line({"host": "münchen\n"}) == b'{"host":"m\\u00fcnchen\\n"}\n'
