"""A certificate authority for test origins: good leaves, and some that no browser would take."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class TestAuthority:
    """Makes leaves on demand, as PEM files in a folder."""

    __test__ = False  # not a test class, for all its name

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Test origins")
        now = datetime.now(UTC)
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.path = folder / "test-origins.pem"
        self.path.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def leaf(self, host: str) -> Path:
        """A PEM file with key and certificate for a host; what is wrong with it stands in the host's first label."""
        path = self._folder / f"{host}.pem"
        if path.exists():
            return path
        kind = host.partition(".")[0]
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        ends = now - timedelta(days=1) if kind == "expired" else now + timedelta(days=10)
        named = "another.test" if kind == "wrongname" else host
        subject = _name(named)
        try:
            general: x509.GeneralName = x509.IPAddress(ip_address(named))
        except ValueError:
            general = x509.DNSName(named)
        self_signed = kind == "selfsigned"
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if self_signed else self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=20))
            .not_valid_after(ends)
            .add_extension(x509.SubjectAlternativeName([general]), critical=False)
            .sign(key if self_signed else self._key, hashes.SHA256())
        )
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        return path
