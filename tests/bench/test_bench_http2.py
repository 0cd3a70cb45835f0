"""A client with HTTP/2 takes nothing for an answer that the origin did not say, and gives up on half of one."""

import socket
import ssl
import threading
from pathlib import Path
from typing import cast

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived

from bench.peers.client import Way, WrongAnswerError
from bench.peers.http2 import STREAMS, Http2

BODY = b"<p>hello</p>"


def asked(ours: socket.socket) -> Http2:
    """A client that has its connection; TLS is left out."""
    task = Http2(Way(0, Path()))
    task._connection = cast("ssl.SSLSocket", ours)
    task._http = H2Connection(H2Configuration(client_side=True))
    task._http.initiate_connection()
    task._headers = [(":method", "GET"), (":scheme", "https"), (":authority", "a.test"), (":path", "/page-http2")]
    task._body = BODY
    return task


def origin(theirs: socket.socket, answered: int, status: str, body: bytes) -> None:
    """Answer so many requests once all have come, the last first, then end."""
    http = H2Connection(H2Configuration(client_side=False))
    http.initiate_connection()
    streams: list[int] = []
    while len(streams) < STREAMS:
        for event in http.receive_data(theirs.recv(65_536)):
            if isinstance(event, RequestReceived):
                assert event.stream_id is not None
                streams.append(event.stream_id)
    for stream in sorted(streams, reverse=True)[:answered]:
        http.send_headers(stream, [(":status", status)])
        http.send_data(stream, body, end_stream=True)
    theirs.sendall(http.data_to_send())
    theirs.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize(
    ("answered", "status", "body", "right"),
    [
        (STREAMS, "200", BODY, True),
        (STREAMS, "200", b"<p>hullo</p>", False),
        (STREAMS, "505", BODY, False),
        (STREAMS - 1, "200", BODY, False),
    ],
    ids=["all", "another page", "refused", "one missing"],
)
def test_all_requests_at_once_have_to_be_answered(answered: int, status: str, body: bytes, right: bool) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        thread = threading.Thread(target=origin, args=(theirs, answered, status, body))
        thread.start()
        try:
            if right:
                assert asked(ours).step() == STREAMS
            else:
                with pytest.raises(WrongAnswerError):
                    asked(ours).step()
        finally:
            thread.join(10)
