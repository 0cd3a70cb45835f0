"""The self-test run after run: what it tells figures and health, and when."""

from pathlib import Path

import pytest

from saywhy.serve.selfcheck.checks import Check, Result
from saywhy.serve.selfcheck.outcome import Found, Outcome
from saywhy.serve.selfcheck.self_test import LATE, SelfTest, ports_of, self_test
from saywhy.serve.selfcheck.through_proxy import ThroughProxy
from saywhy.serve.settings import Endpoint, Settings

PORTS = (ThroughProxy("127.0.0.1", 8080), ThroughProxy("::1", 8080))


class Tries:
    """What each check comes to; all is well but for `wrong`, on the second port."""

    def __init__(self) -> None:
        self.wrong: dict[Check, Outcome] = {}
        self.now = 0.0
        self.asked: list[tuple[Check, ThroughProxy]] = []

    def __call__(self, check: Check, through: ThroughProxy) -> Result:
        self.asked.append((check, through))
        self.now += 0.5
        if check in self.wrong and through is PORTS[1]:
            return Result(check, Found(self.wrong[check]), "not as it has to be")
        return Result(check, Found(Outcome.BLOCKED))


@pytest.fixture
def tries() -> Tries:
    return Tries()


@pytest.fixture
def test(tries: Tries) -> SelfTest:
    return SelfTest(PORTS, tries, clock=lambda: tries.now, unix=lambda: 1_000 + tries.now)


def test_each_check_goes_through_each_port(test: SelfTest, tries: Tries) -> None:
    assert test.last is None
    test.run_once()
    assert tries.asked == [(check, port) for check in Check for port in PORTS]
    assert test.last is not None
    assert test.last.passed == {check.value: True for check in Check}
    assert (test.last.let_through, test.last.ended, test.last.took) == (0, 1_008, 8)
    assert test.wrong() == {}


def test_what_was_let_through_is_wrong_at_once(test: SelfTest, tries: Tries) -> None:
    tries.wrong = {Check.SEALED: Outcome.LET_THROUGH}
    test.run_once()
    assert test.wrong() == {"self-test, sealed": "not as it has to be"}
    assert test.last is not None
    assert (test.last.passed["sealed"], test.last.passed["blocked"], test.last.let_through) == (False, True, 1)


def test_other_failures_are_wrong_when_they_come_twice_in_a_row(test: SelfTest, tries: Tries) -> None:
    tries.wrong = {Check.BLOCKED: Outcome.UNREACHABLE}
    test.run_once()
    assert test.last is not None
    assert (test.last.passed["blocked"], test.last.let_through, test.wrong()) == (False, 0, {})
    test.run_once()
    assert test.wrong() == {"self-test, blocked": "not as it has to be"}
    tries.wrong = {}
    test.run_once()
    assert test.wrong() == {}
    tries.wrong = {Check.BLOCKED: Outcome.UNREACHABLE}
    test.run_once()
    assert test.wrong() == {}


def test_one_that_does_not_run_is_wrong_after_five_minutes(test: SelfTest, tries: Tries) -> None:
    tries.now = LATE
    assert test.wrong() == {}
    tries.now += 1
    assert test.wrong() == {"self-test": "it has not run for 301 seconds"}
    test.run_once()
    assert test.wrong() == {}


def test_what_raises_is_tried_again(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*_: object) -> Result:
        raise RuntimeError

    test = SelfTest(PORTS, raises)
    monkeypatch.setattr("saywhy.serve.selfcheck.self_test._turns", lambda _: iter((None, None)))
    test.start()
    test._thread.join(10)
    assert [one.message for one in caplog.records] == ["the self-test raised; it is tried again"] * 2


def test_it_goes_where_devices_go_and_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    listen = (Endpoint("0.0.0.0", 8080), Endpoint("::1", 8081))
    settings = Settings(Path("/p"), Path("/s"), listen, Endpoint("127.0.0.1", 1), Endpoint("127.0.0.1", 2))
    assert [str(one) for one in ports_of(settings)] == ["http://127.0.0.1:8080", "http://[::1]:8081"]
    assert self_test(settings) is not None
    monkeypatch.setenv("SAYWHY_SELF_TEST", "off")
    assert self_test(settings) is None
