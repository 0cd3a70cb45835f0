"""A plain request is read as the other lane reads it, and what is not plain is left to that one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import http
from mitmproxy.net.http.http1 import read_request_head

from saywhy.policy.address import AddressError, canonical_url, url_at
from saywhy.proxy.http.framing import http1_request
from saywhy.proxy.http.heads import HeadError, check_request_head, request_length
from saywhy.proxy.lane.plain_request import Place, PlainRequest, read_plain
from saywhy.proxy.mitm.reading import AmbiguousRequestError, heed_whole_address, read_target
from saywhy.proxy.mitm.request_head import head_of

THERE = Place("https", "good.test", 443)
ELSEWHERE = Place("http", "good.test", 8080)


def head(*fields: str, method: str = "GET", target: str = "/a?b=c", version: str = "HTTP/1.1") -> bytes:
    return "\r\n".join([f"{method} {target} {version}", *fields, "", ""]).encode("latin-1")


HOST = "Host: good.test"


@pytest.mark.parametrize(
    ("data", "place", "path", "named"),
    [
        (head(HOST), THERE, b"/a?b=c", b"good.test"),
        (head("host: GOOD.test"), THERE, b"/a?b=c", b"good.test"),
        (head("Host: good.test:443"), THERE, b"/a?b=c", b"good.test"),
        (head("Host: good.test:8080"), ELSEWHERE, b"/a?b=c", b"good.test:8080"),
        (head(HOST, target="/x/../%7Ey"), THERE, b"/%7Ey", b"good.test"),
        (head(HOST, target="/a?"), THERE, b"/a", b"good.test"),
        (head("Host: other.test", target="http://other.test/x"), None, b"/x", b"other.test"),
        (head("Host: other.test:81", target="http://other.test:81/x?y"), None, b"/x?y", b"other.test:81"),
    ],
)
def test_what_is_plain_is_read(data: bytes, place: Place | None, path: bytes, named: bytes) -> None:
    request = read_plain(data, place)
    assert request is not None
    assert request.head.path == path
    assert {name.lower(): value for name, value in request.head.fields}[b"host"] == named
    assert request.keeps
    assert request.reads


@pytest.mark.parametrize(
    "data",
    [
        head(),
        head(HOST, HOST),
        head("Host: other.test"),
        head("Host: good.test:80"),
        head("Host: good.test:"),
        head("Host:"),
        head(HOST, version="HTTP/1.0"),
        head(HOST, method="CONNECT"),
        head(HOST, method="get"),
        head(HOST, method="TRACE"),
        head(HOST, target="*", method="OPTIONS"),
        head(HOST, target="https://good.test/"),
        head(HOST, target="//good.test@x/", version="HTTP/1.2"),
        head(HOST, target="/a#b"),
        head(HOST, target="/a\\b"),
        head(HOST, target="/a\xe4"),
        head(HOST, target="/a%2f..%2fb"),
        head(HOST, target="/a%00"),
        head(HOST, "Transfer-Encoding: chunked"),
        head(HOST, "Upgrade: websocket"),
        head(HOST, "Expect: 100-continue"),
        head(HOST, "Trailer: x"),
        head(HOST, "TE: trailers"),
        head(HOST, "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"),
        head(HOST, "X-HTTP-Method-Override: PUT"),
        head(HOST, "Connection: Host"),
        head(HOST, "Connection: keep-alive, x"),
        head(HOST, "Connection: keep-alive", "Connection: close"),
        head(HOST, "Content-Length: 1", "Content-Length: 1"),
        head(HOST, "Content-Length: 05"),
        head(HOST, "Content-Length: +5"),
        head(HOST, "Content-Length: 1, 1"),
        head(HOST, "Content-Length: 9999999999999999999"),
        head(HOST, "X : y"),
        head(HOST, " folded"),
        head(HOST, "X: \x00"),
        head(HOST).replace(b"\r\n", b"\n"),
        head(HOST)[:-2],
        b"\r\n" + head(HOST),
    ],
)
def test_what_is_not_plain_is_left_to_the_other_lane(data: bytes) -> None:
    assert read_plain(data, THERE) is None


@pytest.mark.parametrize(
    "target", ["/x", "http://good.test", "http://user@good.test/", "HTTP://good.test/", "http://good.test:0/"]
)
def test_to_the_proxy_itself_only_a_whole_address_is_plain(target: str) -> None:
    assert read_plain(head(HOST, target=target), None) is None


@pytest.mark.parametrize(("fields", "keeps"), [(["Connection: close"], False), (["Proxy-Connection: Close"], False), (["Connection: Keep-Alive"], True)])  # fmt: skip
def test_a_client_says_whether_it_stays(fields: list[str], *, keeps: bool) -> None:
    request = read_plain(head(HOST, *fields), THERE)
    assert request is not None
    assert request.keeps is keeps


@pytest.mark.parametrize(
    ("method", "fields", "repeatable"),
    [("GET", [], True), ("DELETE", [], True), ("POST", [], False), ("PATCH", [], False), ("PUT", ["Content-Length: 1"], False)],
)  # fmt: skip
def test_what_may_have_been_done_is_not_asked_for_twice(method: str, fields: list[str], *, repeatable: bool) -> None:
    request = read_plain(head(HOST, *fields, method=method), THERE)
    assert request is not None
    assert request.repeatable is repeatable


def as_the_other_lane(data: bytes, place: Place) -> tuple[bytes, object]:
    """What it sends, and what it decides on. Raises ValueError where it refuses."""
    check_request_head(data)
    request = read_request_head([bytes(line) for line in data[:-4].split(b"\r\n")])
    request_length(request.headers.fields, request.data.http_version)
    request.data.scheme = place.scheme.encode()
    request.data.host, request.data.port = place.host, place.port
    heed_whole_address(request)
    target = read_target(request, place.host if place.scheme == "https" else None)
    return http1_request(head_of(request), body=bool(request.headers.get("content-length", "0").strip("0")))[0], target


def as_the_thin_lane(request: PlainRequest) -> tuple[bytes, object]:
    return http1_request(request.head, body=request.length > 0)[0], request.target


FIELDS = [
    HOST, "host:good.test", "Host: GOOD.TEST.", "Host: good.test:443", "Accept: text/html", "Accept: application/dns-message",
    "Cookie: a=b", "cookie: c=d", "Content-Length: 0", "Content-Length: 7", "Connection: close", "Connection: X", "X:  y \t", "X:",
    "Keep-Alive: 5", "Proxy-Connection: keep-alive", "TE: gzip", "Referer: https://a.test/", "Content-Type: text/plain", "X\t: y",
]  # fmt: skip
TARGETS = [
    "/",
    "/a/b",
    "//x",
    "/.well-known/x",
    "/a/./b/../c",
    "/%2e%2e/a",
    "/a?b#c",
    "/a;b=c?d",
    "/dns-query?dns=x",
    "/'?'",
    "/a|b{c}",
]


@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS", "get", "M-SEARCH"]),
    target=st.sampled_from(TARGETS)
    | st.text("ab/.%2eE?&=~'\"<>^`{}|[]:@!$()*+,;-_", min_size=1, max_size=12).map("/".__add__),
    fields=st.lists(st.sampled_from(FIELDS), max_size=6),
    place=st.sampled_from([THERE, ELSEWHERE]),
)
def test_the_two_lanes_send_and_decide_on_the_same(method: str, target: str, fields: list[str], place: Place) -> None:
    data = head(*fields, method=method, target=target)
    request = read_plain(data, place)
    if request is not None:
        assert as_the_thin_lane(request) == as_the_other_lane(data, place)


WRITTEN = st.text("aB09/.?&=%2e~'\"<>#^`{}|[]:@!$()*+,;-_ \\\x7f\xe4", max_size=20).map("/".__add__)


@given(written=WRITTEN)
def test_an_address_that_needs_no_parser_is_what_the_parser_makes_of_it(written: str) -> None:
    try:
        parsed = canonical_url(f"https://good.test:443{written}")
    except AddressError:
        with pytest.raises(AddressError):
            url_at("https", "good.test", 443, written)
        return
    assert url_at("https", "good.test", 443, written) == parsed


def test_the_other_lane_is_not_asked_to_read_what_it_refuses() -> None:
    """The comparison above compares something: most refusals of the other lane are no plain requests."""
    refused = head("Host: other.test")
    assert read_plain(refused, THERE) is None
    with pytest.raises((AmbiguousRequestError, HeadError)):
        as_the_other_lane(refused, THERE)
    assert isinstance(read_request_head([b"GET / HTTP/1.1"]), http.Request)
