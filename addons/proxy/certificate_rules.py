"""What Chromium asks of certificates beyond what OpenSSL does, or otherwise: keys, signatures, names, uses.

Keys and signatures: SimplePathBuilderDelegate (BoringSSL's pki/simple_path_builder_delegate.cc) with 1024 bits, as
net/cert/cert_verify_proc_builtin.cc makes it, and IsWeakKey in net/cert/cert_verify_proc.cc. Uses: BoringSSL's
ssl_cert_check_key_usage; purposes, of a chain's every certificate but the root: VerifyExtendedKeyUsage in BoringSSL's
pki/verify_certificate_chain.cc. The words are OpenSSL's own where it has some, as pages and logs know those.
"""

from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID
from OpenSSL import SSL, crypto

from addons.proxy.certificate_names import is_for

LEAST_RSA_BITS: Final = 1_024
WRONG_NAME: Final = "hostname mismatch"
WEAK_KEY: Final = "certificate key too weak, or of a kind that browsers do not take"
WEAK_SIGNATURE: Final = "signature digest algorithm too weak, or of a kind that browsers do not take"
WRONG_USE: Final = "unsuitable certificate purpose"

_CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_SIGNATURES: Final = frozenset(
    {
        SignatureAlgorithmOID.RSA_WITH_SHA256,
        SignatureAlgorithmOID.RSA_WITH_SHA384,
        SignatureAlgorithmOID.RSA_WITH_SHA512,
        SignatureAlgorithmOID.RSASSA_PSS,
        SignatureAlgorithmOID.ECDSA_WITH_SHA256,
        SignatureAlgorithmOID.ECDSA_WITH_SHA384,
        SignatureAlgorithmOID.ECDSA_WITH_SHA512,
    }
)
_DIGESTS: Final = frozenset({"sha256", "sha384", "sha512"})
_FOR_SERVERS: Final = frozenset({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})
_MOST_REMEMBERED: Final = 1_024


class Proof:
    """What a connection to an origin has to prove, and what came of it. `fault` says why it did not."""

    __slots__ = ("_enciphers", "_signs", "fault", "host", "proven")

    def __init__(self, host: str) -> None:
        self.host = host
        self.proven = False
        self.fault = ""
        self._signs = self._enciphers = False

    def take(self, certificate: x509.Certificate, depth: int) -> bool:
        """Take a certificate that OpenSSL has nothing against; 0 is the origin's own, and comes last."""
        self.fault = _fault_of_any(certificate) if depth else self._fault_of_leaf(certificate)
        self.proven = not depth and not self.fault
        return not self.fault

    def fits(self, suite: str | None) -> bool:
        """Whether the certificate's key may be used as the cipher suite does: for signatures, or to encipher a secret."""
        static_rsa = suite is not None and not suite.startswith(("TLS_", "ECDHE-"))
        return self.proven and (self._enciphers if static_rsa else self._signs)

    def _fault_of_leaf(self, certificate: x509.Certificate) -> str:
        fault = _fault_of_any(certificate)
        if fault:
            return fault
        if not is_for(certificate, self.host):
            return WRONG_NAME
        try:
            usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        except x509.ExtensionNotFound:
            self._signs = self._enciphers = True
        else:
            self._signs, self._enciphers = usage.digital_signature, usage.key_encipherment
        return ""


def verify(connection: SSL.Connection, certificate: crypto.X509, _: int, depth: int, ok: int) -> bool:
    """For SSL.Context.set_verify: agrees where OpenSSL does and the connection's Proof does as well."""
    proof = connection.get_app_data()
    if not ok or not isinstance(proof, Proof):
        return False
    try:
        return proof.take(certificate.to_cryptography(), depth)
    except Exception as error:  # noqa: BLE001 — whatever it is about a certificate that cannot be read, it proves nothing
        proof.proven = False
        proof.fault = f"the certificate cannot be read ({error})"
        return False


@lru_cache(_MOST_REMEMBERED)
def _fault_of_any(certificate: x509.Certificate) -> str:
    """What is wrong with a certificate's key, signature and purpose; of a root only its key matters. Raises ValueError."""
    if not _key_is_taken(certificate):
        return WEAK_KEY
    if certificate.subject == certificate.issuer:  # OpenSSL sees to it that it is a root's
        return ""
    digest = certificate.signature_hash_algorithm
    if certificate.signature_algorithm_oid not in _SIGNATURES or digest is None or digest.name not in _DIGESTS:
        return WEAK_SIGNATURE
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ""
    return "" if any(use in _FOR_SERVERS for use in uses) else WRONG_USE


def _key_is_taken(certificate: x509.Certificate) -> bool:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return False
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= LEAST_RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES
