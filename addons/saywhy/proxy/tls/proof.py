"""What a connection to an origin has to prove before a byte of a request goes to it.

OpenSSL checks the chain; for each of its certificates, and before the handshake may end, it asks `verify`. What was read
from a certificate is remembered by its fingerprint: most handshakes bring none that is new.
"""

from datetime import datetime
from typing import Final

from OpenSSL import SSL, crypto

from saywhy.proxy.bounded_cache import BoundedCache
from saywhy.proxy.tls.certificate_names import is_for
from saywhy.proxy.tls.certificate_rules import TOO_LONG, WRONG_NAME, Reading, read
from saywhy.proxy.tls.public_roots import public_roots

_MOST_REMEMBERED: Final = 4_096
_readings: Final[BoundedCache[bytes, Reading]] = BoundedCache(_MOST_REMEMBERED)
_named: Final[BoundedCache[tuple[bytes, str], bool]] = BoundedCache(_MOST_REMEMBERED)


class Proof:
    """Belongs to one connection, as its app data. `fault` says why nothing was proven, `ends` (aware) until when it holds."""

    __slots__ = ("_enciphers", "_public", "_signs", "ends", "fault", "host", "proven")

    def __init__(self, host: str) -> None:
        self.host = host
        self.proven = False
        self.fault = ""
        self.ends: datetime | None = None
        self._signs = self._enciphers = self._public = False

    def take(self, certificate: crypto.X509, depth: int) -> bool:
        """Take a certificate that OpenSSL has nothing against; 0 is the origin's own, and comes last. Raises ValueError."""
        digest = bytes.fromhex(certificate.digest("sha256").replace(b":", b"").decode())
        reading = _readings.get(digest)
        if reading is None:
            reading = _readings.keep(digest, read(certificate.to_cryptography()))
        if reading.ends is not None:
            self.ends = reading.ends if self.ends is None else min(self.ends, reading.ends)
        if depth:
            self._public = self._public or digest in public_roots()
            self.fault = reading.fault
            return not self.fault
        named = _named.get((digest, self.host))
        if named is None:
            named = _named.keep((digest, self.host), is_for(certificate.to_cryptography(), self.host))
        self.fault = reading.fault or ("" if named else WRONG_NAME)
        if not self.fault and reading.lives_long and self._public:
            self.fault = TOO_LONG
        self._signs, self._enciphers = reading.signs, reading.enciphers
        self.proven = not self.fault
        return self.proven

    def fits(self, suite: str | None) -> bool:
        """Whether the certificate's key may be used as the cipher suite does: for signatures, or to encipher a secret."""
        static_rsa = suite is not None and not suite.startswith(("TLS_", "ECDHE-"))
        return self.proven and (self._enciphers if static_rsa else self._signs)


def verify(connection: SSL.Connection, certificate: crypto.X509, _: int, depth: int, ok: int) -> bool:
    """For SSL.Context.set_verify: agrees where OpenSSL does and the connection's Proof does as well."""
    proof = connection.get_app_data()
    if not ok or not isinstance(proof, Proof):
        return False
    try:
        return proof.take(certificate, depth)
    except Exception as error:  # noqa: BLE001 — whatever it is about a certificate that cannot be read, it proves nothing
        proof.proven = False
        proof.fault = f"the certificate cannot be read ({error})"
        return False
