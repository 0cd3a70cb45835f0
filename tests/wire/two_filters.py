"""The same words said to two filters at once: to one with the thin lane, and to one where mitmproxy's layers do everything."""

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from saywhy.proxy.door.open_connections import Limits
from tests.wire.certificates import TestAuthority
from tests.wire.inside import InsideProxy
from tests.wire.noting_origin import Noting, Said
from tests.wire.origin import everywhere
from tests.wire.reading_answers import Answer, read_answers

NAMES = ("good.test", "www.good.test", "blocked.test")
POLICY = """
school: {name: Test School, timezone: Europe/London}
roles: {it: IT support}
groups: {students: {label: Students, reader: secondary}}
places: [{network: 127.0.0.0/8, groups: [students]}]
reach: {ports: [80, 443, ORIGIN_PORT, TLS_PORT], addresses: [127.0.0.0/8]}
# so that no name is looked up but these
default: {effect: block, why: Not known., decided: {by: IT, on: 2026-09-03}, review_by: 2027-03-01, owner: it}
rules:
  - id: blocked
    block: {domains: [blocked.test]}
    why: {risk: It is a place to test filters with.}
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
  - id: inside
    block: {urls: ["good.test/never"]}
    why: {risk: This is never there.}
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
  - id: open
    allow: {domains: [good.test]}
"""
_THIN, _OTHER = "127.0.0.1", "127.0.0.2"  # where each filter finds the origin
_QUIET = 0.12  # seconds without a byte, after which nothing more is expected
_VERY_QUIET = 1.5  # where the two seem to differ
_PAUSE = 0.002  # seconds between two pieces, so that they come apart


class Way(Enum):
    """What the words are said in."""

    PROXY = "to the proxy itself"
    TUNNEL = "inside CONNECT"
    TLS = "inside CONNECT and TLS"


@dataclass(frozen=True)
class Talk:
    """What a client sends, in the pieces in which it sends it. `{port}` in them is the origin's port.

    `known`: said by a client that was there before, for whom connections to the origin may be kept.
    """

    way: Way
    pieces: tuple[bytes, ...]
    known: bool = False

    def __repr__(self) -> str:
        return f"Talk({self.way}, {self.pieces!r}, {self.known})"


@dataclass(frozen=True)
class Outcome:
    """What came of a talk: the answers, whether the connection was left open, and what the origin was asked."""

    answers: tuple[Answer, ...]
    kept: bool
    asked: tuple[tuple[bytes, bytes, bool], ...]
    malformed: tuple[bytes, ...]

    @property
    def statuses(self) -> tuple[int, ...]:
        return tuple(one.status for one in self.answers)


@dataclass(repr=False)
class TwoFilters:
    """Both, and the origin of both."""

    origin: Noting
    runner: asyncio.Runner
    ports: dict[Way, int]
    filters: dict[str, InsideProxy]
    contexts: dict[str, ssl.SSLContext] = field(default_factory=dict)
    strangers: int = 256

    def outcomes(
        self, talk: Talk, said: Mapping[bytes, Said] | None = None, wanted: tuple[int, ...] | None = None
    ) -> tuple[Outcome, Outcome]:
        """What comes of a talk at the thin lane and at the other. `said`: the origin's answers by path.

        Where they differ, or not the wanted statuses came, both are asked once more, with patience: a busy machine is no
        difference.
        """
        self.origin.said = dict(said or {})
        thin, other = self.runner.run(self._both(talk, _QUIET))
        if thin != other or wanted not in (None, thin.statuses):
            thin, other = self.runner.run(self._both(talk, _VERY_QUIET))
        return thin, other

    def warm_up(self) -> None:
        """Have each kind of page made once: the first takes longer."""
        head = b"GET http://%b:{port}%b HTTP/1.1\r\nHost: good.test:{port}\r\n%b\r\n"
        for parts in ((b"good.test", b"/never", b""), (b"good.test", b"/", b" X: y\r\n"), (b"nowhere.test", b"/", b"")):
            self.runner.run(self._both(Talk(Way.PROXY, (head % parts,)), _VERY_QUIET))

    async def _both(self, talk: Talk, quiet: float) -> tuple[Outcome, Outcome]:
        self.origin.asked.clear()
        self.origin.malformed.clear()
        self.strangers += 1
        thin, other = await asyncio.gather(*(self._hear(where, talk, quiet) for where in (_THIN, _OTHER)))
        await self._settled()
        return self._outcome(_THIN, *thin), self._outcome(_OTHER, *other)

    async def _hear(self, where: str, talk: Talk, quiet: float) -> tuple[bytes, bool]:
        """What comes back, and whether the connection is left open."""
        filter_, port = self.filters[where], self.ports[talk.way]
        source = "127.0.0.1" if talk.known else f"127.1.{self.strangers // 256 % 256}.{self.strangers % 256}"
        reader, writer = await asyncio.open_connection("127.0.0.1", filter_.listen_port, local_addr=(source, 0))
        try:
            if talk.way is not Way.PROXY:
                writer.write(b"CONNECT good.test:%d HTTP/1.1\r\nHost: good.test:%d\r\n\r\n" % (port, port))
                assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
            if talk.way is Way.TLS:
                await writer.start_tls(self.contexts[where], server_hostname="good.test")
            saying = asyncio.create_task(_say(writer, [one.replace(b"{port}", b"%d" % port) for one in talk.pieces]))
            heard = await _listen(reader, saying, quiet)
        finally:
            writer.close()
            with suppress(OSError):
                await asyncio.wait_for(writer.wait_closed(), 5)
        return heard

    async def _settled(self) -> None:
        """Wait until the origin has nothing half read: a filter whose client has gone lets go of what it asked."""
        for _ in range(1_000):
            if not self.origin.busy:
                return
            await asyncio.sleep(0.002)

    def _outcome(self, where: str, data: bytes, kept: bool) -> Outcome:
        # whether a head has gone on when its body turns out to be broken is a matter of moments; so is whether a body
        # still gets there when it was answered before, and the answer is not passed on
        early = any(one.early for one in self.origin.said.values())
        asked = tuple(
            (one.head, one.body, True) if one.whole and not early else (one.head, b"", False)
            for one in self.origin.asked[where]
            if kept or (one.whole and not early)
        )
        return Outcome(tuple(read_answers(data)), kept, asked, tuple(self.origin.malformed))


async def _say(writer: asyncio.StreamWriter, pieces: list[bytes]) -> None:
    with suppress(OSError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(_PAUSE)


async def _listen(reader: asyncio.StreamReader, saying: asyncio.Task[None], quiet: float) -> tuple[bytes, bool]:
    data = b""
    while True:
        try:
            piece = await asyncio.wait_for(reader.read(262_144), quiet)
        except TimeoutError:
            if saying.done():
                return data, True
            continue
        except OSError:
            piece = b""
        if not piece:
            await saying
            return data, False
        data += piece


@contextmanager
def two_filters(folder: Path, authority: TestAuthority) -> Iterator[TwoFilters]:
    """Start both."""
    limits = Limits(new_per_second=1e9, new_at_once=1_000_000_000)
    plain, secured = everywhere(), everywhere()
    policy = POLICY.replace("TLS_PORT", str(secured.getsockname()[1]))
    origin = Noting()
    filters: dict[str, InsideProxy] = {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.leaf("good.test"))
    context.set_alpn_protocols(["http/1.1"])
    ports = {Way.TLS: secured.getsockname()[1], Way.PROXY: plain.getsockname()[1], Way.TUNNEL: plain.getsockname()[1]}
    with asyncio.Runner() as runner:
        servers = [runner.run(origin.listen(plain, None)), runner.run(origin.listen(secured, context))]
        both = TwoFilters(origin, runner, ports, filters)
        for where in (_THIN, _OTHER):
            (folder / where).mkdir()
            filters[where] = one = InsideProxy(folder / where, ports[Way.PROXY], authority.path, policy)
            one.hosts = "".join(f"{where} {name}\n" for name in NAMES)
            one.thin_lane, one.limits = where == _THIN, limits
            one.start()
            trusting = ssl.create_default_context(cafile=str(one.ca))
            trusting.set_alpn_protocols(["http/1.1"])
            both.contexts[where] = trusting
        try:
            both.warm_up()
            yield both
        finally:
            for one in filters.values():
                one.stop()
            for server in servers:
                server.close()
            runner.run(asyncio.sleep(0))
