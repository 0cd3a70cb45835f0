"""TLS on both sides: what the filter shows to devices, and what it asks of origins.

Takes the place of mitmproxy's TlsConfig. Nothing is built for a connection that was built for one before: contexts for
devices are kept by name, origins share one (`chains` knows the exceptions). Keys of sessions are never written anywhere,
whatever SSLKEYLOGFILE says.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from mitmproxy.connection import Client, Server
from mitmproxy.tls import ClientHelloData, TlsData
from OpenSSL import SSL, crypto

from saywhy.policy.address import AddressError, address_literal, canonical_host
from saywhy.proxy.bounded_cache import BoundedCache
from saywhy.proxy.mitm.chains import Chains, Incomplete
from saywhy.proxy.outbound.connect_to import asked_of
from saywhy.proxy.tls.authority import read_authority
from saywhy.proxy.tls.issuers import Issuers
from saywhy.proxy.tls.leaf_certificates import LeafCertificates
from saywhy.proxy.tls.proof import Proof
from saywhy.proxy.tls.settings import settings, settings_for_origins

MOST_KEPT: Final = 2_048  # about 20 KB each
_RENEWED_BEFORE_END: Final = timedelta(days=30)
# The hybrid group comes after X25519 towards devices: on the way through the school it would cost more than it gives.
_GROUPS_FOR_DEVICES: Final = b"X25519:X25519MLKEM768:P-256:P-384"
_HTTP_1: Final = b"http/1.1"
_HTTP_2: Final = b"h2"

_lib: Final[Any] = SSL._lib  # type: ignore[attr-defined]  # noqa: SLF001 — pyOpenSSL has no other way to these


class Handshakes:
    """mitmproxy addon, or called without mitmproxy's chain: gives each connection its TLS object."""

    def __init__(
        self,
        authority: Path,
        upstream_roots: Path,
        *,
        http2: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        most_kept: int = MOST_KEPT,
        issuers: Issuers | None = None,
    ) -> None:
        """`authority` is the folder of the authority, `upstream_roots` a PEM file. Raises AuthorityError.

        Without `issuers` a chain that lacks something stays as it is.
        """
        held = read_authority(authority)
        self._leaves = LeafCertificates(held)
        self._between = held.between
        self._key = crypto.PKey.from_cryptography_key(self._leaves.key)
        self._http = (_HTTP_2, _HTTP_1) if http2 else (_HTTP_1,)
        self._now = now
        self._kept: BoundedCache[str, tuple[datetime, datetime, SSL.Context]] = BoundedCache(most_kept)
        self._chains = Chains(partial(settings_for_origins, upstream_roots), issuers, now=now)

    def tls_clienthello(self, data: ClientHelloData) -> None:
        """No origin is spoken to before a request was decided on."""
        data.establish_server_tls_first = False

    def tls_start_client(self, data: TlsData) -> None:
        """Give the TLS object that speaks to the device, with a certificate for the name it asked for."""
        client = data.conn
        assert isinstance(client, Client)
        server = data.context.server
        connection = SSL.Connection(self._context_for(_host_asked_for(client.sni, server.address)))
        connection.set_app_data((client.alpn, server.alpn))
        connection.set_accept_state()
        data.ssl_conn = connection

    def tls_start_server(self, data: TlsData) -> None:
        """Give the TLS object that speaks to the origin. The name it has to prove is the host that was decided on."""
        server = data.conn
        assert isinstance(server, Server)
        assert server.address is not None
        host = server.sni = asked_of(server.address[0])
        connection = SSL.Connection(self._chains.context_for(host))
        connection.set_app_data(Proof(host))
        if address_literal(host) is None:  # an address is not sent (RFC 6066 section 3)
            connection.set_tlsext_host_name(host.encode("ascii"))
        if not server.alpn_offers:
            server.alpn_offers = self._offers(data.context.client)
        if server.alpn_offers:
            connection.set_alpn_protos(list(server.alpn_offers))
        connection.set_connect_state()
        data.ssl_conn = connection

    def tls_failed_server(self, data: TlsData) -> None:
        """Remember a chain that lacked something."""
        server = data.conn
        assert isinstance(server, Server)
        if server.address is not None and data.ssl_conn is not None:
            self._chains.failed(asked_of(server.address[0]), data.ssl_conn)

    async def chain_incomplete(self, incomplete: Incomplete) -> None:
        """Look for what a chain lacked."""
        incomplete.completed = await self._chains.complete(incomplete.host)

    def _offers(self, client: Client) -> tuple[bytes, ...]:
        """As the client, so that both sides speak one version of HTTP; HTTP/1.1 beside HTTP/2, for origins without."""
        if client.alpn == _HTTP_1:
            return (_HTTP_1,)
        if client.alpn == _HTTP_2:
            return self._http
        return tuple(one for one in self._http if one in client.alpn_offers)

    def _context_for(self, host: str) -> SSL.Context:
        now = self._now()
        kept = self._kept.get(host)
        if kept is not None and kept[0] <= now < kept[1]:
            self._kept.move_to_end(host)
            return kept[2]
        made, begins, ends = self._made(host, now)
        self._kept.keep(host, (begins, ends, made))
        return made

    def _made(self, host: str, now: datetime) -> tuple[SSL.Context, datetime, datetime]:
        """A context with a certificate, and when it is to be used. Tickets are its own: none is good for another name."""
        leaf = self._leaves.make(host, now)
        made = settings(SSL.TLS_SERVER_METHOD)
        if _lib.SSL_CTX_set1_curves_list(made._context, _GROUPS_FOR_DEVICES) != 1:  # noqa: SLF001
            raise RuntimeError("OpenSSL does not know the groups for key exchange")
        made.use_certificate(leaf)
        # pyOpenSSL would turn the key into text and read it again each time, at twice the cost of all the rest
        if _lib.SSL_CTX_use_PrivateKey(made._context, self._key._pkey) != 1:  # noqa: SLF001
            raise RuntimeError("the key does not fit the certificate")
        for one in self._between:
            made.add_extra_chain_cert(one)
        made.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # tickets are all that is needed, and cost no memory here
        made.set_alpn_select_callback(self._select)
        return made, leaf.not_valid_before_utc, leaf.not_valid_after_utc - _RENEWED_BEFORE_END

    def _select(self, connection: SSL.Connection, offers: list[bytes]) -> Any:
        """The protocol to speak: what was settled before, what the origin speaks, or the client's first choice."""
        settled, spoken = connection.get_app_data()
        if settled is not None:
            return settled if settled in offers else SSL.NO_OVERLAPPING_PROTOCOLS
        if spoken is not None:
            return spoken if spoken in offers else SSL.NO_OVERLAPPING_PROTOCOLS
        return next((one for one in offers if one in self._http), SSL.NO_OVERLAPPING_PROTOCOLS)


def _host_asked_for(sni: str | None, address: tuple[str, int] | None) -> str:
    """The name that the certificate is for: what the client hello asks for, or where the tunnel leads."""
    for text in (sni, None if address is None else address[0]):
        if text:
            try:
                return canonical_host(text)
            except AddressError:
                continue
    raise ValueError("neither the client hello nor the tunnel names a host")
