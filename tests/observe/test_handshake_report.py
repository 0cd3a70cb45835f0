"""What ended handshakes tell of devices and of programs."""

from datetime import UTC, datetime, timedelta

from saywhy.observe.handshake_log import HandshakeRecord
from saywhy.observe.handshake_report import report

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LAPTOP, TABLET, PHONE = "10.0.0.1", "10.0.0.2", "10.0.0.3"


def ended(device: str | None, host: str, alert: str = "unknown_ca", minutes: int = 0) -> HandshakeRecord:
    return HandshakeRecord(AT + timedelta(minutes=minutes), "Library", device, host, 443, alert)


def test_a_device_of_which_nothing_could_be_looked_into_does_not_trust_the_certificate() -> None:
    found = report([ended(LAPTOP, "b.example", minutes=5), ended(LAPTOP, "a.example"), ended(LAPTOP, "b.example")], ())
    (one,) = found.distrusting
    assert (one.device, one.place, one.count, one.hosts) == (LAPTOP, "Library", 2, ("a.example", "b.example"))
    assert (one.first, one.last, one.alerts) == (AT, AT + timedelta(minutes=5), ("unknown_ca",))
    assert found.pinned == ()


def test_of_one_that_lets_others_be_looked_into_it_is_the_program() -> None:
    found = report([ended(TABLET, "bank.example"), ended(PHONE, "bank.example", "bad_certificate")], {TABLET, PHONE})
    (one,) = found.pinned
    assert (one.host, one.devices, one.times, one.alerts) == ("bank.example", 2, 2, ("bad_certificate", "unknown_ca"))
    assert found.distrusting == ()


def test_who_goes_without_a_word_says_something_only_if_it_happens_again_and_again() -> None:
    assert report([ended(LAPTOP, "a.example", "closed")] * 9, ()).distrusting == ()
    assert report([ended(TABLET, "a.example", "closed")] * 2, {TABLET}).pinned == ()
    several = [ended(device, "a.example", "closed") for device in (LAPTOP, TABLET, PHONE)]
    assert report(several, {LAPTOP, TABLET, PHONE}).pinned == ()
    assert [one.times for one in report([ended(TABLET, "a.example", "closed")] * 3, {TABLET}).pinned] == [3]


def test_alerts_about_versions_say_nothing_of_certificates() -> None:
    assert report([ended(LAPTOP, "a.example", "protocol_version")], ()) == report([], ())


def test_what_is_met_most_comes_first() -> None:
    several = [
        ended(LAPTOP, "a.example"),
        ended(TABLET, "a.example"),
        ended(TABLET, "b.example"),
        ended(None, "c.example"),
    ]
    assert [one.device for one in report(several, ()).distrusting] == [TABLET, LAPTOP]
    assert [one.host for one in report(several, {LAPTOP, TABLET}).pinned] == ["a.example", "b.example"]


def test_only_a_few_hosts_are_named() -> None:
    (one,) = report([ended(LAPTOP, f"{number}.example") for number in range(9)], ()).distrusting
    assert (one.count, len(one.hosts)) == (9, 5)
