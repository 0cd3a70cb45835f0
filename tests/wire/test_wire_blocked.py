import json
import re
import time
from urllib.parse import unquote

import h2.config
import h2.connection
import h2.events
import pytest

from tests.wire.filter_process import FilterProcess, read_all, read_head
from tests.wire.http2_client import Http2Client
from tests.wire.origin import Origin


def get(host: str, path: str = "/", method: str = "GET", headers: str = "") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n".encode()


def over_http2(running: FilterProcess, host: str, path: str = "/") -> tuple[int, bytes]:
    connection = running.tunnel(host, alpn=["h2"])
    assert connection.selected_alpn_protocol() == "h2"
    state = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    state.initiate_connection()
    authority = f"{host}:{running.origin_port}"
    state.send_headers(
        1, [(":method", "GET"), (":scheme", "https"), (":authority", authority), (":path", path)], end_stream=True
    )
    connection.sendall(state.data_to_send())
    status, body = 0, b""
    while True:
        for event in state.receive_data(connection.recv(65536)):
            if isinstance(event, h2.events.ResponseReceived):
                status = int(next(value for name, value in event.headers or [] if str(name) == ":status"))
            elif isinstance(event, h2.events.DataReceived):
                body += event.data or b""
            elif isinstance(event, h2.events.StreamEnded):
                connection.close()
                return status, body
            elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
                pytest.fail(f"the stream broke off: {event}")
        connection.sendall(state.data_to_send())


def assert_page(answer: bytes) -> str:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403 "), head
    lowered = head.lower()
    assert b"cache-control: no-store" in lowered
    assert b"content-security-policy: default-src 'none'" in lowered
    assert b"set-cookie" not in lowered
    text = body.decode()
    assert "Blockedtube keeps notes about you." in text
    assert "Senior leadership team and IT" in text
    assert "Good One" in text
    assert "Good Two" in text
    assert "http://blocked.test/" not in text  # an alternative that this very policy refuses
    assert "Year 9" in text
    assert "<script" not in text
    assert re.search(r"://why\.school\.internal/ask/[\w.~-]+", text)
    return text


def test_a_blocked_https_site_gives_the_page_inside_tls_and_is_never_contacted(
    running: FilterProcess, origin: Origin
) -> None:
    with running.tunnel("www.blocked.test") as connection:
        connection.sendall(get(f"www.blocked.test:{running.origin_port}"))
        assert_page(read_all(connection))
    assert origin.connections == []


def test_a_blocked_http_site_gives_the_page_and_is_never_contacted(running: FilterProcess, origin: Origin) -> None:
    host = f"blocked.test:{running.origin_port}"
    with running.connect() as connection:
        connection.sendall(get(host, f"http://{host}/some/page?secret=1"))
        text = assert_page(read_all(connection))
    assert origin.connections == []
    assert "secret" not in text


def test_the_page_comes_over_http2_as_well(running: FilterProcess, origin: Origin) -> None:
    status, body = over_http2(running, "h2.blocked.test")
    assert status == 403
    assert b"Blockedtube keeps notes about you." in body
    assert origin.connections == []


def test_staff_reach_what_students_do_not(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel("blocked.test", source="127.0.99.1") as connection:
        connection.sendall(get(f"blocked.test:{running.origin_port}"))
        assert b"hello from blocked.test" in read_all(connection)


@pytest.mark.parametrize("path", ["/shorts/1", "/SHORTS", "/%73horts/x", "//shorts/x", "/a/../shorts", "/shorts?x=1"])
def test_one_path_of_an_open_site_is_blocked(running: FilterProcess, origin: Origin, path: str) -> None:
    host = f"paths.test:{running.origin_port}"
    with running.tunnel("paths.test") as connection:
        connection.sendall(get(host, path))
        assert b"Shorts never end." in read_all(connection)
        assert origin.bytes_for("paths.test") == b""
        connection.sendall(get(host, "/hello"))
        assert b"hello from paths.test" in read_all(connection)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"])
def test_whatever_the_method(running: FilterProcess, origin: Origin, method: str) -> None:
    with running.tunnel("blocked.test") as connection:
        connection.sendall(get(f"blocked.test:{running.origin_port}", method=method, headers="Connection: close\r\n"))
        assert read_head(connection).startswith(b"HTTP/1.1 403 ")
    assert origin.connections == []


def test_a_refused_head_has_no_body_and_the_connection_goes_on(running: FilterProcess, origin: Origin) -> None:
    host = f"blocked.test:{running.origin_port}"
    with running.tunnel("blocked.test") as connection:
        for _ in range(2):
            connection.sendall(get(host, method="HEAD"))
            head = read_head(connection)
            assert head.startswith(b"HTTP/1.1 403 ")
            assert b"content-length: 0" not in head.lower()
        connection.sendall(get(host))
        assert_page(read_all(connection))


@pytest.mark.parametrize(
    "body", ["Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
)
def test_after_a_refused_upload_the_connection_goes_on(running: FilterProcess, origin: Origin, body: str) -> None:
    host = f"paths.test:{running.origin_port}"
    with running.tunnel("paths.test") as connection:
        for _ in range(2):
            connection.sendall(f"POST /shorts HTTP/1.1\r\nHost: {host}\r\n{body}".encode())
            assert b"Shorts never end." in read_all(connection)
        connection.sendall(get(host, "/hello"))
        assert b"hello from paths.test" in read_all(connection)
    assert b"POST" not in origin.bytes_for("paths.test")


def test_an_upload_to_a_blocked_site_is_answered_without_being_read_to_its_end(
    running: FilterProcess, origin: Origin
) -> None:
    with running.tunnel("blocked.test") as connection:
        head = get(f"blocked.test:{running.origin_port}", method="POST", headers="Content-Length: 100000000000\r\n")
        connection.sendall(head + b"x" * 100_000)
        assert_page(read_all(connection))
    assert origin.connections == []


def test_no_100_continue_before_a_refusal(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel("blocked.test") as connection:
        headers = "Content-Length: 10\r\nExpect: 100-continue\r\n"
        connection.sendall(get(f"blocked.test:{running.origin_port}", method="POST", headers=headers))
        assert read_all(connection).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("Accept: application/json\r\n", b"application/problem+json"),
        ("Accept: image/avif,image/webp,*/*;q=0.8\r\nSec-Fetch-Dest: image\r\n", b"image/"),
        ("Accept: */*\r\nSec-Fetch-Dest: image\r\n", b"image/png"),
        ("Sec-Fetch-Dest: iframe\r\n", b"text/html"),
        ("Connection: Upgrade\r\nUpgrade: websocket\r\n", b"application/problem+json"),
        ("Accept: text/css,*/*;q=0.1\r\nSec-Fetch-Dest: style\r\n", b"text/css"),
        ("Accept: */*\r\nSec-Fetch-Dest: script\r\n", b"text/javascript"),
        ("Accept: */*\r\n", b"text/html"),
    ],
)
def test_the_answer_is_of_the_kind_that_was_asked_for(
    running: FilterProcess, origin: Origin, headers: str, kind: bytes
) -> None:
    with running.tunnel("blocked.test") as connection:
        connection.sendall(get(f"blocked.test:{running.origin_port}", headers=headers))
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert b"content-type: " + kind in head.lower()
    if b"json" in kind:
        problem = json.loads(body)
        assert problem["status"] == 403
        assert "Blockedtube keeps notes about you." in json.dumps(problem)


def test_grpc_is_told_in_the_head_with_which_the_answer_ends(running: FilterProcess, origin: Origin) -> None:
    ends: list[object] = []
    with Http2Client(running, "blocked.test") as client:
        take = client._take

        def noted(event: h2.events.Event) -> None:
            if isinstance(event, h2.events.ResponseReceived):
                ends.append(event.stream_ended)
            take(event)

        client._take = noted  # type: ignore[method-assign]
        stream = client.ask(
            "/a.B/C", "POST", [("content-type", "application/grpc"), ("te", "trailers")], [b"\0\0\0\0\0"]
        )
        answered = client.answer(stream)
    assert (answered.status, answered.fields["content-type"], answered.body) == (200, "application/grpc", b"")
    assert answered.fields["grpc-status"] == "7"
    assert "Blockedtube keeps notes about you." in unquote(answered.fields["grpc-message"])
    assert any(ends)
    assert origin.connections == []


def test_a_port_that_is_not_named_is_refused_inside_the_tunnel(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel("good.test", 8443) as connection:
        connection.sendall(get("good.test:8443"))
        assert read_all(connection).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize("host", ["10.9.8.7", "169.254.169.254", "93.184.216.34"])
def test_addresses_as_numbers_are_refused(running: FilterProcess, origin: Origin, host: str) -> None:
    with running.connect() as connection:
        connection.sendall(get(host, f"http://{host}/"))
        assert read_all(connection).startswith(b"HTTP/1.1 403 ")


def test_a_name_that_stands_for_a_private_address_is_refused(running: FilterProcess, origin: Origin) -> None:
    with running.connect() as connection:
        connection.sendall(get("private.test", "http://private.test/"))
        assert read_all(connection).startswith(b"HTTP/1.1 403 ")


def test_the_filters_own_ports_are_refused_though_loopback_is_named(running: FilterProcess, origin: Origin) -> None:
    for port in (running.metrics_port, running.portal_port, running.listen_port):
        with running.connect() as connection:
            connection.sendall(get(f"127.0.0.1:{port}", f"http://127.0.0.1:{port}/metrics"))
            answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 403 "), answer[:200]
        assert b"saywhy_decisions_total" not in answer


def test_decisions_are_written_down_without_queries(running: FilterProcess, origin: Origin) -> None:
    host = f"blocked.test:{running.origin_port}"
    with running.connect() as connection:
        connection.sendall(get(host, f"http://{host}/written-down?token=hunter2"))
        answer = read_all(connection).decode()

    def found() -> dict[str, object] | None:
        for line in running.decisions.splitlines():
            record: dict[str, object] = json.loads(line)
            if record.get("path") == "/written-down":
                return record
        return None

    running.wait_for(found, "the decision log")
    record = found()
    assert record is not None
    assert (record["effect"], record["rule"], record["host"]) == ("block", "blocked", "blocked.test")
    assert str(record["reference"]) in answer
    assert "hunter2" not in running.decisions


def test_metrics_count_and_carry_no_word_of_a_client(running: FilterProcess, origin: Origin) -> None:
    import urllib.request

    with running.tunnel("blocked.test") as connection:
        connection.sendall(get(f"blocked.test:{running.origin_port}", "/zanzibar"))
        read_all(connection)
    time.sleep(0)
    with urllib.request.urlopen(f"http://127.0.0.1:{running.metrics_port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    for needed in (
        'saywhy_decisions_total{effect="block",group="year9",reason="rule"}',
        "saywhy_decision_duration_seconds_bucket",
        "saywhy_requests_total",
        "saywhy_relayed_bytes_total",
        "saywhy_pages_total",
        'saywhy_exception_requests{state="open"}',
        "saywhy_policy_info{revision=",
        "saywhy_policy_loaded_timestamp_seconds",
    ):
        assert needed in text, needed
    assert "zanzibar" not in text
    assert "blocked.test" not in text


def test_the_page_is_in_the_browsers_language_and_its_links_lead_to_the_same_page_in_another(
    running: FilterProcess,
) -> None:
    with running.tunnel("www.blocked.test") as connection:
        connection.sendall(get(f"www.blocked.test:{running.origin_port}", headers="Accept-Language: cy, en;q=0.5\r\n"))
        page = read_all(connection)
    assert b'<html lang="cy" dir="ltr">' in page
    assert b"Vary: Accept, Accept-Language, Origin, Sec-Fetch-Dest" in page
    link = re.search(rb'href="https://why\.school\.internal(/why/[\w.~-]+\?language=ar)"[^>]*lang="ar" dir="rtl"', page)
    assert link is not None
    with running.tunnel("why.school.internal", 443) as connection:
        connection.sendall(get("why.school.internal", link[1].decode()))
        again = read_all(connection)
    assert again.startswith(b"HTTP/1.1 200 ")
    assert b'<html lang="ar" dir="rtl">' in again
    assert b"saywhy-language-s=ar" in again
    assert b'<p lang="en" dir="ltr">Blockedtube keeps notes about you.</p>' in again
    assert b"www.blocked.test" in again
