"""What a client does in each scenario: `prepare` before the clock starts, then `step` until time is up."""

import os
import socket
import ssl
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Final, override

from bench.peers import client
from bench.peers.mix import Visit, hosts, school_day
from bench.peers.origin import BULK_BYTES, BULK_FILE_HOST, BULK_HOST, page, sized

_FEW_HOSTS: Final = 50  # for new connections to hosts that the proxy has met before, as most are on a school day
_DEVICES: Final = 400  # addresses that idle connections come from
_SAMPLED: Final = 100


@dataclass(slots=True)
class Task(ABC):
    """One client's work. `number` of `clients` says which share is this client's."""

    way: client.Way
    number: int = 0
    clients: int = 1

    def prepare(self) -> None:  # noqa: B027 — not every task has something to prepare
        """What is not measured."""

    @abstractmethod
    def step(self) -> int:
        """Do one thing; how many operations that was."""

    def finish(self) -> None:  # noqa: B027 — or to close
        """Close what is open; not measured. What is wrong here is a wrong answer as well."""

    def share(self, names: tuple[str, ...]) -> Iterator[str]:
        """This client's names, round and round."""
        return cycle(names[self.number :: self.clients] or names)


@dataclass(slots=True)
class NewConnections(Task):
    """CONNECT, TLS, one small request, close."""

    kind: str = "relayed"
    _names: Iterator[str] = field(init=False)
    _context: ssl.SSLContext = field(init=False)

    @override
    def prepare(self) -> None:
        self._names = self.share(hosts(self.kind)[:_FEW_HOSTS])
        self._context = client.trusting(self.way.authority)

    @override
    def step(self) -> int:
        host = next(self._names)
        with client.tunnel(self.way, self._context, host) as tls:
            client.expect(client.get(tls, client.request(host, "/page")), page(host))
        return 1


@dataclass(slots=True)
class KeptAlive(Task):
    """Requests one after the other over one connection."""

    kind: str = "relayed"
    _connection: socket.socket = field(init=False)
    _asked: bytes = field(init=False)
    _body: bytes = field(init=False)

    @override
    def prepare(self) -> None:
        host = hosts(self.kind)[self.number]
        self._asked, self._body = client.request(host, "/page", whole=self.kind == "plain"), page(host)
        if self.kind == "plain":
            self._connection = client.connect(self.way)
        else:
            self._connection = client.tunnel(self.way, client.trusting(self.way.authority), host)
        self.step()

    @override
    def step(self) -> int:
        client.expect(client.get(self._connection, self._asked), self._body)
        return 1

    @override
    def finish(self) -> None:
        self._connection.close()


@dataclass(slots=True)
class BlockPages(Task):
    """A listed name, opened as a browser does. A redirect to the page is followed, over plain HTTP."""

    words: bytes = b""
    _names: Iterator[str] = field(init=False)
    _context: ssl.SSLContext = field(init=False)

    @override
    def prepare(self) -> None:
        self._names = self.share(hosts("blocked")[:_FEW_HOSTS])
        self._context = client.trusting(self.way.authority)

    @override
    def step(self) -> int:
        see_block_page(self.way, self._context, next(self._names), self.words)
        return 1


@dataclass(slots=True)
class PlainBlockPages(Task):
    """A listed name over plain HTTP, each over a new connection. A redirect to the page is followed."""

    words: bytes = b""
    _names: Iterator[str] = field(init=False)

    @override
    def prepare(self) -> None:
        self._names = self.share(hosts("blocked")[:_FEW_HOSTS])

    @override
    def step(self) -> int:
        host = next(self._names)
        with client.connect(self.way) as plain:
            answer = client.get(plain, client.request(host, "/page", whole=True))
        client.expect_page(_followed(self.way, answer), self.words)
        return 1


def see_block_page(way: client.Way, context: ssl.SSLContext, host: str, words: bytes) -> None:
    """Raises WrongAnswerError where there is no page."""
    with client.tunnel(way, context, host) as tls:
        answer = client.get(tls, client.request(host, "/page"))
    client.expect_page(_followed(way, answer), words)


def _followed(way: client.Way, answer: client.Answer) -> client.Answer:
    """What a redirect leads to, over plain HTTP; any other answer is itself."""
    leads_to = client.location(answer)
    if leads_to is None:
        return answer
    host, slash, path = leads_to.removeprefix("http://").partition("/")
    with client.connect(way) as plain:
        return client.get(plain, client.request(host, slash + path, whole=True))


@dataclass(slots=True)
class Bulk(Task):
    """A gigabyte."""

    relayed: bool = True

    @override
    def step(self) -> int:
        host = BULK_HOST if self.relayed else BULK_FILE_HOST
        context = client.trusting(self.way.authority)
        with client.tunnel(self.way, context, host) as tls:
            client.read_bulk(tls, client.request(host, "/bulk"), BULK_BYTES, in_clear=self.relayed)
        return 1


@dataclass(slots=True)
class SchoolDay(Task):
    """The mix of mix.py, each client its share of the visits, in their order."""

    inside: Path = Path()
    words: bytes = b""
    _visits: Iterator[Visit] = field(init=False)
    _outside: ssl.SSLContext = field(init=False)
    _inspecting: ssl.SSLContext = field(init=False)

    @override
    def prepare(self) -> None:
        self._visits = islice(school_day(), self.number, None, self.clients)
        self._outside = client.trusting(self.way.authority)
        self._inspecting = client.trusting(self.inside)

    @override
    def step(self) -> int:
        visit = next(self._visits)
        if visit.kind == "blocked":
            see_block_page(self.way, self._inspecting, visit.host, self.words)
            return 1
        plain = visit.kind == "plain"
        if plain:
            connection = client.connect(self.way)
        else:
            context = self._inspecting if visit.kind == "inspected" else self._outside
            connection = client.tunnel(self.way, context, visit.host)
        with connection:
            for size in visit.sizes:
                answer = client.get(connection, client.request(visit.host, f"/{size}", whole=plain))
                client.expect(answer, sized(size))
        return len(visit.sizes)


@dataclass(slots=True)
class HoldIdle(Task):
    """Connections through CONNECT and TLS that then say nothing. `step` opens one."""

    _opened: int = field(init=False, default=0)
    _context: ssl.SSLContext = field(init=False)
    _names: Iterator[str] = field(init=False)
    _held: list[int] = field(init=False, default_factory=list)
    _sampled: list[tuple[str, ssl.SSLSocket]] = field(init=False, default_factory=list)

    @override
    def prepare(self) -> None:
        self._context = client.trusting(self.way.authority)
        self._names = self.share(hosts("relayed"))

    @override
    def step(self) -> int:
        device = self._opened * self.clients + self.number
        host = next(self._names)
        tls = client.tunnel(self.way, self._context, host, f"127.1.{device % _DEVICES // 200}.{device % 200 + 1}")
        if self._opened % _SAMPLED:
            self._held.append(tls.detach())  # without its TLS, which is of no more use here and large
        else:
            self._sampled.append((host, tls))
        self._opened += 1
        return 1

    @override
    def finish(self) -> None:
        """All are still open, and of each hundred one is asked for a page."""
        ended = sum(_has_ended(descriptor) for descriptor in self._held)
        for descriptor in self._held:
            os.close(descriptor)
        for host, tls in self._sampled:
            with tls:
                client.expect(client.get(tls, client.request(host, "/page")), page(host))
        if ended:
            raise client.WrongAnswerError(f"{ended} of {len(self._held)} idle connections had been closed")


def _has_ended(descriptor: int) -> bool:
    """Whether the other side has closed; what it said before (session tickets) is passed over."""
    os.set_blocking(descriptor, False)
    try:
        while True:
            if not os.read(descriptor, 65_536):
                return True
    except BlockingIOError:
        return False
    except OSError:
        return True
