"""Which roots are everybody's, and not a school's own: some rules are for certificates under these alone."""

import hashlib
import re
import ssl
from functools import cache
from pathlib import Path
from typing import Final

import certifi

_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")


@cache
def public_roots() -> frozenset[bytes]:
    """The SHA-256 fingerprints of Mozilla's roots, as the package certifi ships them. The first call reads them."""
    text = Path(certifi.where()).read_text(encoding="utf-8")
    return frozenset(hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest() for pem in _PEM.findall(text))
