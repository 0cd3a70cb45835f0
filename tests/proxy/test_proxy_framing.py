"""What leaves is one message, whatever came in: read by strict parsers of other projects (h11, h2)."""

import h2.config
import h2.connection
import h2.events
import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.proxy.http.framing import (
    CHUNKED,
    LAST_CHUNK,
    UNTIL_CLOSED,
    Body,
    RequestHead,
    asks_for_websocket,
    http1_answer,
    http1_request,
    http2_answer,
    http2_request,
    length_of,
    nominates_framing,
    not_beside,
    trailers,
)

SMUGGLED = b"GET /never-there HTTP/1.1\r\nHost: closed.test\r\n\r\n"


def request(method: bytes, fields: list[tuple[bytes, bytes]], version: bytes = b"HTTP/2.0") -> RequestHead:
    authority = b"good.test" if version == b"HTTP/2.0" else b""
    return RequestHead(method, b"https", authority, b"/a", version, tuple(fields))


def written(head: bytes, body: Body, pieces: list[bytes]) -> bytes:
    """All bytes of a message on an HTTP/1 connection."""
    chunked = body.left == CHUNKED
    sent = [body.piece(piece) for piece in pieces]
    assert None not in sent
    assert not body.short
    return head + b"".join(piece or b"" for piece in sent) + (LAST_CHUNK if chunked else b"")


def read_requests(data: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """Method, target and body of each request that a strict server reads."""
    server, body = h11.Connection(h11.SERVER, max_incomplete_event_size=100_000), b""
    found: list[tuple[bytes, bytes, bytes]] = []
    server.receive_data(data)
    while True:
        event = server.next_event()
        if event is h11.NEED_DATA:
            return found
        if isinstance(event, h11.Request):
            asked, body = event, b""
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            found.append((asked.method, asked.target, body))
            server.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
            server.send(h11.EndOfMessage())
            server.start_next_cycle()


def read_answers(data: bytes, method: bytes, *, closes: bool) -> list[tuple[int, bytes]]:
    """Status and body of each answer that a strict client reads."""
    client, body = h11.Connection(h11.CLIENT, max_incomplete_event_size=100_000), b""
    found: list[tuple[int, bytes]] = []
    client.send(h11.Request(method=method, target="/", headers=[("Host", "good.test")]))
    client.send(h11.EndOfMessage())
    client.receive_data(data)
    if closes:
        client.receive_data(b"")
    while True:
        event = client.next_event()
        if event is h11.NEED_DATA or event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
            assert not client.trailing_data[0]
            return found
        if isinstance(event, h11.Response):
            status, body = event.status_code, b""
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            found.append((status, body))


names = st.sampled_from([
    b"Connection", b"Keep-Alive", b"TE", b"Trailer", b"Transfer-Encoding", b"Upgrade", b"Proxy-Connection", b"X-A", b"Cookie",
    b"Proxy-Authorization", b"HTTP2-Settings", b"Content-Type", b"Accept",
])  # fmt: skip
values = st.sampled_from([
    b"", b"close", b"keep-alive", b"x-a", b"x-a, cookie", b"chunked", b"gzip, chunked", b"trailers", b"h2c", b"websocket", b"1",
])  # fmt: skip
fields = st.lists(st.tuples(names, values), max_size=6)
methods = st.sampled_from([b"GET", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"PROPFIND"])
bodies = st.lists(st.sampled_from([b"", b"a", SMUGGLED, b"0\r\n\r\n", b"x" * 3_000]), max_size=4)


@given(methods, fields, bodies, st.booleans(), st.sampled_from([b"HTTP/2.0", b"HTTP/1.1"]))
def test_a_request_leaves_as_one(
    method: bytes, extra: list[tuple[bytes, bytes]], pieces: list[bytes], announced: bool, version: bytes
) -> None:
    whole = b"".join(pieces)
    head_fields = [*([] if version == b"HTTP/2.0" else [(b"Host", b"good.test")]), *extra]
    if announced:
        head_fields.append((b"content-length", b"%d" % len(whole)))
    head, body = http1_request(request(method, head_fields, version), body=bool(pieces))
    assert read_requests(written(head, body, pieces)) == [(method, b"/a", whole)]


@given(methods, fields, bodies, st.booleans(), st.sampled_from([200, 204, 205, 206, 304, 404, 599]), st.booleans())
def test_an_answer_leaves_as_one(
    method: bytes, extra: list[tuple[bytes, bytes]], pieces: list[bytes], announced: bool, status: int, chunks: bool
) -> None:
    if status in (204, 205, 304):
        pieces = []
    whole = b"".join(pieces)
    head_fields = [*extra, *([(b"Content-Length", b"%d" % len(whole))] if announced else [])]
    head, body = http1_answer(status, b"", tuple(head_fields), method, body=bool(pieces), chunks=chunks, keeps=True)
    closes = body.left == UNTIL_CLOSED
    assert closes == (b"Connection: close" in head)
    assert read_answers(written(head, body, pieces), method, closes=closes) == [(status, whole)]


@pytest.mark.parametrize("status", [204, 304])
@pytest.mark.parametrize("length", [b"5", None])
def test_an_answer_without_a_body_says_nothing_of_chunks(status: int, length: bytes | None) -> None:
    extra = [] if length is None else [(b"Content-Length", length)]
    head, body = http1_answer(
        status,
        b"",
        ((b"Transfer-Encoding", b"chunked"), *extra),
        b"GET",
        body=True,
        chunks=True,
        keeps=True,
    )
    assert body.left == 0
    assert b"chunked" not in head
    assert read_answers(head, b"GET", closes=False) == [(status, b"")]


def test_the_answer_to_head_may_say_how_long_the_other_would_be() -> None:
    head, body = http1_answer(200, b"", ((b"Content-Length", b"5"),), b"HEAD", body=False, chunks=True, keeps=True)
    assert b"Content-Length: 5\r\n" in head
    assert body.left == 0


@pytest.mark.parametrize("pieces", [[b"abcdef"], [b"abc", b"def"]])
def test_more_than_was_announced_is_not_sent(pieces: list[bytes]) -> None:
    body = http1_request(request(b"POST", [(b"content-length", b"5")]), body=True)[1]
    assert [body.piece(piece) for piece in pieces][-1] is None


def test_less_than_was_announced_is_noticed() -> None:
    body = http1_request(request(b"POST", [(b"content-length", b"5")]), body=True)[1]
    body.piece(b"abcd")
    assert body.short


@pytest.mark.parametrize("length", [b"five", b"+5", b"5, 6", b"-1", b"", b"9" * 19])
def test_a_length_that_is_none_is_never_sent(length: bytes) -> None:
    with pytest.raises(ValueError, match="the length of the body"):
        http1_request(request(b"POST", [(b"content-length", length)]), body=True)


def test_lengths_that_agree_are_one() -> None:
    assert length_of([b"5", b"5, 5"]) == 5
    assert length_of([]) is None


def test_what_connection_names_is_dropped_with_it() -> None:
    given = [(b"Host", b"good.test"), (b"Connection", b"X-A, close"), (b"x-a", b"1"), (b"X-B", b"2")]
    head, _ = http1_request(request(b"GET", given, b"HTTP/1.1"), body=False)
    assert head == b"GET /a HTTP/1.1\r\nHost: good.test\r\nX-B: 2\r\n\r\n"


@pytest.mark.parametrize("named", [b"Host", b"close, content-length", b"TRANSFER-ENCODING", b"Content-Type"])
def test_what_must_not_be_named_is_noticed(named: bytes) -> None:
    assert nominates_framing([(b"connection", named)])
    assert not nominates_framing([(b"connection", b"close, te, x-host"), (b"x", named)])


def test_cookies_in_pieces_become_one() -> None:
    head, _ = http1_request(request(b"GET", [(b"cookie", b"a=1"), (b"cookie", b"b=2")]), body=False)
    assert head.endswith(b"Cookie: a=1; b=2\r\n\r\n")


WEBSOCKET = [
    (b"Host", b"good.test"),
    (b"Upgrade", b"websocket"),
    (b"Connection", b"Upgrade"),
    (b"Sec-WebSocket-Key", b"x"),
]


@pytest.mark.parametrize(
    ("method", "extra", "version", "asked"),
    [
        (b"GET", [], b"HTTP/1.1", True),
        (b"GET", [(b"Content-Length", b"0")], b"HTTP/1.1", True),
        (b"GET", [(b"Content-Length", b"5")], b"HTTP/1.1", False),
        (b"GET", [(b"Transfer-Encoding", b"chunked")], b"HTTP/1.1", False),
        (b"POST", [], b"HTTP/1.1", False),
        (b"GET", [], b"HTTP/1.0", False),
    ],
)
def test_only_a_plain_handshake_asks_for_a_websocket(
    method: bytes, extra: list[tuple[bytes, bytes]], version: bytes, asked: bool
) -> None:
    begun = request(method, [*WEBSOCKET, *extra], version)
    assert asks_for_websocket(begun) is asked
    head, _ = http1_request(begun, body=bool(extra) and b"0" not in extra[0])
    assert (b"Upgrade: websocket\r\n" in head) is asked
    assert (b"Connection: Upgrade\r\n" in head) is asked


def h2_pair() -> tuple[h2.connection.H2Connection, h2.connection.H2Connection]:
    ends = [
        h2.connection.H2Connection(
            h2.config.H2Configuration(
                client_side=one, validate_outbound_headers=False, normalize_outbound_headers=False
            )
        )
        for one in (True, False)
    ]
    for one in ends:
        one.initiate_connection()
    ends[1].receive_data(ends[0].data_to_send())
    ends[0].receive_data(ends[1].data_to_send())
    return ends[0], ends[1]


@given(methods, fields, st.booleans(), st.sampled_from([b"HTTP/2.0", b"HTTP/1.1"]))
def test_a_request_to_an_http2_origin_is_well_formed(
    method: bytes, extra: list[tuple[bytes, bytes]], has_body: bool, version: bytes
) -> None:
    head_fields = [*([] if version == b"HTTP/2.0" else [(b"Host", b"good.test")]), *extra]
    client, server = h2_pair()
    client.send_headers(1, http2_request(request(method, head_fields, version), body=has_body), end_stream=not has_body)
    events = server.receive_data(client.data_to_send())  # raises where it is malformed
    assert any(isinstance(event, h2.events.RequestReceived) for event in events)


@given(methods, fields, st.booleans(), st.sampled_from([200, 204, 304, 404]))
def test_an_answer_to_an_http2_client_is_well_formed(
    method: bytes, extra: list[tuple[bytes, bytes]], has_body: bool, status: int
) -> None:
    extra = [field for field in extra if field[0] != b"Cookie"]  # of requests alone; the library joins them
    client, server = h2_pair()
    client.send_headers(1, http2_request(request(b"GET", []), body=False), end_stream=True)
    server.receive_data(client.data_to_send())
    answer, ends = http2_answer(status, tuple(extra), method, body=has_body)
    assert ends == (not has_body or status in (204, 304))
    server.send_headers(1, answer, end_stream=ends)
    events = client.receive_data(server.data_to_send())
    assert any(isinstance(event, h2.events.ResponseReceived) for event in events)


def test_a_trailer_named_like_a_field_of_the_head_goes_nowhere() -> None:
    head = [(b"Video-Restrict", b"Strict"), (b"accept", b"*/*")]
    assert not_beside(head, [(b"video-restrict", b"off"), (b"x-sum", b"1")]) == [(b"x-sum", b"1")]


def test_trailers_change_nothing_of_what_was_decided() -> None:
    given = [
        (b"Grpc-Status", b"0"),
        (b"Host", b"x"),
        (b"content-length", b"5"),
        (b":path", b"/"),
        (b"Transfer-Encoding", b"x"),
    ]
    assert trailers(given) == [(b"grpc-status", b"0")]
