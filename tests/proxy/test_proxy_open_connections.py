"""Open connections: counted by address, watched over, ended together."""

import asyncio

from saywhy.proxy.door.client_counts import ClientCounts
from saywhy.proxy.door.open_connections import Limits, OpenConnections


class Counted:
    def __init__(self) -> None:
        self.open = 0

    def connection_opened(self) -> None:
        self.open += 1

    def connection_closed(self) -> None:
        self.open -= 1


class One:
    def __init__(self, peer: str = "10.0.0.1", *, half_open: bool = False) -> None:
        self.peer = peer
        self.idle = 0
        self.half_open = half_open
        self.ended = False
        self.rested = 0

    def rest(self) -> None:
        self.rested += 1

    def abort(self) -> None:
        self.ended = True


def test_one_address_has_only_so_many() -> None:
    count = Counted()
    company = OpenConnections(Limits(connections=2), count, ClientCounts())
    first, second, third = One(), One(), One()
    assert [company.came(one) for one in (first, second, third)] == [True, True, False]
    assert company.came(One("10.0.0.2"))
    company.gone(third)
    company.gone(second)
    again = One()
    company.became(first, again)
    assert company.came(One())
    assert (count.open, len(company)) == (3, 3)


def test_whoever_has_been_silent_for_a_while_rests_once() -> None:
    company = OpenConnections(Limits(sweep_seconds=0.01), Counted(), ClientCounts())
    silent, busy = One("a"), One("b")
    for one in (silent, busy):
        company.came(one)

    async def look() -> None:
        def allowed(_: object) -> bool:
            busy.idle = 0
            return True

        company.watch(asyncio.get_running_loop(), allowed)
        async with asyncio.timeout(5):
            while silent.idle < 10:  # noqa: ASYNC110 — until it has happened
                await asyncio.sleep(0.01)
        company.close()

    asyncio.run(look())
    assert (silent.rested, busy.rested) == (1, 0)


def test_what_is_idle_or_not_allowed_any_more_is_ended() -> None:
    company = OpenConnections(
        Limits(idle_seconds=0.05, half_open_seconds=0.02, sweep_seconds=0.01), Counted(), ClientCounts()
    )
    busy, idle, closed = One("a"), One("b"), One("c")
    many = [One("d", half_open=True) for _ in range(1_000)]
    for one in (busy, idle, closed, *many):
        company.came(one)

    async def look() -> None:
        def allowed(one: object) -> bool:
            busy.idle = 0
            return one is not closed

        company.watch(asyncio.get_running_loop(), allowed)
        async with asyncio.timeout(5):
            while not (idle.ended and closed.ended and all(one.ended for one in many)):  # noqa: ASYNC110 — until it has happened
                await asyncio.sleep(0)

    asyncio.run(look())
    assert not busy.ended
    company.close()
    assert busy.ended
