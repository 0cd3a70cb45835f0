"""How long things are kept, as it is written."""

from datetime import timedelta
from pathlib import Path

import pytest

from saywhy.policy.keep import Keep, read_duration
from saywhy.policy.reading.load import load_policy

POLICY = """
school: {name: Hillside, timezone: Europe/London}
default: allow
rules:
  - {id: all, allow: everything}
"""


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1 day", 1),
        ("30 days", 30),
        ("30days", 30),
        ("2 Weeks", 14),
        ("6 months", 180),
        ("1 year", 365),
        ("7  years", 2555),
    ],
)
def test_a_length_of_time_is_read_as_people_write_it(text: str, days: int) -> None:
    assert read_duration(text) == timedelta(days=days)


@pytest.mark.parametrize(
    "text",
    ["", "30", "0 days", "-1 day", "1.5 years", "a year", "30 d", "99999 days", "\N{ARABIC-INDIC DIGIT ONE} day"],
)
def test_what_is_no_length_of_time_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        read_duration(text)


@pytest.mark.parametrize(
    ("written", "keep"),
    [
        ("", Keep(timedelta(days=30), timedelta(days=365))),
        ("keep: {blocks: 14 days, requests: 2 years}", Keep(timedelta(days=14), timedelta(days=730))),
        ("keep: {log: 1 year}", Keep(log=timedelta(days=365))),
        ("keep: {requests: 6 months}", Keep(timedelta(days=30), timedelta(days=180))),
    ],
)
def test_what_is_left_out_is_as_usual(tmp_path: Path, written: str, keep: Keep) -> None:
    (tmp_path / "school.yaml").write_text(POLICY + written)
    assert load_policy(tmp_path).keep == keep


def test_it_is_told_in_words() -> None:
    assert str(Keep()) == "blocks for 30 days, requests for 365 days, the log for 30 days"
