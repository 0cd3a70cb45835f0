"""Which lines are wanted: each filter alone, and what cannot be read."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.observe.decision_line import DecisionLine
from saywhy.observe.decision_log import DecisionRecord
from saywhy.observe.log_filter import Sieve, Wanted
from tests.observe.test_decision_log import RECORD

AT = RECORD.at.replace(microsecond=123_000)


@pytest.mark.parametrize(
    ("wanted", "other"),
    [
        (Wanted(hosts=("tiktok.com",)), replace(RECORD, host="nottiktok.com")),
        (Wanted(hosts=("www.tiktok.com",)), replace(RECORD, host="tiktok.com")),
        (Wanted(hosts=("a.example", "tiktok.com")), replace(RECORD, host="tiktok.com.example")),
        (Wanted(rules=("tiktok",)), replace(RECORD, rule="tiktok2")),
        (Wanted(groups=("students",)), replace(RECORD, groups=("staff",), apps=("students",))),
        (Wanted(devices=(ip_network("10.30.7.21"),)), replace(RECORD, device="10.30.7.210")),
        (Wanted(devices=(ip_network("10.30.7.0/24"),)), replace(RECORD, device="10.30.8.21")),
        (Wanted(devices=(ip_network("10.30.7.0/24"),)), replace(RECORD, device=None)),
        (Wanted(references=("K7PM-2QXA",)), replace(RECORD, reference=None)),
        (Wanted(effects=("block",)), replace(RECORD, effect="caution")),
        (Wanted(ways=("inspect",)), replace(RECORD, way="")),
        (Wanted(categories=("social",)), replace(RECORD, categories=("games",), groups=("social",))),
        (Wanted(apps=("tiktok",)), replace(RECORD, apps=())),
        (Wanted(since=AT), replace(RECORD, at=AT - timedelta(milliseconds=1))),
        (Wanted(until=AT + timedelta(microseconds=1)), replace(RECORD, at=AT + timedelta(milliseconds=1))),
        (Wanted(rules=("tiktok",), effects=("block",)), replace(RECORD, effect="allow")),
    ],
)
def test_a_filter_lets_its_own_through_and_no_other(wanted: Wanted, other: DecisionRecord) -> None:
    sieve = Sieve(wanted)
    assert sieve.record(RECORD.line()) == replace(RECORD, at=AT)
    assert sieve.record(other.line()) is None
    assert sieve.unreadable == 0


def test_a_page_means_what_lies_below_it() -> None:
    sieve = Sieve(Wanted(pages=("school.example",)))
    assert sieve.record(replace(RECORD, page="www.school.example").line()) is not None
    assert sieve.record(RECORD.line()) is None


@pytest.mark.parametrize("torn", [b'{"time":"2026-11-23T09:3', b"null\n", b"\xff\xfe\n", b"[" * 5_000 + b"\n", b"{}\n"])
def test_a_line_that_is_none_is_counted_and_passed_over(torn: bytes) -> None:
    sieve = Sieve(Wanted())
    assert sieve.record(torn) is None
    assert sieve.record(b"\n") is None
    assert sieve.unreadable == 1


def test_a_line_of_an_earlier_version_is_read() -> None:
    fields = json.loads(RECORD.line())
    del fields["way"]
    line = json.dumps(fields, separators=(",", ":")).encode() + b"\n"
    assert Sieve(Wanted()).record(line) == replace(RECORD, at=AT, way="")


moments = st.integers(1_600_000_000_000_000, 1_900_000_000_000_000).map(
    lambda one: datetime.fromtimestamp(one / 1e6, UTC)
)


@given(moments, moments, st.timedeltas(timedelta(seconds=-2), timedelta(seconds=2)))
def test_times_are_those_from_one_on_and_before_the_other(since: datetime, until: datetime, beside: timedelta) -> None:
    for at in (since + beside, until + beside):
        kept = at.replace(microsecond=at.microsecond // 1_000 * 1_000)
        found = Sieve(Wanted(since=since, until=until)).record(replace(RECORD, at=at).line())
        assert (found is not None) == (since <= kept < until)


def test_the_schema_has_each_key_of_a_line_and_no_other() -> None:
    full = replace(RECORD, uses=("posting",), cared=True, page="page.example")
    assert json.loads(full.line()).keys() == DecisionLine.model_fields.keys()
    left_out = set(DecisionLine.model_fields) - set(json.loads(RECORD.line()))
    assert left_out == {name for name, one in DecisionLine.model_fields.items() if not one.is_required()}
