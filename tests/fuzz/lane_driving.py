"""A connection in the thin lane without a socket; what it hands over goes on in mitmproxy's layers, as in the running proxy.

Instead of a policy, every plain request is allowed. Origins are strict readers (`peers`).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from mitmproxy import options
from mitmproxy.connection import Server
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.layers.http import HTTPMode, HttpResponseHeadersHook

from saywhy.explain.answer import Answer
from saywhy.policy.patience import Patience
from saywhy.proxy.lane.connection import LaneConnection
from saywhy.proxy.lane.origins import Origin as LaneOrigin
from saywhy.proxy.lane.parts import LaneParts
from saywhy.proxy.lane.plain_request import Place
from saywhy.proxy.lane.verdict import Verdict
from tests.fuzz.crossing import Crossing
from tests.fuzz.peers import Heard, Http1Origin

PLACE = Place("http", "good.test", 80)  # where the Driver's tunnel leads


class Pipe(asyncio.Transport):
    """One end of a connection: what is written goes on at once."""

    def __init__(self, takes: Callable[[bytes], None]) -> None:
        super().__init__()
        self.closed = False
        self._takes = takes
        self._reads = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.closed:
            self._takes(bytes(data))

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name == "peername" else default

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = write_eof = close

    def is_reading(self) -> bool:
        return self._reads

    def pause_reading(self) -> None:
        self._reads = False

    def resume_reading(self) -> None:
        self._reads = True

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        pass

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


class OtherLane(Crossing):
    """As in the running proxy, origins answer when the layers have come to rest, and what they say of their connection is for us."""

    def __init__(self, settings: options.Options, mode: HTTPMode, origin: Callable[[], Http1Origin]) -> None:
        self._answers: deque[events.Event] = deque()
        super().__init__(settings, b"http/1.1", origin, mode)

    @property
    def heard(self) -> list[Heard]:
        """The whole requests that origins have read."""
        return [one for origin in self.origins.values() for one in origin.heard]

    def _send(self, origin: Server, data: bytes) -> None:
        super()._send(origin, data)
        if self._events and isinstance(self._events[-1], events.DataReceived) and self._events[-1].connection is origin:
            self._answers.append(self._events.pop())

    def _run(self) -> None:
        super()._run()
        while self._answers:
            self._events.append(self._answers.popleft())
            super()._run()

    def _hook(self, hook: commands.StartHook) -> None:
        super()._hook(hook)
        if isinstance(hook, HttpResponseHeadersHook) and hook.flow.response is not None:
            hook.flow.response.headers.pop("connection", None)


class LaneDriver:
    """Feeds a connection; `fell` is what should not have been raised. Belongs to the loop that is running."""

    def __init__(self, settings: options.Options, mode: HTTPMode, origin: Callable[[], Http1Origin]) -> None:
        self.client = b""
        self.fell: list[str] = []
        self.other: OtherLane | None = None
        self._settings, self._mode, self._new_origin = settings, mode, origin
        self._opened: list[tuple[LaneOrigin, Http1Origin]] = []
        self._moves = 0
        self._pipe = Pipe(self._says)
        loop = asyncio.get_running_loop()
        door = SimpleNamespace(loop=loop, gone=lambda _: None, became=lambda *_: None, is_portal=lambda _: False)
        lanes = SimpleNamespace(answered=lambda *_: None, relayed=lambda *_: None, kept=lambda: None)
        metrics = SimpleNamespace(fault=self.fell.append, requested=lambda _: None, lanes=lanes)
        parts = LaneParts(cast("Any", _Judge()), cast("Any", self), cast("Any", metrics), 10.0)
        place = None if mode is HTTPMode.regular else PLACE
        tunnel = None if place is None else ("good.test", 80)
        self._lane = LaneConnection(self._pipe, cast("Any", door), self, parts, place, tunnel)
        self._lane.begin(self._pipe, b"")

    @property
    def closed(self) -> bool:
        return self._pipe.closed or (self.other is not None and self.other.seen.closed)

    @property
    def said(self) -> bytes:
        """All that the client has got."""
        return self.client + (b"" if self.other is None else bytes(self.other.seen.client))

    @property
    def heard(self) -> list[Heard]:
        """The whole requests that origins have read."""
        mine = [one for _, peer in self._opened for one in peer.heard]
        return mine + (
            [] if self.other is None else [one for peer in self.other.origins.values() for one in peer.heard]
        )

    async def feed(self, data: bytes) -> None:
        """Bytes from the client, and all that comes of them."""
        if self.other is not None:
            self.other.feed(data)
        elif not self._pipe.closed:
            self._lane.data_received(data)
        await self._rest()

    async def end(self) -> None:
        """The client has gone."""
        if self.other is not None:
            self.other.end()
        else:
            self._lane.eof_received()
        await self._rest()

    async def close_origins(self) -> None:
        """The origins end their connections."""
        if self.other is not None:
            self.other.close_origins()
        for origin, _ in self._opened:
            if not origin.gone:
                origin.eof_received()
        await self._rest()

    async def _rest(self) -> None:
        before = -1
        while before != self._moves:
            before = self._moves
            for _ in range(3):
                await asyncio.sleep(0)

    def _says(self, data: bytes) -> None:
        self.client += data
        self._moves += 1

    # What the connection asks of the other lane.
    def take_over(self, one: LaneConnection, data: bytes) -> None:
        self.other = OtherLane(self._settings, self._mode, self._new_origin)
        if one.transport.is_closing():
            self.other.end()
        else:
            self.other.feed(data)

    def client_refused(self, one: LaneConnection, error: str) -> None:
        raise AssertionError(error)

    def client_said_nothing(self, one: LaneConnection) -> None:
        raise AssertionError(one)

    # What it asks of the origins.
    async def open(self, verdict: Verdict, offers: tuple[bytes, ...]) -> LaneOrigin:
        assert not offers
        peer, loop = self._new_origin(), asyncio.get_running_loop()
        origin = LaneOrigin(cast("Any", self), verdict)

        def receive(data: bytes) -> None:
            self._moves += 1
            try:
                answer = peer.receive(data)
            except Exception as error:  # noqa: BLE001  # or the lane would refuse the request, and nobody would know
                self.fell.append(repr(error))
                return
            if answer:
                loop.call_soon(origin.data_received, answer)

        origin.connection_made(Pipe(receive))
        self._opened.append((origin, peer))
        return origin

    def take(self, verdict: Verdict) -> None:
        """None is kept of another connection."""

    def keep(self, one: LaneOrigin) -> None:
        one.close()

    def forget(self, one: LaneOrigin) -> None:
        """None was kept."""

    def remember(self, one: LaneOrigin) -> None:
        """There is no TLS."""


class _Judge:
    """Allows everything."""

    def __init__(self) -> None:
        index = SimpleNamespace(used=False)
        policy = SimpleNamespace(reach=SimpleNamespace(patience=Patience()))
        self.in_force = SimpleNamespace(now=SimpleNamespace(engine=SimpleNamespace(index=index), policy=policy))

    async def judge_inside(self, peer: str, target: object, use: object) -> tuple[object, None]:
        decision = SimpleNamespace(allowed=True, needs_answer=False, obligations=frozenset(), revision="1")
        access = SimpleNamespace(target=target)
        return SimpleNamespace(snapshot=self.in_force.now, access=access, decision=decision), None

    def holds(self, judged: object) -> bool:
        return True

    def let_out(self, lane: str, method: str, judged: object, headers: object) -> None:
        """Nothing is counted."""

    def faulted(self, kind: object, *told: object) -> Answer:
        return Answer(502, "text/plain", str(kind).encode(), {})
