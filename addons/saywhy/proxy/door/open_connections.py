"""Every client connection that is open, whatever became of it: counted, watched over, and ended together."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol

from saywhy.proxy.door.client_counts import ClientCounts
from saywhy.proxy.memory import MemoryTrim

_RESTS_AFTER: Final = 3  # looks without a byte: some forty seconds
_AT_ONCE: Final = 250  # connections that are looked at before others have their turn


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may take. Seconds and numbers of connections."""

    head_seconds: float = 10.0  # for a CONNECT, for a ClientHello, for a request head
    idle_seconds: float = 900.0  # without a byte in either direction
    origin_seconds: float = (
        15.0  # a connection to an origin is kept for a client's next; servers close after 5 and more
    )
    half_open_seconds: float = 120.0  # one side has finished and the other says nothing
    connections: int = 2_000  # open at the same time, for one address, at all workers
    in_all: int = 1_000_000  # open at the same time, for all addresses together, at this worker
    new_per_second: float = 200.0  # from one address, in the long run
    new_at_once: int = 2_000  # from one address
    sweep_seconds: float = 15.0  # between two looks at what is idle, and at what is not allowed any more


def limits_for(files: int) -> Limits:
    """The limits of a process that may open so many files. A relay takes two, an inspected connection up to seven.

    One address gets an eighth at most, so that it never shuts the others out; some are kept for the portal, names, logs.
    """
    usual = Limits()
    return replace(usual, connections=max(16, min(usual.connections, files // 8)), in_all=max(64, (files - 200) // 2))


class Open(Protocol):
    """A connection. `idle` is counted up here, and set back by each byte that comes."""

    peer: str
    idle: int

    @property
    def half_open(self) -> bool:
        """Whether one side has finished."""

    def rest(self) -> None:
        """Nothing has come for a while: let go of what is only kept for later."""

    def abort(self) -> None:
        """End it now."""


class CountsConnections(Protocol):
    """Where open connections are counted."""

    def connection_opened(self) -> None:
        """One more."""

    def connection_closed(self) -> None:
        """One less."""


class OpenConnections:
    """The connections of one front door. `clients` are those of all workers."""

    def __init__(self, limits: Limits, count: CountsConnections, clients: ClientCounts) -> None:
        self._limits = limits
        self._count = count
        self._clients = clients
        self._open: set[Open] = set()
        self._from: Counter[str] = Counter()
        self._sweeping: asyncio.TimerHandle | None = None
        self._give_back = MemoryTrim()
        self._look: Callable[[list[Open], bool], None] | None = None

    def __iter__(self) -> Iterator[Open]:
        return iter(tuple(self._open))

    def __len__(self) -> int:
        return len(self._open)

    def came(self, one: Open) -> bool:
        """Count somebody in. Whether neither that address nor all together have too many open."""
        self._open.add(one)
        self._count.connection_opened()
        self._from[one.peer] += 1
        self._clients.came(one.peer)
        open_now = self._from[one.peer] + self._clients.elsewhere(one.peer)
        return open_now <= self._limits.connections and len(self._open) <= self._limits.in_all

    def became(self, before: Open, now: Open) -> None:
        """The same connection, in other hands."""
        self._open.discard(before)
        self._open.add(now)

    def gone(self, one: Open) -> None:
        """Count somebody out."""
        self._open.discard(one)
        self._count.connection_closed()
        self._clients.gone(one.peer)
        self._give_back.count()
        left = self._from[one.peer] - 1
        if left > 0:
            self._from[one.peer] = left
        else:
            del self._from[one.peer]

    def watch(self, loop: asyncio.AbstractEventLoop, still_allowed: Callable[[Open], bool]) -> None:
        """Look at all of them every now and then, a few at a time; end what is idle, or not allowed any more."""

        def sweep() -> None:
            self._sweeping = loop.call_later(self._limits.sweep_seconds, sweep)
            some(list(self._open), True)
            self._give_back.look(loop.time())

        def some(waiting: list[Open], time_passed: bool) -> None:  # noqa: FBT001 — handed on to itself by the loop
            for one in waiting[-_AT_ONCE:]:
                one.idle += time_passed
                if self._has_been_idle(one) or not still_allowed(one):
                    one.abort()
                elif time_passed and one.idle == _RESTS_AFTER:
                    one.rest()
                    self._give_back.count()
            del waiting[-_AT_ONCE:]
            if waiting:
                loop.call_soon(some, waiting, time_passed)

        self._look = some
        self._sweeping = loop.call_later(self._limits.sweep_seconds, sweep)

    def look_again(self) -> None:
        """Look at all of them now: what was allowed when they began may not be any more."""
        if self._look is not None:
            self._look(list(self._open), False)

    def _has_been_idle(self, one: Open) -> bool:
        longest = self._limits.half_open_seconds if one.half_open else self._limits.idle_seconds
        return one.idle * self._limits.sweep_seconds > longest

    def close(self) -> None:
        """End them all."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for one in list(self._open):
            one.abort()
