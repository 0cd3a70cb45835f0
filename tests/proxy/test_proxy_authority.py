import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from mitmproxy import certs

from saywhy.proxy.tls.authority import AuthorityError, combined_roots, ensure_authority, read_authority
from tests.wire.certificates import TestAuthority

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_it_is_made_once_with_the_schools_name_and_a_private_key_for_its_user_alone(tmp_path: Path) -> None:
    made = ensure_authority(tmp_path / "ca", "Hillside School", NOW)
    certificate = x509.load_pem_x509_certificate(made.read_bytes())
    assert "Hillside School" in certificate.subject.rfc4514_string()
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.not_valid_after_utc > NOW + timedelta(days=365 * 4)
    assert b"PRIVATE" not in made.read_bytes()
    assert stat.S_IMODE((tmp_path / "ca" / "mitmproxy-ca.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "ca").stat().st_mode) == 0o700
    before = made.read_bytes()
    assert ensure_authority(tmp_path / "ca", "Another", NOW).read_bytes() == before


def test_mitmproxy_can_work_with_it(tmp_path: Path) -> None:
    ensure_authority(tmp_path, "Hillside School", NOW)
    store = certs.CertStore.from_store(tmp_path, "mitmproxy", 2048)
    assert "Hillside" in str(store.default_ca.cn)


def test_a_long_or_odd_name_of_a_school_is_no_obstacle(tmp_path: Path) -> None:
    assert ensure_authority(tmp_path, "Ysgol Gyfun " * 20 + "é, O=x", NOW).exists()


def test_modes_that_were_opened_are_closed_again(tmp_path: Path) -> None:
    ensure_authority(tmp_path, "x", NOW)
    (tmp_path / "mitmproxy-ca.pem").chmod(0o644)
    ensure_authority(tmp_path, "x", NOW)
    assert stat.S_IMODE((tmp_path / "mitmproxy-ca.pem").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_one_that_is_broken_is_told_and_never_replaced_in_silence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mitmproxy-ca.pem").write_bytes(content)
    with pytest.raises(AuthorityError, match=r"mitmproxy-ca\.pem"):
        ensure_authority(tmp_path, "x", NOW)
    assert (tmp_path / "mitmproxy-ca.pem").read_bytes() == content


def test_one_that_has_ended_is_told(tmp_path: Path) -> None:
    ensure_authority(tmp_path, "x", NOW)
    with pytest.raises(AuthorityError, match="ended on 2031"):
        ensure_authority(tmp_path, "x", NOW + timedelta(days=365 * 6))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AuthorityError, match="writable"):
        ensure_authority(tmp_path / "file" / "ca", "x", NOW)


def test_roots_of_the_school_come_on_top_of_the_public_ones(tmp_path: Path) -> None:
    public = tmp_path / "public.pem"
    public.write_text("public roots")
    assert combined_roots(public, None, tmp_path / "both.pem") == public
    own = TestAuthority(tmp_path).path
    both = combined_roots(public, own, tmp_path / "both.pem").read_bytes()
    assert b"public roots" in both
    assert own.read_bytes() in both


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_file_without_certificates_is_told(tmp_path: Path, content: bytes | None) -> None:
    own = tmp_path / "own.pem"
    if content is not None:
        own.write_bytes(content)
    with pytest.raises(AuthorityError, match=r"own\.pem"):
        combined_roots(tmp_path, own, tmp_path / "both.pem")


class TestReading:
    def test_what_was_made_is_read(self, tmp_path: Path) -> None:
        made = ensure_authority(tmp_path, "Hillside School", NOW)
        held = read_authority(tmp_path)
        assert held.certificate == x509.load_pem_x509_certificate(made.read_bytes())
        assert held.key.public_key() == held.certificate.public_key()
        assert held.between == ()

    def test_a_school_may_put_its_own_there_with_those_between(self, tmp_path: Path) -> None:
        root = TestAuthority(tmp_path)
        own = root.leaf("rsa.test").read_bytes()
        (tmp_path / "mitmproxy-ca.pem").write_bytes(own + root.path.read_bytes())
        held = read_authority(tmp_path)
        assert [one.subject.rfc4514_string() for one in (held.certificate, *held.between)] == [
            "CN=rsa.test",
            "CN=Test origins",
        ]

    @pytest.mark.parametrize("content", [b"", b"nonsense", "only a certificate", "another key", "another kind of key"])
    def test_what_cannot_sign_is_told_with_its_file(self, tmp_path: Path, content: bytes | str) -> None:
        origins = TestAuthority(tmp_path)
        one, other = (origins.leaf(f"{name}.test").read_bytes() for name in ("a", "b"))
        ends = b"-----END PRIVATE KEY-----\n"
        odd_key = ed25519.Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        texts = {
            "only a certificate": one.partition(ends)[2],
            "another key": one.partition(ends)[0] + ends + other.partition(ends)[2],
            "another kind of key": odd_key + other.partition(ends)[2],
        }
        (tmp_path / "mitmproxy-ca.pem").write_bytes(content if isinstance(content, bytes) else texts[content])
        with pytest.raises(AuthorityError, match=r"mitmproxy-ca\.pem: "):
            read_authority(tmp_path)


class TestWhatIsOffered:
    """The certificate that devices are told to trust."""

    def test_one_that_is_not_valid_yet_is_told(self, tmp_path: Path) -> None:
        ensure_authority(tmp_path, "x", NOW)
        with pytest.raises(
            AuthorityError, match=r"begins on 2026-11-21, and now it is 2026-11-13; set the clock right"
        ):
            ensure_authority(tmp_path, "x", NOW - timedelta(days=10))

    def test_another_one_than_signs_is_told_and_not_replaced(self, tmp_path: Path) -> None:
        ensure_authority(tmp_path / "one", "x", NOW)
        other = ensure_authority(tmp_path / "other", "y", NOW).read_bytes()
        offered = tmp_path / "one" / "saywhy-ca.pem"
        for content in (other, b"", b"nothing"):
            offered.write_bytes(content)
            with pytest.raises(AuthorityError, match=r"saywhy-ca\.pem: this is not the certificate that signs here"):
                ensure_authority(tmp_path / "one", "x", NOW)
            assert offered.read_bytes() == content

    def test_one_that_is_gone_comes_back(self, tmp_path: Path) -> None:
        made = ensure_authority(tmp_path, "x", NOW)
        before = made.read_bytes()
        made.unlink()
        assert ensure_authority(tmp_path, "x", NOW).read_bytes() == before

    def test_the_root_above_a_schools_own_authority_may_be_offered(self, tmp_path: Path) -> None:
        root = TestAuthority(tmp_path)
        (tmp_path / "mitmproxy-ca.pem").write_bytes(root.leaf("between.test").read_bytes())
        (tmp_path / "saywhy-ca.pem").write_bytes(root.path.read_bytes())
        assert ensure_authority(tmp_path, "x", datetime.now(UTC)) == tmp_path / "saywhy-ca.pem"


class TestAFullDisk:
    def test_roots_that_are_so_already_are_not_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        public = tmp_path / "public.pem"
        public.write_text("public roots")
        own = TestAuthority(tmp_path).path
        both = combined_roots(public, own, tmp_path / "both.pem")
        monkeypatch.setattr("os.fsync", full_disk)
        assert combined_roots(public, own, both) == both
        public.write_text("other roots")
        with pytest.raises(AuthorityError, match=r"both\.pem: it cannot be written \(No space left on device\)"):
            combined_roots(public, own, both)
        assert b"public roots" in both.read_bytes()
        assert sorted(one.name for one in tmp_path.glob("both*")) == ["both.pem"]

    def test_an_authority_is_made_whole_or_not_at_all(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patched:
            patched.setattr("os.fsync", full_disk)
            with pytest.raises(AuthorityError, match="No space left on device"):
                ensure_authority(tmp_path / "ca", "x", NOW)
        assert list((tmp_path / "ca").iterdir()) == []
        ensure_authority(tmp_path / "ca", "x", NOW)


def full_disk(_: int) -> None:
    raise OSError(28, "No space left on device")
