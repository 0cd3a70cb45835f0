import json
import re
import struct
from pathlib import Path

import pytest
from websockets.sync.client import connect as connect_websocket

from tests.wire.filter_process import FilterProcess, read_all, read_head
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get, over_http2


def test_http_goes_through(running: FilterProcess, origin: Origin) -> None:
    host = f"good.test:{running.origin_port}"
    with running.connect() as connection:
        for _ in range(3):  # kept alive
            connection.sendall(get(host, f"http://{host}/hello"))
            assert b"hello from good.test" in read_all(connection)
    assert origin.connections_for("good.test") == 1


def test_https_goes_through_and_origins_are_not_offered_http3(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel("good.test") as connection:
        connection.sendall(get(f"good.test:{running.origin_port}", "/hello"))
        answer = read_all(connection)
    assert b"hello from good.test" in answer
    assert b"alt-svc" not in answer.lower()


@pytest.mark.parametrize(("host", "path"), [("good.test", "/asked-for"), ("paths.test", "/shorts/asked-for")])
@pytest.mark.parametrize("tls", [True, False])
def test_the_log_has_the_host_of_the_page_that_asked(running: FilterProcess, host: str, path: str, tls: bool) -> None:
    path, place = f"{path}-{tls}", f"{host}:{running.origin_port}"
    with running.tunnel(host) if tls else running.connect() as connection:
        asked = path if tls else f"http://{place}{path}"
        connection.sendall(get(place, asked, headers="Referer: https://www.page.test/a/b?c=secret\r\n"))
        assert read_all(connection)
    running.wait_for(lambda: path in running.decisions, "the line")
    (line,) = (one for one in map(json.loads, running.decisions.splitlines()) if one["path"] == path)
    assert line["page"] == "www.page.test"
    assert "secret" not in running.decisions


@pytest.mark.parametrize(("host", "said"), [("good.test", b"hello from good.test"), ("h2.test", b"hello over h2 from")])
def test_http2_goes_through_to_either_kind_of_origin(
    running: FilterProcess, origin: Origin, host: str, said: bytes
) -> None:
    status, body = over_http2(running, host, "/hello")
    assert status == 200
    assert said in body


def test_what_is_decided_on_is_what_is_forwarded(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel("good.test") as connection:
        connection.sendall(
            get(
                f"GOOD.test.:{running.origin_port}",
                "/a/./b/../headers/x?q=%41#",
                headers="Proxy-Authorization: Basic eA==\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n",
            )
        )
        read_all(connection)
    seen = origin.bytes_for("good.test")
    assert seen.startswith(b"GET /a/headers/x?q=%41 HTTP/1.1\r\n")
    assert f"\r\nHost: good.test:{running.origin_port}\r\n".encode() in seen
    assert b"proxy-authorization" not in seen.lower()
    assert b"h2c" not in seen


def test_an_upload_is_streamed(running: FilterProcess, origin: Origin) -> None:
    size = 30_000_000
    with running.tunnel("good.test") as connection:
        connection.sendall(get(f"good.test:{running.origin_port}", "/echo", "POST", f"Content-Length: {size}\r\n"))
        for _ in range(size // 100_000):
            connection.sendall(b"y" * 100_000)
        assert b"%d bytes" % size in read_all(connection)


def test_a_chunked_upload_is_streamed(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel("good.test") as connection:
        connection.sendall(
            get(f"good.test:{running.origin_port}", "/echo", "POST", "Transfer-Encoding: chunked\r\n")
            + b"5\r\nhello\r\n0\r\n\r\n"
        )
        assert b"HTTP/1.1 200" in read_all(connection)
    assert b"hello" in origin.bytes_for("good.test")


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_websockets_go_through(running: FilterProcess, origin: Origin, scheme: str) -> None:
    import ssl

    context = ssl.create_default_context(cafile=str(running.ca)) if scheme == "wss" else None
    url = f"{scheme}://ws.test:{running.origin_port}/ws"
    with connect_websocket(url, proxy=running.proxy, ssl=context, compression=None) as websocket:
        for text in ("one", "two", "three"):
            websocket.send(text)
            assert websocket.recv(timeout=10) == text


def test_a_websocket_to_a_blocked_site_is_refused(running: FilterProcess, origin: Origin) -> None:
    from websockets.exceptions import InvalidStatus

    url = f"ws://blocked.test:{running.origin_port}/ws"
    with pytest.raises(InvalidStatus) as refused, connect_websocket(url, proxy=running.proxy):
        pass
    assert refused.value.response.status_code == 403
    assert origin.connections == []


def resident_mebibytes(pid: int) -> float:
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) / 1024


@pytest.mark.parametrize("tls", [True, False], ids=["https", "http"])
def test_a_download_of_a_gigabyte_leaves_memory_flat(running: FilterProcess, origin: Origin, tls: bool) -> None:
    host = f"big.test:{running.origin_port}"
    pid = running.worker_pid()
    most = 0.0
    received = 0
    with running.tunnel("big.test") if tls else running.connect() as connection:
        connection.sendall(get(host, "/big/1024" if tls else f"http://{host}/big/1024"))
        assert b" 200 " in read_head(connection)
        buffer = bytearray(1 << 20)
        while received < 1024 * 1024 * 1024:
            count = connection.recv_into(buffer)
            assert count, "the download broke off"
            if received // (64 << 20) != (received + count) // (64 << 20):
                most = max(most, resident_mebibytes(pid))
            received += count
    assert most < 200, f"{most:.0f} MiB"


def test_a_connection_that_is_reset_harms_nobody(running: FilterProcess, origin: Origin) -> None:
    import socket

    connection = running.connect()
    connection.sendall(get(f"good.test:{running.origin_port}", f"http://good.test:{running.origin_port}/big/50"))
    connection.recv(100)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    with running.connect() as another:
        another.sendall(get(f"fine.test:{running.origin_port}", f"http://fine.test:{running.origin_port}/hello"))
        assert b"hello from fine.test" in read_all(another)
