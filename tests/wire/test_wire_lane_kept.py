"""Connections to origins that are kept: for the same client, policy and place, for a while, and for nothing that is odd."""

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.policy.reading.load import load_policy
from saywhy.proxy.door.open_connections import Limits
from saywhy.proxy.lane import origins
from saywhy.proxy.lane.connection import LaneConnection
from tests.wire.certificates import TestAuthority
from tests.wire.inside import InsideProxy, inside
from tests.wire.pipelined import Answers, opened, request
from tests.wire.scripted_origin import ScriptedOrigin, Served, says_hello
from tests.wire.test_wire_decided_again import closing

WAYS = pytest.mark.parametrize("way", ["http", "TLS 1.2", "ALPN"])


@pytest.fixture
def origin(test_authority: TestAuthority) -> Iterator[ScriptedOrigin]:
    one = ScriptedOrigin(test_authority)
    yield one
    one.close()


@pytest.fixture
def proxy(tmp_path: Path, origin: ScriptedOrigin, test_authority: TestAuthority) -> Iterator[InsideProxy]:
    one = inside(tmp_path, origin.port, test_authority.path)
    one.limits = Limits(origin_seconds=60.0)
    one.start()
    yield one
    one.stop()


def visit(
    proxy: InsideProxy, way: str, times: int = 1, host: str = "good.test", source: str = "127.0.0.1", fields: str = "",
) -> list[tuple[int, bytes]]:  # fmt: skip
    with opened(proxy, way, host, source) as client:
        answers = Answers(client)
        got = []
        for _ in range(times):
            client.sendall(request(proxy, way, host=host, fields=fields))
            got.append(answers.next())
    proxy.wait_for(lambda: proxy.door.open_connections == 0, "the client to be gone")
    return got


HELLO = (200, b"hello")


@WAYS
def test_the_next_connection_of_a_client_gets_it(proxy: InsideProxy, origin: ScriptedOrigin, way: str) -> None:
    for _ in range(3):
        assert visit(proxy, way, 2) == [HELLO] * 2
    assert len(origin.served) == 1


@WAYS
def test_never_another_client_place_or_policy(proxy: InsideProxy, origin: ScriptedOrigin, way: str) -> None:
    visit(proxy, way)
    visit(proxy, way, source="127.0.0.2")
    assert len(origin.served) == 2
    visit(proxy, way, host="big.test")
    assert len(origin.served) == 3
    proxy.write_policy(closing("blocked.test"))
    proxy.parts.judge.in_force.engine = Engine(load_policy(proxy.policies))
    visit(proxy, way)
    assert len(origin.served) == 4


def test_never_http_for_https(proxy: InsideProxy, origin: ScriptedOrigin) -> None:
    visit(proxy, "http")
    visit(proxy, "ALPN")
    assert [one.sni for one in origin.served] == [None, "good.test"]


@WAYS
@pytest.mark.parametrize(
    "signs_in", ["Authorization: NTLM abc", "Authorization: Negotiate abc", "authorization: nTLM  x", "Authorization: Basic x, NTLM y"]
)  # fmt: skip
def test_not_after_somebody_signed_in_on_it(
    proxy: InsideProxy, origin: ScriptedOrigin, way: str, signs_in: str
) -> None:
    assert visit(proxy, way, 3, fields=f"{signs_in}\r\n") == [HELLO] * 3
    assert len(origin.served) == 1, "it is the same for the client's own connection"
    proxy.wait_for(lambda: origin.open == 0, "it to be closed")
    visit(proxy, way)
    assert len(origin.served) == 2


@WAYS
def test_not_after_requests_in_a_row(proxy: InsideProxy, origin: ScriptedOrigin, way: str) -> None:
    """What an origin says too much would be taken for the answer to a request that waits already, and so on."""
    with opened(proxy, way) as client:
        answers = Answers(client)
        client.sendall(request(proxy, way) * 3)
        assert [answers.next() for _ in range(3)] == [HELLO] * 3
    assert len(origin.served) == 1
    proxy.wait_for(lambda: origin.open == 0, "it to be closed")


@WAYS
@pytest.mark.parametrize("challenge", [b"NTLM", b"negotiate", b'Basic realm="a", Negotiate', b"Negotiate abc=="])
def test_not_after_an_origin_asked_for_that(
    proxy: InsideProxy, origin: ScriptedOrigin, way: str, challenge: bytes
) -> None:
    def asks(served: Served) -> None:
        while True:
            served.head()
            served.answer(b"who?", b"WWW-Authenticate: " + challenge, status=b"401 Unauthorized")

    origin.script = asks
    visit(proxy, way, 2)
    proxy.wait_for(lambda: origin.open == 0, "it to be closed")
    assert len(origin.served) == 1


ODD = {
    "more than was announced": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n", HELLO),
    "more after the last chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nmore", HELLO),
    "a body where there is none": (b"HTTP/1.1 204 No Content\r\n\r\nhello", (204, b"")),
    "a body of a 304": (b"HTTP/1.1 304 Not Modified\r\n\r\nhello", (304, b"")),
    "a body of a 205": (b"HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello", (205, b"")),
    "a 205 without a length": (b"HTTP/1.1 205 Reset Content\r\n\r\n", (205, b"")),
    "close": (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", HELLO),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", HELLO),
}  # fmt: skip


@WAYS
@pytest.mark.parametrize("odd", ODD)
def test_not_after_an_odd_answer(proxy: InsideProxy, origin: ScriptedOrigin, way: str, odd: str) -> None:
    said, got = ODD[odd]

    def says(served: Served) -> None:
        served.head()
        served.socket.sendall(said)
        served.until_closed()

    origin.script = says
    with opened(proxy, way) as client:
        answers = Answers(client)
        for number in range(1, 3):
            client.sendall(request(proxy, way))
            assert answers.next() == got
            assert len(origin.served) == number
            proxy.wait_for(lambda: origin.open == 0, "it to be closed")


@WAYS
def test_not_after_an_answer_that_is_cut(proxy: InsideProxy, origin: ScriptedOrigin, way: str) -> None:
    def cuts(served: Served) -> None:
        served.head()
        served.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")

    origin.script = cuts
    with opened(proxy, way) as client:
        client.sendall(request(proxy, way))
        with pytest.raises(AssertionError, match="cut"):
            Answers(client).next()
    origin.script = says_hello
    assert visit(proxy, way) == [HELLO]


@WAYS
def test_what_nobody_asked_for_closes_it(proxy: InsideProxy, origin: ScriptedOrigin, way: str) -> None:
    """A second answer that comes a little later is not the answer to the next request."""

    def says_more(served: Served) -> None:
        served.head()
        served.answer()
        if len(origin.served) == 1:
            served.answer(b"poison")
        says_hello(served)

    origin.script = says_more
    with opened(proxy, way) as client:
        answers = Answers(client)
        client.sendall(request(proxy, way))
        assert answers.next() == HELLO
        proxy.wait_for(origin.served[0].ended.is_set, "it to be closed")
        client.sendall(request(proxy, way))
        assert answers.next() == HELLO


@WAYS
@pytest.mark.parametrize("how", ["closes", "resets"])
@pytest.mark.parametrize("idle", [True, False], ids=["while it is idle", "as the next request comes"])
def test_an_origin_that_closes_a_kept_one(
    proxy: InsideProxy, origin: ScriptedOrigin, way: str, how: str, idle: bool
) -> None:
    """GET is asked once more, POST is told: it may have been processed."""
    for method, got, client_address in (("GET", 200, "127.0.0.1"), ("POST", 200 if idle else 502, "127.0.0.2")):
        # each by a client of its own, who finds no connection that the one before left
        may_leave = [threading.Event(), threading.Event()]  # the connection that is kept, and the one in its place
        turns = iter(may_leave)

        def leaves(served: Served, turns: Iterator[threading.Event] = turns) -> None:
            leave = next(turns)
            served.head()
            served.answer()
            leave.wait(30)
            if not idle:
                served.some()
            if how == "resets":
                served.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        origin.script = leaves
        with opened(proxy, way, source=client_address) as client:
            answers = Answers(client)
            client.sendall(request(proxy, way))
            assert answers.next() == HELLO
            may_leave[0].set()
            if idle:
                proxy.wait_for(origin.served[-1].ended.is_set, "the origin to close")
            client.sendall(request(proxy, way, method=method, fields="Content-Length: 0\r\n"))
            assert answers.next()[0] == got
        may_leave[1].set()


@WAYS
def test_a_new_one_that_closes_is_not_tried_twice(proxy: InsideProxy, origin: ScriptedOrigin, way: str) -> None:
    def leaves(served: Served) -> None:
        served.head()

    origin.script = leaves
    assert visit(proxy, way)[0][0] == 502
    assert len(origin.served) == 1


@WAYS
def test_an_origin_that_goes_right_after_its_handshake(proxy: InsideProxy, origin: ScriptedOrigin, way: str) -> None:
    origin.script = lambda _: None
    for _ in range(5):
        assert visit(proxy, way)[0][0] == 502


def test_they_are_closed_in_time(proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy_origins(proxy), "_kept_seconds", 0.1)
    visit(proxy, "http")
    proxy.wait_for(lambda: origin.open == 0, "it to be closed", 5)


def proxy_origins(proxy: InsideProxy) -> origins.Origins:
    return proxy.door._inspection._parts.origins  # type: ignore[no-any-return]


def test_their_number_is_bounded(proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "MOST_KEPT", 4)
    for number in range(2, 12):
        visit(proxy, "http", source=f"127.0.0.{number}")
    proxy.wait_for(lambda: origin.open == 4, "all but the last four to be closed")
    clients = [opened(proxy, "http", source="127.0.0.20") for _ in range(10)]
    monkeypatch.setattr(origins, "MOST_KEPT", 40)
    for client in clients:
        client.sendall(request(proxy, "http"))
    for client in clients:
        assert Answers(client).next() == HELLO
        client.close()
    proxy.wait_for(lambda: origin.open == 4 + origins.MOST_KEPT_OF_ONE, "no more than a browser's to be kept for one")


def test_a_refusal_between_two_requests_loses_none(proxy: InsideProxy, origin: ScriptedOrigin) -> None:
    """What is not in use is kept, or closed; a browser that is refused now and then would gather connections."""
    with opened(proxy, "http") as client:
        answers = Answers(client)
        for _ in range(20):
            client.sendall(request(proxy, "http") + request(proxy, "http", host="blocked.test"))
            assert answers.next() == HELLO
            assert answers.next()[0] == 403
    assert len(origin.served) == 1


@WAYS
def test_after_a_client_that_was_slow_it_is_read_again(
    proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """The end of an answer has to wait; the connection is used for the next request all the same."""
    sends = LaneConnection.send

    def takes_its_time(self: LaneConnection, data: bytes) -> None:
        sends(self, data)
        self.pause_writing()
        asyncio.get_running_loop().call_later(0.02, self.resume_writing)

    monkeypatch.setattr(LaneConnection, "send", takes_its_time)
    assert visit(proxy, way, 5) == [HELLO] * 5
    assert len(origin.served) == 1
