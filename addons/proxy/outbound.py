"""Towards origins: names are resolved here, once, and an address that may not be opened is never connected to.

asyncio asks its loop to resolve a name and to connect; both are replaced on the loop that the proxy runs on, so there
is no way past (a name that resolves to another address a moment later included: the answer is kept while it is used).
"""

import asyncio
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from addons.decide.decide import address_allowed
from addons.policy.address import AddressError, address_literal, canonical_host
from addons.policy.school import Address
from addons.proxy.in_force import InForce

RESOLVE_SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 10.0
_KEEP_SECONDS: Final = 30.0
_KEEP_FAILURE_SECONDS: Final = 2.0
_KEPT: Final = 4096
_RESOLVER_THREADS: Final = 32  # each may hang on a dead name server for RESOLVE_SECONDS


class NotReachableError(OSError):
    """Why a name cannot be reached. `kind` is one of the class attributes below; the text holds it too."""

    NO_SUCH_NAME: Final = "saywhy-no-such-name"
    TIMED_OUT: Final = "saywhy-timed-out"
    PRIVATE: Final = "saywhy-private-address"
    OWN: Final = "saywhy-own-address"

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Portal:
    """The name under which the portal is reached through the proxy, and where it really listens."""

    name: str
    host: str
    port: int


def read_hosts(path: Path) -> Mapping[str, tuple[str, ...]]:
    """Read a hosts file (address, then names; # comments). Raises ValueError naming file and line."""
    names: dict[str, list[str]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        address, *hosts = line.partition("#")[0].split() or [""]
        if not address:
            continue
        try:
            shown = str(ip_address(address))
            for host in hosts:
                names.setdefault(canonical_host(host), []).append(shown)
        except (ValueError, AddressError) as error:
            raise ValueError(f"{path}:{number}:1: {error}; write an address and the names it stands for") from None
    return {host: tuple(addresses) for host, addresses in names.items()}


class Outbound:
    """Resolves and connects for one event loop."""

    def __init__(
        self,
        in_force: InForce,
        *,
        portal: Portal,
        own: Iterable[tuple[str, int]] = (),
        hosts: Mapping[str, tuple[str, ...]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._in_force = in_force
        self._portal = portal
        self._own = tuple(own)
        self._hosts = hosts or {}
        self._clock = clock
        self._kept: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._asking: dict[str, asyncio.Future[tuple[str, ...]]] = {}
        self._threads = ThreadPoolExecutor(_RESOLVER_THREADS, "resolver")

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take over resolving and connecting on this loop (asyncio's own; its methods are looked up at each call)."""
        connect = loop.sock_connect

        async def sock_connect(sock: socket.socket, address: Any) -> None:
            host, port = str(address[0]), int(address[1])
            if (host, port) != (self._portal.host, self._portal.port):
                self._refuse_closed((host,), port)  # asyncio resolves an address written as a number by itself
            try:
                await asyncio.wait_for(connect(sock, address), CONNECT_SECONDS)
            except TimeoutError:
                raise NotReachableError(NotReachableError.TIMED_OUT) from None

        async def getaddrinfo(host: Any, port: Any, **_: Any) -> list[Any]:
            name = host.decode("ascii") if isinstance(host, bytes) else host
            return [
                (socket.AF_INET6 if ":" in found else socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, int(port)))
                for found in await self.addresses(name, int(port))
            ]

        loop.sock_connect = sock_connect  # type: ignore[method-assign]
        loop.getaddrinfo = getaddrinfo  # type: ignore[method-assign]

    def close(self) -> None:
        """Let go of the resolver's threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses behind a canonical host that may be connected to. Raises NotReachableError."""
        if host == self._portal.name and port == self._portal.port:
            return (self._portal.host,)
        found = await self._resolve(host)
        self._refuse_closed(found, port)
        return found

    async def connect[P: asyncio.BaseProtocol](
        self, make: Callable[[], P], host: str, port: int
    ) -> tuple[asyncio.Transport, P]:
        """Connect to the first of a canonical host's addresses that answers. Raises NotReachableError and OSError."""
        found = await self.addresses(host, port)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                for address in found[:-1]:
                    try:
                        return await loop.create_connection(make, address, port)
                    except OSError:
                        continue
                return await loop.create_connection(make, found[-1], port)
        except TimeoutError:
            raise NotReachableError(NotReachableError.TIMED_OUT) from None

    def _refuse_closed(self, addresses: tuple[str, ...], port: int) -> None:
        """Raise NotReachableError unless all may be connected to: a private one among public ones is rebinding."""
        policy = self._in_force.policy
        if policy is None or not all(address_allowed(policy, _parsed(one)) for one in addresses):
            raise NotReachableError(NotReachableError.PRIVATE)
        if any(self._is_own(one, port) for one in addresses):
            raise NotReachableError(NotReachableError.OWN)

    def _is_own(self, address: str, port: int) -> bool:
        if not any(port == own_port for _, own_port in self._own):
            return False
        parsed = _parsed(address)
        if parsed.is_loopback or parsed.is_unspecified:
            return True
        family = socket.AF_INET6 if parsed.version == 6 else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((address, 0))  # succeeds for this machine's own addresses alone
            except OSError:
                return False
        return True

    async def _resolve(self, host: str) -> tuple[str, ...]:
        if address_literal(host) is not None:
            return (host,)
        if host in self._hosts:
            return self._hosts[host]
        kept = self._kept.get(host)
        if kept is not None and kept[0] > self._clock():
            if not kept[1]:
                raise NotReachableError(NotReachableError.NO_SUCH_NAME)
            return kept[1]
        asking = self._asking.get(host)
        if asking is None:
            asking = asyncio.ensure_future(self._ask(host))
            self._asking[host] = asking
            asking.add_done_callback(lambda _: self._asking.pop(host, None))
        return await asyncio.shield(asking)

    async def _ask(self, host: str) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        try:
            answer = await asyncio.wait_for(loop.run_in_executor(self._threads, _look_up, host), RESOLVE_SECONDS)
        except TimeoutError:
            raise NotReachableError(NotReachableError.TIMED_OUT) from None
        self._keep(host, answer)
        if not answer:
            raise NotReachableError(NotReachableError.NO_SUCH_NAME)
        return answer

    def _keep(self, host: str, answer: tuple[str, ...]) -> None:
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[host] = (self._clock() + (_KEEP_SECONDS if answer else _KEEP_FAILURE_SECONDS), answer)


def _parsed(address: str) -> Address:
    return ip_address(address.partition("%")[0])


def _look_up(host: str) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))
