import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import http

from saywhy.proxy.mitm.reading import AmbiguousRequestError, read_target


def request(
    host: str = "good.test", path: str = "/", port: int = 80, *, named: str | None = "good.test", authority: str = ""
) -> http.Request:
    made = http.Request.make("GET", "http://x/")
    made.headers.clear()
    made.data.host, made.data.port, made.data.scheme = host, port, b"http"
    made.data.path = path.encode("utf-8", "surrogateescape")
    made.data.authority = authority.encode()
    if named is not None:
        made.headers["Host"] = named
    return made


def http2(made: http.Request) -> http.Request:
    made.http_version = "HTTP/2.0"
    return made


@pytest.mark.parametrize(
    ("made", "url"),
    [
        (request(), "http://good.test/"),
        (request("GOOD.test."), "http://good.test/"),
        (request(path="/a/../b/./c"), "http://good.test/b/c"),
        (request(path="/a\\b"), "http://good.test/a/b"),
        (request(path="/a?b=c"), "http://good.test/a"),
        (request(port=8080, named="good.test:8080"), "http://good.test:8080/"),
        (request(named="good.test:80"), "http://good.test/"),
        (request(named="good.test:"), "http://good.test/"),
        (http2(request(named=None, authority="good.test")), "http://good.test/"),
        (http2(request(authority="GOOD.TEST.")), "http://good.test/"),
        (request(authority="good.test"), "http://good.test/"),
        (request("[::1]", named="[::1]"), "http://[::1]/"),
        (request("0x7f.1", named="127.0.0.1"), "http://127.0.0.1/"),
        (request(path="/lib%2Fclass%2Erb"), "http://good.test/lib%2Fclass%2Erb"),
        (request(path="/a;v=1"), "http://good.test/a;v=1"),
        (request(named="good.test:00080"), "http://good.test/"),
        (request("bücher.test", named="xn--bcher-kva.test"), "http://xn--bcher-kva.test/"),
    ],
)
def test_a_head_has_one_canonical_target(made: http.Request, url: str) -> None:
    target = read_target(made, None)
    assert target.url is not None
    assert target.url.without_query == url
    assert made.host == target.host
    again = read_target(made, None)
    assert again == target


@pytest.mark.parametrize(
    "made",
    [
        request(named="bad.test"),
        request(named="good.test:81"),
        request(named="good.test:8o"),
        request(named="good.test@bad.test"),
        request(named="good.test/"),
        request(authority="bad.test"),
        request(named=None),
        request(named=None, authority="good.test"),
        request(path="good"),
        request(path="http://bad.test/"),
        request(path="/a b"),
        request(path="/a\tb"),
        request(path="/\x00"),
        request("good.test\\.bad.test"),
        request("good test"),
        request("a..b", named="a..b"),
        request(""),
        request("good.test", port=0),
        request(named=""),
        request(named="good.test:" + "0" * 5_000 + "80"),
        request(path="*"),
        request(path="/a%00"),
        request(path="/a%2f..%2fb"),
        request(path="/a/..;x/b"),
        request(path="/%c0%af"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(made: http.Request) -> None:
    with pytest.raises(AmbiguousRequestError):
        read_target(made, None)


def test_only_options_may_ask_about_the_whole_server() -> None:
    made = request(path="*")
    made.method = "OPTIONS"
    target = read_target(made, None)
    assert target.url is not None
    assert (target.url.path, made.path) == ("/", "*")


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/2.0"])
def test_a_request_without_a_host_is_refused(version: str) -> None:
    made = request(named=None)
    made.http_version = version
    with pytest.raises(AmbiguousRequestError):
        read_target(made, None)


def test_a_request_of_the_oldest_version_is_given_a_host() -> None:
    made = request("GOOD.test", named=None, port=8080)
    made.http_version = "HTTP/1.0"
    assert read_target(made, None).host == "good.test"
    assert made.headers["host"] == "good.test:8080"


@pytest.mark.parametrize("method", [b"", b"GET /x", b"G\r\nT", b"G:T", b"G\xc3\x89T"])
def test_a_method_is_one_word(method: bytes) -> None:
    made = request()
    made.data.method = method
    with pytest.raises(AmbiguousRequestError):
        read_target(made, None)


def test_a_body_beyond_counting_is_refused() -> None:
    made = request()
    made.headers["Content-Length"] = "1" + "0" * 18
    with pytest.raises(AmbiguousRequestError):
        read_target(made, None)


@pytest.mark.parametrize("value", ["a\rb", "a\nb", "a\x00b", "\x7f"])
def test_control_characters_in_a_header_are_refused(value: str) -> None:
    made = request()
    made.headers["X-Odd"] = value
    with pytest.raises(AmbiguousRequestError):
        read_target(made, None)


def test_two_host_headers_are_refused_even_when_they_agree() -> None:
    made = request()
    made.headers.add("host", "good.test")
    with pytest.raises(AmbiguousRequestError):
        read_target(made, None)


@pytest.mark.parametrize(("sni", "fits"), [("good.test", True), ("GOOD.TEST", True), ("bad.test", False), (None, True)])
def test_the_name_in_the_handshake_has_to_agree(sni: str | None, fits: bool) -> None:
    if fits:
        assert read_target(request(), sni).host == "good.test"
    else:
        with pytest.raises(AmbiguousRequestError):
            read_target(request(), sni)


@given(st.text(max_size=30), st.text(max_size=60), st.one_of(st.none(), st.text(max_size=30)))
def test_whatever_comes_it_is_read_or_refused_and_then_stays_as_it_is(host: str, path: str, named: str | None) -> None:
    made = request()
    made.data.host = host
    made.data.path = path.encode("utf-8", "surrogatepass")
    if named is not None:
        made.headers["host"] = named.encode("utf-8", "surrogatepass")
    try:
        target = read_target(made, None)
    except AmbiguousRequestError:
        return
    assert target.url is not None
    assert made.path == target.url.origin_form
    assert made.headers["host"] == made.host == target.host
    before = (made.data.host, made.data.path, made.data.authority, made.headers.fields)
    assert read_target(made, None) == target
    assert (made.data.host, made.data.path, made.data.authority, made.headers.fields) == before
