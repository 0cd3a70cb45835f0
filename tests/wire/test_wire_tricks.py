"""Ways round a filter, as raw bytes. The oracle is the origin: it saw nothing for the blocked site."""

from contextlib import suppress

import pytest

from tests.wire.filter_process import FilterProcess, read_all, read_head
from tests.wire.origin import Origin

PORT = b"{port}"


def plain(running: FilterProcess, origin: Origin, data: bytes) -> bytes:
    with running.connect() as connection:
        connection.settimeout(5)
        connection.sendall(data.replace(PORT, str(running.origin_port).encode()))
        try:
            return read_all(connection)
        except TimeoutError:
            return b""


@pytest.mark.parametrize(
    "data",
    [
        # the host written otherwise
        b"GET http://BLOCKED.test:{port}/ HTTP/1.1\r\nHost: BLOCKED.test:{port}\r\n\r\n",
        b"GET http://blocked.test.:{port}/ HTTP/1.1\r\nHost: blocked.test.:{port}\r\n\r\n",
        b"GET http://x@blocked.test:{port}/ HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n",
        b"GET http://good.test@blocked.test:{port}/ HTTP/1.1\r\nHost: good.test\r\n\r\n",
        b"GET http://block%65d.test:{port}/ HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n",
        b"GET http://blocked.test\\.good.test:{port}/ HTTP/1.1\r\nHost: good.test:{port}\r\n\r\n",
        b"GET http://blocked\xc2\xad.test:{port}/ HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n",
        # hosts that disagree
        b"GET http://blocked.test:{port}/ HTTP/1.1\r\nHost: good.test:{port}\r\n\r\n",
        b"GET http://good.test:{port}/ HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n",
        b"GET http://good.test:{port}/ HTTP/1.1\r\nHost: good.test:{port}\r\nHost: blocked.test:{port}\r\n\r\n",
        b"GET http://good.test:{port}/ HTTP/1.1\r\nHost: good.test:{port}\r\n blocked.test\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n",
        # framing
        (
            b"POST http://good.test:{port}/ HTTP/1.1\r\nHost: good.test:{port}\r\nContent-Length: 4\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET http://blocked.test/ HTTP/1.1\r\nHost: blocked.test\r\n\r\n"
        ),
        (
            b"POST http://good.test:{port}/ HTTP/1.1\r\nHost: good.test:{port}\r\nContent-Length: 1\r\n"
            b"Content-Length: 100\r\n\r\nx"
        ),
        b"GET http://good.test:{port}/ HTTP/1.1\r\nHost: good.test:{port}\r\nX: a\rHost: blocked.test\r\n\r\n",
        b"GET http://good.test:{port}/ HTTP/1.1\r\nHost: good.test:{port}\r\nX: a\x00b: blocked.test\r\n\r\n",
        b"GET http://good.test:{port}/\x00blocked.test HTTP/1.1\r\nHost: good.test:{port}\r\n\r\n",
        b"GET http://good.test:{port}/ blocked.test HTTP/1.1\r\nHost: good.test:{port}\r\n\r\n",
        # versions and schemes
        b"GET http://blocked.test:{port}/ HTTP/1.0\r\n\r\n",
        b"GET ftp://blocked.test:{port}/ HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n",
        b"GET https://blocked.test:{port}/ HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT blocked.test:{port} HTTP/1.1\r\nHost: good.test:{port}\r\n\r\nGET / HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n",
    ],
)
def test_on_the_proxys_own_port(running: FilterProcess, origin: Origin, data: bytes) -> None:
    answer = plain(running, origin, data)
    assert b"hello from" not in answer
    assert b"blocked.test" not in b"".join(bytes(one.data) for one in origin.connections)
    assert origin.bytes_for("blocked.test") == b""


@pytest.mark.parametrize(
    "inside",
    [
        b"\x16",  # one byte, then nothing: mitmproxy by itself would relay raw bytes from here on
        b"\x16\x03",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"EHLO good.test\r\n",
        b"\x00\x01\x02\x03\x04",
        b"\x13BitTorrent protocol",
        b"get / HTTP/1.1\r\nHost: blocked.test\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n",
        b"GET http://blocked.test:{port}/ HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n",
        b"CONNECT blocked.test:{port} HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n",
        b"",
    ],
)
@pytest.mark.parametrize("host", ["good.test", "blocked.test"])
def test_raw_bytes_inside_a_tunnel(running: FilterProcess, origin: Origin, host: str, inside: bytes) -> None:
    port = str(running.origin_port).encode()
    with running.connect() as connection:
        connection.settimeout(2)
        target = host.encode() + b":" + port
        connection.sendall(b"CONNECT " + target + b" HTTP/1.1\r\nHost: " + target + b"\r\n\r\n")
        assert b" 200 " in read_head(connection)
        connection.sendall(inside.replace(PORT, port))
        try:
            answer = read_all(connection)
        except TimeoutError:
            answer = b""
    assert b"hello from" not in answer
    assert origin.connections == []


@pytest.mark.parametrize(
    ("host", "sni", "named"),
    [
        ("good.test", "blocked.test", "blocked.test"),
        ("good.test", "blocked.test", "good.test"),
        ("good.test", "good.test", "blocked.test"),
        ("blocked.test", "good.test", "good.test"),
        ("blocked.test", "good.test", "blocked.test"),
    ],
)
def test_names_that_disagree_inside_tls(
    running: FilterProcess, origin: Origin, host: str, sni: str, named: str
) -> None:
    with running.tunnel(host, sni=sni) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {named}:{running.origin_port}\r\n\r\n".encode())
        answer = read_all(connection)
    assert answer.split(b" ")[1] in {b"400", b"403"}
    assert origin.connections == []


@pytest.mark.parametrize(
    "target", ["http://blocked.test:{port}/", "https://blocked.test/", "//blocked.test/", "blocked.test/"]
)
def test_a_whole_address_inside_tls(running: FilterProcess, origin: Origin, target: str) -> None:
    line = target.replace("{port}", str(running.origin_port))
    with running.tunnel("good.test") as connection:
        connection.sendall(f"GET {line} HTTP/1.1\r\nHost: good.test:{running.origin_port}\r\n\r\n".encode())
        answer = read_all(connection)
    assert b"blocked.test" not in b"".join(one.sni.encode() for one in origin.connections if one.sni)
    if target != "//blocked.test/":  # a path of good.test, odd as it is
        assert answer.split(b" ")[1] in {b"400", b"403"}


def test_tls_inside_tls_is_not_relayed(running: FilterProcess, origin: Origin) -> None:
    import ssl

    with running.tunnel("good.test") as outer:
        outer.settimeout(3)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        inner = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="blocked.test")
        with pytest.raises(ssl.SSLWantReadError):
            inner.do_handshake()
        outer.sendall(outgoing.read())
        with suppress(TimeoutError):
            assert not outer.recv(100).startswith(b"\x16")
    assert origin.connections == []
