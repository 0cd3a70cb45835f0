"""TLS towards devices: contexts by name, each with a certificate that was made for it, in a bounded cache.

A session that a device got from one worker goes on at any other: the keys of its ticket are those of the context that a
connection begins with, which is made before workers are forked, and is in memory alone. Each name has a session id context
of its own (SSL_CTX_set_session_id_context(3)), so that no ticket is good for another name.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any, Final

from OpenSSL import SSL, crypto

from saywhy.policy.address import AddressError, canonical_host
from saywhy.policy.own_hosts import CLOCK_NAME
from saywhy.proxy.bounded_cache import BoundedCache
from saywhy.proxy.tls.authority import Authority
from saywhy.proxy.tls.leaf_certificates import LeafCertificates
from saywhy.proxy.tls.settings import settings

MOST_KEPT: Final = 2_048  # about 20 KB each
HTTP_1: Final = b"http/1.1"
HTTP_2: Final = b"h2"
_RENEWED_BEFORE_END: Final = timedelta(days=30)
_CLOCK_RENEWED: Final = timedelta(minutes=1)
# The hybrid group comes after X25519 towards devices: on the way through the school it would cost more than it gives.
_GROUPS_FOR_DEVICES: Final = b"X25519:X25519MLKEM768:P-256:P-384"

_lib: Final[Any] = SSL._lib  # type: ignore[attr-defined]  # noqa: SLF001 — pyOpenSSL has no other way to these


@cache
def ticket_keys() -> SSL.Context:
    """The context whose keys seal all tickets: one for all processes that are forked after this was called."""
    return _context()


def _context() -> SSL.Context:
    made = settings(SSL.TLS_SERVER_METHOD)
    if _lib.SSL_CTX_set1_curves_list(made._context, _GROUPS_FOR_DEVICES) != 1:  # noqa: SLF001
        raise RuntimeError("OpenSSL does not know the groups for key exchange")
    made.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # tickets are all that is needed, and cost no memory here
    return made


class DeviceContexts:
    """Gives each connection with a device its TLS object. `http` are the versions that it offers, the preferred first."""

    def __init__(
        self,
        authority: Authority,
        *,
        http2: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        most_kept: int = MOST_KEPT,
    ) -> None:
        self.http = (HTTP_2, HTTP_1) if http2 else (HTTP_1,)
        self._leaves = LeafCertificates(authority)
        self._between = authority.between
        self._key = crypto.PKey.from_cryptography_key(self._leaves.key)
        self._tickets = ticket_keys()
        self._now = now
        self._kept: BoundedCache[str, tuple[datetime, datetime, SSL.Context]] = BoundedCache(most_kept)

    def connection(self, host: str, settled: bytes | None, spoken: bytes | None) -> SSL.Connection:
        """A TLS object with a certificate for a host.

        `settled` is the version of HTTP that was chosen before, `spoken` what the origin speaks, as far as they are known.
        """
        made = SSL.Connection(self._tickets)
        made.set_context(self.context_for(host))
        made.set_app_data((settled, spoken))
        made.set_accept_state()
        return made

    def chosen(self, offers: tuple[bytes, ...], spoken: bytes | None) -> bytes | None:
        """The version of HTTP that will be spoken with a client that offers these; None where nothing is said of it."""
        if spoken is not None:
            return spoken if spoken in offers else None
        return next((one for one in offers if one in self.http), None)

    def context_for(self, host: str) -> SSL.Context:
        """The settings for a host, made now or before."""
        now = self._now()
        kept = self._kept.get(host)
        if kept is not None and kept[0] <= now < kept[1]:
            self._kept.move_to_end(host)
            return kept[2]
        made, begins, ends = self._made(host, now)
        self._kept.keep(host, (begins, ends, made))
        return made

    def _made(self, host: str, now: datetime) -> tuple[SSL.Context, datetime, datetime]:
        """A context with a certificate, and when it is to be used."""
        leaf = self._leaves.make(host, now)
        made = _context()
        # a session holds the certificate that it began with, which for a clock would be too old
        session = f"{host} {now}" if host == CLOCK_NAME else host
        made.set_session_id(sha256(session.encode()).digest())
        made.use_certificate(leaf)
        # pyOpenSSL would turn the key into text and read it again each time, at twice the cost of all the rest
        if _lib.SSL_CTX_use_PrivateKey(made._context, self._key._pkey) != 1:  # noqa: SLF001
            raise RuntimeError("the key does not fit the certificate")
        for one in self._between:
            made.add_extra_chain_cert(one)
        made.set_alpn_select_callback(self._select)
        if host == CLOCK_NAME:  # the one before would tell a clock that is right now that it is wrong
            return made, now - _CLOCK_RENEWED, now + _CLOCK_RENEWED
        return made, leaf.not_valid_before_utc, leaf.not_valid_after_utc - _RENEWED_BEFORE_END

    def _select(self, connection: SSL.Connection, offers: list[bytes]) -> Any:
        """The protocol to speak: what was settled before, what the origin speaks, or the client's first choice."""
        settled, spoken = connection.get_app_data()
        if settled is not None:
            return settled if settled in offers else SSL.NO_OVERLAPPING_PROTOCOLS
        chosen = self.chosen(tuple(offers), spoken)
        return SSL.NO_OVERLAPPING_PROTOCOLS if chosen is None else chosen


def host_asked_for(sni: str | None, address: tuple[str, int] | None) -> str:
    """The name that the certificate is for: what the ClientHello asks for, or where the tunnel leads. Raises ValueError."""
    for text in (sni, None if address is None else address[0]):
        if text:
            try:
                return canonical_host(text)
            except AddressError:
                continue
    raise ValueError("neither the client hello nor the tunnel names a host")
