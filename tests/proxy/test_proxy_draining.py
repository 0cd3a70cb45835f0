"""When the proxy ends: which relays are waited for."""

from dataclasses import dataclass, field

import pytest

from saywhy.proxy.door.draining import ANSWERED, UNANSWERED, Draining


@dataclass(eq=False)
class Side:
    count: int = 0
    mark: int = 0


@dataclass(eq=False)
class FakeRelay:
    client: Side = field(default_factory=Side)
    origin: Side = field(default_factory=Side)

    def ask(self, size: int) -> None:
        self.client.count += size
        self.origin.mark = self.origin.count

    def answer(self, size: int) -> None:
        self.origin.count += size


@pytest.mark.parametrize(
    ("answered", "seconds"), [(0, UNANSWERED), (500, UNANSWERED), (1_024, ANSWERED), (1_000_000, ANSWERED)]
)
def test_silence_ends_it_sooner_after_an_answer(answered: int, seconds: float) -> None:
    relay = FakeRelay()
    relay.ask(300)
    relay.answer(answered)
    draining = Draining(lambda: [relay])  # type: ignore[list-item]
    assert draining.goes_on(100)
    assert draining.goes_on(100 + seconds - 0.1)
    assert not draining.goes_on(100 + seconds)


def test_what_flows_is_waited_for() -> None:
    relay = FakeRelay()
    relay.ask(300)
    draining = Draining(lambda: [relay])  # type: ignore[list-item]
    for second in range(25):
        relay.answer(2_000)
        assert draining.goes_on(100 + second)
    relay.ask(10)
    assert draining.goes_on(126)
    assert draining.goes_on(126 + ANSWERED)  # another answer is to come
    assert not draining.goes_on(126 + UNANSWERED)


def test_one_that_is_busy_is_enough_and_none_is_none() -> None:
    quiet, busy = FakeRelay(), FakeRelay()
    draining = Draining(lambda: [quiet, busy])  # type: ignore[list-item]
    draining.goes_on(0)
    busy.ask(1)
    assert draining.goes_on(UNANSWERED)
    assert not Draining(list).goes_on(0)
