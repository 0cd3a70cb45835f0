"""The thin lane between clients and origins that are slow, odd, or gone: pages, ends, bounded memory, one line a request."""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from saywhy.decide.engine import Engine
from saywhy.explain.answer import Answer
from saywhy.policy.reading.load import load_policy
from saywhy.proxy.door.open_connections import Limits
from saywhy.proxy.judge import Judge
from saywhy.proxy.lane.origins import Origin, Origins
from saywhy.proxy.lane.turn import Turn
from saywhy.proxy.lane.verdict import Verdict
from tests.wire.certificates import TestAuthority
from tests.wire.inside import InsideProxy, inside
from tests.wire.pipelined import Answers, opened, request
from tests.wire.scripted_origin import ScriptedOrigin, Served, says_hello
from tests.wire.test_wire_decided_again import closing

WAYS = pytest.mark.parametrize("way", ["http", "TLS 1.2", "ALPN"])
HELLO = (200, b"hello")


@pytest.fixture
def origin(test_authority: TestAuthority) -> Iterator[ScriptedOrigin]:
    one = ScriptedOrigin(test_authority)
    yield one
    one.close()


@pytest.fixture
def proxy(
    request: pytest.FixtureRequest, tmp_path: Path, origin: ScriptedOrigin, test_authority: TestAuthority
) -> Iterator[InsideProxy]:
    """Its parameter, where a test gives one, is how long a head or a handshake may take."""
    one = inside(tmp_path, origin.port, test_authority.path)
    one.limits = Limits(origin_seconds=0.1, head_seconds=getattr(request, "param", 30.0), sweep_seconds=0.2)
    one.start()
    yield one
    one.stop()


def all_over(proxy: InsideProxy, origin: ScriptedOrigin) -> None:
    proxy.wait_for(lambda: proxy.door.open_connections == 0, "the clients to be counted out", 10)
    proxy.wait_for(lambda: origin.open == 0, "the origins to be closed", 10)


def says(*pieces: bytes, then: Callable[[Served], None] = Served.until_closed) -> Callable[[Served], None]:
    def script(served: Served) -> None:
        served.head()
        for piece in pieces:
            served.socket.sendall(piece)
        then(served)

    return script


def reads_no_body(served: Served) -> None:
    served.head()
    time.sleep(30)


def does_not_shake_hands(_: Served) -> None:
    time.sleep(30)


LEAVING = {
    "during an answer": says(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel"),
    "during an answer in chunks": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"),
    "during a head": says(b"HTTP/1.1 200 OK\r\nContent"),
    "before an answer": says(),
    "after 100": says(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "during an upload": reads_no_body,
    "during the handshake": does_not_shake_hands,
}


@WAYS
@pytest.mark.parametrize("reset", [True, False], ids=["reset", "closed"])
@pytest.mark.parametrize("when", LEAVING)
def test_a_client_leaves(proxy: InsideProxy, origin: ScriptedOrigin, way: str, when: str, reset: bool) -> None:
    """Nothing is held for it any longer, and nothing of the origin's either."""
    origin.script = LEAVING[when]
    client = opened(proxy, way)
    upload: dict[str, Any] = {"method": "POST", "fields": "Content-Length: 10000000\r\n", "body": b"x" * 100_000}
    client.sendall(request(proxy, way, **(upload if when == "during an upload" else {})))
    proxy.wait_for(lambda: origin.served, "the origin to be asked")
    time.sleep(0.1)
    if reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    proxy.wait_for(lambda: proxy.door.open_connections == 0, "the client to be counted out", 10)
    if LEAVING[when] not in (reads_no_body, does_not_shake_hands):
        proxy.wait_for(lambda: origin.open == 0, "the origin's connection to be closed", 5)


@WAYS
@pytest.mark.parametrize("where", ["look-up", "connecting"])
def test_a_client_leaves_before_there_is_an_origin(
    proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch, way: str, where: str
) -> None:
    cancelled = threading.Event()

    async def waits(*_: object) -> None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    monkeypatch.setattr(*((Judge, "judge_inside", waits) if where == "look-up" else (Origins, "open", waits)))
    with opened(proxy, way) as client:
        client.sendall(request(proxy, way))
        time.sleep(0.1)
    assert cancelled.wait(5)
    all_over(proxy, origin)


@WAYS
@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"", 502), (b"HTTP/1.1 200 OK\r\nContent", 502), (b"HTTP/1.1 100 Continue\r\n\r\n", 502), (b"nonsense at all", 502),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel", None), (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", None),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", None), (b"HTTP/1.1 200 OK\r\n\r\nhello", 200),
        (b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", 502), (b"HTTP/1.1 101 Odd\r\nUpgrade: x\r\n\r\n", 503),
    ],
)  # fmt: skip
def test_an_origin_leaves(
    proxy: InsideProxy, origin: ScriptedOrigin, way: str, said: bytes, status: int | None
) -> None:
    """A page, or an answer that everybody sees is cut; never a page inside an answer."""
    origin.script = says(said, then=lambda _: None)
    with opened(proxy, way) as client:
        client.sendall(request(proxy, way))
        answers = Answers(client)
        if status is None:
            with pytest.raises(AssertionError, match="cut"):
                answers.next()
            assert b"<html" not in answers._data
        else:
            assert answers.next()[0] == status
    all_over(proxy, origin)


@WAYS
def test_an_early_answer_while_the_body_still_comes(proxy: InsideProxy, origin: ScriptedOrigin, way: str) -> None:
    def refuses(served: Served) -> None:
        served.head()
        served.answer(b"too large", b"Connection: close", status=b"413 Content Too Large")
        served.until_closed()

    origin.script = refuses
    with opened(proxy, way) as client:
        client.sendall(request(proxy, way, method="POST", fields="Content-Length: 500000\r\n", body=b"x" * 1_000))
        answers = Answers(client)
        assert answers.next() == (413, b"too large")
        client.sendall(b"x" * 499_000)
    all_over(proxy, origin)


@WAYS
@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304), ("GET", 205), ("OPTIONS", 200)]
)
def test_answers_without_a_body_are_followed_by_the_next(
    proxy: InsideProxy, origin: ScriptedOrigin, way: str, method: str, status: int
) -> None:
    def short(served: Served) -> None:
        served.head()
        length = (
            b"Content-Length: 5\r\n"
            if method == "HEAD" or status == 304
            else b"Content-Length: 0\r\n" * (status != 204)
        )
        served.socket.sendall(b"HTTP/1.1 %d X\r\n%b\r\n" % (status, length))
        says_hello(served)

    origin.script = short
    with opened(proxy, way) as client:
        client.sendall(request(proxy, way, method=method) + request(proxy, way))
        answers = Answers(client)
        assert answers.next(method)[0] == status
        assert answers.next() == HELLO
    assert len(origin.served) == 1


@pytest.mark.parametrize(
    "written", ["GOOD.test:{port}", "good.test.:{port}", "Good.Test:{port}", "good.test:0{port}"]
)  # fmt: skip
@WAYS
def test_the_host_in_other_writings_is_sent_in_ours(
    proxy: InsideProxy, origin: ScriptedOrigin, way: str, written: str
) -> None:
    with opened(proxy, way) as client:
        named = written.format(port=proxy.origin_port)
        whole = f"http://good.test:{proxy.origin_port}/" if way == "http" else "/"
        client.sendall(f"GET {whole} HTTP/1.1\r\nHost: {named}\r\n\r\n".encode())
        status, _ = Answers(client).next()
    assert status in (200, 400)
    assert (b"Host: good.test:%d\r\n" % proxy.origin_port in origin.data) == (status == 200)
    assert b"GOOD" not in origin.data


@WAYS
def test_huge_cookies_and_long_pipelines(proxy: InsideProxy, origin: ScriptedOrigin, way: str) -> None:
    with opened(proxy, way) as client:
        cookie = f"Cookie: {'c' * 50_000}\r\n"
        answers = Answers(client)
        for _ in range(20):
            client.sendall(request(proxy, way, fields=cookie) + request(proxy, way) * 20)
            assert [answers.next() for _ in range(21)] == [HELLO] * 21


# Memory and time.
def test_a_client_that_asks_and_reads_nothing_is_not_answered_for_ever(
    proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refusals wait for nobody; what a client does not take may not gather."""
    refused = []
    answers = Turn._answer

    def counted(self: Turn, page: Answer, to_come: int) -> None:
        refused.append(page.status)
        answers(self, page, to_come)

    monkeypatch.setattr(Turn, "_answer", counted)
    with proxy.connect() as client:
        client.settimeout(1)
        many = request(proxy, "http", host="blocked.test", fields="Accept: text/html\r\n") * 2_000
        sent = 0
        with suppress(TimeoutError):
            while sent < 50_000_000:
                sent += client.send(many)
        assert sent < 50_000_000
        count, one = len(refused), next(iter(proxy.door._open))
        assert one.transport.get_write_buffer_size() < 400_000
        client.settimeout(20)
        reading = Answers(client)
        for _ in range(count + 50):  # it goes on where it is read
            assert reading.next()[0] == 403


@WAYS
def test_an_origin_that_does_not_read_holds_the_client_up(proxy: InsideProxy, origin: ScriptedOrigin, way: str) -> None:
    go_on = threading.Event()
    total = 60_000_000

    def reads_late(served: Served) -> None:
        served.head()
        go_on.wait(30)
        left = total
        while left:
            left -= len(served.body(min(left, 65_536)))
        served.answer(b"had it")

    origin.script = reads_late
    with opened(proxy, way) as client:
        client.settimeout(1)
        client.sendall(request(proxy, way, method="POST", fields=f"Content-Length: {total}\r\n"))
        piece, sent = b"x" * 100_000, 0
        with suppress(TimeoutError):
            while sent < total:
                sent += client.send(piece[: total - sent])
        assert sent < 30_000_000
        go_on.set()
        client.settimeout(30)
        if way == "http":  # where TLS was interrupted the record has to be sent again as it was
            client.sendall(b"x" * (total - sent))
            assert Answers(client).next() == (200, b"had it")


@WAYS
@pytest.mark.parametrize("proxy", [2.0], indirect=True, ids=["two seconds"])
def test_slow_beginnings_are_ended(proxy: InsideProxy, origin: ScriptedOrigin, way: str) -> None:
    """A handshake and a head have their time, each; an idle connection is left alone."""
    with opened(proxy, way) as idle:
        idle.sendall(request(proxy, way))  # at once: its first head has no more time than that of the slow one
        assert Answers(idle).next() == HELLO
        with opened(proxy, way) as slow:
            slow.sendall(b"GET ")
            assert slow.recv(100) == b""
        idle.sendall(request(proxy, way))
        assert Answers(idle).next() == HELLO
    with proxy.connect() as client:
        client.sendall(f"CONNECT good.test:{proxy.origin_port} HTTP/1.1\r\n\r\n".encode())
        client.settimeout(10)
        assert b"200" in client.recv(1_000)
        client.sendall(bytes.fromhex("1603010200010001fc0303"))
        assert client.recv(100) == b""
    all_over(proxy, origin)


def test_many_empty_lines_are_passed_over(proxy: InsideProxy, origin: ScriptedOrigin) -> None:
    with opened(proxy, "http") as client:
        client.sendall(request(proxy, "http") + b"\r\n" * 300_000 + request(proxy, "http"))
        answers = Answers(client)
        assert [answers.next() for _ in range(2)] == [HELLO] * 2
    with proxy.connect() as client:
        client.sendall(b"\r\n" * 300_000 + request(proxy, "http"))
        assert Answers(client).next() == HELLO


# Decided again.
@WAYS
def test_what_is_asked_once_more_is_not_sent_once_it_is_closed(
    proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """The kept connection closes, and policy changes while another is opened: the page, and nothing for the origin."""
    opens, waiting, go_on = Origins.open, threading.Event(), threading.Event()

    async def slowly(self: Origins, verdict: Verdict, offers: Sequence[bytes]) -> Origin:
        if origin.served:
            waiting.set()
            while not go_on.is_set():  # noqa: ASYNC110 — the test tells, from its own thread
                await asyncio.sleep(0.01)
        return await opens(self, verdict, offers)

    monkeypatch.setattr(Origins, "open", slowly)

    def leaves(served: Served) -> None:
        served.head()
        served.answer()
        served.some()

    origin.script = leaves
    with opened(proxy, way) as client:
        answers = Answers(client)
        client.sendall(request(proxy, way) + request(proxy, way, "/secret"))
        assert answers.next() == HELLO
        assert waiting.wait(10)
        origin.script = says_hello
        before = len(origin.data)
        proxy.write_policy(closing("good.test"))
        proxy.parts.judge.in_force.engine = Engine(load_policy(proxy.policies))
        assert answers.next()[0] == 403
        go_on.set()
        client.sendall(request(proxy, way))
        assert answers.next()[0] == 403
        assert len(origin.data) == before
    all_over(proxy, origin)
