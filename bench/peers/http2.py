"""A client with HTTP/2: requests at once over one connection, as a browser asks for the parts of a page."""

import ssl
from dataclasses import dataclass, field
from typing import Final, override

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, ResponseReceived, StreamEnded, StreamReset

from bench.peers import client
from bench.peers.mix import hosts
from bench.peers.origin import HTTP2_PATH, page
from bench.peers.tasks import Task

STREAMS: Final = 8
_WINDOW: Final = 1 << 24


@dataclass(slots=True)
class Http2(Task):
    """A step is so many requests at once, until all of them are answered. The origin refuses whoever comes by HTTP/1.1."""

    _connection: ssl.SSLSocket = field(init=False)
    _http: H2Connection = field(init=False)
    _headers: list[tuple[str, str]] = field(init=False)
    _body: bytes = field(init=False)

    @override
    def prepare(self) -> None:
        host = hosts("inspected")[self.number]
        self._body = page(host)
        self._headers = [
            (":method", "GET"), (":scheme", "https"), (":authority", host), (":path", HTTP2_PATH), *client.FIELDS,
        ]  # fmt: skip
        self._connection = client.tunnel(self.way, client.trusting(self.way.authority, "h2"), host)
        if self._connection.selected_alpn_protocol() != "h2":
            raise client.WrongAnswerError(f"{host}: no HTTP/2")
        self._http = H2Connection(H2Configuration(client_side=True))
        self._http.initiate_connection()
        self._http.increment_flow_control_window(_WINDOW)
        self.step()

    @override
    def step(self) -> int:
        statuses: dict[int, int] = {}
        bodies: dict[int, bytes] = {}
        for _ in range(STREAMS):
            stream = self._http.get_next_available_stream_id()
            self._http.send_headers(stream, self._headers, end_stream=True)
            bodies[stream] = b""
        waiting = set(bodies)
        self._connection.sendall(self._http.data_to_send())
        while waiting:
            data = self._connection.recv(65_536)
            if not data:
                raise client.WrongAnswerError(f"the connection ended with {len(waiting)} requests unanswered")
            for event in self._http.receive_data(data):
                match event:
                    case ResponseReceived(stream_id=stream, headers=headers) if stream is not None:
                        statuses[stream] = int(dict(headers or ())[b":status"])
                    case DataReceived(stream_id=stream, data=piece) if stream is not None:
                        bodies[stream] += piece or b""
                        self._http.acknowledge_received_data(event.flow_controlled_length or 0, stream)
                    case StreamEnded(stream_id=stream):
                        waiting.discard(stream or 0)
                    case StreamReset() | ConnectionTerminated():
                        raise client.WrongAnswerError(repr(event))
            self._connection.sendall(self._http.data_to_send())
        for stream, body in bodies.items():
            client.expect(client.Answer(statuses[stream], b"", body), self._body)
        return STREAMS

    @override
    def finish(self) -> None:
        self._connection.close()
