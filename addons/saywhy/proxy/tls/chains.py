"""Chains of certificates that an origin shows without what belongs between its own and a root: completed as browsers do.

What was fetched is given to OpenSSL beside the roots, for that origin alone, and the handshake is done anew: OpenSSL checks
everything once more, to a root. A certificate that is not its own issuer is no root to OpenSSL, wherever it lies (without
X509_V_FLAG_PARTIAL_CHAIN, which is never set here); those that are their own issuers are not taken.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final
from weakref import WeakValueDictionary

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import AuthorityInformationAccessOID
from OpenSSL import SSL, crypto

from saywhy.policy.address import address_literal
from saywhy.proxy.bounded_cache import BoundedCache
from saywhy.proxy.tls.issuers import Certificates, Issuers, issued
from saywhy.proxy.tls.proof import Proof

COMPLETE_SECONDS: Final = 5.0  # for all that a chain lacks
MOST_FETCHES: Final = 4  # for one chain
MOST_SHOWN: Final = 10  # certificates of a chain that are looked at
MOST_KEPT: Final = 128  # origins; the settings of one, with all roots, are about 1 MB
KEPT: Final = timedelta(days=1)
_NONE: Final[Mapping[str, SSL.Context]] = MappingProxyType({})

# X509_V_ERR_: UNABLE_TO_GET_ISSUER_CERT, UNABLE_TO_GET_ISSUER_CERT_LOCALLY, UNABLE_TO_VERIFY_LEAF_SIGNATURE
LACKING: Final = frozenset({2, 20, 21})
_WORDS: Final = ("unable to get issuer", "unable to get local issuer", "unable to verify the first certificate")


def is_incomplete(error: str) -> bool:
    """Whether a connection failed because its chain lacked something, by the error's text."""
    lower = error.lower()
    return any(words in lower for words in _WORDS)


class Chains:
    """The TLS settings for origins: one for all, and others for those whose chain had to be completed."""

    def __init__(
        self,
        make_context: Callable[[Certificates], SSL.Context],
        issuers: Issuers | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        limit: float = COMPLETE_SECONDS,
        own: Mapping[str, SSL.Context] = _NONE,
    ) -> None:
        """`make_context` makes settings that know some certificates beside the roots; without `issuers` none is asked.

        `own` are the settings for names of the filter's own.
        """
        self._own = own
        self._make_context = make_context
        self._for_all = make_context(())
        roots = self._for_all.get_cert_store()
        assert roots is not None
        self._roots = roots
        self._issuers = issuers
        self._now = now
        self._limit = limit
        self._completed: BoundedCache[str, tuple[datetime, SSL.Context]] = BoundedCache(MOST_KEPT)
        self._contexts: WeakValueDictionary[tuple[bytes, ...], SSL.Context] = WeakValueDictionary()
        self._shown: BoundedCache[str, Certificates] = BoundedCache(MOST_KEPT)
        self._under_way: dict[str, asyncio.Task[bool]] = {}

    def context_for(self, host: str) -> SSL.Context:
        """The settings for a host."""
        completed = self._completed.get(host) if self._completed else None
        if completed is None:
            return self._own.get(host, self._for_all)
        if completed[0] <= self._now():
            del self._completed[host]
            return self._for_all
        return completed[1]

    def connection(self, host: str, offers: Sequence[bytes]) -> SSL.Connection:
        """A TLS object that speaks to an origin, which has to prove that it is that host. `offers`: versions of HTTP."""
        made = SSL.Connection(self.context_for(host))
        made.set_app_data(Proof(host))
        if address_literal(host) is None:  # an address is not sent (RFC 6066 section 3)
            made.set_tlsext_host_name(host.encode("ascii"))
        if offers:
            made.set_alpn_protos(list(offers))
        made.set_connect_state()
        return made

    def proven_for(self, connection: SSL.Connection) -> float:
        """How many seconds longer what a connection has proven holds; 0 where nothing was."""
        proof = connection.get_app_data()
        if not isinstance(proof, Proof) or not proof.proven or proof.ends is None:
            return 0.0
        return max(0.0, (proof.ends - self._now()).total_seconds())

    def failed(self, host: str, connection: SSL.Connection) -> None:
        """Remember what a host has shown, where that lacked something."""
        if self._issuers is None or SSL._lib.SSL_get_verify_result(connection._ssl) not in LACKING:  # type: ignore[attr-defined]  # noqa: SLF001
            return
        try:
            shown = connection.get_peer_cert_chain(as_cryptography=True) or []
        except ValueError:
            return
        self._shown.keep(host, tuple(shown[:MOST_SHOWN]))

    async def complete(self, host: str) -> bool:
        """Whether what a host showed last could be completed to a root; then `context_for` has what it lacks."""
        under_way = self._under_way.get(host)
        if under_way is None:
            if host not in self._shown:
                return host in self._completed  # somebody else has just waited for the same
            under_way = self._under_way[host] = asyncio.get_running_loop().create_task(self._complete(host))
        return await asyncio.shield(under_way)

    async def _complete(self, host: str) -> bool:
        shown = self._shown.pop(host)
        try:
            async with asyncio.timeout(self._limit):
                lacking = await self._lacking(shown)
        except TimeoutError:
            lacking = ()
        finally:
            del self._under_way[host]
        if not lacking:
            return False
        prints = tuple(one.fingerprint(SHA256()) for one in lacking)
        context = self._contexts.get(prints)
        if context is None:
            context = self._contexts[prints] = self._make_context(lacking)
        until = min(self._now() + KEPT, *(one.not_valid_after_utc for one in lacking))
        self._completed.keep(host, (until, context))
        return True

    async def _lacking(self, shown: Certificates) -> Certificates:
        """What has to be known beside these for a chain to a root; nothing where there is none."""
        assert self._issuers is not None
        pool = list(shown)
        path = _path(shown[0], pool)
        fetches = 0
        while True:
            addresses = issuer_addresses(path[-1])[: MOST_FETCHES - fetches]
            for address in addresses:
                fetches += 1
                found = [one for one in await self._issuers.at(address) if one.subject != one.issuer]
                if any(issued(one, path[-1]) for one in found):
                    pool += found
                    break
            else:
                return ()
            path = _path(shown[0], pool)
            if _leads_to_root(self._roots, path):
                return tuple(one for one in path if one not in shown)


def issuer_addresses(certificate: x509.Certificate) -> list[str]:
    """The addresses at which a certificate says that its issuer's is."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return []
    return [
        one.access_location.value
        for one in access
        if one.access_method == AuthorityInformationAccessOID.CA_ISSUERS
        and isinstance(one.access_location, x509.UniformResourceIdentifier)
        and one.access_location.value[:7].lower() == "http://"
    ]


def _path(leaf: x509.Certificate, pool: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """From the leaf upwards, as far as the pool reaches."""
    path = [leaf]
    while True:
        following = next((one for one in pool if one not in path and issued(one, path[-1])), None)
        if following is None:
            return path
        path.append(following)


def _leads_to_root(roots: crypto.X509Store, path: Sequence[x509.Certificate]) -> bool:
    leaf, *between = (crypto.X509.from_cryptography(one) for one in path)
    try:
        crypto.X509StoreContext(roots, leaf, between).verify_certificate()
    except crypto.X509StoreContextError:
        return False
    return True
