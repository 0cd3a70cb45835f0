"""HTTP/1 and HTTP/2 on one connection, without sockets: what mitmproxy by itself would let through, or fall over."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import options
from mitmproxy.proxy.layers.http import HTTPMode

from saywhy.policy.address import canonical_url
from saywhy.proxy.mitm.strict_http2 import MOST_RESETS
from tests.fuzz.driving import OK, Driver, settings
from tests.wire.tricks import frames

HEAD = b"POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def opts() -> Iterator[options.Options]:
    with settings() as made:
        yield made


def said(opts: options.Options, data: bytes, answer: bytes = OK, mode: HTTPMode = HTTPMode.regular) -> Driver:
    driver = Driver(opts, mode, answer)
    driver.feed(data)
    return driver


def test_a_body_with_trailers_is_passed_on_without_them(opts: options.Options) -> None:
    driver = said(opts, HEAD + b"5;x=y\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n")
    assert driver.seen.origin.endswith(b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    assert driver.seen.client == OK


def test_an_answer_with_trailers_is_passed_on_without_them(opts: options.Options) -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nServer-Timing: x\r\n\r\n"
    driver = said(opts, b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", answer)
    assert driver.seen.client.endswith(b"\r\n\r\n2\r\nok\r\n0\r\n\r\n")


def test_an_interim_answer_is_passed_over(opts: options.Options) -> None:
    driver = said(
        opts,
        b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n",
        b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + OK,
    )
    assert driver.seen.client == OK


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", b"ICY 200 OK\r\n\r\n", b"hello\r\n\r\n"])
def test_an_answer_that_cannot_be_read_is_explained(opts: options.Options, answer: bytes) -> None:
    driver = said(opts, b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", answer)
    assert driver.seen.client.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert b"the answer" in driver.seen.client
    assert b"mitmproxy" not in driver.seen.client
    assert not driver.seen.closed


def test_an_origin_that_switches_protocols_unasked_is_spoken_to_no_more(opts: options.Options) -> None:
    request = b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n"
    driver = said(opts, request + request, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nodd bytes")
    assert driver.seen.client.count(b"HTTP/1.1 503 ") == 2
    assert b"odd bytes" not in driver.seen.client


def test_a_malformed_head_is_explained_and_the_connection_closed(opts: options.Options) -> None:
    driver = said(opts, b"GET http://good.test/ HTTP/1.1\nHost: good.test\n\n")
    assert driver.seen.client.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"a line of the head ends without a return" in driver.seen.client
    assert b"mitmproxy" not in driver.seen.client
    assert driver.seen.closed
    assert not driver.seen.origin


def test_a_head_that_is_too_long_says_what_to_do(opts: options.Options) -> None:
    driver = said(opts, b"GET http://good.test/ HTTP/1.1\r\nCookie: " + b"x" * 70_000)
    assert driver.seen.client.startswith(b"HTTP/1.1 431 ")
    assert b"clear them for this site" in driver.seen.client
    assert driver.seen.closed


def test_a_malformed_head_behind_a_good_one_ends_the_connection_after_its_answer(opts: options.Options) -> None:
    driver = said(opts, b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\nGET / HTTP/1.1\nHost: x\n\n")
    assert driver.seen.client.startswith(OK + b"HTTP/1.1 400 ")
    assert driver.seen.origin.count(b"GET") == 1


@given(
    st.binary(max_size=12).map(lambda path: b"/" + path),
    st.sampled_from([b"good.test", b"GOOD.test.", b"good.test:80", b"good.test:", b"g%6fod.test", b"bad.test", b""]),
    st.sampled_from([b"good.test", b"GOOD.TEST.", b"good.test:80"]),
    st.binary(max_size=6),
)
def test_whatever_is_said_what_is_passed_on_is_canonical(
    path: bytes, named: bytes, target: bytes, value: bytes
) -> None:
    with settings() as opts:
        driver = said(
            opts, b"GET http://" + target + path + b" HTTP/1.1\r\nHost: " + named + b"\r\nX: " + value + b"\r\n\r\n"
        )
    if not driver.seen.origin:
        assert driver.seen.client.startswith(b"HTTP/1.1 400 ")
        return
    line, host, *rest = bytes(driver.seen.origin).split(b"\r\n")
    method, passed, version = line.split(b" ")
    assert (method, version, host) == (b"GET", b"HTTP/1.1", b"Host: good.test")
    assert canonical_url(f"http://good.test{passed.decode('ascii')}").origin_form.encode() == passed
    assert rest == [b"X: " + value.strip(), b"", b""]


def h2_said(opts: options.Options, *pieces: bytes) -> bytes:
    driver = Driver(opts, HTTPMode.transparent, alpn=b"h2")
    for piece in (frames.opening(), *pieces):
        driver.feed(piece)
    return bytes(driver.seen.client)


def goaway(data: bytes) -> int | None:
    """The error code of a GOAWAY, if there is one."""
    at = 0
    while at + 9 <= len(data):
        length = int.from_bytes(data[at : at + 3])
        if data[at + 3] == frames.GOAWAY:
            return int.from_bytes(data[at + 13 : at + 17])
        at += 9 + length
    return None


FIELDS = frames.fields(b"good.test")


def resets(data: bytes) -> dict[int, int]:
    """The streams that were reset, with their error codes."""
    at, found = 0, {}
    while at + 9 <= len(data):
        length = int.from_bytes(data[at : at + 3])
        if data[at + 3] == frames.RST_STREAM:
            found[int.from_bytes(data[at + 5 : at + 9])] = int.from_bytes(data[at + 9 : at + 13])
        at += 9 + length
    return found


@pytest.mark.parametrize(
    "fields",
    [
        frames.fields(b"good.test", scheme=b"http"),
        frames.fields(b"good.test", scheme=b"ftp"),
        [*FIELDS, (b"content-length", b"5")],
        [*FIELDS, (b"content-length", b"0"), (b"content-length", b"5")],
        [*FIELDS, (b"content-length", b"+0")],
        [*FIELDS, (b"content-length", b"five")],
        [*FIELDS, (b"x", b" y")],
        [*FIELDS, (b"x", b"y\r\nz: a")],
        [*FIELDS, (b"X", b"y")],
        [*FIELDS, (b"x/y", b"z")],
        [*FIELDS, (b"x:y", b"z")],
        [*FIELDS, (b"transfer-encoding", b"chunked")],
        [*FIELDS, (b"connection", b"close")],
        [*FIELDS, (b":status", b"200")],
        [*FIELDS, (b"host", b"other.test")],
        FIELDS[1:],
        FIELDS[:-1],
        [*FIELDS, FIELDS[0]],
        frames.fields(b"good.test", method=b"CONNECT"),
        frames.fields(b"good.test", path=b""),
    ],
)
def test_a_malformed_request_ends_its_stream_and_no_other(opts: options.Options, fields: list[frames.Field]) -> None:
    driver = Driver(opts, HTTPMode.transparent, alpn=b"h2")
    for piece in (frames.opening(), frames.request(FIELDS), frames.request(fields, 3), frames.request(FIELDS, 5)):
        driver.feed(piece)
    data = bytes(driver.seen.client)
    assert resets(data) == {3: 1}  # PROTOCOL_ERROR
    assert goaway(data) is None
    assert driver.seen.origin.count(b"GET / HTTP/1.1\r\n") == 2


@pytest.mark.parametrize("fields", [FIELDS, [*FIELDS, (b"content-length", b"0")]])
def test_honest_requests_do_not(opts: options.Options, fields: list[frames.Field]) -> None:
    assert goaway(h2_said(opts, frames.request(fields))) is None


@pytest.mark.parametrize(("length", "code"), [(16_384, None), (16_385, 6)])  # 6: FRAME_SIZE_ERROR
def test_frames_are_no_larger_than_everyone_may_send(opts: options.Options, length: int, code: int | None) -> None:
    posted = frames.request(frames.fields(b"good.test", method=b"POST"), ends=False)
    assert goaway(h2_said(opts, posted, frames.frame(frames.DATA, bytes(length), frames.END_STREAM, 1))) == code


def reset(stream: int) -> bytes:
    return frames.frame(frames.RST_STREAM, b"\0\0\0\x08", 0, stream)


def test_streams_opened_and_reset_for_ever_end_the_connection(opts: options.Options) -> None:
    numbers = range(1, 2 * MOST_RESETS + 1, 2)
    opened = [frames.request(FIELDS, number) + reset(number) for number in numbers]
    assert goaway(h2_said(opts, *opened)) is None
    assert goaway(h2_said(opts, *opened, frames.request(FIELDS, 999) + reset(999))) == 11  # ENHANCE_YOUR_CALM


def test_a_browser_that_now_and_then_gives_up_a_stream_is_not_cut_off(opts: options.Options) -> None:
    numbers = range(1, 8 * MOST_RESETS, 2)
    said_so = [frames.request(FIELDS, number) + (reset(number) if number % 8 == 1 else b"") for number in numbers]
    assert goaway(h2_said(opts, *said_so)) is None
