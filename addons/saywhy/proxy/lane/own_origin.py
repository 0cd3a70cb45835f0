"""The origin behind the self-test's names: on loopback, in the worker itself, with one short answer for whatever is asked.

Only these names lead there (`Outbound.lead_inside`), each at 80 and at 443. Its certificate is made when it begins, signed by the
school's authority, which is believed for these names and for no other origin.
"""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from OpenSSL import SSL

from saywhy.policy.own_hosts import TEST_CERTIFICATE, TEST_NAMES
from saywhy.proxy.lane.tls_transport import TlsTransport
from saywhy.proxy.tls.authority import CERTIFICATE, AuthorityError, read_authority
from saywhy.proxy.tls.device_contexts import HTTP_1, DeviceContexts
from saywhy.proxy.tls.settings import settings_for_origins

logger = logging.getLogger(__name__)

TOLD: Final = "This is a test page inside the filter."
_LOOPBACK: Final = "127.0.0.1"
_LONGEST_HEAD: Final = 65_536  # bytes
_SECONDS: Final = 10.0  # for a request's head


def settings_for_own(authority: Path) -> Mapping[str, SSL.Context]:
    """How the filter speaks to this origin, by name: the school's authority is the only root. Empty where there is none."""
    try:
        made = settings_for_origins(authority / CERTIFICATE)
    except AuthorityError as error:
        logger.warning("the self-test cannot look inside TLS: %s", error)
        return {}
    return dict.fromkeys(TEST_NAMES, made)


class OwnOrigin:
    """Belongs to one event loop."""

    def __init__(self, authority: Path) -> None:
        self._authority = authority
        self._servers: list[asyncio.Server] = []

    async def listen(self) -> Mapping[tuple[str, int], tuple[str, int]]:
        """Begin, and say where each name and port leads. Empty where that cannot be; filtering goes on without."""
        loop = asyncio.get_running_loop()
        try:
            devices = DeviceContexts(read_authority(self._authority), http2=False)
            for factory in (Answering, lambda: _in_tls(devices)):
                self._servers.append(await loop.create_server(factory, _LOOPBACK, 0))
        except (AuthorityError, OSError) as error:
            logger.warning("the self-test has no origin to ask: %s", error)
            self.close()
            return {}
        plain, tls = (server.sockets[0].getsockname()[1] for server in self._servers)
        ports = {80: plain, 443: tls}
        return {(name, port): (_LOOPBACK, at) for name in TEST_NAMES for port, at in ports.items()}

    def close(self) -> None:
        """End."""
        for server in self._servers:
            server.close()
        self._servers.clear()


def _in_tls(devices: DeviceContexts) -> TlsTransport:
    connection = devices.connection(TEST_CERTIFICATE, None, HTTP_1)
    certificate = connection.get_certificate()
    inside = Answering("" if certificate is None else certificate.digest("sha256").decode().replace(":", "").lower())
    return TlsTransport(connection, inside, inside, accepts=True)


class Answering(asyncio.Protocol):
    """One connection and one answer, which tells the fingerprint of the certificate that was shown here, if any."""

    def __init__(self, fingerprint: str = "") -> None:
        self._fingerprint = fingerprint
        self._came = b""
        self._transport: asyncio.Transport
        self._until: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a request, for a while."""
        self._transport = cast("asyncio.Transport", transport)
        self._until = asyncio.get_running_loop().call_later(_SECONDS, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        """Answer once a head has come."""
        if self._transport.is_closing():
            return
        self._came += data
        if b"\r\n\r\n" in self._came:
            body = f"{TOLD}\n{self._fingerprint}\n".encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            self._transport.write(head.encode() + (b"" if self._came.startswith(b"HEAD ") else body))
            self._transport.close()
        elif len(self._came) > _LONGEST_HEAD:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 — asyncio's own
        """It is over."""
        self._until.cancel()

    def handshaken(self) -> str:
        """Whoever asks may."""
        return ""

    def handshake_failed(self, error: str, *, by_them: bool, said_all: bool) -> None:
        """Whoever asks has gone, or will be told by TLS."""
