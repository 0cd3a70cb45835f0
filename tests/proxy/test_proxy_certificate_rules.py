"""Certificates are read as Chromium reads them; tests/browser/test_as_browser.py holds the rules against Chromium itself."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from saywhy.proxy.tls.certificate_rules import WEAK_KEY, WEAK_SIGNATURE, WRONG_USE, Reading, read
from tests.wire.issuing import issue
from tests.wire.odd_certificates import usage

ROOT = issue(None, "Root", ca=True)
FOR_CLIENTS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
FOR_ANYTHING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])


@pytest.mark.parametrize(
    ("odd", "fault"),
    [
        ({}, ""),
        ({"kind": "rsa1024"}, ""),
        ({"kind": "p384"}, ""),
        ({"kind": "p521"}, ""),
        ({"kind": "p224"}, WEAK_KEY),
        ({"kind": "ed25519"}, WEAK_KEY),
        ({"digest": hashes.SHA512()}, ""),
        ({"digest": hashes.SHA224()}, WEAK_SIGNATURE),
        ({"digest": hashes.SHA3_256()}, WEAK_SIGNATURE),
        ({"more": ((FOR_CLIENTS, False),)}, WRONG_USE),
        ({"more": ((FOR_ANYTHING, False),)}, ""),
    ],
)
def test_keys_signatures_and_purposes(odd: dict[str, object], fault: str) -> None:
    assert read(issue(ROOT, "a.test", **odd).certificate).fault == fault  # type: ignore[arg-type]


def test_of_a_root_only_the_key_matters() -> None:
    assert read(issue(None, "Old root", ca=True, digest=hashes.SHA224()).certificate).fault == ""
    assert read(issue(None, "Odd root", ca=True, kind="p224").certificate).fault == WEAK_KEY


def test_uses_and_lifetime_are_told() -> None:
    assert read(ROOT.certificate) == Reading("", signs=True, enciphers=True, ends=ROOT.certificate.not_valid_after_utc)
    used = issue(ROOT, "a.test", more=(usage("digital_signature"),), days=(0, 399)).certificate
    assert read(used) == Reading("", signs=True, enciphers=False, lives_long=True, ends=used.not_valid_after_utc)
