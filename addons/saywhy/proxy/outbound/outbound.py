"""Towards origins: names are resolved here, once, and an address that may not be opened is never connected to.

The address that was checked is the address that is connected to: there is no second look-up between the two, so a name
that resolves to another address a moment later (rebinding) gains nothing.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from saywhy.decide.reach import address_allowed
from saywhy.policy.address import AddressError, address_literal, canonical_host
from saywhy.policy.own_hosts import TEST_NAMES
from saywhy.policy.policy import Policy
from saywhy.policy.school import Address
from saywhy.proxy.in_force import InForce
from saywhy.proxy.outbound.names import Names, Resolved
from saywhy.proxy.outbound.not_reachable import NotReachableError
from saywhy.proxy.outbound.sockets import connected

__all__ = ["CONNECT_SECONDS", "NotReachableError", "Outbound", "Portal", "read_hosts"]

CONNECT_SECONDS: Final = 10.0  # from the name to a connection, whatever number of addresses it takes
SILENT_SECONDS: Final = 3.0
_MOST_SILENT: Final = 4_096


@dataclass(frozen=True, slots=True)
class Portal:
    """The name under which the portal is reached through the proxy, and where it really listens; `also` are more names."""

    name: str
    host: str
    port: int
    also: frozenset[str] = frozenset()

    def is_name(self, host: str) -> bool:
        """Whether a canonical host is one of its names."""
        return host == self.name or host in self.also

    def link(self, scheme: str, path: str) -> str:
        """An address of the portal as somebody behind the proxy opens it."""
        return f"{scheme}://{self.name}{path}"


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
        names: Names | None = None,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        self._in_force = in_force
        self._portal = portal
        self._own_ports = frozenset(port for _, port in own)
        self._hosts = {host: Resolved(addresses) for host, addresses in (hosts or {}).items()}
        self._names = names or Names()
        self._connect_seconds = connect_seconds
        self._inside: Mapping[tuple[str, int], tuple[str, int]] = {}
        self._silent: dict[tuple[str, int], float] = {}  # who did not answer, and until when that is remembered

    def lead_inside(self, places: Mapping[tuple[str, int], tuple[str, int]]) -> None:
        """Lead these names of the filter's own, each at one port, to an origin inside it, and nothing else there."""
        self._inside = places

    async def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses behind a canonical host that may be connected to. Raises NotReachableError."""
        if host == self._portal.name and port == self._portal.port:
            return (self._portal.host,)
        if (inside := self._inside.get((host, port))) is not None:
            return (inside[0],)
        answer = await self._resolve(host)
        if answer.failure is not None:
            raise NotReachableError(answer.failure)
        self._refuse_closed(answer, port)
        return answer.addresses

    async def connect[P: asyncio.BaseProtocol](
        self, protocol_factory: Callable[[], P], host: str, port: int
    ) -> tuple[asyncio.Transport, P]:
        """Connect to a canonical host, with a protocol that the factory makes once. Raises NotReachableError.

        The look-up and all attempts together have `connect_seconds`. Who did not answer in that time is not tried again
        for SILENT_SECONDS: a relay that failed is explained at once.
        """
        loop = asyncio.get_running_loop()
        if self._silent.get((host, port), 0.0) > loop.time():
            raise NotReachableError(NotReachableError.TIMED_OUT)
        try:
            async with asyncio.timeout(self._connect_seconds):
                _, at = self._inside.get((host, port), (host, port))
                return await connected(protocol_factory, await self.addresses(host, port), at)
        except TimeoutError:
            if len(self._silent) >= _MOST_SILENT:
                self._silent.clear()
            self._silent[host, port] = loop.time() + SILENT_SECONDS
            raise NotReachableError(NotReachableError.TIMED_OUT) from None

    async def open_stream(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect as `connect` does, and give what asyncio.open_connection gives."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        transport, protocol = await self.connect(lambda: asyncio.StreamReaderProtocol(reader, loop=loop), host, port)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def open_to_named(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """As `open_stream`, for where an origin says: never the portal, and only ports that policy opens."""
        policy = self._in_force.policy
        if policy is None or port not in policy.reach.ports or self._portal.is_name(host) or host in TEST_NAMES:
            raise NotReachableError(NotReachableError.PRIVATE)
        return await self.open_stream(host, port)

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take over resolving and connecting on asyncio's own loop, for mitmproxy's own handler.

        Its methods are looked up at each call, so nothing that runs on the loop gets past.
        """
        connect = loop.sock_connect

        async def sock_connect(sock: socket.socket, address: Any) -> None:
            host, port = str(address[0]), int(address[1])
            if (host, port) != (self._portal.host, self._portal.port):
                self._refuse_closed(
                    Resolved((host,)), port
                )  # asyncio resolves an address written as a number by itself
            try:
                async with asyncio.timeout(self._connect_seconds):
                    await connect(sock, address)
            except TimeoutError:
                raise NotReachableError(NotReachableError.TIMED_OUT) from None
            except ConnectionRefusedError:
                raise NotReachableError(NotReachableError.REFUSED) from None

        async def getaddrinfo(host: Any, port: Any, **_: Any) -> list[Any]:
            name = host.decode("ascii") if isinstance(host, bytes) else host
            return [
                (socket.AF_INET6 if ":" in found else socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, int(port)))
                for found in await self.addresses(name, int(port))
            ]

        loop.sock_connect = sock_connect  # type: ignore[method-assign]
        loop.getaddrinfo = getaddrinfo  # type: ignore[method-assign]

    def close(self) -> None:
        """Let go of the resolver."""
        self._names.close()

    async def _resolve(self, host: str) -> Resolved:
        written = self._hosts.get(host)
        if written is not None:
            return written
        if address_literal(host) is not None:
            return Resolved((host,))
        return await self._names.look_up(host)

    def _refuse_closed(self, answer: Resolved, port: int) -> None:
        """Raise NotReachableError unless all may be connected to: a private one among public ones is rebinding."""
        policy = self._in_force.policy
        if policy is None or (answer.checked_by is not policy and not _all_allowed(policy, answer.addresses)):
            raise NotReachableError(NotReachableError.PRIVATE)
        answer.checked_by = policy
        if port in self._own_ports and any(_is_own(one) for one in answer.addresses):
            raise NotReachableError(NotReachableError.OWN)


def _all_allowed(policy: Policy, addresses: tuple[str, ...]) -> bool:
    return all(address_allowed(policy.reach, _parsed(one)) for one in addresses)


def _is_own(address: str) -> bool:
    """Whether an address is one of this machine."""
    parsed = _parsed(address)
    if parsed.is_loopback or parsed.is_unspecified:
        return True
    with socket.socket(socket.AF_INET6 if parsed.version == 6 else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))  # succeeds for this machine's own addresses alone
        except OSError:
            return False
    return True


def _parsed(address: str) -> Address:
    return ip_address(address.partition("%")[0])
