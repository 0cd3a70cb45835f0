"""Answers that are made as they go are not held back by rules about files, and hide no file."""

import gzip

import pytest

from tests.wire.filter_process import FilterProcess
from tests.wire.http2_client import Http2Client
from tests.wire.origin import Origin
from tests.wire.test_wire_files import CLOSED, ask, closing, serve
from tests.wire.test_wire_files_hidden import emptied

__all__ = ["closing"]
LIVE = ("text/event-stream", "application/x-ndjson", "application/grpc-web+proto", "application/connect+json")


def begun(process: FilterProcess, origin: Origin, kind: str, *pieces: bytes) -> bytes:
    """What comes to a client of an answer that then stays open, until that has all its pieces."""
    path = serve(origin, "events", b"", f"Content-Type: {kind}")
    chunks = [b"%x\r\n%b\r\n" % (len(one), one) for one in pieces]
    origin.answers[path] = [
        f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode(),
        *chunks,
    ]
    with process.tunnel("good.test") as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: good.test:{process.origin_port}\r\n\r\n".encode())
        received = b""
        while not (b"\r\n\r\n" in received and all(one in received for one in pieces)):
            piece = connection.recv(65_536)
            if not piece:
                break
            received += piece
    return received


@pytest.mark.parametrize("kind", LIVE)
@pytest.mark.parametrize("pieces", [(), (b"\0\0\0\0\0",), (b":\n\n", b"data: hello\n\n")])
def test_a_live_answer_is_not_held_back(
    closing: FilterProcess, origin: Origin, kind: str, pieces: tuple[bytes, ...]
) -> None:
    assert begun(closing, origin, kind, *pieces).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
@pytest.mark.parametrize("first", [b'{"token": 1}\n', b"51\n[[0]]\n", b'{"open": ["'])
def test_nor_are_the_first_lines_of_a_text(closing: FilterProcess, origin: Origin, kind: str, first: bytes) -> None:
    assert begun(closing, origin, kind, first).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("pieces", [7, 100, 3_000])
@pytest.mark.parametrize("name", ["programs", "archives", "scripts"])
def test_a_file_that_calls_itself_live_is_broken_off(
    closing: FilterProcess, origin: Origin, name: str, pieces: int
) -> None:
    body = CLOSED[name][1]
    path = serve(origin, "events", body, "Content-Type: text/event-stream", pieces=pieces)
    with Http2Client(closing, "good.test") as connection:
        answer = ask(connection, path)
        assert answer.reset is not None
        assert not answer.body
        assert ask(connection, "/hello").status == 200


@pytest.mark.parametrize("coded", [gzip.compress(CLOSED["programs"][1]), emptied(200_000), b"no such form" * 30])
def test_so_is_one_behind_a_coding(closing: FilterProcess, origin: Origin, coded: bytes) -> None:
    path = serve(origin, "events", coded, "Content-Type: text/event-stream", "Content-Encoding: gzip")
    with Http2Client(closing, "good.test") as connection:
        assert ask(connection, path).reset is not None


def test_so_is_one_of_an_origin_with_http2(closing: FilterProcess, origin: Origin) -> None:
    head = [(":status", "200"), ("content-type", "application/grpc")]
    for name in ("archives", "programs"):
        origin.http2_answers[f"/{name}"] = (head, CLOSED[name][1])
    with Http2Client(closing, "h2.test") as connection:
        for name in ("archives", "programs", "archives"):
            answer = ask(connection, f"/{name}")
            assert answer.reset is not None
            assert not answer.body
        assert ask(connection, "/hello").status == 200
