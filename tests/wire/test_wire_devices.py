"""The pages for devices as devices get them: plain and inside TLS, through the proxy and at the portal's own port."""

import json
import socket
import ssl

import pytest

from tests.wire.filter_process import FilterProcess, read_all, read_head

NAME = "why.school.internal"
TEST = f"blocked.{NAME}"


def asked(running: FilterProcess, way: str, host: str, path: str) -> tuple[bytes, bytes]:
    """The head and the body of an answer. `way` is how the device asks."""
    at = ("127.0.0.1", running.portal_port if way == "portal" else running.listen_port)
    with socket.create_connection(at, timeout=20) as plain:
        speaks: socket.socket = plain
        target = path
        if way in ("tunnel", "tls"):
            port = 80 if way == "tunnel" else 443
            plain.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            assert read_head(plain).startswith(b"HTTP/1.1 200")
        if way == "tls":
            speaks = ssl.create_default_context(cafile=str(running.ca)).wrap_socket(plain, server_hostname=host)
        if way == "http":
            target = f"http://{host}{path}"
        if way == "portal":
            host = f"127.0.0.1:{running.portal_port}"
        speaks.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        head, _, body = read_all(speaks).partition(b"\r\n\r\n")
        return head, body


@pytest.mark.parametrize("way", ["http", "tunnel", "tls", "portal"])
def test_every_way_leads_to_the_pages_for_devices(running: FilterProcess, way: str) -> None:
    for path, kind in (
        ("/device", b"text/html"),
        ("/check", b"text/html"),
        ("/certificate.pem", b"application/x-pem-file"),
        ("/proxy.pac", b"application/x-ns-proxy-autoconfig"),
        ("/wpad.dat", b"application/x-ns-proxy-autoconfig"),
        ("/filter.mobileconfig", b"application/x-apple-aspen-config"),
    ):
        head, body = asked(running, way, NAME, path)
        assert head.startswith(b"HTTP/1.1 200"), (path, head)
        assert kind in head
        if path == "/certificate.pem":
            assert body == running.ca.read_bytes()
        if path == "/proxy.pac":
            assert f'"PROXY 127.0.0.1:{running.listen_port}"'.encode() in body
            assert f'"http://127.0.0.1:{running.portal_port}/"'.encode() in body


@pytest.mark.parametrize("name", [f"clock.{NAME}", f"trust.{NAME}"])
def test_the_names_of_the_check(running: FilterProcess, name: str) -> None:
    head, body = asked(running, "tls", name, "/check/tick.svg")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"<svg" in body


@pytest.mark.parametrize("way", ["http", "tunnel", "tls"])
def test_the_test_page_is_closed_whatever_policy_allows(running: FilterProcess, way: str) -> None:
    head, body = asked(running, way, TEST, "/")
    assert head.startswith(b"HTTP/1.1 403")
    assert b"This is a test page." in body
    head, body = asked(running, way, TEST, "/test.svg")
    assert head.startswith(b"HTTP/1.1 403")
    assert b"<svg" in body
    running.wait_for(lambda: f'"{TEST}"' in running.decisions, "the decision to be written down")
    noted = [json.loads(line) for line in running.decisions.splitlines() if TEST in line]
    assert {(one["effect"], one["reason"]) for one in noted} == {("block", "test")}


def test_the_clocks_certificate_is_one_of_minutes(running: FilterProcess) -> None:
    with running.tunnel(f"clock.{NAME}", 443) as inside:
        told = inside.getpeercert()
    assert told is not None
    begins, ends = (ssl.cert_time_to_seconds(str(told[side])) for side in ("notBefore", "notAfter"))
    assert 19 * 60 < ends - begins <= 20 * 60
