"""Caution as a value: its bounds, its words, how a rule with it is read and compared."""

from datetime import timedelta
from pathlib import Path

import pytest

from saywhy.policy.caution import Caution, go_terms, in_minutes, settings_changed
from saywhy.policy.rule import Effect, Rule
from tests.exceptions.conftest import SCHOOL, school

RULE = """
  - id: files
    caution: {domains: [files.example]}
    why: What is shared cannot be taken back.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""


def read(folder: Path, more: str = "") -> Rule:
    return school(folder, SCHOOL + RULE + more).rule_by_id["files"]


def test_left_out_it_opens_for_ten_minutes_without_end_and_asks_why(tmp_path: Path) -> None:
    rule = read(tmp_path)
    assert (rule.effect, rule.caution) == (Effect.CAUTION, Caution(timedelta(minutes=10), None, give_reason=True))
    assert rule.ask is not None
    assert rule.ask.decides == ("it",)
    assert rule.go_terms == "go files"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("    open_for: 1 minute\n", Caution(timedelta(minutes=1))),
        ("    open_for: 90 min\n", Caution(timedelta(minutes=90))),
        ("    open_for: 2 Hours\n", Caution(timedelta(hours=2))),
        ("    quota: 10 minutes a day\n", Caution(quota=timedelta(minutes=10))),
        ("    quota: 1 hour per day\n", Caution(quota=timedelta(hours=1))),
        ("    open_for: 5 minutes\n    quota: 12 hours each day\n", Caution(timedelta(minutes=5), timedelta(hours=12))),
        ("    give_reason: false\n", Caution(give_reason=False)),
    ],
)
def test_its_settings_are_read_as_people_write_them(tmp_path: Path, written: str, meant: Caution) -> None:
    assert read(tmp_path, written).caution == meant


def test_other_rules_have_none_and_nobody_goes_on_there(tmp_path: Path) -> None:
    engine = school(tmp_path)
    assert [one.id for one in engine.policy.rules if one.caution is not None or one.go_terms] == []


@pytest.mark.parametrize(
    "made",
    [
        lambda: Caution(timedelta(seconds=59)),
        lambda: Caution(timedelta(hours=2, seconds=1)),
        lambda: Caution(quota=timedelta(minutes=9)),
        lambda: Caution(quota=timedelta(hours=13)),
    ],
)
def test_it_is_valid_from_birth(made: type[Caution]) -> None:
    with pytest.raises(ValueError, match=r"open|quota"):
        made()


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=10), "10 minutes"),
        (timedelta(minutes=6, seconds=59), "6 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(), "0 minutes"),
    ],
)
def test_a_length_of_time_is_said_in_whole_minutes(span: timedelta, said: str) -> None:
    assert in_minutes(span) == said


def test_what_changed_is_told_by_key() -> None:
    old, new = Caution(), Caution(timedelta(minutes=5), timedelta(minutes=20), give_reason=False)
    assert list(settings_changed(old, new)) == [
        ("open_for", "10 minutes", "5 minutes"),
        ("quota", "none", "20 minutes a day"),
        ("give_reason", "true", "false"),
    ]
    assert list(settings_changed(old, old)) == []
    assert [key for key, _, _ in settings_changed(None, old)] == ["open_for", "quota", "give_reason"]


def test_no_id_can_be_taken_for_its_terms() -> None:
    assert " " in go_terms("files")
