"""Certificates for the sites that the filter speaks for: made as they are asked for, signed by the school's authority."""

from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from saywhy.policy.own_hosts import CLOCK_NAME
from saywhy.proxy.tls.authority import Authority

CLOCK_SKEW: Final = timedelta(days=2)  # devices' clocks are wrong more often than not
LIFETIME: Final = timedelta(days=395)  # with CLOCK_SKEW below the 398 days that browsers accept
CLOCK_CHECKED: Final = timedelta(minutes=10)  # how wrong a device's clock may be before it is told so
_LONGEST_COMMON_NAME: Final = 64  # RFC 5280, ub-common-name


class LeafCertificates:
    """Makes certificates, all with one P-256 key that is new in each process and never on disk.

    The key is not the authority's: a leaf's key takes part in every handshake, the authority's only signs.
    """

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self.key = ec.generate_private_key(ec.SECP256R1())
        public = self.key.public_key()
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        # what is the same in every certificate is put together once
        self._begun = (
            x509.CertificateBuilder()
            .issuer_name(authority.certificate.subject)
            .public_key(public)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_authority_identifier(authority.certificate), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )

    def make(self, host: str, now: datetime) -> x509.Certificate:
        """Make a certificate for a canonical host: a name, or an address without brackets. `now` has a time zone.

        Valid from two days ago for 397 days in all, never longer than the authority itself; for the name that checks a
        device's clock, ten minutes before and after. Serials are random.
        """
        named = len(host) <= _LONGEST_COMMON_NAME
        skew, lifetime = (CLOCK_CHECKED, CLOCK_CHECKED) if host == CLOCK_NAME else (CLOCK_SKEW, LIFETIME)
        ends = min(now + lifetime, self._authority.certificate.not_valid_after_utc)
        return (
            self._begun.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)] if named else []))
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, ends) - skew)
            .not_valid_after(ends)
            # RFC 5280 section 4.2.1.6: critical where there is no subject
            .add_extension(x509.SubjectAlternativeName([_general_name(host)]), critical=not named)
            .sign(self._authority.key, hashes.SHA256())
        )


def _authority_identifier(certificate: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """The authority's own identifier, whatever it was made from (RFC 5280 section 4.2.1.1)."""
    try:
        own = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey) or hasattr(key, "public_numbers")
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)  # type: ignore[arg-type]
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
