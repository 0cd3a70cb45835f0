"""What devices refuse leaves a trace: a certificate that is not trusted, and a program that takes its own alone."""

import json
import socket
import ssl
import struct
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from saywhy.cli.main import app
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess, read_all, read_head
from tests.wire.mitmdump_process import Mitmdump
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get


@pytest.fixture(scope="module")
def own(
    shared_origin: Origin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FilterProcess]:
    process = FilterProcess(tmp_path_factory.mktemp("handshakes"), shared_origin.port, test_authority.path)
    process.start()
    yield process
    process.stop()


def tunnelled(process: FilterProcess, host: str, source: str) -> socket.socket:
    connection = process.connect(source)
    target = f"{host}:{process.origin_port}"
    connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    assert read_head(connection).startswith(b"HTTP/1.1 200")
    return connection


def refuse(process: FilterProcess, host: str, source: str, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> None:
    """Begin TLS as a device that does not have the school's authority."""
    context = ssl.create_default_context()
    context.minimum_version = context.maximum_version = version
    with tunnelled(process, host, source) as connection, pytest.raises(ssl.SSLCertVerificationError):
        context.wrap_socket(connection, server_hostname=host)


def written(process: FilterProcess) -> list[dict[str, object]]:
    lines = [line for path in process.state.glob("handshakes-*.jsonl") for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2])
@pytest.mark.parametrize("host", ["good.test", "blocked.test"])
def test_a_device_that_does_not_trust_the_authority_is_written_down_with_its_alert(
    own: FilterProcess, host: str, version: ssl.TLSVersion
) -> None:
    source = f"127.0.3.{1 + int(version) % 100}"
    refuse(own, host, source, version)
    own.wait_for(lambda: [one for one in written(own) if (one["device"], one["host"]) == (source, host)], "its line")
    one = next(one for one in written(own) if (one["device"], one["host"]) == (source, host))
    assert (one["alert"], one["port"]) == ("unknown_ca", own.origin_port)
    assert "path" not in one


@pytest.mark.parametrize("reset", [True, False])
def test_one_that_goes_without_a_word_is_written_down_as_closed(own: FilterProcess, reset: bool) -> None:
    source = f"127.0.4.{1 + reset}"
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    hello = ssl.create_default_context().wrap_bio(into, out, server_hostname="good.test")
    with pytest.raises(ssl.SSLWantReadError):
        hello.do_handshake()
    connection = tunnelled(own, "good.test", source)
    connection.sendall(out.read())
    assert connection.recv(65_536)  # the filter's certificate is in it
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    own.wait_for(lambda: [one for one in written(own) if one["device"] == source], "its line")
    assert next(one["alert"] for one in written(own) if one["device"] == source) == "closed"


def test_one_that_comes_to_its_end_without_a_request_is_written_down_once(own: FilterProcess) -> None:
    for host in ("good.test", "good.test", "h2.test"):
        own.tunnel(host, source="127.0.7.1").close()
    with own.tunnel("good.test", source="127.0.7.2") as asking:
        asking.sendall(get(f"good.test:{own.origin_port}", "/hello"))
        assert b"hello" in read_all(asking)
    own.tunnel("good.test", source="127.0.7.3").close()
    own.wait_for(lambda: [one for one in written(own) if one["device"] == "127.0.7.3"], "the last line")
    lines = [one for one in written(own) if str(one["device"]).startswith("127.0.7.")]
    assert sorted((one["device"], one["host"], one["alert"]) for one in lines) == [
        ("127.0.7.1", "good.test", "none"),
        ("127.0.7.1", "h2.test", "none"),
        ("127.0.7.3", "good.test", "none"),
    ]


def test_it_is_counted_and_told_apart(own: FilterProcess) -> None:
    refuse(own, "good.test", "127.0.5.1")  # lets nothing be looked into
    with own.tunnel("good.test", source="127.0.5.2") as trusted:
        trusted.sendall(get(f"good.test:{own.origin_port}", "/hello"))
        assert b"hello" in read_all(trusted)
    for _ in range(3):
        refuse(own, "h2.test", "127.0.5.2")  # a program of a device that trusts the authority
    own.wait_for(lambda: sum(str(one["device"]).startswith("127.0.5.") for one in written(own)) == 4, "their lines")
    own.wait_for(lambda: '"device":"127.0.5.2"' in own.decisions, "the decision log")
    said = CliRunner().invoke(app, ["handshakes", "--state", str(own.state), "--json"])
    told = json.loads(said.output)
    assert "127.0.5.1" in {one["device"] for one in told["distrusting"]}
    assert "127.0.5.2" not in {one["device"] for one in told["distrusting"]}
    assert [(one["host"], one["devices"]) for one in told["pinned"]] == [("h2.test", 1)]
    text = CliRunner().invoke(app, ["handshakes", "--state", str(own.state)]).output
    assert "Devices that do not trust the school's certificate" in text
    assert "  h2.test: 1 device, 3 times; they say unknown_ca" in text


def test_whoever_is_relayed_refuses_nothing_of_the_filters(own: FilterProcess) -> None:
    refuse(own, "fine.test", "127.0.6.1")  # it does not trust the origin's authority either
    with own.tunnel("fine.test", source="127.0.6.2") as relayed:
        relayed.sendall(get(f"fine.test:{own.origin_port}", "/hello"))
        assert b"hello" in read_all(relayed)
    assert not [one for one in written(own) if str(one["device"]).startswith("127.0.6.")]


def test_and_inside_mitmdump(mitmdump: Mitmdump, origin: Origin) -> None:
    mitmdump.start()
    refuse(mitmdump, "good.test", "127.0.0.1")
    mitmdump.wait_for(lambda: written(mitmdump), "its line")
    assert [one["alert"] for one in written(mitmdump)] == ["unknown_ca"]
