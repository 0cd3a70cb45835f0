"""What policy allows by its name is relayed as it is; what does not say its name plainly is not."""

import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from urllib.request import urlopen

import pytest

from tests.proxy.test_proxy_client_hello import extension, hello_with, in_records, real_hello, server_name
from tests.wire.filter_process import FilterProcess, read_all, read_head
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get


def issuer(connection: ssl.SSLSocket) -> str:
    certificate = connection.getpeercert()
    assert certificate
    return str(certificate["issuer"])


def opened(running: FilterProcess, host: str) -> socket.socket:
    connection = running.connect()
    target = f"{host}:{running.origin_port}".encode()
    connection.sendall(b"CONNECT " + target + b" HTTP/1.1\r\nHost: " + target + b"\r\n\r\n")
    assert b" 200 " in read_head(connection)
    return connection


def test_an_allowed_site_is_not_decrypted(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel("fine.test") as connection:
        assert "Test origins" in issuer(connection)
        connection.sendall(get(f"fine.test:{origin.port}", "/secret?word=x"))
        assert b"hello from fine.test" in read_all(connection)
    wanted = ("CONNECT", "fine.test", "", "allow")

    def is_written() -> bool:
        lines = [json.loads(line) for line in running.decisions.splitlines()]
        return any((one["method"], one["host"], one["path"], one["effect"]) == wanted for one in lines)

    running.wait_for(is_written, "the line in the log", 5)
    assert "/secret" not in running.decisions


@pytest.mark.parametrize("protocol", ["apns-security-v3", "xmpp-client", "imap", "acme-tls/1"])
def test_a_protocol_that_is_not_the_web_is_refused_and_written_down(
    running: FilterProcess, origin: Origin, protocol: str
) -> None:
    before = running.decisions.count('"protocol-refused"')
    with pytest.raises(OSError, match=r"reset|EOF"):
        running.tunnel("fine.test", alpn=[protocol])

    def is_written() -> bool:
        lines = [json.loads(line) for line in running.decisions.splitlines()]
        refused = [one for one in lines if one["reason"] == "protocol-refused"]
        return len(refused) == before + 1 and (refused[-1]["host"], refused[-1]["effect"]) == ("fine.test", "block")

    running.wait_for(is_written, "the line in the log", 5)


def test_where_something_inside_matters_it_is_decrypted(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel("good.test") as connection:
        assert "Test School" in issuer(connection)


def test_a_big_download_arrives_whole_and_is_counted(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel("fine.test") as connection:
        connection.sendall(get(f"fine.test:{origin.port}", "/big/20"))
        received = 0
        head = read_head(connection)
        assert b"20971520" in head
        while received < 20 * 1024 * 1024:
            received += len(connection.recv(65536))

    def counted() -> bool:
        with urlopen(f"http://127.0.0.1:{running.metrics_port}/metrics") as page:
            lines = page.read().decode().splitlines()
        down = [float(line.rpartition(" ")[2]) for line in lines if 'relayed_bytes_total{direction="down"}' in line]
        return bool(down) and down[0] > 20 * 1024 * 1024

    running.wait_for(counted, "the bytes to be counted", 10)


def test_each_side_may_finish_by_itself(running: FilterProcess, origin: Origin) -> None:
    """What a client has finished saying is passed on as an end, and it still hears the answer."""
    heard: list[bytes] = []

    def listen(server: socket.socket) -> None:
        connection, _ = server.accept()
        data = b""
        while piece := connection.recv(65536):
            data += piece
        heard.append(data)
        connection.sendall(b"an answer after the end")
        connection.close()

    with socket.create_server(("127.0.0.1", 443)) as server:
        thread = threading.Thread(target=listen, args=(server,), daemon=True)
        thread.start()
        connection = running.connect()
        connection.sendall(b"CONNECT fine.test:443 HTTP/1.1\r\nHost: fine.test:443\r\n\r\n")
        assert b" 200 " in read_head(connection)
        hello = real_hello("fine.test")
        connection.sendall(hello)
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == b"an answer after the end"
        thread.join(5)
    assert heard == [hello]


@pytest.mark.parametrize("split", [1, 3, 100])
def test_a_hello_in_pieces_is_waited_for(running: FilterProcess, origin: Origin, split: int) -> None:
    hello = real_hello("fine.test", ("http/1.1",))
    with opened(running, "fine.test") as connection:
        for start in range(0, len(hello), split):
            connection.sendall(hello[start : start + split])
            if split > 1:
                time.sleep(0.001)
        assert connection.recv(1) == b"\x16"
    assert [one.sni for one in origin.connections] == ["fine.test"]


def test_a_hello_in_many_records_is_relayed(running: FilterProcess, origin: Origin) -> None:
    with opened(running, "fine.test") as connection:
        connection.sendall(in_records(real_hello("fine.test", ("http/1.1",))[5:], 200))
        assert connection.recv(1) == b"\x16"


@pytest.mark.parametrize(
    "hello",
    [
        real_hello("good.test"),
        real_hello("blocked.test"),
        real_hello(None),
        hello_with(server_name(b"outer.example"), extension(0xFE0D, bytes(40))),
        hello_with(server_name(b"fine.test", b"blocked.test")),
        hello_with(server_name(b"fine.test\0")),
        hello_with(server_name(b"fine.test"), extension(16, b"\x00\x04\x03dot")),
    ],
    ids=["another name", "a blocked name", "no name", "encrypted with another name", "two names", "NUL", "no web"],
)
def test_what_does_not_name_the_host_plainly_is_never_relayed(
    running: FilterProcess, origin: Origin, hello: bytes
) -> None:
    with opened(running, "fine.test") as connection:
        connection.settimeout(3)
        connection.sendall(hello)
        with suppress(OSError):
            connection.recv(100)
    assert origin.connections == []


def test_an_encrypted_hello_for_show_is_relayed(running: FilterProcess, origin: Origin) -> None:
    """Browsers send one to every site (RFC 9849 section 6.2); the name outside is the site's own."""
    with opened(running, "fine.test") as connection:
        connection.settimeout(3)
        connection.sendall(hello_with(server_name(b"fine.test"), extension(0xFE0D, bytes(40))))
        with suppress(OSError):
            connection.recv(1)
    assert len(origin.connections) == 1


def test_an_origin_that_cannot_be_reached_is_explained(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel("fine.test", port=443) as connection:  # nothing listens there
        connection.sendall(get("fine.test"))
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert b"<html" in answer


def test_a_head_that_is_too_long_is_answered_with_431(running: FilterProcess) -> None:
    with running.connect() as connection:
        connection.sendall(b"CONNECT fine.test:443 HTTP/1.1\r\n" + b"X: " + b"a" * 70_000)
        assert read_all(connection).startswith(b"HTTP/1.1 431 ")


def test_an_ambiguous_connect_is_answered_with_a_page(running: FilterProcess, origin: Origin) -> None:
    with running.connect() as connection:
        connection.sendall(b"CONNECT fine.test:443 HTTP/1.1\r\nHost: blocked.test:443\r\nHost: fine.test:443\r\n\r\n")
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"<html" in answer
