"""Strict readers of other projects (h11, h2) at both ends of the filter. Each raises at what it should never be sent."""

from dataclasses import dataclass, field
from typing import Protocol

import h2.config
import h2.connection
import h2.events
import h11

from tests.fuzz.driving import OK

type Heard = tuple[bytes, bytes, bytes]
"""Method, target and body of a whole request."""


class Origin(Protocol):
    """One connection at an origin. `heard`: the whole requests; `open`: how many have begun and not ended."""

    @property
    def heard(self) -> list[Heard]: ...

    @property
    def open(self) -> int: ...

    def receive(self, data: bytes) -> bytes:
        """Read, and say what is answered."""


class Http1Origin:
    """Answers each request once it is whole, always the same."""

    def __init__(self, answer: bytes = OK) -> None:
        self.heard: list[Heard] = []
        self.open = 0
        self._answer = answer
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=200_000)
        self._asked: h11.Request | None = None
        self._body = b""

    def receive(self, data: bytes) -> bytes:
        self._h11.receive_data(data)
        answers = b""
        while (event := self._h11.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Request):
                self._asked, self._body, self.open = event, b"", 1
            elif isinstance(event, h11.Data):
                self._body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                assert self._asked is not None
                assert not event.headers
                self.open = 0
                self.heard.append((self._asked.method, self._asked.target, self._body))
                answers += self._answer
                self._h11.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                self._h11.send(h11.EndOfMessage())
                self._h11.start_next_cycle()
        return answers


@dataclass
class Stream:
    """What has come on a stream of HTTP/2."""

    head: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""
    ended: bool = False
    reset: bool = False

    @property
    def request(self) -> Heard:
        return self.head[b":method"], self.head[b":path"], self.body


class Http2Peer:
    """One end of HTTP/2; every event is filed by stream."""

    def __init__(self, *, client: bool) -> None:
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=client, header_encoding=False, validate_outbound_headers=False)
        )
        self.h2.initiate_connection()
        self.streams: dict[int, Stream] = {}
        self.goodbye = False

    def read(self, data: bytes) -> None:
        for event in self.h2.receive_data(data):
            number = getattr(event, "stream_id", None)
            stream = self.streams.setdefault(number, Stream()) if number else Stream()
            match event:
                case h2.events.RequestReceived() | h2.events.ResponseReceived():
                    stream.head = {bytes(name): bytes(value) for name, value in event.headers or []}
                case h2.events.DataReceived():
                    stream.body += event.data or b""
                    self.h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
                case h2.events.StreamEnded():
                    stream.ended = True
                case h2.events.StreamReset():
                    stream.reset = True
                case h2.events.ConnectionTerminated():
                    self.goodbye = True
                case _:
                    pass


class Http2Origin(Http2Peer):
    """Answers each request once it is whole: well, or with the frames that it is given."""

    def __init__(self, answer: bytes | None = None) -> None:
        super().__init__(client=False)
        self._answer = answer
        self._answered: set[int] = set()

    @property
    def heard(self) -> list[Heard]:
        return [one.request for one in self.streams.values() if one.ended]

    @property
    def open(self) -> int:
        return sum(1 for one in self.streams.values() if not (one.ended or one.reset))

    def receive(self, data: bytes) -> bytes:
        self.read(data)
        raw = b""
        for number, stream in self.streams.items():
            if stream.ended and not stream.reset and number not in self._answered:
                self._answered.add(number)
                if self._answer is not None:
                    raw += self._answer
                else:
                    self.h2.send_headers(number, [(b":status", b"200")])
                    self.h2.send_data(number, b"ok", end_stream=True)
        return self.h2.data_to_send() + raw
