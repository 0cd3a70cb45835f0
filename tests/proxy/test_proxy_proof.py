"""What a connection to an origin has to prove. tests/browser/test_as_browser.py holds the rules against Chromium's."""

from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from OpenSSL import SSL, crypto

from saywhy.proxy.tls.certificate_rules import TOO_LONG, WEAK_KEY, WEAK_SIGNATURE, WRONG_NAME
from saywhy.proxy.tls.proof import Proof, verify
from tests.wire.issuing import issue
from tests.wire.odd_certificates import usage

HOST = "a.test"
PUBLIC = x509.load_pem_x509_certificate(Path(certifi.where()).read_bytes())
ROOT = issue(None, "Root", ca=True)
LEAF = issue(ROOT, HOST, names=(HOST,))


def pyopenssl(certificate: x509.Certificate) -> crypto.X509:
    return crypto.X509.from_cryptography(certificate)


def connection(proof: object) -> SSL.Connection:
    made = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD))
    if proof is not None:
        made.set_app_data(proof)
    return made


class TestProof:
    def test_only_the_origins_own_certificate_proves_anything(self) -> None:
        proof = Proof(HOST)
        assert proof.take(pyopenssl(ROOT.certificate), 1)
        assert not proof.proven
        assert not proof.fits("TLS_AES_128_GCM_SHA256")
        assert proof.take(pyopenssl(LEAF.certificate), 0)
        assert proof.proven

    @pytest.mark.parametrize(
        ("odd", "fault"),
        [
            ({"names": ("b.test",)}, WRONG_NAME),
            ({"kind": "p224"}, WEAK_KEY),
            ({"kind": "ed25519"}, WEAK_KEY),
            ({"digest": hashes.SHA224()}, WEAK_SIGNATURE),
        ],
    )
    def test_a_fault_is_told(self, odd: dict[str, object], fault: str) -> None:
        proof = Proof(HOST)
        assert not proof.take(pyopenssl(issue(ROOT, HOST, **({"names": (HOST,)} | odd)).certificate), 0)  # type: ignore[arg-type]
        assert not proof.proven
        assert proof.fault == fault

    @pytest.mark.parametrize(
        ("used", "suite", "fits"),
        [
            (("digital_signature",), "TLS_AES_128_GCM_SHA256", True),
            (("digital_signature",), "ECDHE-RSA-AES128-GCM-SHA256", True),
            (("digital_signature",), "AES128-SHA", False),
            (("key_encipherment",), "TLS_AES_128_GCM_SHA256", False),
            (("key_encipherment",), "ECDHE-RSA-AES128-GCM-SHA256", False),
            (("key_encipherment",), "AES128-SHA", True),
            ((), "TLS_AES_128_GCM_SHA256", False),
            ((), None, False),
        ],
    )
    def test_a_key_is_used_for_what_it_is_for(self, used: tuple[str, ...], suite: str | None, fits: bool) -> None:
        proof = Proof(HOST)
        assert proof.take(pyopenssl(issue(ROOT, HOST, names=(HOST,), more=(usage(*used),)).certificate), 0)
        assert proof.fits(suite) is fits

    @pytest.mark.parametrize("suite", ["TLS_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-SHA", "AES128-SHA"])
    def test_without_a_word_on_it_a_key_is_for_everything(self, suite: str) -> None:
        proof = Proof(HOST)
        proof.take(pyopenssl(LEAF.certificate), 0)
        assert proof.fits(suite)

    @pytest.mark.parametrize(
        ("root", "days", "fault"),
        [
            (PUBLIC, 397, ""),
            (PUBLIC, 399, TOO_LONG),
            (ROOT.certificate, 399, ""),
            (ROOT.certificate, 3_650, ""),
        ],
    )
    def test_what_a_public_root_has_issued_lives_as_short_as_browsers_ask(
        self, root: x509.Certificate, days: int, fault: str
    ) -> None:
        proof = Proof(HOST)
        assert proof.take(pyopenssl(root), 2)
        assert proof.take(pyopenssl(issue(ROOT, "Between", ca=True).certificate), 1)
        proof.take(pyopenssl(issue(ROOT, HOST, names=(HOST,), days=(0, days)).certificate), 0)
        assert proof.fault == fault


class TestVerify:
    def test_what_openssl_refuses_stays_refused(self) -> None:
        proof = Proof(HOST)
        assert not verify(connection(proof), pyopenssl(LEAF.certificate), 20, 0, 0)
        assert not proof.proven

    @pytest.mark.parametrize("proof", [None, "a.test", object()])
    def test_without_anything_to_prove_nothing_is_accepted(self, proof: object) -> None:
        assert not verify(connection(proof), pyopenssl(LEAF.certificate), 0, 0, 1)

    def test_what_cannot_be_read_is_refused(self) -> None:
        bad = x509.UnrecognizedExtension(x509.SubjectAlternativeName.oid, b"\x30\x03\x82\x01\xff")
        proof = Proof(HOST)
        odd = issue(ROOT, HOST, more=((bad, False),)).certificate
        assert not verify(connection(proof), pyopenssl(odd), 0, 0, 1)
        assert not proof.proven
        assert "cannot be read" in proof.fault

    def test_the_rest_is_accepted(self) -> None:
        proof = Proof(HOST)
        assert verify(connection(proof), pyopenssl(LEAF.certificate), 0, 0, 1)
        assert proof.proven
