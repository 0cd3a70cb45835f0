"""Names looked up for one event loop: asynchronously, once for all who wait, kept for as long as the answer says.

c-ares speaks to the system's name servers (`/etc/resolv.conf`, read again when it changes) and reads `/etc/hosts`.
A name is looked up exactly as it was decided on: search domains are not tried, because `bbc.co.uk` would then lead to
`bbc.co.uk.hillside.example` wherever that exists. A short name of the school's own belongs into the hosts file.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, cast

import aiodns
import pycares

from saywhy.proxy.bounded_cache import BoundedCache
from saywhy.proxy.outbound.not_reachable import NotReachableError

LOOK_UP_SECONDS: Final = 8.0
SHORTEST_KEPT_SECONDS: Final = 5.0
LONGEST_KEPT_SECONDS: Final = 300.0
FAILURE_KEPT_SECONDS: Final = 2.0
MOST_KEPT: Final = 16_384
MOST_UNDER_WAY: Final = 4_000

_FIRST_TRY_SECONDS: Final = 1.0
_TRIES: Final = 3  # after 1, 2 and 4 seconds: seven in all
_FLAGS: Final = pycares.ARES_FLAG_NOSEARCH | pycares.ARES_FLAG_EDNS
_LOOK_UPS_BETWEEN_FORGETTING: Final = 4_096  # c-ares keeps answers as well, without a bound on their number

_FAILURES: Final = {
    pycares.errno.ARES_ENOTFOUND: NotReachableError.NO_SUCH_NAME,
    pycares.errno.ARES_ENODATA: NotReachableError.NO_SUCH_NAME,
    pycares.errno.ARES_EBADNAME: NotReachableError.NO_SUCH_NAME,
    pycares.errno.ARES_ETIMEOUT: NotReachableError.NAME_TIMED_OUT,
}


@dataclass(slots=True)
class Resolved:
    """What became of a look-up: addresses in the order to try them, or why there are none (a kind of NotReachableError).

    `checked_by` is for whoever checks the addresses: what they were last found good by.
    """

    addresses: tuple[str, ...]
    failure: str | None = None
    until: float = 0.0
    checked_by: object = None


class Names:
    """Looks names up, and keeps the answers. Belongs to the event loop on which it is first used."""

    def __init__(
        self,
        *,
        nameservers: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        limit: float = LOOK_UP_SECONDS,
        first_try: float = _FIRST_TRY_SECONDS,
        most_kept: int = MOST_KEPT,
        most_under_way: int = MOST_UNDER_WAY,
    ) -> None:
        """`nameservers` are `address` or `address:port`; without them the system's are asked. Times are in seconds."""
        self._nameservers = nameservers
        self._clock = clock
        self._limit = limit
        self._first_try = first_try
        self._most_under_way = most_under_way
        self._kept: BoundedCache[str, Resolved] = BoundedCache(most_kept)
        self._asking: dict[str, asyncio.Future[Resolved]] = {}
        self._resolver: aiodns.DNSResolver | None = None
        self._looked_up = 0

    async def look_up(self, host: str) -> Resolved:
        """The answer for a canonical name, kept or new. Never raises for what the name servers say."""
        kept = self._kept.get(host)
        if kept is not None and kept.until > self._clock():
            return kept
        asking = self._asking.get(host)
        if asking is None:
            if len(self._asking) >= self._most_under_way:
                return Resolved((), NotReachableError.TOO_MANY_NAMES)
            try:
                asking = self._ask(host)
            except pycares.AresError:  # the machine gives no sockets or memory
                return Resolved((), NotReachableError.NAME_FAILED)
        return await asyncio.shield(asking)  # one who gives up waiting does not end the look-up of the others

    def close(self) -> None:
        """Let go of the sockets."""
        self._resolver = None

    def _ask(self, host: str) -> asyncio.Future[Resolved]:
        loop = asyncio.get_running_loop()
        look_up = self._names_of(loop).getaddrinfo(host)
        answer: asyncio.Future[Resolved] = loop.create_future()
        self._asking[host] = answer

        def settle(found: Resolved) -> None:
            if not answer.done():
                limit.cancel()
                del self._asking[host]
                self._kept.keep(host, found)
                answer.set_result(found)

        def answered(found: asyncio.Future[pycares.AddrInfoResult]) -> None:
            settle(_read(found, self._clock()))

        late = Resolved((), NotReachableError.NAME_TIMED_OUT, self._clock() + self._limit + FAILURE_KEPT_SECONDS)
        limit = loop.call_later(self._limit, settle, late)
        look_up.add_done_callback(answered)
        return answer

    def _names_of(self, loop: asyncio.AbstractEventLoop) -> aiodns.DNSResolver:
        resolver = self._resolver
        if resolver is None:
            resolver = self._resolver = aiodns.DNSResolver(
                self._nameservers,
                cast("asyncio.AbstractEventLoop", _UntilClosed(loop)),
                flags=_FLAGS,
                timeout=self._first_try,
                tries=_TRIES,
            )
        self._looked_up += 1
        if self._looked_up % _LOOK_UPS_BETWEEN_FORGETTING == 0:
            with suppress(pycares.AresError):
                resolver._channel.reinit()  # noqa: SLF001 — the one way to its cache
        return resolver


class _UntilClosed:
    """The loop as c-ares' thread sees it: an answer that comes after the loop has closed is nobody's any more."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def call_soon_threadsafe(self, callback: Callable[..., object], *args: Any) -> None:
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback, *args)


def _read(look_up: asyncio.Future[pycares.AddrInfoResult], now: float) -> Resolved:
    """Read what c-ares found: addresses by turns of their family (RFC 8305 section 4), or the failure."""
    if look_up.cancelled():
        return Resolved((), NotReachableError.NAME_FAILED, now)
    error = look_up.exception()
    if error is not None:
        code = error.args[0] if error.args else None
        return Resolved((), _FAILURES.get(code, NotReachableError.NAME_FAILED), now + FAILURE_KEPT_SECONDS)
    nodes = look_up.result().nodes
    if not nodes:
        return Resolved((), NotReachableError.NO_SUCH_NAME, now + FAILURE_KEPT_SECONDS)
    seconds = min(max(min(node.ttl for node in nodes), SHORTEST_KEPT_SECONDS), LONGEST_KEPT_SECONDS)
    return Resolved(by_turns(tuple(dict.fromkeys(_text(node.addr[0]) for node in nodes))), None, now + seconds)


def by_turns(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses so that IPv6 and IPv4 take turns, beginning with the family of the first."""
    six = [one for one in addresses if ":" in one]
    four = [one for one in addresses if ":" not in one]
    if not six or not four:
        return addresses
    first, second = (six, four) if ":" in addresses[0] else (four, six)
    shorter = min(len(first), len(second))
    turns = [one for pair in zip(first, second, strict=False) for one in pair]
    return (*turns, *first[shorter:], *second[shorter:])


def _text(address: bytes | str) -> str:
    return address.decode("ascii") if isinstance(address, bytes) else address
