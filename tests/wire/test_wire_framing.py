"""Every message that is sent on has one framing, whatever came in: the origin's log of bytes is the oracle."""

import socket
import time
from collections.abc import Iterator

import pytest

from tests.proxy.test_proxy_framing import SMUGGLED, read_requests
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess, read_all, read_head
from tests.wire.http2_client import Http2Client
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get


@pytest.fixture(scope="module")
def quiet(test_authority: TestAuthority) -> Iterator[Origin]:
    """An origin of this module's own: what it has seen is what these tests sent."""
    one = Origin(test_authority)
    yield one
    one.close()


@pytest.fixture(scope="module")
def guarded(
    quiet: Origin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FilterProcess]:
    process = FilterProcess(tmp_path_factory.mktemp("framing"), quiet.port, test_authority.path)
    process.start()
    yield process
    process.stop()


def received(origin: Origin) -> list[tuple[bytes, bytes, bytes]]:
    """What a strict server reads of each connection, and forget it."""
    time.sleep(0.2)
    seen = [request for one in origin.connections for request in read_requests(bytes(one.data))]
    origin.connections.clear()
    return seen


@pytest.mark.parametrize("method", ["POST", "PUT", "GET", "DELETE", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("pieces", [[SMUGGLED], [b"", b"a", b"", b"b", b""], [b"x" * 1_000] * 20])
def test_a_body_without_a_length_is_one_body(
    guarded: FilterProcess, quiet: Origin, method: str, pieces: list[bytes]
) -> None:
    quiet.connections.clear()
    with Http2Client(guarded, "good.test") as client:
        assert client.answer(client.ask("/echo", method, pieces=pieces)).status == 200
    assert received(quiet) == [(method.encode(), b"/echo", b"".join(pieces))]


@pytest.mark.parametrize("length", ["3", "3000", "0", "+51", "51, 51", "five"])
def test_a_length_that_lies_ends_its_stream_alone(guarded: FilterProcess, quiet: Origin, length: str) -> None:
    quiet.connections.clear()
    with Http2Client(guarded, "good.test") as client:
        bad = client.ask("/echo", "POST", [("content-length", length)], [SMUGGLED])
        after = client.ask("/hello")
        assert client.answer(bad).reset is not None
        assert client.answer(after).status == 200
    assert [path for _, path, _ in received(quiet)] == [b"/hello"]


@pytest.mark.parametrize(
    "trailers", [[("x-sum", "1")], [("grpc-status", "0")], [("host", "closed.test"), ("content-length", "5")]]
)
def test_trailers_end_with_the_request_that_they_are_of(
    guarded: FilterProcess, quiet: Origin, trailers: list[tuple[str, str]]
) -> None:
    quiet.connections.clear()
    with Http2Client(guarded, "good.test") as client:
        other = client.ask("/hello")
        asked = client.answer(client.ask("/echo", "POST", pieces=[b"body"], trailers=trailers))
        assert asked.status == 200
        assert client.answer(other).status == 200
        assert client.answer(client.ask("/hello")).status == 200
    assert (b"POST", b"/echo", b"body") in received(quiet)


def test_cookies_in_pieces_reach_an_http1_origin_as_one(guarded: FilterProcess, quiet: Origin) -> None:
    with Http2Client(guarded, "good.test") as client:
        answered = client.answer(client.ask("/headers", fields=[("cookie", "a=1"), ("cookie", "b=2")]))
    assert b"Cookie: a=1; b=2" in answered.body


def test_heads_beyond_all_measure_are_answered_in_words_on_their_stream(guarded: FilterProcess) -> None:
    with Http2Client(guarded, "good.test") as client:
        long = client.ask("/hello", fields=[(f"x-{number}", "y" * 4_000) for number in range(20)])
        after = client.ask("/hello")
        answered = client.answer(long)
        assert answered.status == 431
        assert b"too large" in answered.body
        assert client.answer(after).status == 200


def answer_of(guarded: FilterProcess, answer: bytes, method: str = "GET") -> bytes:
    """What a client gets, on a connection that it goes on using."""
    host = f"good.test:{guarded.origin_port}"
    with guarded.connect() as connection:
        connection.sendall(get(host, f"http://{host}/answer/{answer.hex()}", method))
        time.sleep(0.3)
        connection.sendall(get(host, f"http://{host}/hello"))
        connection.settimeout(1.5)
        data = b""
        try:
            while piece := connection.recv(65_536):
                data += piece
        except TimeoutError:
            pass
    return data


@pytest.mark.parametrize("status", [b"304 Not Modified", b"204 No Content"])
@pytest.mark.parametrize(
    "rest",
    [
        b"Transfer-Encoding: chunked\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 5\r\n\r\nhello",
        b"\r\n",
    ],
)
def test_what_has_no_body_is_followed_by_none(guarded: FilterProcess, status: bytes, rest: bytes) -> None:
    data = answer_of(guarded, b"HTTP/1.1 " + status + b"\r\n" + rest)
    head, _, after = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 " + status)
    assert b"chunked" not in head
    assert after.startswith(b"HTTP/1.1 200 OK\r\n")
    assert after.endswith(b"hello from good.test:%d" % guarded.origin_port)


@pytest.mark.parametrize(
    "rest", [b"Transfer-Encoding: chunked\r\n\r\n", b"Content-Length: 5\r\n\r\n", b"Content-Length: 5\r\n\r\nhello"]
)
def test_the_answer_to_head_is_followed_by_nothing(guarded: FilterProcess, rest: bytes) -> None:
    data = answer_of(guarded, b"HTTP/1.1 200 OK\r\n" + rest, "HEAD")
    assert data.partition(b"\r\n\r\n")[2].startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("version", ["HTTP/1.1", "h2"])
def test_an_origin_cannot_ask_for_a_password_in_the_proxys_name(guarded: FilterProcess, version: str) -> None:
    asks = b'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
    if version == "h2":
        with Http2Client(guarded, "good.test") as client:
            answered = client.answer(client.ask(f"/answer/{asks.hex()}"))
        assert answered.status == 502
        assert "proxy-authenticate" not in answered.fields
        assert b"password" in answered.body
    else:
        data = answer_of(guarded, asks)
        assert data.startswith(b"HTTP/1.1 502 ")
        assert b"proxy-authenticate" not in data.lower()


@pytest.mark.parametrize("said", ["keep-alive", "Keep-Alive", "KEEP-ALIVE", "close, Keep-Alive"])
def test_a_client_of_http_1_0_keeps_its_connection_if_it_says_so(guarded: FilterProcess, said: str) -> None:
    host = f"good.test:{guarded.origin_port}"
    asked = f"GET http://{host}/hello HTTP/1.0\r\nHost: {host}\r\nConnection: {said}\r\n\r\n".encode()
    with guarded.connect() as connection:
        connection.sendall(asked)
        first = read_all(connection)
        assert (b"Connection: keep-alive\r\n" in first) is ("close" not in said)
        if "close" in said:
            assert connection.recv(1) == b""
        else:
            connection.sendall(asked)
            assert b"hello from good.test" in read_all(connection)


def test_a_client_of_http_1_0_gets_no_chunks(guarded: FilterProcess) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    host = f"good.test:{guarded.origin_port}"
    with guarded.connect() as connection:
        address = f"http://{host}/answer/{chunked.hex()}"
        connection.sendall(f"GET {address} HTTP/1.0\r\nHost: {host}\r\nConnection: keep-alive\r\n\r\n".encode())
        data = read_all(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    assert body == b"hello"
    assert b"chunked" not in head
    assert b"Connection: close" in head


@pytest.mark.parametrize("named", ["Host", "content-length, close", "Transfer-Encoding"])
def test_connection_cannot_take_the_framing_away(guarded: FilterProcess, quiet: Origin, named: str) -> None:
    quiet.connections.clear()
    host = f"good.test:{guarded.origin_port}"
    with guarded.connect() as connection:
        connection.sendall(
            get(host, f"http://{host}/echo", "POST", f"Connection: {named}\r\nContent-Length: 5\r\n") + b"hello"
        )
        assert read_all(connection).startswith(b"HTTP/1.1 400 ")
    assert received(quiet) == []


def test_what_connection_names_goes_no_further(guarded: FilterProcess) -> None:
    host = f"good.test:{guarded.origin_port}"
    with guarded.connect() as connection:
        connection.sendall(
            get(host, f"http://{host}/headers", headers="Connection: X-Hop\r\nX-Hop: secret\r\nX-End: here\r\n")
        )
        answer = read_all(connection)
    assert b"X-End: here" in answer
    assert b"secret" not in answer


def test_a_websocket_that_is_cut_is_not_said_to_have_ended_well(guarded: FilterProcess, quiet: Origin) -> None:
    quiet.connections.clear()
    host = f"good.test:{guarded.origin_port}"
    with guarded.connect() as connection:
        handshake = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        connection.sendall(get(host, f"http://{host}/ws", headers=handshake))
        assert read_head(connection).startswith(b"HTTP/1.1 101 ")
        for one in list(quiet._open):
            one.shutdown(socket.SHUT_RDWR)
        connection.settimeout(10)
        rest = b""
        try:
            while piece := connection.recv(4_096):
                rest += piece
        except OSError:
            pass
    assert b"\x88" not in rest  # no close frame (RFC 6455 section 5.5.1)
