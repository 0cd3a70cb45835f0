"""Certificates of every kind for tests: whatever can be odd about one is an argument."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

type Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | dsa.DSAPrivateKey

_CURVES: dict[str, ec.EllipticCurve] = {
    "p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1(), "p224": ec.SECP224R1(),
}  # fmt: skip


@cache
def _rsa(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)  # one of each length is enough: they take their time


def key(kind: str = "p256") -> Key:
    """A key of a kind: "p256", "rsa1024" and so on, "ed25519"."""
    if kind.startswith("rsa"):
        return _rsa(int(kind[3:]))
    return ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(_CURVES[kind])


@dataclass(frozen=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def issue(
    by: Issued | None,
    name: str,
    *,
    names: tuple[str, ...] = (),
    ca: bool = False,
    kind: str = "p256",
    days: tuple[float, float] = (-20, 10),
    aia: tuple[str, ...] = (),
    digest: hashes.HashAlgorithm | None = None,
    pss: bool = False,
    more: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    critical: bool = True,
) -> Issued:
    """A certificate that `by` has issued, or a root without it. `days` from today, `critical` basic constraints."""
    now = datetime.now(UTC)
    its_key = key(kind)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if by is None else by.certificate.subject)
        .public_key(its_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
    )
    extensions: list[tuple[x509.ExtensionType, bool]] = [*more]
    if ca:
        extensions.append((x509.BasicConstraints(ca=True, path_length=None), critical))
    if names:
        extensions.append((x509.SubjectAlternativeName([general_name(one) for one in names]), False))
    if aia:
        access = [
            x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(one))
            for one in aia
        ]
        extensions.append((x509.AuthorityInformationAccess(access), False))
    for extension, is_critical in extensions:
        made = made.add_extension(extension, is_critical)
    signing: Any = its_key if by is None else by.key
    settings: dict[str, Any] = {}
    if isinstance(signing, rsa.RSAPrivateKey) and pss:
        settings["rsa_padding"] = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    algorithm: Any = None if isinstance(signing, ed25519.Ed25519PrivateKey) else digest or hashes.SHA256()
    return Issued(made.sign(signing, algorithm, **settings), its_key)


def write(path: Path, leaf: Issued, *between: Issued) -> Path:
    """A PEM file as servers take it: the key, then the chain."""
    path.write_bytes(leaf.key_pem + leaf.pem + b"".join(one.pem for one in between))
    return path
