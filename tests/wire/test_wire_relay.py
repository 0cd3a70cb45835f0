"""What policy allows by its name is relayed as it is; what does not say its name plainly is not."""

import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.proxy.test_proxy_client_hello import extension, hello_with, in_records, real_hello, server_name
from tests.wire.certificates import TestAuthority
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
        down = [
            float(line.rpartition(" ")[2])
            for line in lines
            if 'relayed_bytes_total{direction="down",lane="relay"}' in line
        ]
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


PUSH = """
apps:
  blocked: {label: Blockedtube, domains: [blocked.test], purposes: [watch]}
  push: {domains: [push.test], protocols: [apns-security-v3]}
  messages: {domains: [noise.test], protocols: [anything]}
"""
PUSH_HOSTS = "127.0.0.1 1-courier.push.test\n127.0.0.1 courier.push.test\n127.0.0.1 noise.test\n"


@pytest.fixture(scope="module")
def speaking(
    tmp_path_factory: pytest.TempPathFactory, shared_origin: Origin, test_authority: TestAuthority
) -> Iterator[FilterProcess]:
    process = FilterProcess(tmp_path_factory.mktemp("speaking"), shared_origin.port, test_authority.path)
    apps = next(line for line in process.policy.split("\napps:\n")[1].splitlines())
    process.policy = process.policy.replace(f"apps:\n{apps}\n", PUSH)
    process.hosts += PUSH_HOSTS
    process.start()
    yield process
    process.stop()


class TestAppsThatSpeakMoreThanTheWeb:
    def test_its_protocol_is_relayed(self, speaking: FilterProcess, origin: Origin) -> None:
        with speaking.tunnel("courier.push.test", alpn=["apns-security-v3"]) as connection:
            assert "Test origins" in issuer(connection)

    def test_so_is_one_for_another_name_of_the_app(self, speaking: FilterProcess, origin: Origin) -> None:
        with speaking.tunnel("1-courier.push.test", sni="courier.push.test", alpn=["apns-security-v3"]) as connection:
            assert "Test origins" in issuer(connection)

    @pytest.mark.parametrize(
        ("host", "sni", "alpn"),
        [
            ("courier.push.test", None, ["imap"]),
            ("courier.push.test", None, ["apns-security-v3", "imap"]),
            ("fine.test", None, ["apns-security-v3"]),
            ("fine.test", "courier.push.test", ["apns-security-v3"]),
            ("courier.push.test", "noise.test", ["apns-security-v3"]),
        ],
    )
    def test_others_are_not(
        self, speaking: FilterProcess, origin: Origin, host: str, sni: str | None, alpn: list[str]
    ) -> None:
        with (
            pytest.raises((OSError, AssertionError)),
            speaking.tunnel(host, sni=sni, alpn=alpn) as connection,
        ):
            assert "Test origins" in issuer(connection)

    def test_whatever_another_speaks_passes_as_it_is(self, speaking: FilterProcess, origin: Origin) -> None:
        with opened(speaking, "noise.test") as connection:
            connection.sendall(b"ED\x00\x01WA\x06\x03")
            speaking.wait_for(lambda: is_allowed(speaking, "noise.test"), "the line in the log", 5)

    @pytest.mark.parametrize("said", [b"ED\x00\x01", b"SSH-2.0-x\r\n", b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"])
    def test_what_an_ordinary_site_does_not_speak_is_refused_and_written_down(
        self, speaking: FilterProcess, origin: Origin, said: bytes
    ) -> None:
        before = speaking.decisions.count('"protocol-refused"')
        with opened(speaking, "fine.test") as connection:
            connection.sendall(said)
            with suppress(ConnectionResetError):
                assert connection.recv(100) == b""
        speaking.wait_for(
            lambda: speaking.decisions.count('"protocol-refused"') == before + 1, "the line in the log", 5
        )

    def test_explain_says_what_passes(self, speaking: FilterProcess) -> None:
        for host, says in (
            ("courier.push.test", "the web's and, for the app push, apns-security-v3; others are refused"),
            ("noise.test", "the web's and, for the app messages, whatever else it speaks; others are refused"),
            ("fine.test", "the web's alone; others are refused, and that is logged"),
        ):
            done = subprocess.run(
                [str(Path(sys.executable).parent / "saywhy"), "explain", f"https://{host}/", "--policies", str(speaking.policies), "--state", str(speaking.state), "--as", "127.0.0.1"],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert says in " ".join(done.stdout.split()), done.stdout + done.stderr


def is_allowed(process: FilterProcess, host: str) -> bool:
    lines = [json.loads(line) for line in process.decisions.splitlines()]
    return any((one["host"], one["effect"]) == (host, "allow") for one in lines)
