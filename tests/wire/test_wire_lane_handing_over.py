"""What is not plain goes to the other lane as it came, at every point of a connection, and nothing is lost on the way."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from saywhy.decide.engine import Engine
from saywhy.policy.reading.load import load_policy
from saywhy.proxy.lane import origins as lane_origins
from saywhy.proxy.lane.origins import Origins
from saywhy.proxy.lane.verdict import Verdict
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import POLICY
from tests.wire.inside import InsideProxy, inside
from tests.wire.origin import Origin
from tests.wire.pipelined import WAYS, Answers, opened, request
from tests.wire.test_wire_decided_again import closing, ends
from tests.wire.test_wire_files import FILES_POLICY

BODY = b"so much of a body"
CHUNKS = b"7\r\nso much\r\na\r\n of a body\r\n0\r\n\r\n"
WEBSOCKET = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
# what is not plain, as arguments of `request`, and what it gets
ODD: dict[str, tuple[dict[str, Any], int]] = {
    "chunks": ({"method": "POST", "path": "/echo", "fields": "Transfer-Encoding: chunked\r\n", "body": CHUNKS}, 200),
    "a method of its own": ({"method": "REPORT", "path": "/echo", "fields": "Content-Length: 17\r\n", "body": BODY}, 200),
    "a method in a field": ({"fields": "X-HTTP-Method-Override: PUT\r\n"}, 200),
    "an upgrade that is none": ({"fields": "Connection: Upgrade\r\nUpgrade: h2c\r\n"}, 200),
    "Connection with names": ({"fields": "Connection: keep-alive, x-odd\r\nX-Odd: 1\r\n"}, 200),
    "TE": ({"fields": "TE: trailers\r\n"}, 200),
    "another host": ({"fields": "Host: blocked.test\r\n"}, 400),
}  # fmt: skip


@pytest.fixture
def proxy(tmp_path: Path, origin: Origin, test_authority: TestAuthority) -> Iterator[InsideProxy]:
    one = inside(tmp_path, origin.port, test_authority.path)
    one.start()
    yield one
    origin.slow_may_end.set()
    one.stop()


def lanes(proxy: InsideProxy) -> list[str]:
    """In whose hands the connections are."""
    return [type(one).__name__ for one in proxy.door._open]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("before", [0, 3])
@pytest.mark.parametrize("odd", ODD)
def test_one_after_the_other(proxy: InsideProxy, way: str, before: int, odd: str) -> None:
    how, status = ODD[odd]
    with opened(proxy, way) as client:
        answers = Answers(client)
        for _ in range(before):
            client.sendall(request(proxy, way))
            assert answers.next() == (200, f"hello from good.test:{proxy.origin_port}".encode())
            assert lanes(proxy) == ["LaneConnection"]
        client.sendall(request(proxy, way, **how))
        got, body = answers.next()
        assert got == status
        assert "body" not in how or body == b"%d bytes" % len(BODY if odd != "chunks" else CHUNKS[:-5])
        if status == 200:
            assert lanes(proxy) == ["ConnectionHandler"]
            client.sendall(request(proxy, way, "/headers"))
            assert answers.next()[0] == 200
    proxy.wait_for(lambda: proxy.door.open_connections == 0, "the connection to be counted out")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("odd", [name for name, (_, status) in ODD.items() if status == 200])
def test_all_at_once(proxy: InsideProxy, way: str, odd: str) -> None:
    how, _ = ODD[odd]
    with opened(proxy, way) as client:
        answers = Answers(client)
        upload = request(proxy, way, "/echo", method="POST", fields="Content-Length: 17\r\n", body=BODY)
        client.sendall(
            request(proxy, way) * 2 + upload + request(proxy, way, host="blocked.test" if way == "http" else "good.test")
            + request(proxy, way, **how) + upload + request(proxy, way)
        )  # fmt: skip
        got = [answers.next() for _ in range(7)]
        assert [status for status, _ in got] == [200, 200, 200, 403 if way == "http" else 200, 200, 200, 200]
        assert [body for _, body in got][2::3] == [b"17 bytes", b"17 bytes"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("before", [0, 2])
def test_a_websocket(proxy: InsideProxy, origin: Origin, way: str, before: int) -> None:
    with opened(proxy, way) as client:
        answers = Answers(client)
        client.sendall(request(proxy, way) * before)
        for _ in range(before):
            assert answers.next()[0] == 200
        client.sendall(request(proxy, way, "/ws", fields=WEBSOCKET))
        assert answers.next()[0] == 101
        client.sendall(b"\x81\x82\0\0\0\0hi")
        assert client.recv(4) == b"\x81\x02hi"
        proxy.write_policy(closing("good.test"))
        proxy.parts.judge.in_force.engine = Engine(load_policy(proxy.policies))
        assert ends(client)


@pytest.mark.parametrize("way", WAYS)
def test_half_a_body_waits(proxy: InsideProxy, way: str) -> None:
    """An upload with `Expect`: its head and half its body are there when the connection changes hands."""
    with opened(proxy, way) as client:
        answers = Answers(client)
        how: dict[str, Any] = {"fields": "Content-Length: 34\r\nExpect: 100-continue\r\n", "body": BODY}
        client.sendall(request(proxy, way) + request(proxy, way, "/echo", method="POST", **how))
        assert answers.next()[0] == 200
        status, body = answers.next()
        if status == 100:
            client.sendall(BODY)
            status, body = answers.next()
        else:
            client.sendall(BODY)
        assert (status, body) == (200, b"34 bytes")


@pytest.mark.parametrize("way", WAYS)
def test_after_more_was_waiting_than_is_read(proxy: InsideProxy, origin: Origin, way: str) -> None:
    origin.slow_may_end.clear()
    with opened(proxy, way) as client:
        answers = Answers(client)
        large = request(proxy, way, fields=f"Cookie: {'a' * 8_000}\r\n") * 100
        rest = request(proxy, way, "/slow") + large + request(proxy, way, **ODD["chunks"][0])
        sending = threading.Thread(target=client.sendall, args=(rest,))
        sending.start()
        time.sleep(0.5)  # as much as is read
        origin.slow_may_end.set()
        assert [answers.next()[0] for _ in range(102)] == [200] * 102
        sending.join()


@pytest.mark.parametrize("way", WAYS)
def test_while_reading_is_paused(proxy: InsideProxy, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Another policy comes into force as the origin is connected to, while more of an upload waits than is read."""
    go_on, opens = threading.Event(), Origins.open

    async def waits(self: Origins, verdict: Verdict, offers: Sequence[bytes]) -> lane_origins.Origin:
        while not go_on.is_set():  # noqa: ASYNC110 — the test tells, from its own thread
            await asyncio.sleep(0.01)
        return await opens(self, verdict, offers)

    monkeypatch.setattr(Origins, "open", waits)
    with opened(proxy, way) as client:
        whole = request(proxy, way, "/echo", method="POST", fields="Content-Length: 900000\r\n", body=b"x" * 900_000)
        sending = threading.Thread(target=client.sendall, args=(whole,))
        sending.start()
        time.sleep(0.5)  # as much as is read
        proxy.write_policy(closing("blocked.test"))
        proxy.parts.judge.in_force.engine = Engine(load_policy(proxy.policies))
        go_on.set()
        answers = Answers(client)
        assert answers.next() == (200, b"900000 bytes")
        assert lanes(proxy) == ["ConnectionHandler"]
        sending.join()
        client.sendall(request(proxy, way))
        assert answers.next()[0] == 200


@pytest.mark.parametrize("way", ["http", "a tunnel", "TLS 1.3"])
def test_the_portals_name(proxy: InsideProxy, way: str) -> None:
    """Its port is closed here: whoever is asked says so, and it is the other lane."""
    host = "why.school.internal"
    with opened(proxy, way, host) as client:
        client.sendall(request(proxy, way, host=host))
        assert Answers(client).next()[0] in (502, 503)
        assert "LaneConnection" not in lanes(proxy)
    with opened(proxy, "http") as client:
        answers = Answers(client)
        client.sendall(request(proxy, "http") + request(proxy, "http", host=host))
        assert answers.next()[0] == 200
        assert answers.next()[0] in (502, 503)


@pytest.mark.parametrize("way", WAYS)
def test_rules_about_kinds_of_file_and_uses_come_into_force(proxy: InsideProxy, origin: Origin, way: str) -> None:
    """On a connection that is in the thin lane by then."""
    origin.answers["/setup.exe"] = [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nMZ\x90\0"]
    with opened(proxy, way) as client:
        answers = Answers(client)
        client.sendall(request(proxy, way, "/setup.exe"))
        assert answers.next() == (200, b"MZ\x90\0")
        proxy.write_policy(FILES_POLICY.replace("domains: [fine.test]", "domains: [good.test]"))
        proxy.parts.judge.in_force.engine = Engine(load_policy(proxy.policies))
        client.sendall(request(proxy, way, "/setup.exe"))
        assert answers.next()[0] == 403
        client.sendall(request(proxy, way, "/echo", method="POST", fields="Content-Length: 17\r\n", body=BODY))
        assert answers.next()[0] == 403
        proxy.write_policy(POLICY)
        proxy.parts.judge.in_force.engine = Engine(load_policy(proxy.policies))
        client.sendall(request(proxy, way, "/setup.exe"))
        assert answers.next() == (200, b"MZ\x90\0")


@pytest.mark.parametrize("way", WAYS)
def test_a_client_that_leaves_as_it_is_handed_over(proxy: InsideProxy, way: str) -> None:
    for _ in range(20):
        client = opened(proxy, way)
        client.sendall(request(proxy, way) + request(proxy, way, **ODD["chunks"][0]))
        client.shutdown(socket.SHUT_RDWR)
        client.close()
    proxy.wait_for(lambda: proxy.door.open_connections == 0, "the connections to be counted out")


def test_a_slow_head_after_it_has_ten_seconds_as_well(proxy: InsideProxy) -> None:
    with opened(proxy, "TLS 1.3") as client:
        answers = Answers(client)
        client.sendall(request(proxy, "TLS 1.3", **ODD["TE"][0]))
        assert answers.next()[0] == 200
        client.sendall(b"GET / HT")
        client.settimeout(20)
        with suppress(ConnectionError):
            while client.recv(1_000):
                pass
