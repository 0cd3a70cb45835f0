"""The filter's own certificate authority: made at first start, never in the repository, readable by its user alone."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from saywhy.atomic_files import make_folder, write_whole
from saywhy.file_access import why_unreadable
from saywhy.proxy.tls.issuers import issued

# mitmproxy looks for its authority under this name in its configuration folder.
_KEY_AND_CERTIFICATE = "mitmproxy-ca.pem"
CERTIFICATE = "saywhy-ca.pem"
_LIFETIME = timedelta(days=5 * 365)
_CLOCK_SKEW = timedelta(days=2)
_FOR_ALL = 0o644  # what holds no secret


class AuthorityError(Exception):
    """The authority cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Authority:
    """What signs: the certificate, its key, and the certificates between it and a root that devices trust, if any."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    between: tuple[x509.Certificate, ...] = ()


def read_authority(folder: Path) -> Authority:
    """Read the authority that `ensure_authority` made, or that a school put there itself. Raises AuthorityError."""
    pem = folder / _KEY_AND_CERTIFICATE
    try:
        text = pem.read_bytes()
        certificate, *between = x509.load_pem_x509_certificates(text)
        key = serialization.load_pem_private_key(text, None)
    except OSError as error:
        raise AuthorityError(f"{why_unreadable(pem, error)}; it is the certificate authority") from None
    except (ValueError, TypeError) as error:
        raise AuthorityError(
            f"{pem}: the certificate authority is damaged ({error}); put it back from a backup, or move it away so that "
            "a new one is made, which the devices then have to trust"
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise AuthorityError(f"{pem}: the key is neither an elliptic curve nor an RSA one; put one of these there")
    if key.public_key() != certificate.public_key():
        raise AuthorityError(f"{pem}: the key does not belong to the first certificate; put the two together")
    return Authority(certificate, key, tuple(between))


def ensure_authority(folder: Path, school: str, now: datetime) -> Path:
    """Make the authority unless it is there; give the path of its certificate (PEM), the one that devices trust.

    The school's name is in the certificate, so that an error on a device names the school. P-256, valid for five
    years. Raises AuthorityError.
    """
    pem = folder / _KEY_AND_CERTIFICATE
    offered = folder / CERTIFICATE
    try:
        make_folder(folder)
        if not pem.exists():
            _make(pem, school, now)
    except OSError as error:
        raise AuthorityError(
            f"{pem}: the certificate authority cannot be made ({error.strerror}); make the folder writable, with room in it"
        ) from None
    authority = read_authority(folder)
    _check_times(pem, authority.certificate, now)
    with suppress(OSError):  # of another user, or on a disk that is full: it signs all the same
        pem.chmod(0o600)
        if not offered.exists():
            write_whole(offered, authority.certificate.public_bytes(serialization.Encoding.PEM), mode=_FOR_ALL)
    _check_offered(offered, authority)
    return offered


def _check_times(pem: Path, certificate: x509.Certificate, now: datetime) -> None:
    if certificate.not_valid_after_utc <= now:
        raise AuthorityError(
            f"{pem}: the certificate authority ended on {certificate.not_valid_after_utc:%Y-%m-%d}; "
            f"move the file away so that a new one is made, then let the devices trust it"
        )
    if certificate.not_valid_before_utc > now:
        raise AuthorityError(
            f"{pem}: the certificate authority begins on {certificate.not_valid_before_utc:%Y-%m-%d}, and now it is "
            f"{now:%Y-%m-%d}; set the clock right, or put one there that is valid already"
        )


def _check_offered(offered: Path, authority: Authority) -> None:
    """Devices are told to trust this certificate: it has to be the one that signs, or one that it comes from."""
    try:
        trusted = x509.load_pem_x509_certificates(offered.read_bytes())
    except OSError:  # there is none yet: nothing wrong is offered
        return
    except ValueError:
        trusted = []
    chain = [authority.certificate, *authority.between]
    for one in trusted:
        if one in chain or any(issued(one, below) for below in chain):
            return
    raise AuthorityError(
        f"{offered}: this is not the certificate that signs here ({authority.certificate.subject.rfc4514_string()}), so devices "
        f"that trust it would not trust this filter; move the file away so that the right one is written, or put it there"
    )


def _make(pem: Path, school: str, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"{school[:40]} web filter (Saywhy)"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, school[:64]),
        ]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - _CLOCK_SKEW)
        .not_valid_after(now.astimezone(UTC) + _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate_pem = made.public_bytes(serialization.Encoding.PEM)
    write_whole(pem, key_pem, certificate_pem)


def combined_roots(public: Path, extra: Path | None, target: Path) -> Path:
    """The roots that origins are checked by: the public ones and, in addition, the school's own file.

    The target is only written where it is not so already. Raises AuthorityError when the extra file holds no certificate,
    or the target cannot be written.
    """
    if extra is None:
        return public
    try:
        text = extra.read_bytes()
        x509.load_pem_x509_certificates(text)
    except (OSError, ValueError) as error:
        raise AuthorityError(f"{extra}: no certificates can be read from it ({error}); give a PEM file") from None
    try:
        wanted = public.read_bytes() + b"\n" + text
        if not _holds(target, wanted):
            write_whole(target, wanted, mode=_FOR_ALL)
    except OSError as error:
        raise AuthorityError(
            f"{target}: it cannot be written ({error.strerror}); make its folder writable, with room in it"
        ) from None
    return target


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False
