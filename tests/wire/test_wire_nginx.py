"""A real nginx as origin: what leaves the filter is one request to it, and what it sends arrives whole."""

import gzip
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.proxy.test_proxy_framing import SMUGGLED
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess
from tests.wire.http1_client import Http1Client
from tests.wire.http2_client import Answered, Http2Client
from tests.wire.nginx import Nginx

PICTURES = 100
UPLOAD = random.Random(1).randbytes(1_000_000)

origins = pytest.mark.parametrize("origin", ["h2", "http/1.1"])
clients = pytest.mark.parametrize("client", ["h2", "http/1.1"])


def picture(number: int) -> bytes:
    return random.Random(number).randbytes(500 + 700 * number)


@pytest.fixture(scope="module")
def nginx(test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory) -> Nginx:
    one = Nginx(test_authority, tmp_path_factory.mktemp("nginx"))
    for number in range(PICTURES):
        (one.files / f"{number}.png").write_bytes(picture(number))
    (one.files / "text").write_bytes(b"a text that is shortened well " * 100)
    return one


@pytest.fixture(scope="module")
def guarded(
    nginx: Nginx, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FilterProcess]:
    process = FilterProcess(tmp_path_factory.mktemp("before-nginx"), nginx.port, test_authority.path)
    process.start()
    yield process
    process.stop()


def asked(
    guarded: FilterProcess, client: str, path: str, method: str = "GET", fields: dict[str, str] | None = None
) -> Answered:
    """One request on a connection of its own."""
    if client == "h2":
        with Http2Client(guarded, "good.test") as two:
            lower = [(name.lower(), value) for name, value in (fields or {}).items()]
            return two.answer(two.ask(path, method, lower))
    with Http1Client(guarded, "good.test") as one:
        return one.ask(path, method, fields)


def uploaded(guarded: FilterProcess, client: str, path: str, body: bytes, *, announced: bool) -> Answered:
    """One upload on a connection of its own, with a length or without."""
    if client == "h2":
        with Http2Client(guarded, "good.test") as two:
            return two.upload(path, body, fields=[("content-length", str(len(body)))] if announced else [])
    with Http1Client(guarded, "good.test") as one:
        return one.ask(
            path, "POST", body=body if announced else [body[at : at + 9_000] for at in range(0, len(body), 9_000)]
        )


def wrong(client: Http2Client, streams: dict[int, int]) -> list[int]:
    """The pictures that did not come as they are."""
    return [
        number for stream, number in streams.items()
        if (answered := client.answer(stream)).status != 200 or answered.body != picture(number)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "extra",
    [
        "keepalive_requests 20;",
        "http2_max_concurrent_streams 1;",
        "http2_max_concurrent_streams 2;",
        "http2_max_concurrent_streams 8;",
        "http2_max_concurrent_streams 8; keepalive_requests 20;",
    ],
)
def test_a_hundred_pictures_come_whole_over_http2(guarded: FilterProcess, nginx: Nginx, extra: str) -> None:
    with nginx.running("h2", extra), Http2Client(guarded, "good.test") as client:
        assert wrong(client, {client.ask(f"/{number}.png"): number for number in range(PICTURES)}) == []
        logged = nginx.logged(PICTURES)
    assert {one.version for one in logged} == {"HTTP/2.0"}
    assert (len({one.connection for one in logged}) >= PICTURES // 20) is ("keepalive_requests" in extra)


@origins
def test_a_hundred_pictures_come_whole_while_nginx_is_reloaded(
    guarded: FilterProcess, nginx: Nginx, origin: str
) -> None:
    with nginx.running(origin, "limit_rate 200k;"), Http2Client(guarded, "good.test") as client:
        assert wrong(client, {client.ask("/0.png"): 0}) == []
        for start in range(0, PICTURES, 25):
            streams = {client.ask(f"/{number}.png"): number for number in range(start, start + 20)}
            nginx.reload()
            streams |= {client.ask(f"/{number}.png"): number for number in range(start + 20, start + 25)}
            assert wrong(client, streams) == []
        assert len({one.connection for one in nginx.logged(PICTURES + 1)}) > PICTURES // 25


@origins
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_body_that_looks_like_a_request_is_a_body(
    guarded: FilterProcess, nginx: Nginx, origin: str, method: str
) -> None:
    with nginx.running(origin), Http2Client(guarded, "good.test") as client:
        answered = client.answer(client.ask("/allowed", method, pieces=[SMUGGLED]))
        assert (answered.status, answered.body) == (200, b"taken")
        assert client.answer(client.ask("/empty")).status == 204
        logged = nginx.logged(2)
    assert [(one.method, one.path, one.body) for one in logged] == [
        (method, "/allowed", SMUGGLED),
        ("GET", "/empty", b""),
    ]
    assert {one.host for one in logged} == {client.authority}


@origins
@clients
@pytest.mark.parametrize("announced", [True, False], ids=["with a length", "without one"])
def test_large_uploads_arrive_whole(
    guarded: FilterProcess, nginx: Nginx, origin: str, client: str, announced: bool
) -> None:
    with nginx.running(origin, "client_max_body_size 2m;"):
        assert uploaded(guarded, client, "/allowed", UPLOAD, announced=announced).body == b"taken"
        assert [one.body for one in nginx.logged(1)] == [UPLOAD]


@origins
@clients
@pytest.mark.parametrize("announced", [True, False], ids=["with a length", "without one"])
@pytest.mark.parametrize("size", [2_000, 100_000, 1_000_000])
def test_an_upload_that_nginx_refuses_early_is_told(
    guarded: FilterProcess, nginx: Nginx, origin: str, client: str, announced: bool, size: int
) -> None:
    with nginx.running(origin):
        answered = uploaded(guarded, client, "/small", UPLOAD[:size], announced=announced)
        assert answered.status == 413
        assert b"413 Request Entity Too Large" in answered.body
        assert [one.status for one in nginx.logged(1)] == [413]


@origins
@clients
@pytest.mark.parametrize(
    ("method", "path", "fields", "status", "body"),
    [
        ("HEAD", "/7.png", {}, 200, b""),
        ("HEAD", "/gzip/text", {"Accept-Encoding": "gzip"}, 200, b""),
        ("HEAD", "/empty", {}, 204, b""),
        ("GET", "/empty", {}, 204, b""),
        ("GET", "/7.png", {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304, b""),
        ("GET", "/7.png", {"Range": "bytes=10-19"}, 206, picture(7)[10:20]),
        ("GET", "/7.png", {"Range": "bytes=-5"}, 206, picture(7)[-5:]),
        ("GET", "/7.png", {"Range": "bytes=100000-"}, 416, None),
        ("GET", "/0.png", {"Range": "bytes=0-0,5-6"}, 206, None),
        ("OPTIONS", "/7.png", {}, 405, None),
        ("GET", "/nowhere", {}, 404, None),
    ],
)  # fmt: skip
def test_answers_come_as_nginx_gives_them(
    guarded: FilterProcess, nginx: Nginx, origin: str, client: str, method: str, path: str, fields: dict[str, str],
    status: int, body: bytes | None,
) -> None:  # fmt: skip
    with nginx.running(origin, "if_modified_since before;"):
        answered = asked(guarded, client, path, method, fields)
    assert (answered.status, answered.reset) == (status, None)
    assert answered.fields["server"].startswith("nginx")
    if body is not None:
        assert answered.body == body
    if method != "HEAD" and "content-length" in answered.fields and status != 304:
        assert len(answered.body) == int(answered.fields["content-length"])


@origins
@clients
def test_what_nginx_compresses_comes_in_chunks_and_whole(
    guarded: FilterProcess, nginx: Nginx, origin: str, client: str
) -> None:
    with nginx.running(origin):
        answered = asked(guarded, client, "/gzip/text", fields={"Accept-Encoding": "gzip"})
    assert answered.fields["content-encoding"] == "gzip"
    assert "content-length" not in answered.fields
    assert gzip.decompress(answered.body) == (nginx.files / "text").read_bytes()


@origins
def test_whoever_waits_to_be_told_to_go_on_is_told(guarded: FilterProcess, nginx: Nginx, origin: str) -> None:
    with nginx.running(origin), guarded.tunnel("good.test", alpn=["http/1.1"]) as connection:
        connection.sendall(
            f"POST /allowed HTTP/1.1\r\nHost: good.test:{nginx.port}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answer.count(b"HTTP/1.1") == 1
        assert [(one.method, one.expect, one.body) for one in nginx.logged(1)] == [("POST", "", b"hello")]


@origins
@clients
def test_nobody_notices_that_nginx_closes_what_it_kept(
    guarded: FilterProcess, nginx: Nginx, origin: str, client: str
) -> None:
    """Requests come about when nginx has had enough of waiting: a little before, in that moment, a little after."""

    def twice(number: int) -> list[bytes]:
        pause = 0.97 + number / 500
        if client == "h2":
            with Http2Client(guarded, "good.test") as two:
                first = two.answer(two.ask("/1.png")).body
                time.sleep(pause)
                return [first, two.answer(two.ask("/2.png")).body]
        with Http1Client(guarded, "good.test") as one:
            first = one.ask("/1.png").body
            time.sleep(pause)
            return [first, one.ask("/2.png").body]

    with nginx.running(origin, "keepalive_timeout 1s;"), ThreadPoolExecutor(30) as pool:
        assert list(pool.map(twice, range(30))) == [[picture(1), picture(2)]] * 30
