"""What ended handshakes tell of devices and of programs."""

from datetime import UTC, datetime, timedelta

from saywhy.observe.handshake_log import NONE, HandshakeRecord
from saywhy.observe.handshake_report import Inspected, report

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LAPTOP, TABLET, PHONE = "10.0.0.1", "10.0.0.2", "10.0.0.3"


def ended(device: str | None, host: str, alert: str = "unknown_ca", minutes: int = 0) -> HandshakeRecord:
    return HandshakeRecord(AT + timedelta(minutes=minutes), "Library", device, host, 443, alert)


def looked_into(*more: str, **at: set[str]) -> Inspected:
    return Inspected({LAPTOP, TABLET, PHONE, *more}, at)


def test_a_device_of_which_nothing_could_be_looked_into_does_not_trust_the_certificate() -> None:
    found = report(
        [ended(LAPTOP, "b.example", minutes=5), ended(LAPTOP, "a.example"), ended(LAPTOP, "b.example")], Inspected()
    )
    (one,) = found.distrusting
    assert (one.device, one.place, one.count, one.hosts) == (LAPTOP, "Library", 2, ("a.example", "b.example"))
    assert (one.first, one.last, one.alerts) == (AT, AT + timedelta(minutes=5), ("unknown_ca",))
    assert found.pinned == ()


def test_of_those_that_let_others_be_looked_into_it_is_the_program() -> None:
    found = report([ended(TABLET, "bank.example"), ended(PHONE, "bank.example", "bad_certificate")], looked_into())
    (one,) = found.pinned
    assert (one.host, one.devices, one.times, one.alerts) == ("bank.example", 2, 2, ("bad_certificate", "unknown_ca"))
    assert found.distrusting == found.partly == ()


def test_once_from_one_trusting_device_says_nothing_of_the_host() -> None:
    assert report([ended(TABLET, "bank.example")] * 2, looked_into()).pinned == ()
    assert report([ended(TABLET, "bank.example")] * 3, looked_into()).pinned != ()


def test_nor_do_a_few_devices_where_others_are_looked_into() -> None:
    few = [ended(TABLET, "bank.example")] * 9 + [ended(PHONE, "bank.example")]
    assert report(few, looked_into(**{"bank.example": {LAPTOP}})).pinned == ()
    many = [*few, ended("10.0.0.4", "bank.example")]
    assert report(many, looked_into("10.0.0.4", **{"bank.example": {LAPTOP}})).pinned != ()


def test_nor_does_a_device_that_is_looked_into_there_itself() -> None:
    assert report([ended(TABLET, "bank.example")] * 9, looked_into(**{"bank.example": {TABLET}})).pinned == ()


def test_a_program_that_refuses_what_others_of_its_device_take_makes_no_host_pinned() -> None:
    hosts = [f"{number}.example" for number in range(5)]
    refused = [ended(TABLET, host, minutes=number) for number, host in enumerate(hosts * 4)]
    found = report(refused, looked_into(**{host: {TABLET} for host in hosts[:3]}))
    assert not found.pinned
    assert not found.distrusting
    assert [(one.device, one.count) for one in found.partly] == [(TABLET, 5)]


def test_handshakes_that_came_to_their_end_speak_for_a_device_as_far_as_they_go() -> None:
    app = [ended(LAPTOP, "bank.example")] * 9
    assert report([*app, ended(LAPTOP, "a.example", NONE)], Inspected()) == report([], Inspected())
    everywhere = [*app, ended(LAPTOP, "b.example"), ended(LAPTOP, "c.example")]
    (one,) = report([*everywhere, ended(LAPTOP, "update.example", NONE)], Inspected()).distrusting
    assert (one.count, one.alerts) == (3, ("unknown_ca",))


def test_who_goes_without_a_word_says_something_only_if_it_happens_again_and_again() -> None:
    assert report([ended(LAPTOP, "a.example", "closed")] * 9, Inspected()).distrusting == ()
    assert report([ended(TABLET, "a.example", "closed")] * 2, looked_into()).pinned == ()
    several = [ended(device, "a.example", "closed") for device in (LAPTOP, TABLET, PHONE)]
    assert report(several, looked_into()).pinned == ()
    assert [one.times for one in report([ended(TABLET, "a.example", "closed")] * 3, looked_into()).pinned] == [3]


def test_alerts_about_versions_say_nothing_of_certificates() -> None:
    assert report([ended(LAPTOP, "a.example", "protocol_version")], Inspected()) == report([], Inspected())


def test_what_is_met_most_comes_first() -> None:
    several = [
        ended(LAPTOP, "a.example"),
        ended(TABLET, "a.example"),
        ended(TABLET, "b.example"),
        ended(None, "c.example"),
    ]
    assert [one.device for one in report(several, Inspected()).distrusting] == [TABLET, LAPTOP]
    more = [*several, ended(TABLET, "b.example"), ended(TABLET, "b.example")]
    assert [one.host for one in report(more, looked_into()).pinned] == ["a.example", "b.example"]


def test_only_a_few_hosts_are_named() -> None:
    (one,) = report([ended(LAPTOP, f"{number}.example") for number in range(9)], Inspected()).distrusting
    assert (one.count, len(one.hosts)) == (9, 5)
