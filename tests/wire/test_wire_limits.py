"""What takes too long, or too much, is ended and explained; nobody else waits for it."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as connect_websocket

from saywhy.decide.engine import Engine
from saywhy.policy.criterion import Criteria
from saywhy.proxy.door.open_connections import Limits
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess, read_all, read_head
from tests.wire.inside import InsideProxy, inside
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get
from tests.wire.tricks import frames

SECONDS = 1.0


@pytest.fixture
def hurried(tmp_path: Path, origin: Origin, test_authority: TestAuthority) -> Iterator[InsideProxy]:
    """A filter whose limits a test can wait for."""
    proxy = inside(tmp_path, origin.port, test_authority.path)
    proxy.limits = Limits(head_seconds=SECONDS, connections=20, sweep_seconds=SECONDS)
    proxy.start()
    yield proxy
    proxy.stop()


def seconds_until_closed(connection: socket.socket) -> float:
    started = time.monotonic()
    connection.settimeout(10)
    while connection.recv(65536):
        pass
    return time.monotonic() - started


@pytest.mark.parametrize("said", [b"", b"CONN", b"CONNECT fine.test:443 HTTP/1.1\r\nHost: fi", b"GET http://good.te"])
def test_a_head_has_its_time(hurried: InsideProxy, said: bytes) -> None:
    with hurried.connect() as connection:
        connection.sendall(said)
        assert seconds_until_closed(connection) < SECONDS + 4


@pytest.mark.parametrize("said", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"])
def test_a_greeting_has_its_time(hurried: InsideProxy, said: bytes) -> None:
    with hurried.connect() as connection:
        connection.sendall(b"CONNECT fine.test:443 HTTP/1.1\r\nHost: fine.test:443\r\n\r\n")
        assert b" 200 " in read_head(connection)
        connection.sendall(said)
        assert seconds_until_closed(connection) < SECONDS + 4


def test_a_head_inside_tls_has_its_time(hurried: InsideProxy) -> None:
    with hurried.tunnel("good.test") as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: goo")
        started = time.monotonic()
        with suppress(ConnectionResetError, ssl.SSLError):
            seconds_until_closed(connection)
        assert time.monotonic() - started < SECONDS + 4


@pytest.mark.parametrize(
    ("alpn", "said"),
    [
        ("http/1.1", b""),
        ("http/1.1", b"\r\n" * 9),
        ("h2", b""),
        ("h2", frames.PREFACE[:10]),
        ("h2", frames.opening()),
        ("h2", frames.opening() + frames.request(frames.fields(b"good.test"))[:20]),
        ("h2", frames.opening() + frames.frame(frames.HEADERS, frames.block(frames.fields(b"good.test")), 0, 1)),
    ],
)
def test_who_says_nothing_inside_tls_is_not_waited_for(hurried: InsideProxy, alpn: str, said: bytes) -> None:
    with hurried.tunnel("good.test", alpn=[alpn]) as connection:
        connection.sendall(said)
        with suppress(ConnectionResetError, ssl.SSLError):
            assert seconds_until_closed(connection) < SECONDS + 4


def test_a_connection_between_two_requests_is_left_alone(hurried: InsideProxy, origin: Origin) -> None:
    with hurried.tunnel("good.test") as connection:
        for _ in range(2):
            connection.sendall(get(f"good.test:{origin.port}", "/hello"))
            assert b"hello from good.test" in read_all(connection)
            time.sleep(2 * SECONDS)  # longer than a head may take


def test_an_origin_that_never_greets_is_explained(hurried: InsideProxy) -> None:
    with socket.create_server(("127.0.0.1", 443)), hurried.tunnel("good.test", port=443) as connection:
        connection.sendall(get("good.test"))
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 504 ")
    assert b"<html" in answer


def test_a_relay_ends_when_policy_closes_its_host(hurried: InsideProxy, origin: Origin) -> None:
    """A browser keeps a connection for as long as it likes: a lesson that has ended must end it."""
    closed = next(one for one in hurried.parts.judge.in_force.policy.rules if one.id == "floor")  # type: ignore[union-attr]
    with hurried.tunnel("fine.test") as kept:
        kept.sendall(get(f"fine.test:{origin.port}", "/hello"))
        assert b"hello from fine.test" in read_all(kept)
        time.sleep(2.5 * SECONDS)
        kept.sendall(get(f"fine.test:{origin.port}", "/hello"))
        assert b"hello from fine.test" in read_all(kept)  # looked at twice, and left alone
        now = hurried.parts.judge.in_force
        assert now.engine is not None
        also = replace(closed, criteria=Criteria(domains=("locked.test", "fine.test")))
        written = now.engine.written
        rules = tuple(also if one is closed else one for one in written.rules)
        now.engine = Engine(replace(written, rules=rules), now.engine.lists, now.engine.sealed)
        with suppress(ConnectionResetError, ssl.SSLError):
            assert seconds_until_closed(kept) < 3 * SECONDS


def test_one_client_has_only_so_many_connections(hurried: InsideProxy, origin: Origin) -> None:
    held = [hurried.connect() for _ in range(20)]
    with hurried.connect() as connection:
        assert read_all(connection).startswith(b"HTTP/1.1 503 ")
    assert answers(hurried, origin, "127.0.0.2")  # somebody else
    for one in held:
        one.close()
    hurried.wait_for(lambda: answers(hurried, origin), "the connections to be forgotten", 5)


def answers(proxy: FilterProcess, origin: Origin, source: str = "127.0.0.1") -> bool:
    with proxy.connect(source) as connection:
        connection.sendall(get(f"good.test:{origin.port}", f"http://good.test:{origin.port}/hello"))
        return b"hello from good.test" in read_all(connection)


def test_an_upload_in_chunks_to_a_closed_site_is_not_read(running: FilterProcess, origin: Origin) -> None:
    named = f"blocked.test:{origin.port}"
    with running.connect() as connection:
        connection.sendall(
            f"POST http://{named}/ HTTP/1.1\r\nHost: {named}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        sent = 0
        with suppress(OSError):
            while sent < 200_000_000:
                connection.sendall(b"4000\r\n" + bytes(16_384) + b"\r\n")
                sent += 16_384
    assert sent < 50_000_000  # what the kernels of both sides hold, and no more


@pytest.mark.parametrize("tls", [True, False], ids=["https", "http"])
def test_an_upload_to_a_closed_site_is_not_read(running: FilterProcess, origin: Origin, tls: bool) -> None:
    named = f"blocked.test:{origin.port}"
    with running.tunnel("blocked.test") if tls else running.connect() as connection:
        target = "/" if tls else f"http://{named}/"
        connection.sendall(f"POST {target} HTTP/1.1\r\nHost: {named}\r\nContent-Length: 1000000000\r\n\r\n".encode())
        stop = threading.Event()
        sent = 0

        def upload() -> None:
            nonlocal sent
            try:
                while not stop.is_set():
                    connection.sendall(bytes(16_384))
                    sent += 16_384
            except OSError:
                pass

        thread = threading.Thread(target=upload, daemon=True)
        if not tls:
            thread.start()
        answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert b"\r\nConnection: close\r\n" in answer
        if not tls:
            thread.join(10)
            assert not thread.is_alive()
        stop.set()
    assert sent < 20_000_000  # what the kernels of both sides hold, and no more


def test_an_upload_over_http2_to_a_closed_site_is_reset_without_error(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel("blocked.test", alpn=["h2"]) as connection:
        state = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        state.initiate_connection()
        named = f"blocked.test:{origin.port}"
        state.send_headers(1, [(":method", "POST"), (":scheme", "https"), (":path", "/"), (":authority", named)])
        state.send_data(1, b"the beginning")
        connection.sendall(state.data_to_send())
        seen: list[h2.events.Event] = []
        while not any(isinstance(one, h2.events.StreamReset) for one in seen):
            seen += state.receive_data(connection.recv(65536))
            connection.sendall(state.data_to_send())
    answer = next(one for one in seen if isinstance(one, h2.events.ResponseReceived))
    assert any(str(value) == "403" for _, value in answer.headers or [])
    assert any(isinstance(one, h2.events.StreamEnded) for one in seen)
    reset = next(one for one in seen if isinstance(one, h2.events.StreamReset))
    assert reset.error_code == 0


def test_a_client_settles_on_what_the_origin_speaks(running: FilterProcess, origin: Origin) -> None:
    """Or each request of an HTTP/2 client would cost a connection to an origin of HTTP/1."""
    for settled in ("h2", "http/1.1"):
        with running.tunnel("goodrsa.test", alpn=["h2", "http/1.1"]) as connection:
            assert connection.selected_alpn_protocol() == settled
            if settled == "h2":
                state = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
                state.initiate_connection()
                named = f"goodrsa.test:{origin.port}"
                fields = [(":method", "GET"), (":scheme", "https"), (":path", "/hello"), (":authority", named)]
                state.send_headers(1, fields, end_stream=True)
                connection.sendall(state.data_to_send())
                seen: list[h2.events.Event] = []
                while not any(isinstance(one, h2.events.StreamEnded) for one in seen):
                    seen += state.receive_data(connection.recv(65536))


def test_a_message_without_end_ends_its_websocket(running: FilterProcess, origin: Origin) -> None:
    url = f"ws://ws.test:{origin.port}/ws"
    with connect_websocket(url, proxy=running.proxy) as websocket:  # offers to compress
        assert websocket.protocol.extensions == []
        with suppress(ConnectionClosed):
            websocket.send(iter([bytes(1024 * 1024)] * 40))
        with pytest.raises(ConnectionClosed):
            websocket.recv(timeout=10)
    assert b"permessage-deflate" not in origin.bytes_for("ws.test")
    assert len(origin.bytes_for("ws.test")) < 1_000_000


def test_many_slow_clients_hold_up_nobody(running: FilterProcess, origin: Origin) -> None:
    slow = []
    for _ in range(300):
        connection = running.connect(source="127.0.0.3")
        connection.sendall(b"CONNECT fine.test:443 HTTP/1.1\r\nHo")
        slow.append(connection)
    started = time.monotonic()
    assert answers(running, origin)
    assert time.monotonic() - started < 5
    for one in slow:
        one.close()
