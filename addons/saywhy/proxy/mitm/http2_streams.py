"""HTTP/2 in which what is wrong with one stream stays in that stream.

The h2 library ends a whole connection where a message is malformed. RFC 9113 section 8.1.1 calls that a stream error: one
site's odd header must not take the page around it away. Connection errors stay what they are, and a GOAWAY leaves the
streams alone that it does not name (section 6.8).
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.stream
from hpack.struct import Header
from hyperframe.frame import Frame, GoAwayFrame, HeadersFrame, RstStreamFrame
from mitmproxy.proxy.layers.http._http_h2 import BufferedH2Connection

from saywhy.proxy.http.framing import length_of

MOST_HEADER_BYTES: Final = 262_144  # of one block, decoded; more ends the connection

_NAME: Final = re.compile(rb":?[!#$%&'*+\-.^_`|~0-9a-z]+")

type Came = tuple[list[Frame], list[h2.events.Event]]


class StreamBroken(h2.events.StreamReset):
    """A message of this stream was malformed: we have reset it. `why` in a few words."""

    why: str = ""


class GoingAway(h2.events.Event):
    """The other side takes no new streams, and none above `last_stream_id` was processed."""

    def __init__(self, last_stream_id: int) -> None:
        self.last_stream_id = last_stream_id


class StreamwiseH2Connection(BufferedH2Connection):
    """Resets a stream where the library would end the connection."""

    def __init__(self, *, client_side: bool, largest_frame: int) -> None:
        """`largest_frame`: bytes of a frame that the other side may send."""
        super().__init__(
            h2.config.H2Configuration(
                client_side=client_side,
                header_encoding=False,
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
                normalize_inbound_headers=False,
            )
        )
        self.local_settings.max_frame_size = self.max_inbound_frame_size = largest_frame
        if client_side:
            self.local_settings.enable_push = 0
            self._frame_dispatch_table[GoAwayFrame] = self._going_away
        self.local_settings.acknowledge()
        self.decoder.max_header_list_size = MOST_HEADER_BYTES

    def receive_data(self, data: bytes) -> list[h2.events.Event]:
        """As in the library, but a request that an empty piece ends, right behind its head, ends with its head."""
        came: list[h2.events.Event] = super().receive_data(data)
        heads: dict[int | None, h2.events.RequestReceived] = {}
        for event in came:
            if isinstance(event, h2.events.RequestReceived):
                heads[event.stream_id] = event
            elif isinstance(event, h2.events.DataReceived):
                head = heads.pop(event.stream_id, None)
                if head is not None and not event.data:
                    head.stream_ended = event.stream_ended
        return came

    def _begin_new_stream(self, stream_id: int, allowed_ids: Any) -> h2.stream.H2Stream:
        stream = super()._begin_new_stream(stream_id, allowed_ids)
        stream.receive_headers = _Headers(self, stream, stream.receive_headers)  # type: ignore[method-assign, assignment]
        stream.receive_data = _Data(self, stream, stream.receive_data)  # type: ignore[method-assign]
        return stream

    def broken(self, stream: h2.stream.H2Stream, why: str) -> Came:
        """Reset a stream whose message is malformed."""
        event = StreamBroken(
            stream_id=stream.stream_id, error_code=h2.errors.ErrorCodes.PROTOCOL_ERROR, remote_reset=False
        )
        event.why = why
        self.stream_buffers.pop(stream.stream_id, None)
        self.stream_trailers.pop(stream.stream_id, None)
        if stream.closed:  # by its last frame, or by the library when it found the mistake
            frame = RstStreamFrame(stream.stream_id)
            frame.error_code = h2.errors.ErrorCodes.PROTOCOL_ERROR
            return [frame], [event]
        return stream.reset_stream(h2.errors.ErrorCodes.PROTOCOL_ERROR), [event]

    def _receive_headers_frame(self, frame: HeadersFrame) -> Came:
        if "PRIORITY" in frame.flags:  # a scheme that RFC 9113 section 5.3 takes back; only its one mistake counts
            if frame.depends_on == frame.stream_id:
                raise h2.exceptions.ProtocolError("a stream depends on itself")
            frame.flags.discard("PRIORITY")
        return super()._receive_headers_frame(frame)

    def _going_away(self, frame: GoAwayFrame) -> Came:
        return [], [GoingAway(frame.last_stream_id)]


class _OfStream:
    """What the library receives for one stream, taken in its place."""

    __slots__ = ("_connection", "_receive", "_stream")

    def __init__(
        self, connection: StreamwiseH2Connection, stream: h2.stream.H2Stream, receive: Callable[..., Came]
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._receive = receive


class _Headers(_OfStream):
    """A header block of a stream: requests, answers, interim answers, trailers."""

    __slots__ = ()

    def __call__(self, headers: Iterable[Header], end_stream: bool, encoding: Any) -> Came:  # noqa: FBT001
        stream = self._stream
        fields = list(headers)
        announced = stream._expected_content_length  # noqa: SLF001 — trailers would overwrite it
        try:
            came = self._receive(fields, end_stream, encoding)
            _check_names(fields)
            if isinstance(came[1][0], h2.events.TrailersReceived):
                _check_whole(stream, announced)
            else:
                _check_length(stream, came[1][0], fields)
        except h2.exceptions.StreamClosedError:
            raise
        except (h2.exceptions.ProtocolError, ValueError) as error:
            return self._connection.broken(stream, str(error))
        return came


class _Data(_OfStream):
    """A piece of a stream's body."""

    __slots__ = ()

    def __call__(self, data: bytes, end_stream: bool, flow_control_len: int) -> Came:  # noqa: FBT001
        try:
            return self._receive(data, end_stream, flow_control_len)
        except h2.exceptions.StreamClosedError:
            raise
        except h2.exceptions.ProtocolError as error:
            frames, events = self._connection.broken(self._stream, str(error))
            # the connection's window is everybody's: what came is given back to it
            self._connection.acknowledge_received_data(flow_control_len, self._stream.stream_id)
            return frames, events


def _check_names(fields: list[Any]) -> None:
    """Refuse names that HTTP/1 could not say; the library lets some through. Raises ValueError."""
    if not all(_NAME.fullmatch(name) for name, _ in fields):
        raise ValueError("a field has a name that none may have")


def _check_whole(stream: h2.stream.H2Stream, announced: int | None) -> None:
    """Hold a body that trailers end to its length: the library looks only where data end it. Raises ValueError."""
    if announced not in (None, stream._actual_content_length):  # noqa: SLF001 — the library counts it
        raise ValueError("the body is shorter than announced")


def _check_length(stream: h2.stream.H2Stream, event: h2.events.Event, fields: list[Any]) -> None:
    """Hold a stream to the length it announces, one that every reader reads alike. Raises ValueError."""
    length = length_of([value for name, value in fields if name == b"content-length"])
    if isinstance(event, h2.events.ResponseReceived):
        status = next((value for name, value in fields if name == b":status"), b"")
        if status in (b"204", b"304"):  # RFC 9113 section 8.1.1: any length, and no content
            stream._expected_content_length = None  # noqa: SLF001 — the library counts it against the data
            return
        if len(status) != 3 or not status.isdigit() or status < b"200":
            raise ValueError("the status is no number of three digits")
    ended = getattr(event, "stream_ended", None) is not None
    if ended and length and stream.request_method != b"HEAD":
        raise ValueError("a length is announced, but there is no body")
