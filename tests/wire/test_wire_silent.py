"""Origins that take a request, or a greeting, and say nothing: whoever waits is told, in time and inside."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import POLICY, read_all
from tests.wire.http2_client import Http2Client
from tests.wire.inside import InsideProxy, inside
from tests.wire.origin import Origin

PATIENCE = "reach: {ports: [80, 443, ORIGIN_PORT, SILENT_PORT], addresses: [127.0.0.0/8], patience: {seconds: 5, longer: [{domains: [h2.test], seconds: 8}]}}\n"
INSPECTED = "inspection: {always: {domains: [good.test, h2.test, goodrsa.test]}, never: {domains: [paths.test]}}\n"
TALK = "  talk: {domains: [fine.test], protocols: [anything]}\n"


class Silent:
    """Takes every connection and never says a word."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.taken: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                self.taken.append(self.listening.accept()[0])

    def close(self) -> None:
        self.listening.shutdown(
            socket.SHUT_RDWR
        )  # else the thread would take the connections of the next socket with this number
        self.listening.close()
        for one in self.taken:
            one.close()


@pytest.fixture(scope="module")
def silent() -> Iterator[Silent]:
    origin = Silent()
    yield origin
    origin.close()


@pytest.fixture(scope="module")
def proxy(
    tmp_path_factory: pytest.TempPathFactory, shared_origin: Origin, silent: Silent, test_authority: TestAuthority
) -> Iterator[InsideProxy]:
    lines = [line for line in POLICY.splitlines(keepends=True) if not line.startswith(("reach:", "inspection:"))]
    lines.insert(lines.index("apps:\n") + 1, TALK)
    policy = "".join(lines) + PATIENCE.replace("SILENT_PORT", str(silent.port)) + INSPECTED
    one = inside(tmp_path_factory.mktemp("silent"), shared_origin.port, test_authority.path, policy)
    one.start()
    yield one
    one.stop()


def ask(path: str, host: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def test_a_request_that_is_never_answered_ends_in_a_page(proxy: InsideProxy, silent: Silent) -> None:
    """Not before its time, and the connection serves on."""
    with proxy.connect() as connection:
        started = time.monotonic()
        connection.sendall(ask(f"http://good.test:{silent.port}/", f"good.test:{silent.port}"))
        answer = read_all(connection)
        assert 4.5 < time.monotonic() - started < 10
        assert answer.startswith(b"HTTP/1.1 504 ")
        assert b"taking too long to answer" in answer
        assert b"mitmproxy" not in answer.lower()
        connection.sendall(ask(f"http://good.test:{proxy.origin_port}/", f"good.test:{proxy.origin_port}"))
        assert b"hello from good.test" in read_all(connection)


def test_an_upload_that_is_never_answered(proxy: InsideProxy, silent: Silent) -> None:
    with proxy.connect() as connection:
        head = f"POST http://good.test:{silent.port}/ HTTP/1.1\r\nHost: good.test:{silent.port}\r\nContent-Length: 6\r\n\r\n"
        connection.sendall(head.encode() + b"abc")
        time.sleep(2)  # whoever still speaks is not waiting yet
        connection.sendall(b"def")
        started = time.monotonic()
        answer = read_all(connection)
        assert 4.5 < time.monotonic() - started < 10
        assert answer.startswith(b"HTTP/1.1 504 ")


def test_inside_tls_the_origin_goes_on_slowly_and_the_page_comes(proxy: InsideProxy, shared_origin: Origin) -> None:
    shared_origin.slow_may_end.clear()
    try:
        with proxy.tunnel("good.test") as connection:
            started = time.monotonic()
            connection.sendall(ask("/slow", f"good.test:{proxy.origin_port}"))
            assert read_all(connection).startswith(b"HTTP/1.1 504 ")
            assert 4.5 < time.monotonic() - started < 10
            connection.sendall(ask("/", f"good.test:{proxy.origin_port}"))
            assert b"hello from good.test" in read_all(connection)
    finally:
        shared_origin.slow_may_end.set()


def test_one_stream_alone_is_told_over_http2(proxy: InsideProxy, shared_origin: Origin) -> None:
    shared_origin.slow_may_end.clear()
    try:
        with Http2Client(proxy, "goodrsa.test") as client:
            slow, quick = client.ask("/slow"), client.ask("/")
            assert client.answer(quick).status == 200
            assert client.answer(slow).status == 504
            assert client.answer(client.ask("/")).status == 200
    finally:
        shared_origin.slow_may_end.set()


def test_a_site_may_be_given_longer(proxy: InsideProxy, silent: Silent) -> None:
    with proxy.connect() as connection:
        started = time.monotonic()
        connection.sendall(ask(f"http://h2.test:{silent.port}/", f"h2.test:{silent.port}"))
        assert read_all(connection).startswith(b"HTTP/1.1 504 ")
        assert 7.5 < time.monotonic() - started < 13


def test_an_answer_that_has_begun_takes_its_time(proxy: InsideProxy) -> None:
    """A stream of news: the head came at once, the rest comes when there is any."""
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".hex()
    with proxy.connect() as connection:
        connection.sendall(
            ask(f"http://good.test:{proxy.origin_port}/answer/{begun}", f"good.test:{proxy.origin_port}")
        )
        time.sleep(7)
        said = b""
        while not said.endswith(b"abc"):
            piece = connection.recv(1000)
            assert piece
            said += piece
        assert said.startswith(b"HTTP/1.1 200 ")
        connection.settimeout(1)
        with pytest.raises(TimeoutError):  # neither more, nor the end
            connection.recv(1000)


def greeting_is_answered(connection: socket.socket, host: str, proxy: InsideProxy) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(proxy.ca))
    connection.settimeout(20)
    return context.wrap_socket(connection, server_hostname=host)


def tunnel(proxy: InsideProxy, host: str, port: int) -> socket.socket:
    connection = proxy.connect()
    connection.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    assert b" 200 " in connection.recv(1000)
    return connection


def test_a_relay_whose_origin_is_silent_ends_in_a_page(proxy: InsideProxy, silent: Silent) -> None:
    started = time.monotonic()
    with greeting_is_answered(tunnel(proxy, "fine.test", silent.port), "fine.test", proxy) as connection:
        connection.sendall(ask("/", f"fine.test:{silent.port}"))
        answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 504 ")
        assert b"taking too long to answer" in answer
        assert time.monotonic() - started < 20


def test_a_relay_that_may_not_be_looked_into_just_ends(proxy: InsideProxy, silent: Silent) -> None:
    started = time.monotonic()
    with tunnel(proxy, "paths.test", silent.port) as connection:
        with pytest.raises((ssl.SSLError, OSError)):
            greeting_is_answered(connection, "paths.test", proxy)
        assert 4.5 < time.monotonic() - started < 10


def test_a_relay_that_speaks_stays(proxy: InsideProxy) -> None:
    with proxy.tunnel("fine.test") as connection:
        time.sleep(6)
        connection.sendall(ask("/", "fine.test"))
        assert b"hello from fine.test" in read_all(connection)


def test_a_relay_that_is_not_tls_just_ends_and_is_counted_out_once(proxy: InsideProxy, silent: Silent) -> None:
    def open_connections() -> float | None:
        return proxy.parts.metrics.registry.get_sample_value("saywhy_connections")

    proxy.wait_for(lambda: open_connections() == 0, "the connections of other tests to be gone")
    started = time.monotonic()
    with tunnel(proxy, "fine.test", silent.port) as connection:
        connection.sendall(b"ED\x00\x01")
        with suppress(ConnectionResetError):
            assert connection.recv(100) == b""
        assert 2 < time.monotonic() - started < 10
    proxy.wait_for(lambda: open_connections() != 1, "the connection to be gone")
    time.sleep(0.5)
    assert open_connections() == 0
