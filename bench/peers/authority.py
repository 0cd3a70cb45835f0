"""Certificate authorities: the origin's, and one for each proxy that has to be given one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

type PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def p256() -> PrivateKey:
    """A new key on the curve that browsers and servers use most."""
    return ec.generate_private_key(ec.SECP256R1())


def rsa2048() -> PrivateKey:
    """A new RSA key of the size that guides for proxies tell people to make."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Authority:
    """`certificate`, `key` and `both` are PEM files in the folder."""

    def __init__(self, folder: Path, name: str, key: PrivateKey) -> None:
        self._key = key
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = (
            self._builder(self._name, key, days=365)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key, self.both = (folder / one for one in ("ca.pem", "ca.key", "ca-both.pem"))
        self.certificate.write_bytes(made.public_bytes(Encoding.PEM))
        self.key.write_bytes(_pem(key))
        self.both.write_bytes(self.key.read_bytes() + self.certificate.read_bytes())

    def _builder(self, subject: x509.Name, key: PrivateKey, *, days: int) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )

    def leaf(self, names: tuple[str, ...], key: PrivateKey) -> tuple[Path, Path]:
        """Files with a certificate for these names, and its key."""
        made = (
            self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]), key, days=90)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        certificate, private = self._folder / "leaf.pem", self._folder / "leaf.key"
        certificate.write_bytes(made.public_bytes(Encoding.PEM))
        private.write_bytes(_pem(key))
        return certificate, private


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
