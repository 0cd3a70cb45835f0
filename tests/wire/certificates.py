"""A certificate authority for test origins: good leaves, and some that no browser would take."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

type Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _key(kind: str) -> Key:
    if kind == "smallkey":
        return rsa.generate_private_key(65537, 1024)
    if "rsa" in kind:
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


class TestAuthority:
    """Makes leaves on demand, as PEM files in a folder."""

    __test__ = False  # not a test class, for all its name

    def __init__(self, folder: Path, called: str = "Test origins") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(called)
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
        if not path.exists():
            kind = host.partition(".")[0]
            if kind == "unknownissuer":
                elsewhere = self._folder / "stranger"
                elsewhere.mkdir()
                TestAuthority(elsewhere, "A stranger").leaf(host.replace("unknownissuer", "stranger")).rename(path)
                return path
            self._make(path, host, kind)
        return path

    def _make(self, path: Path, host: str, kind: str) -> None:
        key = _key(kind)
        now = datetime.now(UTC)
        begins = now + timedelta(days=5) if kind == "notyet" else now - timedelta(days=20)
        ends = now - timedelta(days=1) if kind == "expired" else now + timedelta(days=10)
        named = {"wrongname": "another.test", "stranger": "unknownissuer.test"}.get(kind, host)
        subject = _name(named)
        self_signed = kind == "selfsigned"
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if self_signed else self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
        )
        if kind != "commonname":
            made = made.add_extension(x509.SubjectAlternativeName([_general_name(named)]), critical=False)
        if kind == "forclients":
            made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        signed = made.sign(
            key if self_signed else self._key, hashes.SHA224() if kind == "weaksignature" else hashes.SHA256()
        )
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + signed.public_bytes(serialization.Encoding.PEM)
        )


def _general_name(named: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(named))
    except ValueError:
        return x509.DNSName(named)
