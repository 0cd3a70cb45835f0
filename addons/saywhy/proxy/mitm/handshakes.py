"""TLS on both sides: what the filter shows to devices, and what it asks of origins.

Takes the place of mitmproxy's TlsConfig. Nothing is built for a connection that was built for one before: contexts for
devices are kept by name (`device_contexts`), origins share one (`chains` knows the exceptions). Keys of sessions are never
written anywhere, whatever SSLKEYLOGFILE says.
"""

from mitmproxy.connection import Client, Server
from mitmproxy.tls import ClientHelloData, TlsData

from saywhy.proxy.mitm.chain_incomplete import Incomplete
from saywhy.proxy.outbound.connect_to import asked_of
from saywhy.proxy.tls.alpn_cache import AlpnCache
from saywhy.proxy.tls.chains import Chains
from saywhy.proxy.tls.device_contexts import HTTP_1, HTTP_2, DeviceContexts, host_asked_for


class Handshakes:
    """mitmproxy addon, or called without mitmproxy's chain: gives each connection its TLS object."""

    def __init__(self, devices: DeviceContexts, chains: Chains, alpn_cache: AlpnCache) -> None:
        self._devices = devices
        self._chains = chains
        self._alpn_cache = alpn_cache

    def tls_clienthello(self, data: ClientHelloData) -> None:
        """No origin is spoken to before a request was decided on."""
        data.establish_server_tls_first = False

    def tls_start_client(self, data: TlsData) -> None:
        """Give the TLS object that speaks to the device, with a certificate for the name it asked for."""
        client = data.conn
        assert isinstance(client, Client)
        server = data.context.server
        host = host_asked_for(client.sni, server.address)
        data.ssl_conn = self._devices.connection(host, client.alpn, server.alpn)

    def tls_start_server(self, data: TlsData) -> None:
        """Give the TLS object that speaks to the origin. The name it has to prove is the host that was decided on."""
        server = data.conn
        assert isinstance(server, Server)
        assert server.address is not None
        host = server.sni = asked_of(server.address[0])
        if not server.alpn_offers:
            server.alpn_offers = self._offers(data.context.client)
        data.ssl_conn = self._chains.connection(host, server.alpn_offers)

    def tls_established_server(self, data: TlsData) -> None:
        """An origin has said what it speaks."""
        server = data.conn
        assert isinstance(server, Server)
        if server.address is not None:
            at = asked_of(server.address[0]), server.address[1]
            self._alpn_cache.learn(at, server.alpn_offers, server.alpn)

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
        if client.alpn == HTTP_1:
            return (HTTP_1,)
        if client.alpn == HTTP_2:
            return self._devices.http
        return tuple(one for one in self._devices.http if one in client.alpn_offers)
