"""Reading without posting: what writes or sends gets the page, and no byte of it reaches the origin."""

import pytest

from tests.wire.filter_process import FilterProcess
from tests.wire.http1_client import Http1Client
from tests.wire.http2_client import Http2Client
from tests.wire.origin import Origin
from tests.wire.test_wire_files import ask, closing

__all__ = ["closing"]
CLIENTS = pytest.mark.parametrize("client", [Http1Client, Http2Client])
type Client = type[Http1Client | Http2Client]
SECRET = b"what a pupil writes"


def sent(
    process: FilterProcess, client: Client, host: str, method: str, body: bytes, path: str = "/echo", **fields: str
) -> int:
    named = {"accept": "text/html", **{name.replace("_", "-"): value for name, value in fields.items()}}
    with client(process, host) as connection:
        if isinstance(connection, Http1Client):
            return connection.ask(path, method, named, body).status
        length = [("content-length", str(len(body)))]
        return connection.upload(path, body, method, [*named.items(), *length]).status


@CLIENTS
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "MKCOL", "PROPFIND", "QUERY", "REPORT", "GET"])
def test_whatever_writes_or_carries_a_body_is_posting(
    closing: FilterProcess, origin: Origin, client: Client, method: str
) -> None:
    assert sent(closing, client, "fine.test", method, SECRET) == 403
    assert SECRET not in origin.bytes_for("fine.test")
    assert origin.connections_for("fine.test") == 0


@CLIENTS
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_passes(closing: FilterProcess, client: Client, method: str) -> None:
    with client(closing, "fine.test") as connection:
        assert ask(connection, "/hello", method).status == 200


@CLIENTS
def test_a_method_without_a_body_and_one_in_a_header_are_posting(closing: FilterProcess, client: Client) -> None:
    with client(closing, "fine.test") as connection:
        assert ask(connection, "/hello", "DELETE").status == 403
    with client(closing, "fine.test") as connection:
        assert ask(connection, "/hello", x_http_method_override="PUT").status == 403


def test_a_body_in_chunks_and_a_websocket_are_posting(closing: FilterProcess, origin: Origin) -> None:
    with Http1Client(closing, "fine.test") as connection:
        assert connection.ask("/echo", "POST", {"accept": "text/html"}, [SECRET, SECRET]).status == 403
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "eA==",
    }
    with Http1Client(closing, "fine.test") as connection:
        assert connection.ask("/ws", "GET", upgrade).status == 403
    assert origin.connections_for("fine.test") == 0


def test_elsewhere_posting_passes(closing: FilterProcess) -> None:
    assert sent(closing, Http1Client, "good.test", "POST", SECRET) == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "DELETE"])
def test_a_body_that_no_length_announces_is_posting_over_http2_too(
    closing: FilterProcess, origin: Origin, method: str
) -> None:
    with Http2Client(closing, "fine.test") as connection:
        assert connection.answer(connection.ask("/echo", method, pieces=[SECRET, SECRET])).status == 403
    assert SECRET not in origin.bytes_for("fine.test")
    assert origin.connections_for("fine.test") == 0


@CLIENTS
@pytest.mark.parametrize("first", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_any_of_several_methods_in_headers_counts(closing: FilterProcess, client: Client, first: str) -> None:
    others = {"X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"} - {first}
    fields = {first.lower().replace("-", "_"): "DELETE"} | {one.lower().replace("-", "_"): "GET" for one in others}
    with client(closing, "fine.test") as connection:
        assert ask(connection, "/hello", **fields).status == 403


FORM = "multipart/form-data; boundary=b"


@CLIENTS
@pytest.mark.parametrize(
    ("method", "kind", "body", "closed"),
    [
        ("POST", FORM, b"--b\r\n", True),
        ("PUT", "image/png", b"\x89PNG", True),
        ("POST", "application/octet-stream", b"MZ", True),
        ("POST", "", b"no type", True),
        ("POST", "application/json", b"x" * 300_000, True),
        ("POST", "application/x-www-form-urlencoded", b"q=homework", False),
        ("POST", "application/json; charset=utf-8", b'{"query": "{me}"}', False),
        ("POST", "application/vnd.api+json", b"{}", False),
        ("DELETE", "application/json", b"{}", False),
        ("POST", "application/json+protobuf", b"[[1]]", False),
        ("POST", "application/grpc-web-text+proto", b"AAAAAAA=", False),
        ("POST", "application/connect+proto", b"\0\0\0\0\0", False),
        ("POST", "text/ping", b"PING", False),
        ("PUT", "image/svg+xml", b"<svg/>", True),
        ("POST", "application/json, image/png", b"{}", True),
        ("POST", "application/x-grpc-files", b"MZ", True),
    ],
)
def test_uploads_are_files_and_what_may_be_files(
    closing: FilterProcess, origin: Origin, client: Client, method: str, kind: str, body: bytes, closed: bool
) -> None:
    fields = {"content_type": kind} if kind else {}
    status = sent(closing, client, "big.test", method, body, **fields)
    assert (status == 403) is closed
    assert bool(origin.connections_for("big.test")) is not closed


@pytest.mark.parametrize(("method", "kind"), [("POST", ""), ("POST", "text/plain"), ("DELETE", "application/json")])
def test_what_no_length_announces_may_be_a_file_over_http2_too(
    closing: FilterProcess, origin: Origin, method: str, kind: str
) -> None:
    fields = [("content-type", kind)] if kind else []
    with Http2Client(closing, "big.test") as connection:
        assert connection.upload("/echo", b"x" * 700_000, method, fields).status == 403
    assert origin.connections_for("big.test") == 0


def test_a_request_without_a_body_is_no_upload_over_http2(closing: FilterProcess) -> None:
    with Http2Client(closing, "big.test") as connection:
        assert connection.answer(connection.ask("/hello", "POST")).status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nor_is_one_that_an_empty_piece_ends(closing: FilterProcess, origin: Origin, method: str) -> None:
    with Http2Client(closing, "big.test") as connection:
        assert connection.answer(connection.ask("/echo", method, pieces=[b""])).body == b"0 bytes"
        assert connection.answer(connection.ask("/echo", method, pieces=[b"", b"MZ"])).status == 403
        assert connection.answer(connection.ask("/echo", method, pieces=[b""], trailers=[("x", "y")])).status == 403
        assert connection.answer(connection.ask("/echo", method, pieces=[b"MZ"])).status == 403
        assert connection.answer(connection.ask("/hello", method)).status == 200
    assert b"MZ" not in origin.bytes_for("big.test")


def test_reading_that_an_empty_piece_ends_is_reading(closing: FilterProcess) -> None:
    with Http2Client(closing, "fine.test") as connection:
        assert connection.answer(connection.ask("/hello", "GET", pieces=[b""])).status == 200


@CLIENTS
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x_goog_upload_command", "upload, finalize"),
        ("x_goog_upload_protocol", "resumable"),
        ("x_upload_content_type", "video/mp4"),
        ("upload_complete", "?0"),
        ("upload_length", "1000"),
        ("content_range", "bytes 0-9/100"),
    ],
)
def test_the_parts_of_a_resumable_upload_are_uploads(
    closing: FilterProcess, client: Client, name: str, value: str
) -> None:
    form = "application/x-www-form-urlencoded;charset=utf-8"
    assert sent(closing, client, "big.test", "POST", b"\x89PNG", content_type=form, **{name: value}) == 403
