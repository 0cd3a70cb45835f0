"""Handshakes that clients ended, written down and read again."""

import json
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from saywhy.decide.access import Access, Subject, Target
from saywhy.decide.decision import Decision, Reason
from saywhy.observe.handshake_log import ALERTS, OF_CERTIFICATES, HandshakeRecord
from saywhy.policy.catalogue import SEALED, WITHHELD, Membership
from saywhy.policy.rule import Effect

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
RECORD = HandshakeRecord(AT, "Library", "10.30.9.7", "fine.example", 443, "unknown_ca")


def decision(*categories: str) -> Decision:
    return Decision(Effect.ALLOW, Reason.DEFAULT, None, None, Membership(frozenset(categories)), "rev")


def test_a_line_says_when_which_device_where_and_what_it_said() -> None:
    assert json.loads(RECORD.line()) == {
        "time": "2026-11-24T10:00:00.000Z",
        "place": "Library",
        "device": "10.30.9.7",
        "host": "fine.example",
        "port": 443,
        "alert": "unknown_ca",
    }
    assert HandshakeRecord.from_json(json.loads(RECORD.line())) == RECORD


def test_it_is_made_of_what_was_decided_on_by_its_name() -> None:
    access = Access(Subject(place="Library", device=ip_address("10.30.9.7")), Target("fine.example", 443), AT)
    assert HandshakeRecord.of(access, decision(), "unknown_ca") == RECORD


def test_a_host_of_a_sealed_list_is_not_written_down() -> None:
    access = Access(Subject(), Target("sealed.example", 443), AT)
    assert HandshakeRecord.of(access, decision(SEALED), "closed").host == WITHHELD


@pytest.mark.parametrize(
    "raw", [None, [], {}, {"time": "x"}, json.loads(RECORD.line()) | {"time": "2026-11-24T10:00:00"}]
)
def test_what_is_no_such_line_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        HandshakeRecord.from_json(raw)


def test_alerts_about_certificates_are_some_of_all() -> None:
    assert OF_CERTIFICATES < ALERTS
