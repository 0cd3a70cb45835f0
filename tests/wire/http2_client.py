"""An HTTP/2 client that says what it is told to, whether it is well-formed or not."""

import ssl
import time
from dataclasses import dataclass, field
from typing import Self

import h2.config
import h2.connection
import h2.events

from tests.wire.filter_process import FilterProcess

type Fields = list[tuple[str, str]]


@dataclass
class Answered:
    """What came on one stream."""

    status: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    reset: int | None = None
    ended: bool = False


class Http2Client:
    """One connection through the filter."""

    def __init__(self, process: FilterProcess, host: str) -> None:
        self.authority = f"{host}:{process.origin_port}"
        self.connection = process.tunnel(host, alpn=["h2"])
        self.ended = ""
        self.answers: dict[int, Answered] = {}
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(
                header_encoding="utf-8", validate_outbound_headers=False, normalize_outbound_headers=False
            )
        )
        self.h2.initiate_connection()
        self._flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def _flush(self) -> None:
        self.connection.sendall(self.h2.data_to_send())

    def ask(
        self, path: str, method: str = "GET", fields: Fields | None = None, pieces: list[bytes] | None = None,
        trailers: Fields | None = None,
    ) -> int:  # fmt: skip
        """Send a request; the number of its stream."""
        stream = self.h2.get_next_available_stream_id()
        head = [
            (":method", method),
            (":scheme", "https"),
            (":authority", self.authority),
            (":path", path),
            *(fields or []),
        ]
        self.h2.send_headers(stream, head, end_stream=pieces is None and trailers is None)
        for number, piece in enumerate(pieces or []):
            self.h2.send_data(stream, piece, end_stream=trailers is None and number == len(pieces or []) - 1)
        if trailers is not None:
            self.h2.send_headers(stream, trailers, end_stream=True)
        self._flush()
        return stream

    def upload(self, path: str, body: bytes, method: str = "POST", fields: Fields | None = None) -> Answered:
        """Send a body of any size, as fast as the filter takes it, and no more once the answer has ended."""
        stream = self.ask(path, method, fields, pieces=[])
        deadline = time.monotonic() + 20
        while not self.answers.setdefault(stream, Answered()).ended and not self.ended:
            assert time.monotonic() < deadline, f"the window of stream {stream} stays shut"
            if fits := min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(body)):
                self.h2.send_data(stream, body[:fits], end_stream=fits == len(body))
                body = body[fits:]
                self._flush()
            if not body:
                return self.answer(stream)
            self._receive(0.001 if fits else 0.2)
        return self.answers[stream]

    def answer(self, stream: int, seconds: float = 20) -> Answered:
        """What comes on a stream, once it has ended, or the connection has."""
        deadline = time.monotonic() + seconds
        while not self.answers.setdefault(stream, Answered()).ended and not self.ended:
            assert time.monotonic() < deadline, f"stream {stream} is still open"
            self._receive(0.2)
        return self.answers[stream]

    def _receive(self, seconds: float) -> None:
        """Take what comes in this time, if anything does."""
        self.connection.settimeout(seconds)
        try:
            data = self.connection.recv(65_536)
        except (TimeoutError, ssl.SSLWantReadError):
            return
        except OSError:
            data = b""
        finally:
            self.connection.settimeout(20)
        if not data:
            self.ended = "closed"
        for event in self.h2.receive_data(data):
            self._take(event)
        self._flush()

    def _take(self, event: h2.events.Event) -> None:
        answered = self.answers.setdefault(getattr(event, "stream_id", None) or 0, Answered())
        if isinstance(event, h2.events.ResponseReceived):
            answered.fields = {str(name): str(value) for name, value in event.headers or []}
            answered.status = int(answered.fields[":status"])
        elif isinstance(event, h2.events.DataReceived) and event.stream_id is not None:
            answered.body += event.data or b""
            self.h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            answered.ended = True
        elif isinstance(event, h2.events.StreamReset):
            answered.reset, answered.ended = int(event.error_code or 0), True
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.ended = f"goodbye {event.error_code}"


def flooded(process: FilterProcess, host: str, data: bytes, seconds: float = 10) -> bool:
    """Send bytes again and again after the beginning of a connection; whether the filter ended it."""
    connection = process.tunnel(host, alpn=["h2"])
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
    connection.settimeout(seconds)
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            connection.sendall(data)
    except (OSError, ssl.SSLError):
        return True
    finally:
        connection.close()
    return False
