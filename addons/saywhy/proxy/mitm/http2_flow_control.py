"""HTTP/2 that takes no more of a stream than the other side of that stream takes.

mitmproxy acknowledges whatever comes and keeps it, so a client that stops reading one stream lets memory grow. Here what
was received is acknowledged when the other connection has passed it on (RFC 9113 section 5.2), stream by stream: a film
that is paused does not hold up the page around it.
"""

from collections.abc import Callable
from typing import Final

import h2.events
import h2.exceptions
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.http._base import ReceiveHttp
from mitmproxy.proxy.layers.http._http2 import Http2Connection, StreamState

WINDOW: Final = 1_048_576  # bytes of a stream that may be under way to us
HELD: Final = 131_072  # bytes of a stream that may wait for the other side before no more is asked for

type Waiting = Callable[[int], int]
"""How many bytes of a stream, by the client's number for it, wait on the other connection."""


def waiting_on(connection: Http2Connection, stream_id: int) -> int:
    """Bytes of a stream, by this connection's own number, that wait for the peer's window."""
    pieces = connection.h2_conn.stream_buffers.get(stream_id)
    return sum(len(piece.data) for piece in pieces) if pieces else 0


class Settle(events.Event):
    """Told to a connection to an origin, by way of its TLS: the client takes more again."""


class FlowControlled(Http2Connection):
    """Acknowledges a stream's data only while little of it waits on the other side."""

    waiting: Waiting
    owed: dict[int, int]

    def control_flow(self, waiting: Waiting) -> None:
        """To be called once, before the connection begins."""
        self.waiting = waiting
        self.owed = {}
        self.h2_conn.local_settings.initial_window_size = WINDOW
        self.h2_conn.local_settings.acknowledge()

    def number_for_client(self, stream_id: int) -> int:
        """The client's number for a stream of this connection."""
        return stream_id

    def handle_h2_event(self, event: h2.events.Event) -> layer.CommandGenerator[bool]:
        """As mitmproxy, but acknowledging is left to `settle`."""
        if not isinstance(event, h2.events.DataReceived):
            return (yield from super().handle_h2_event(event))
        assert event.stream_id is not None
        state = self.streams.get(event.stream_id)
        self.owed[event.stream_id] = self.owed.get(event.stream_id, 0) + (event.flow_controlled_length or 0)
        if state is StreamState.HEADERS_RECEIVED and (event.data or not event.stream_ended):
            yield ReceiveHttp(self.ReceiveData(event.stream_id, event.data or b""))
        self._acknowledge(event.stream_id)
        return False

    def _acknowledge(self, stream_id: int) -> None:
        if self.waiting(self.number_for_client(stream_id)) <= HELD:
            length = self.owed.pop(stream_id, 0)
            if length and self.h2_conn.state_machine.state is not h2.connection.ConnectionState.CLOSED:
                self.h2_conn.acknowledge_received_data(length, stream_id)

    def settle(self) -> layer.CommandGenerator[None]:
        """Ask for more of the streams that can be passed on again."""
        for stream_id in list(self.owed):
            self._acknowledge(stream_id)
        data = self.h2_conn.data_to_send()
        if data:
            yield commands.SendData(self.conn, data)
