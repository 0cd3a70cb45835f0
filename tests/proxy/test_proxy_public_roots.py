from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from saywhy.proxy.tls.public_roots import public_roots


def test_every_root_that_is_shipped_is_public() -> None:
    text = Path(certifi.where()).read_bytes()
    assert len(public_roots()) == text.count(b"-----BEGIN CERTIFICATE-----") > 100
    assert x509.load_pem_x509_certificate(text).fingerprint(SHA256()) in public_roots()
