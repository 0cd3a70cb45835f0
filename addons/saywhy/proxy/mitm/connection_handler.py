"""A connection whose inside is seen: mitmproxy's protocol layers, driven straight from the event loop.

mitmproxy's own handler runs tasks and streams. This one is called by the transports, answers hooks on the spot where that can
be done, and passes back-pressure on. It opens connections to origins by `Outbound` alone.

Whatever raises in a layer ends the connection: nothing half-understood goes on.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from mitmproxy.connection import Client, Connection, ConnectionState, Server
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from saywhy.policy.patience import Patience
from saywhy.proxy.lingering_close import lingering_close
from saywhy.proxy.mitm.deadlines import Deadlines
from saywhy.proxy.mitm.hooks import Hooks
from saywhy.proxy.mitm.teardown import take_apart
from saywhy.proxy.mitm.transport import AnswersOverdue, Inside, TransportProtocol, Watch
from saywhy.proxy.outbound.not_reachable import NotReachableError
from saywhy.proxy.outbound.outbound import Outbound

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 6  # connections to one origin for one client: what browsers open by themselves


class ConnectionHandler:
    """A client's connection, its layers and its connections to origins.

    `idle` is counted up by whoever watches, and reset by whatever comes.
    """

    half_open = False

    def __init__(
        self,
        watch: Watch,
        loop: asyncio.AbstractEventLoop,
        hooks: Hooks,
        outbound: Outbound,
        context: Context,
        inside: Inside,
        head_seconds: float,
        patience: Callable[[], Patience],
    ) -> None:
        self._watch = watch
        self._loop = loop
        self._hooks = hooks
        self._outbound = outbound
        self._head_seconds = head_seconds
        self.client: Client = context.client
        self.idle = 0
        self.peer = context.client.peername[0]
        self.tunnel = context.server.address  # the host and port of its CONNECT, if it began so
        self._queue: deque[events.Event] = deque()
        self._running = False
        self._protocols: dict[Connection, TransportProtocol] = {}
        self._opening: dict[Connection, asyncio.Task[None]] = {}
        self._waiting: set[asyncio.Future[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._deadlines = Deadlines(loop, head_seconds, patience, too_slow=self.end, overdue=self._overdue)
        self._places: dict[tuple[str, int], asyncio.Semaphore] = {}
        self._ended = False
        self._holding = False
        self._layer = inside

    def begin(self, transport: asyncio.Transport, first: bytes) -> None:
        """Take the client's transport over. `first` is what the client has said to the innermost layer so far."""
        protocol = TransportProtocol(self, self.client)
        protocol.connection_made(transport)
        self._protocols[self.client] = protocol
        transport.set_protocol(protocol)
        self._hooks.tell("client_connected", self.client)
        if self.client.error:
            self.end()
            return
        self._deadlines.begin(self._layer)
        self._handle(events.Start())
        if first and not self._ended:
            self.received(protocol, first)

    @property
    def is_busy(self) -> bool:
        """Whether a request is under way."""
        return self._layer.has_requests()

    def goes_on(self) -> bool:
        """Whether all that is under way on it would be let out now as well, or has got a page instead."""
        return self._watch.goes_on(self)

    def answer_now(self, flow_ids: set[str]) -> None:
        """Do not wait for the answers to these any longer: what they get instead is asked for, as when they are overdue."""
        late = [one.stream_id for one in self._layer.unanswered() if one.flow_id in flow_ids]
        if late and not self._ended:
            self._overdue(late)

    def _overdue(self, stream_ids: list[int]) -> None:
        self._handle(AnswersOverdue(stream_ids))

    # What the transports tell.
    def received(self, protocol: TransportProtocol, data: bytes) -> None:
        """Bytes came."""
        self.idle = 0
        if protocol.closed:
            return
        self._handle(events.DataReceived(protocol.connection, data))
        if protocol.connection is self.client and not self._ended:
            self._deadlines.look()

    def finished(self, protocol: TransportProtocol) -> None:
        """One side has said all."""
        if not protocol.closed:
            protocol.connection.state &= ~ConnectionState.CAN_READ
            self._handle(events.ConnectionClosed(protocol.connection))

    def lost(self, protocol: TransportProtocol) -> None:
        """A transport is gone."""
        if not protocol.closed:
            self._forget(protocol, tell=bool(protocol.connection.state & ConnectionState.CAN_READ))
        if protocol.connection is self.client:
            self.end()

    def balance(self) -> None:
        """Read from each side only what the other takes."""
        client = self._protocols.get(self.client)
        if client is None:
            return
        take = not any(protocol.clogged for protocol in self._protocols.values() if protocol is not client)
        client.read(take)
        held = self._layer.not_to_be_read()
        self._holding = client.clogged or not take or bool(held)
        for protocol in self._protocols.values():
            if protocol is not client:
                protocol.read(not client.clogged and protocol.connection not in held)

    # Driving the layers.
    def _handle(self, event: events.Event) -> None:
        queue = self._queue
        queue.append(event)
        if self._running:
            return
        self._running = True
        try:
            while queue and not self._ended:
                for command in self._layer.handle_event(queue.popleft()):
                    self._carry_out(command)
            for protocol in [one for one in self._protocols.values() if one.kept_back]:
                protocol.flush()
        except Exception:
            logger.exception("a protocol layer raised; the connection is closed")
            self.end()
        finally:
            self._running = False
        if not self._ended and (self._holding or self._layer.not_to_be_read()):
            self.balance()

    def _carry_out(self, command: commands.Command) -> None:
        if isinstance(command, commands.SendData):
            protocol = self._protocols.get(command.connection)
            if protocol is not None:
                protocol.write(command.data, at_once=command.connection is self.client)
        elif isinstance(command, commands.StartHook):
            self._answer(command)
        elif isinstance(command, commands.Log):
            logger.debug("%s", command.message)
        elif isinstance(command, commands.OpenConnection):
            assert isinstance(command.connection, Server)
            self._opening[command.connection] = asyncio.Task(self._open(command), loop=self._loop, eager_start=True)
        elif isinstance(command, commands.CloseTcpConnection):
            self._close(command.connection, half=command.half_close)
        elif isinstance(command, commands.CloseConnection):
            self._close(command.connection, half=False)
        elif isinstance(command, commands.RequestWakeup):
            self._later(command.delay, lambda: self._handle(events.Wakeup(command)))
        else:
            raise TypeError(f"unexpected command {command!r}")

    def _answer(self, hook: commands.StartHook) -> None:
        waiting = self._hooks.call(hook)
        if waiting is not None:
            task = asyncio.Task(_to_its_end(waiting), loop=self._loop, eager_start=True)
            if not task.done():
                self._waiting.add(task)
                task.add_done_callback(lambda done: self._answered(hook, done))
                return
            task.result()
        if hook.blocking:
            self._queue.append(events.HookCompleted(hook))  # handled when the layers have come to rest

    def _answered(self, hook: commands.StartHook, task: asyncio.Future[None]) -> None:
        self._waiting.discard(task)
        if task.cancelled() or self._ended:
            return
        if hook.blocking:
            self._handle(events.HookCompleted(hook))

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        def now() -> None:
            self._timers.discard(timer)
            do()

        timer = self._loop.call_later(seconds, now)
        self._timers.add(timer)

    # Connections to origins.
    async def _open(self, command: commands.OpenConnection) -> None:
        server = command.connection
        assert server.address is not None
        data = ServerConnectionHookData(client=self.client, server=server)
        place = self._places.setdefault(server.address, asyncio.Semaphore(_AT_ONCE))
        await place.acquire()
        try:
            error = await self._connect(server, data)
        except BaseException:
            place.release()
            raise
        finally:
            self._opening.pop(server, None)
        if error is not None:
            place.release()
            server.error = error
            self._hooks.tell("server_connect_error", data)
        else:
            self._hooks.tell("server_connected", data)
            if server.tls:
                self._later(self._head_seconds, lambda: self._watch_handshake(server))
        self._handle(events.OpenConnectionCompleted(command, error))

    async def _connect(self, server: Server, data: ServerConnectionHookData) -> str | None:
        """Connect; what went wrong, as a text, or None."""
        waiting = self._hooks.tell("server_connect", data)
        if waiting is not None:
            await waiting
        if server.error:
            return server.error
        assert server.address is not None
        server.timestamp_start = time.time()
        protocol = TransportProtocol(self, server)
        try:
            transport, _ = await self._outbound.connect(lambda: protocol, *server.address)
        except NotReachableError as error:
            return str(error)
        except OSError as error:
            return str(error) or type(error).__name__
        if self._ended:
            transport.abort()
            return "the client has gone"
        server.timestamp_tcp_setup = time.time()
        server.state = ConnectionState.OPEN
        server.peername = transport.get_extra_info("peername")
        server.sockname = transport.get_extra_info("sockname")
        self._protocols[server] = protocol
        if self._holding:
            self.balance()
        return None

    def _watch_handshake(self, server: Server) -> None:
        protocol = self._protocols.get(server)
        if protocol is not None and not server.tls_established:
            self._layer.give_up(server, NotReachableError.TIMED_OUT)
            protocol.transport.abort()

    def rest(self) -> None:
        """Close the connections to origins that are only kept for a next request: each costs more than the client's."""
        if not self._ended and not self._layer.has_requests():
            for protocol in list(self._protocols.values()):
                if protocol.connection is not self.client:
                    self._forget(protocol, tell=True)
                    protocol.transport.close()
            self._layer.rest()

    # Ends.
    def _close(self, connection: Connection, *, half: bool) -> None:
        protocol = self._protocols.get(connection)
        if protocol is None:
            connection.state = ConnectionState.CLOSED
            task = self._opening.pop(connection, None)
            if task is not None:
                task.cancel()
            return
        protocol.flush()
        if half:
            if connection.state & ConnectionState.CAN_WRITE:
                connection.state &= ~ConnectionState.CAN_WRITE
                if not protocol.transport.is_closing():
                    protocol.transport.write_eof()
            if connection.state is not ConnectionState.CLOSED:
                return
        was_heard_out = not connection.state & ConnectionState.CAN_READ
        self._forget(protocol, tell=not was_heard_out)
        if connection is self.client and not was_heard_out:
            lingering_close(protocol.transport, self._loop)
            self._queue_end()
        else:
            protocol.transport.close()
            if connection is self.client:
                self._queue_end()

    def _queue_end(self) -> None:
        self._loop.call_soon(self.end)

    def _forget(self, protocol: TransportProtocol, *, tell: bool) -> None:
        connection = protocol.connection
        protocol.closed = True
        connection.state = ConnectionState.CLOSED
        connection.timestamp_end = time.time()
        self._protocols.pop(connection, None)
        if isinstance(connection, Server):
            assert connection.address is not None
            self._places[connection.address].release()
            self._layer.origin_is_gone(connection)
            self._hooks.tell("server_disconnected", ServerConnectionHookData(client=self.client, server=connection))
            self.balance()
        if tell:
            self._handle(events.ConnectionClosed(connection))

    def end(self) -> None:
        """End everything about this connection, now."""
        if self._ended:
            return
        self._ended = True
        self._deadlines.cancel()
        for timer in self._timers:
            timer.cancel()
        for task in [*self._opening.values(), *self._waiting]:
            task.cancel()
        for protocol in list(self._protocols.values()):
            protocol.closed = True
            protocol.connection.state = ConnectionState.CLOSED
            protocol.transport.abort()
        self._protocols.clear()
        self.client.timestamp_end = time.time()
        self._hooks.tell("client_disconnected", self.client)
        self._watch.ended(self)
        self._loop.call_soon(take_apart, self._layer)  # not now: one of its layers may be at work

    abort = end


async def _to_its_end(waiting: Awaitable[None]) -> None:
    await waiting
