from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID

from saywhy.proxy.tls.authority import Authority, ensure_authority, read_authority
from saywhy.proxy.tls.leaf_certificates import LeafCertificates

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    ensure_authority(tmp_path, "Hillside School", NOW)
    return read_authority(tmp_path)


@pytest.mark.parametrize("host", ["a.test", "x" * 63 + ".test", "127.0.0.1", "2001:db8::1", "_odd.test"])
def test_a_verifier_by_the_rules_of_the_web_takes_it(authority: Authority, host: str) -> None:
    leaf = LeafCertificates(authority).make(host, NOW)
    store = verification.Store([authority.certificate])
    named: x509.DNSName | x509.IPAddress
    try:
        named = x509.IPAddress(ip_address(host))
    except ValueError:
        named = x509.DNSName(host)
    if host != "_odd.test":  # its verifier takes no underscores; browsers do
        verification.PolicyBuilder().store(store).time(NOW).build_server_verifier(named).verify(leaf, [])
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert list(names.value) == [named]
    assert names.critical is (len(leaf.subject) == 0)
    leaf.verify_directly_issued_by(authority.certificate)


def test_the_key_is_not_the_authoritys_and_new_in_each_process(authority: Authority) -> None:
    one, other = LeafCertificates(authority), LeafCertificates(authority)
    leaf = one.make("a.test", NOW)
    assert leaf.public_key() == one.key.public_key()
    assert isinstance(leaf.public_key(), ec.EllipticCurvePublicKey)
    assert len({key.public_numbers() for key in (one.key.public_key(), other.key.public_key())}) == 2
    assert leaf.public_key() != authority.certificate.public_key()


def test_it_is_for_servers_and_signs_nothing(authority: Authority) -> None:
    extensions = LeafCertificates(authority).make("a.test", NOW).extensions
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_it_names_its_issuers_key_as_the_issuer_does(authority: Authority) -> None:
    extensions = LeafCertificates(authority).make("a.test", NOW).extensions
    own = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == own
    assert extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest != own


def test_it_is_valid_two_days_back_and_no_longer_than_browsers_accept(authority: Authority) -> None:
    leaf = LeafCertificates(authority).make("a.test", NOW)
    assert leaf.not_valid_before_utc == NOW - timedelta(days=2)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=398)
    assert leaf.not_valid_after_utc > NOW + timedelta(days=90)


def test_it_does_not_outlive_its_authority(authority: Authority) -> None:
    end = authority.certificate.not_valid_after_utc
    for now in (end - timedelta(days=10), end + timedelta(days=1)):
        leaf = LeafCertificates(authority).make("a.test", now)
        assert leaf.not_valid_before_utc < leaf.not_valid_after_utc == end


def test_serials_are_random(authority: Authority) -> None:
    leaves = LeafCertificates(authority)
    serials = {leaves.make("a.test", NOW).serial_number for _ in range(20)}
    assert len(serials) == 20
    assert min(serial.bit_length() for serial in serials) > 64
