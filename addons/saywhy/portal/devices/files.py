"""What a device is given to trust the filter's authority: the certificate, and profiles for Apple's devices."""

import plistlib
import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final
from uuid import NAMESPACE_DNS, UUID, uuid5

from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from cryptography.x509.oid import NameOID

from saywhy.policy.own_hosts import PORTAL_NAME
from saywhy.portal.devices.place import Place

PEM_TYPE: Final = "application/x-pem-file"
DER_TYPE: Final = "application/x-x509-ca-cert"
PROFILE_TYPE: Final = "application/x-apple-aspen-config"
_OWN: Final = uuid5(NAMESPACE_DNS, PORTAL_NAME)
_IDENTIFIER: Final = ".".join(reversed(PORTAL_NAME.split(".")))


def file_name(school: str) -> str:
    """The name of the files, without an ending: "hillside-school-web-filter"."""
    plain = unicodedata.normalize("NFKD", school).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    return "-".join([*words, "web-filter"])[-80:].lstrip("-")


def root_of(certificates: Sequence[Certificate]) -> Certificate:
    """The one that devices install: that which nobody else issued, or the last. Raises ValueError where there is none."""
    if not certificates:
        raise ValueError("no certificate")
    return next((one for one in certificates if one.issuer == one.subject), certificates[-1])


def common_name(certificate: Certificate) -> str:
    """What devices call it in their lists."""
    named = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(named[0].value) if named else certificate.subject.rfc4514_string()


def fingerprint(certificate: Certificate) -> str:
    """SHA-256, as devices show it: pairs of digits with colons."""
    return certificate.fingerprint(SHA256()).hex(":").upper()


def thumbprint(certificate: Certificate) -> str:
    """SHA-1, which Windows shows when it asks whether to install a root; nothing is proven by it."""
    return certificate.fingerprint(SHA1()).hex(":").upper()  # noqa: S303


def as_pem(certificates: Sequence[Certificate]) -> bytes:
    """All of them, as text. Raises ValueError where there is none."""
    root_of(certificates)
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


def as_der(certificates: Sequence[Certificate]) -> bytes:
    """The one that devices install. Raises ValueError."""
    return root_of(certificates).public_bytes(Encoding.DER)


def profile(certificates: Sequence[Certificate], school: str, proxy: Place | None) -> bytes:
    """A configuration profile for iOS, iPadOS and macOS, not signed: the certificate and, where given, the proxy.

    Its identifiers are those of the authority, so that one that is installed again takes the place of the first. As
    Apple's device management has it: com.apple.security.root, com.apple.security.pkcs1 for what is no root, and
    com.apple.proxy.http.global, which iOS and iPadOS take under supervision alone. Raises ValueError.
    """
    kind = "certificate" if proxy is None else "filter"
    key = root_of(certificates).fingerprint(SHA256()).hex()
    parts = [
        {
            **_head(
                key, kind, f"certificate{number}", f"{school} web filter", "Lets this device trust the web filter."
            ),
            "PayloadType": f"com.apple.security.{'root' if one.issuer == one.subject else 'pkcs1'}",
            "PayloadContent": one.public_bytes(Encoding.DER),
            "PayloadCertificateFileName": f"{file_name(school)}.cer",
        }
        for number, one in enumerate(certificates, 1)
    ]
    if proxy is not None:
        parts.append(
            {
                **_head(key, kind, "proxy", f"{school} web filter", "Sends web pages through the web filter."),
                "PayloadType": "com.apple.proxy.http.global",
                "ProxyType": "Manual",
                "ProxyServer": proxy.host,
                "ProxyServerPort": proxy.port,
                "ProxyCaptiveLoginAllowed": False,
            }
        )
    whole = {
        **_head(key, kind, "", f"{school} web filter", "What this device needs to go through the web filter."),
        "PayloadType": "Configuration",
        "PayloadOrganization": school,
        "PayloadScope": "System",
        "PayloadContent": parts,
    }
    return plistlib.dumps(whole)


def _head(key: str, kind: str, part: str, name: str, description: str) -> dict[str, Any]:
    identifier = ".".join(filter(None, (_IDENTIFIER, key[:16], kind, part)))
    uuid: UUID = uuid5(_OWN, f"{key} {kind} {part}")
    return {
        "PayloadIdentifier": identifier,
        "PayloadUUID": str(uuid).upper(),
        "PayloadVersion": 1,
        "PayloadDisplayName": name,
        "PayloadDescription": description,
    }
