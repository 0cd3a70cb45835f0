"""Certificates of issuers, fetched from the addresses that certificates name (caIssuers, RFC 5280 section 4.2.2.1).

Nothing that comes from there is trusted: it only fills a gap between an origin's certificate and a root that is. By HTTP
alone, as the RFC says and as in Chromium (net/cert_net/cert_net_fetcher_url_request.cc), because HTTPS would need
certificates in its turn; redirections are not followed.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import h11
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs7

from saywhy.policy.address import AddressError, Url, bracketed, canonical_url
from saywhy.proxy.bounded_cache import BoundedCache

FETCH_SECONDS: Final = 5.0
MOST_BYTES: Final = 65_536  # as kMaxResponseBytes in Chromium's cert_issuer_source_aia.cc
KEPT_SECONDS: Final = 24 * 3600.0
FAILURE_KEPT_SECONDS: Final = 60.0
MOST_KEPT: Final = 512
MOST_UNDER_WAY: Final = 64
_MOST_IN_A_BUNDLE: Final = 8
_MOST_HEAD: Final = 16_384
_LONGEST_ADDRESS: Final = 8_192

type OpenStream = Callable[[str, int], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
"""Connects to a host and port that an origin chose, or raises OSError where that may not be."""
type Certificates = tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    certificates: Certificates
    until: float


class Issuers:
    """Fetches and keeps. Belongs to one event loop."""

    def __init__(
        self, open_stream: OpenStream, *, clock: Callable[[], float] = time.monotonic, limit: float = FETCH_SECONDS
    ) -> None:
        """`limit` is the time of a fetch in seconds, from the name to the last byte."""
        self._open_stream = open_stream
        self._clock = clock
        self._limit = limit
        self._kept: BoundedCache[str, _Kept] = BoundedCache(MOST_KEPT)
        self._under_way: dict[str, asyncio.Task[Certificates]] = {}

    async def at(self, address: str) -> Certificates:
        """The certificates at an address, kept or new; none where it is not HTTP or anything goes wrong."""
        kept = self._kept.get(address)
        if kept is not None and kept.until > self._clock():
            return kept.certificates
        fetch = self._under_way.get(address)
        if fetch is None:
            if len(self._under_way) >= MOST_UNDER_WAY or len(address) > _LONGEST_ADDRESS:
                return ()
            fetch = asyncio.get_running_loop().create_task(self._fetch(address))
            self._under_way[address] = fetch
        return await asyncio.shield(fetch)  # one who gives up waiting does not end the fetch of the others

    async def _fetch(self, address: str) -> Certificates:
        found: Certificates = ()
        try:
            url = canonical_url(address)
            if url.scheme == "http":
                async with asyncio.timeout(self._limit):
                    found = read_certificates(await self._body(url))
        except (OSError, ValueError, AddressError, h11.ProtocolError):
            found = ()
        finally:
            del self._under_way[address]
            seconds = KEPT_SECONDS if found else FAILURE_KEPT_SECONDS
            self._kept.keep(address, _Kept(found, self._clock() + seconds))
        return found

    async def _body(self, url: Url) -> bytes:
        """The body of a 200. Raises OSError, ValueError and h11.ProtocolError."""
        http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEAD)
        host = bracketed(url.host) if url.port == 80 else f"{bracketed(url.host)}:{url.port}"
        asked = h11.Request(
            method="GET", target=url.origin_form, headers=[("Host", host), ("Accept", "*/*"), ("Connection", "close")]
        )
        reader, writer = await self._open_stream(url.host, url.port)
        try:
            writer.write((http.send(asked) or b"") + (http.send(h11.EndOfMessage()) or b""))
            body = bytearray()
            while True:
                event = http.next_event()
                if event is h11.NEED_DATA:
                    http.receive_data(await reader.read(_MOST_HEAD))
                elif isinstance(event, h11.Response) and event.status_code != 200:
                    raise ValueError("it is not there")
                elif isinstance(event, h11.Data):
                    body += event.data
                    if len(body) > MOST_BYTES:
                        raise ValueError("it is too long")
                elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
                    return bytes(body)
        finally:
            writer.transport.abort()


def issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether the one is what the other was signed by: by its name and by the signature."""
    if issuer.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def read_certificates(body: bytes) -> Certificates:
    """Read DER, as RFC 5280 has it, a PKCS#7 bundle (certs-only CMS), or PEM, which some serve. Raises ValueError."""
    if body.lstrip().startswith(b"-----BEGIN CERTIFICATE-----"):
        return tuple(x509.load_pem_x509_certificates(body))[:_MOST_IN_A_BUNDLE]
    try:
        return (x509.load_der_x509_certificate(body),)
    except ValueError:
        return tuple(pkcs7.load_der_pkcs7_certificates(body))[:_MOST_IN_A_BUNDLE]
