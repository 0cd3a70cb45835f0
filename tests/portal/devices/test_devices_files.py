"""The certificate as files, and profiles for Apple's devices."""

import plistlib
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509

from saywhy.portal.devices import files
from saywhy.portal.devices.place import Place
from saywhy.proxy.tls.authority import ensure_authority

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
PROXY = Place("filter.school.example", 8080)


def authority(folder: Path, school: str = "Hillside School") -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_pem_x509_certificates(ensure_authority(folder, school, NOW).read_bytes()))


def test_pem_and_der_are_the_certificate_that_names_the_school(tmp_path: Path) -> None:
    found = authority(tmp_path)
    assert x509.load_pem_x509_certificate(files.as_pem(found)) == found[0]
    assert x509.load_der_x509_certificate(files.as_der(found)) == found[0]
    assert files.common_name(found[0]) == "Hillside School web filter (Saywhy)"
    assert files.fingerprint(found[0]).count(":") == 31


@pytest.mark.parametrize(
    ("school", "name"),
    [
        ("Hillside School", "hillside-school-web-filter"),
        ("St Mary's École (n. 3)", "st-marys-ecole-n-3-web-filter"),
        ("学校", "web-filter"),
        ('"; filename="x.exe', "filename-x-exe-web-filter"),
        ("a" * 300, "a" * 69 + "-web-filter"),
    ],
)
def test_files_are_named_after_the_school(school: str, name: str) -> None:
    assert files.file_name(school) == name


def test_a_profile_has_the_certificate_and_the_proxy_and_stays_itself(tmp_path: Path) -> None:
    found = authority(tmp_path)
    made = plistlib.loads(files.profile(found, "Hillside School & Co <3", PROXY))
    root, proxy = made["PayloadContent"]
    assert (made["PayloadType"], made["PayloadVersion"]) == ("Configuration", 1)
    assert made["PayloadDisplayName"] == "Hillside School & Co <3 web filter"
    assert root["PayloadType"] == "com.apple.security.root"
    assert x509.load_der_x509_certificate(root["PayloadContent"]) == found[0]
    assert proxy["PayloadType"] == "com.apple.proxy.http.global"
    assert (proxy["ProxyServer"], proxy["ProxyServerPort"]) == ("filter.school.example", 8080)
    alone = plistlib.loads(files.profile(found, "Hillside School", None))
    assert [one["PayloadType"] for one in alone["PayloadContent"]] == ["com.apple.security.root"]
    parts = [made, root, proxy, alone, *alone["PayloadContent"]]
    for part in parts:
        assert str(UUID(part["PayloadUUID"])).upper() == part["PayloadUUID"]
    for key in ("PayloadUUID", "PayloadIdentifier"):
        assert len({part[key] for part in parts}) == len(parts), "each has its own"
        again = plistlib.loads(files.profile(found, "Another Name", Place("10.1.0.5", 3128)))
        assert [again[key], *(one[key] for one in again["PayloadContent"])] == [made[key], root[key], proxy[key]]
        other = plistlib.loads(files.profile(authority(tmp_path / "other"), "Hillside School", PROXY))
        assert other[key] != made[key]


def test_without_a_certificate_nothing_is_made() -> None:
    with pytest.raises(ValueError, match="no certificate"):
        files.profile((), "Hillside School", PROXY)
