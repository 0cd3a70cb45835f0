"""What Chromium asks of certificates beyond what OpenSSL does, or otherwise: keys, signatures, names, uses, lifetimes.

Keys and signatures: SimplePathBuilderDelegate (BoringSSL's pki/simple_path_builder_delegate.cc) with 1024 bits, as
net/cert/cert_verify_proc_builtin.cc makes it, and IsWeakKey in net/cert/cert_verify_proc.cc. Uses of keys: BoringSSL's
ssl_cert_check_key_usage; purposes, of a chain's every certificate but the root: VerifyExtendedKeyUsage in BoringSSL's
pki/verify_certificate_chain.cc. The words are OpenSSL's own where it has some, as pages and logs know those.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

LEAST_RSA_BITS: Final = 1_024
# Of what a public root has issued, since September 2020: HasTooLongValidity in net/cert/cert_verify_proc.cc.
LONGEST_LIFETIME: Final = timedelta(days=398)
TOO_LONG: Final = "the certificate is valid for longer than browsers allow"
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


@dataclass(frozen=True, slots=True)
class Reading:
    """What there is to know about a certificate. `fault` says what is wrong with it, whatever it is shown for."""

    fault: str
    signs: bool = False
    enciphers: bool = False
    lives_long: bool = False
    ends: datetime | None = None


def read(certificate: x509.Certificate) -> Reading:
    """Read a certificate of any place in a chain. Raises ValueError where it cannot be read."""
    fault = _fault(certificate)
    if fault:
        return Reading(fault)
    lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return Reading("", True, True, lifetime > LONGEST_LIFETIME, certificate.not_valid_after_utc)
    signs, enciphers = usage.digital_signature, usage.key_encipherment
    return Reading("", signs, enciphers, lifetime > LONGEST_LIFETIME, certificate.not_valid_after_utc)


def _fault(certificate: x509.Certificate) -> str:
    """What is wrong with a certificate's key, signature or purpose; of a root only its key matters."""
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
