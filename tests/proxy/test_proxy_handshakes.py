import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import options
from mitmproxy.connection import Client, Server
from mitmproxy.proxy.context import Context
from mitmproxy.tls import ClientHelloData, TlsData
from OpenSSL import SSL

from saywhy.proxy.mitm.handshakes import Handshakes
from saywhy.proxy.tls.alpn_cache import AlpnCache
from saywhy.proxy.tls.authority import AuthorityError, ensure_authority, read_authority
from saywhy.proxy.tls.chains import Chains
from saywhy.proxy.tls.device_contexts import DeviceContexts
from saywhy.proxy.tls.settings import settings_for_origins
from tests.wire.certificates import TestAuthority
from tests.wire.odd_tls import suites_offered

NOW = datetime.now(UTC)
# IANA's numbers of what Chromium offers. ECDHE with AEAD: RFC 5289, RFC 7905, RFC 8446 appendix B.4
MODERN = {0x1301, 0x1302, 0x1303, 0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9}
# ECDHE-RSA with CBC and SHA-1 (RFC 8422), static RSA with AES-GCM (RFC 5288) and with CBC and SHA-1 (RFC 5246)
LESS_MODERN = {0xC013, 0xC014, 0x009C, 0x009D, 0x002F, 0x0035}
SIGNALLING = {0x00FF}  # secure renegotiation is understood (RFC 5746): not a suite

type Make = Callable[..., Handshakes]


def handshakes(authority: Path, roots: Path, **options: Any) -> Handshakes:
    devices, chains = DeviceContexts(read_authority(authority), **options), Chains(partial(settings_for_origins, roots))
    return Handshakes(devices, chains, AlpnCache())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("authority")
    ensure_authority(made, "Hillside School", NOW)
    return made


@pytest.fixture
def ours(folder: Path) -> Handshakes:
    return handshakes(folder, folder / "saywhy-ca.pem")


def context(sni: str | None, address: str | None = None, alpn_offers: tuple[bytes, ...] = ()) -> Context:
    client = Client(peername=("10.0.0.1", 1), sockname=("10.0.0.2", 2), timestamp_start=1.0)
    client.sni, client.alpn_offers = sni, alpn_offers
    made = Context(client, options.Options())
    made.server.address = None if address is None else (address, 443)
    return made


def for_device(
    ours: Handshakes,
    sni: str | None,
    address: str | None = None,
    *,
    client_alpn: bytes | None = None,
    server_alpn: bytes | None = None,
) -> SSL.Connection:
    about_it = context(sni, address)
    about_it.client.alpn, about_it.server.alpn = client_alpn, server_alpn
    data = TlsData(about_it.client, about_it)
    ours.tls_start_client(data)
    assert data.ssl_conn is not None
    return data.ssl_conn


def for_origin(ours: Handshakes, host: str, about: Context | None = None) -> SSL.Connection:
    data = TlsData(Server(address=(host, 443)), about or context(host, host))
    ours.tls_start_server(data)
    assert data.ssl_conn is not None
    return data.ssl_conn


def device(
    *, alpn: tuple[bytes, ...] = (), session: object = None, newest: int | None = None, suites: bytes | None = None
) -> SSL.Connection:
    settings = SSL.Context(SSL.TLS_CLIENT_METHOD)
    if newest is not None:
        settings.set_cipher_list(b"ALL:@SECLEVEL=0")
        settings.set_min_proto_version(0)
        settings.set_max_proto_version(newest)
    if suites is not None:
        settings.set_cipher_list(suites + b":@SECLEVEL=0")
        settings.set_max_proto_version(SSL.TLS1_2_VERSION)
    made = SSL.Connection(settings)
    if alpn:
        made.set_alpn_protos(list(alpn))
    if session is not None:
        made.set_session(session)  # type: ignore[arg-type]
    made.set_connect_state()
    return made


def server_hello(renegotiation: bytes) -> bytes:
    """A record with the ServerHello of TLS 1.2 that chooses ECDHE-RSA-AES128-GCM-SHA256 (RFC 5246 section 7.4.1.3)."""
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\xc0\x2f" + b"\x00" + renegotiation
    message = b"\x02" + len(body).to_bytes(3) + body
    return b"\x16\x03\x03" + len(message).to_bytes(2) + message


def shake(one: SSL.Connection, other: SSL.Connection) -> None:
    """Let two ends speak until both are done. Raises SSL.Error of whichever refuses."""
    for _ in range(10):
        waiting = 0
        for end, peer in ((one, other), (other, one)):
            try:
                end.do_handshake()
            except SSL.WantReadError:
                waiting += 1
            try:
                while True:
                    peer.bio_write(end.bio_read(65_535))
            except SSL.WantReadError:
                pass
        if not waiting:
            break
    with pytest.raises(SSL.WantReadError):
        one.recv(1)  # takes in the tickets


class TestTowardsDevices:
    @pytest.mark.parametrize(
        ("sni", "address", "shown"),
        [
            ("a.test", "a.test", "a.test"),
            ("A.Test", None, "a.test"),
            (None, "b.test", "b.test"),
            (None, "127.0.0.1", "127.0.0.1"),
            ("not a name", "b.test", "b.test"),
            ("xn--mnchen-3ya.test", None, "xn--mnchen-3ya.test"),
        ],
    )
    def test_the_certificate_is_for_the_name_asked_for(
        self, ours: Handshakes, sni: str | None, address: str | None, shown: str
    ) -> None:
        client = device()
        shake(client, for_device(ours, sni, address))
        certificate = client.get_peer_certificate(as_cryptography=True)
        assert certificate is not None
        assert certificate.subject.rfc4514_string() == f"CN={shown}"
        certificate.verify_directly_issued_by(ours._devices._leaves._authority.certificate)

    def test_without_any_name_there_is_no_handshake(self, ours: Handshakes) -> None:
        with pytest.raises(ValueError, match="names a host"):
            for_device(ours, None)

    def test_what_was_made_for_a_name_is_used_again_until_it_nears_its_end(self, folder: Path) -> None:
        now = [NOW]
        ours = handshakes(folder, folder / "saywhy-ca.pem", now=lambda: now[0])
        serials = []
        for days in (0, 300, 366, 0):  # the last: a clock that was ahead is put right
            now[0] = NOW + timedelta(days=days)
            client = device()
            shake(client, for_device(ours, "a.test"))
            certificate = client.get_peer_certificate(as_cryptography=True)
            assert certificate is not None
            serials.append(certificate.serial_number)
        assert serials[0] == serials[1]
        assert len(set(serials)) == 3

    @pytest.mark.parametrize(
        ("offers", "about", "chosen"),
        [
            ((b"h2", b"http/1.1"), {}, b"h2"),
            ((b"http/1.1", b"h2"), {}, b"http/1.1"),
            ((b"http/1.1",), {}, b"http/1.1"),
            ((b"spdy/3", b"h2"), {}, b"h2"),
            ((b"foo",), {}, b""),
            ((), {}, b""),
            ((b"h2", b"http/1.1"), {"server_alpn": b"http/1.1"}, b"http/1.1"),
            ((b"h2",), {"server_alpn": b"http/1.1"}, b""),
            ((b"h2", b"http/1.1"), {"server_alpn": b""}, b""),
            ((b"h2", b"http/1.1"), {"client_alpn": b"http/1.1"}, b"http/1.1"),
        ],
    )
    def test_the_protocol_is_the_clients_first_choice_unless_it_is_settled(
        self, ours: Handshakes, offers: tuple[bytes, ...], about: dict[str, bytes], chosen: bytes
    ) -> None:
        client = device(alpn=offers)
        shake(
            client,
            for_device(ours, "a.test", client_alpn=about.get("client_alpn"), server_alpn=about.get("server_alpn")),
        )
        assert client.get_alpn_proto_negotiated() == chosen

    @pytest.mark.parametrize("old", [SSL.TLS1_VERSION, SSL.TLS1_1_VERSION])
    def test_old_versions_are_refused(self, ours: Handshakes, old: int) -> None:
        with pytest.raises(SSL.Error, match=r"unsupported protocol|protocol version"):
            shake(device(newest=old), for_device(ours, "a.test"))

    @pytest.mark.parametrize("suites", [b"ECDHE-ECDSA-AES128-SHA", b"ECDHE-ECDSA-AES256-SHA384", b"AES128-GCM-SHA256"])
    def test_old_suites_are_refused(self, ours: Handshakes, suites: bytes) -> None:
        with pytest.raises(SSL.Error, match=r"no shared cipher|handshake failure"):
            shake(device(suites=suites), for_device(ours, "a.test"))

    def test_a_modern_twin_is_served(self, ours: Handshakes) -> None:
        client = device(suites=b"ECDHE-ECDSA-AES128-GCM-SHA256")
        shake(client, for_device(ours, "a.test"))
        assert client.get_protocol_version() == SSL.TLS1_2_VERSION

    def test_a_session_is_taken_up_for_its_own_name_alone(self, ours: Handshakes) -> None:
        first = device()
        shake(first, for_device(ours, "a.test"))
        session = first.get_session()
        reused = []
        for host in ("a.test", "b.test"):
            again = device(session=session)
            shake(again, for_device(ours, host))
            reused.append(SSL._lib.SSL_session_reused(again._ssl))  # type: ignore[attr-defined]
        assert reused == [1, 0]

    def test_no_origin_is_spoken_to_first(self, ours: Handshakes) -> None:
        data = ClientHelloData(context("a.test", "a.test"), None)  # type: ignore[arg-type]
        data.establish_server_tls_first = True
        ours.tls_clienthello(data)
        assert data.establish_server_tls_first is False


class TestTowardsOrigins:
    def hello(self, connection: SSL.Connection) -> bytes:
        with pytest.raises(SSL.WantReadError):
            connection.do_handshake()
        return connection.bio_read(65_535)

    def test_nothing_old_is_offered(self, ours: Handshakes) -> None:
        hello = self.hello(for_origin(ours, "a.test"))
        assert set(suites_offered(hello)) - SIGNALLING == MODERN | LESS_MODERN
        assert b"\0\x2b\0\x05\x04\x03\x04\x03\x03" in hello  # supported_versions: 1.3 and 1.2

    def test_signatures_by_sha1_are_not_offered(self, ours: Handshakes) -> None:
        hello = self.hello(for_origin(ours, "a.test"))
        at = hello.index(b"\0\x0d\0")  # signature_algorithms (RFC 8446 section 4.2.3)
        length = int.from_bytes(hello[at + 4 : at + 6])
        schemes = {hello[place : place + 2] for place in range(at + 6, at + 6 + length, 2)}
        assert b"\x04\x03" in schemes  # ecdsa_secp256r1_sha256: the right place was read
        assert schemes.isdisjoint({b"\x02\x01", b"\x02\x03", b"\x02\x02"})

    def test_one_context_is_for_all(self, ours: Handshakes) -> None:
        assert for_origin(ours, "a.test").get_context() is for_origin(ours, "127.0.0.1").get_context()

    @pytest.mark.parametrize(
        ("settled", "offers", "sent"),
        [
            (b"h2", (b"h2", b"http/1.1"), (b"h2", b"http/1.1")),
            (b"http/1.1", (b"h2", b"http/1.1"), (b"http/1.1",)),
            (None, (b"http/1.1",), (b"http/1.1",)),
            (None, (b"h2", b"foo"), (b"h2",)),
            (None, (), ()),
        ],
    )
    def test_what_is_offered_mirrors_the_client(
        self, ours: Handshakes, settled: bytes | None, offers: tuple[bytes, ...], sent: tuple[bytes, ...]
    ) -> None:
        about = context("a.test", "a.test", offers)
        about.client.alpn = settled
        server = Server(address=("a.test", 443))
        data = TlsData(server, about)
        ours.tls_start_server(data)
        assert tuple(server.alpn_offers) == sent
        assert data.ssl_conn is not None
        hello = self.hello(data.ssl_conn)
        assert [one in hello for one in (b"\x02h2", b"\x08http/1.1")] == [one in sent for one in (b"h2", b"http/1.1")]

    def test_the_name_to_prove_is_the_host_decided_on_whatever_the_client_said(self, ours: Handshakes) -> None:
        server = Server(address=("decided.test", 443))
        server.sni = "other.test"
        data = TlsData(server, context("other.test", "decided.test"))
        ours.tls_start_server(data)
        assert data.ssl_conn is not None
        hello = self.hello(data.ssl_conn)
        assert b"decided.test" in hello
        assert b"other.test" not in hello

    @pytest.mark.parametrize("host", ["127.0.0.1", "2001:db8::1"])
    def test_an_address_is_not_sent_as_a_name(self, ours: Handshakes, host: str) -> None:
        assert host.encode() not in self.hello(for_origin(ours, host))

    @pytest.mark.parametrize("certificate", ["a.test", "127.0.0.1"])
    @pytest.mark.parametrize("host", ["a.test", "b.test", "127.0.0.1", "127.0.0.2"])
    def test_name_and_address_have_to_stand_in_the_certificate(
        self, folder: Path, tmp_path: Path, certificate: str, host: str
    ) -> None:
        authority = TestAuthority(tmp_path)
        ours = handshakes(folder, authority.path)
        settings = SSL.Context(SSL.TLS_SERVER_METHOD)
        for load in (settings.use_certificate_file, settings.use_privatekey_file):
            load(str(authority.leaf(certificate)))
        origin = SSL.Connection(settings)
        origin.set_accept_state()
        if host == certificate:
            shake(for_origin(ours, host), origin)
        else:
            with pytest.raises(SSL.Error, match="certificate verify failed"):
                shake(for_origin(ours, host), origin)

    def test_roots_that_cannot_be_read_are_told_with_their_file(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "roots.pem").write_text("nothing")
        with pytest.raises(AuthorityError, match=r"roots\.pem: no certificates"):
            handshakes(folder, tmp_path / "roots.pem")


@pytest.mark.parametrize("renegotiation", [b"", bytes.fromhex("0005ff01000100")], ids=["without", "with"])
def test_an_origin_is_spoken_to_with_and_without_rfc_5746_as_browsers_do(
    ours: Handshakes, renegotiation: bytes
) -> None:
    origin = for_origin(ours, "a.test")
    with pytest.raises(SSL.WantReadError):
        origin.do_handshake()
    origin.bio_write(server_hello(renegotiation))
    with pytest.raises(SSL.WantReadError):  # the certificate is waited for
        origin.do_handshake()


def test_an_origin_whose_renegotiation_data_are_wrong_is_refused(ours: Handshakes) -> None:
    origin = for_origin(ours, "a.test")
    with pytest.raises(SSL.WantReadError):
        origin.do_handshake()
    origin.bio_write(server_hello(bytes.fromhex("0006ff010002017f")))
    with pytest.raises(SSL.Error, match="renegotiat"):
        origin.do_handshake()


def test_keys_are_written_nowhere_even_when_the_environment_asks_before_all_imports(folder: Path) -> None:
    log = folder / "keys"
    source = """
import sys
from pathlib import Path
from tests.proxy.test_proxy_handshakes import device, for_device, for_origin, handshakes, shake
folder = Path(sys.argv[1])
ours = handshakes(folder, folder / "saywhy-ca.pem")
shake(device(), for_device(ours, "a.test"))
shake(for_origin(ours, "a.test"), for_device(ours, "a.test"))
"""
    environment = {**os.environ, "SSLKEYLOGFILE": str(log), "MITMPROXY_SSLKEYLOGFILE": str(log)}
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", source, str(folder)], cwd=root, env=environment, check=True, timeout=60)
    assert not log.exists()
