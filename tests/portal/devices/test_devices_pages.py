"""The pages for devices: for anybody, over plain HTTP, with what each system needs."""

import plistlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from cryptography import x509
from werkzeug.test import TestResponse

from saywhy.portal.devices.place import DeviceSources, Place
from saywhy.portal.devices.system import System
from saywhy.proxy.tls.authority import ensure_authority
from tests.portal.conftest import PROOF, World
from tests.portal.devices.test_devices_system import CHROMEBOOK, FIREFOX, IPHONE, LINUX, MAC, WINDOWS

THROUGH = {"Host": "why.school.internal", "X-Saywhy-Relay": PROOF, "X-Saywhy-Client": "10.30.7.21"}
NAMED = "Hillside School web filter (Saywhy)"
FILES = ("/certificate.pem", "/certificate.cer", "/certificate.mobileconfig", "/filter.mobileconfig", "/proxy.pac")


@pytest.fixture
def ready(world: World, tmp_path: Path) -> World:
    """A filter that listens everywhere, and has its certificate."""
    pem = ensure_authority(tmp_path / "ca", "Hillside School", datetime.now(UTC)).read_bytes()
    give(world, lambda: tuple(x509.load_pem_x509_certificates(pem)))
    return world


def give(world: World, certificates: object, listens: str = "0.0.0.0") -> None:
    sources = DeviceSources(certificates, (Place(listens, 8080),), Place(listens, 8081))  # type: ignore[arg-type]
    object.__setattr__(world.context, "devices", sources)


def get(world: World, path: str, headers: Mapping[str, str] | None = None, said: str = "") -> TestResponse:
    """Ask as a device that reached the proxy at 10.1.0.5, unless other headers say something else."""
    relayed = {**THROUGH, "X-Saywhy-Proxy": "10.1.0.5:8080", "User-Agent": said}
    return world.client().get(path, headers=relayed if headers is None else headers)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (WINDOWS, ("Trusted Root Certification Authorities", "setup script")),
        (MAC, ("Keychain Access", "Is this an iPad?")),
        (IPHONE, ("Certificate Trust Settings", "Profile Downloaded")),
        (CHROMEBOOK, ("only PEM files",)),
        (LINUX, ("update-ca-certificates", "nssdb")),
        (FIREFOX.format("X11; Linux x86_64"), ("Trust this CA to identify websites", "version 120")),
        ("curl/8.14.1", ("Which device is this?",)),
    ],
)
def test_the_steps_are_those_of_the_system_that_asks(ready: World, said: str, told: tuple[str, ...]) -> None:
    page = get(ready, "/device", said=said)
    assert page.status_code == 200
    text = unescape(re.sub(r"<[^>]+>", "", page.text))
    for words in (*told, "http://10.1.0.5:8081/proxy.pac", NAMED):
        assert words in text
    assert page.text.count("<script") == 1, "the one that reads aloud, which nothing needs"
    links = set(re.findall(r'href="/device/(\w+)"', page.text.partition('id="systems"')[2]))
    assert len(links) == (7 if "curl" in said else 6)


@pytest.mark.parametrize("system", sorted(System))
def test_each_system_has_steps_that_end_with_the_check(ready: World, system: str) -> None:
    steps = get(ready, f"/device/{system}").text.partition('class="steps"')[2].partition("</section>")[0]
    assert steps.count("<li>") >= 5
    assert 'href="/certificate' in steps
    assert '<code dir="ltr">10.1.0.5</code>' in steps
    assert steps.rindex("/check") > steps.rindex("/proxy.pac")


def test_a_system_that_there_is_not(ready: World) -> None:
    assert get(ready, "/device/beos").status_code == 404
    assert get(ready, "/certificate.exe").status_code == 404


def test_the_files_are_what_they_say_and_named_after_the_school(ready: World) -> None:
    pem, der, alone, whole, pac = (get(ready, path) for path in FILES)
    assert x509.load_pem_x509_certificate(pem.data) == x509.load_der_x509_certificate(der.data)
    assert get(ready, "/certificate.der").data == get(ready, "/certificate.crt").data == der.data
    assert (pem.content_type, der.content_type) == ("application/x-pem-file", "application/x-x509-ca-cert")
    assert alone.content_type == whole.content_type == "application/x-apple-aspen-config"
    assert pac.content_type == get(ready, "/wpad.dat").content_type == "application/x-ns-proxy-autoconfig"
    assert 'filename="hillside-school-web-filter.pem"' in pem.headers["Content-Disposition"]
    proxy = plistlib.loads(whole.data)["PayloadContent"][1]
    assert (proxy["ProxyServer"], proxy["ProxyServerPort"]) == ("10.1.0.5", 8080)
    assert '"PROXY 10.1.0.5:8080"' in pac.text
    assert "; DIRECT" not in pac.text.partition("function")[2]


def test_the_address_is_the_one_by_which_the_portal_was_reached_without_the_proxy(ready: World) -> None:
    pac = get(ready, "/proxy.pac", {"Host": "127.0.0.1:8081", "X-Saywhy-Proxy": "198.51.100.1:1"})
    assert '"PROXY 127.0.0.1:8080"' in pac.text, "nobody outside says where the proxy is"


def test_where_the_proxy_cannot_be_reached_there_is_no_pac_file_that_leads_past_it(world: World) -> None:
    give(world, tuple, "127.0.0.2")
    for path in ("/proxy.pac", "/wpad.dat", "/filter.mobileconfig"):
        page = get(world, path, {"Host": "127.0.0.1:8081"})
        assert page.status_code == 503
        assert "does not know its own address" in page.text


def _unreadable() -> tuple[x509.Certificate, ...]:
    raise OSError(13, "Permission denied")


@pytest.mark.parametrize("certificates", [tuple, _unreadable], ids=["none", "unreadable"])
def test_a_certificate_that_cannot_be_read_is_told_and_breaks_nothing_else(world: World, certificates: object) -> None:
    give(world, certificates)
    for path in ("/device", *FILES[:4]):
        page = get(world, path)
        assert page.status_code == 503
        assert "certificate cannot be read" in unescape(page.text)
    assert get(world, "/check").status_code == get(world, "/proxy.pac").status_code == 200


def test_without_a_policy_and_a_store_all_of_it_is_there(ready: World) -> None:
    ready.engine = None
    ready.store.close()
    for path in ("/device", "/check", "/check/yes", "/check/tick.svg", *FILES):
        assert get(ready, path).status_code == 200, path


def test_the_check_takes_its_pictures_from_the_filters_own_names(ready: World) -> None:
    through, straight = get(ready, "/check"), get(ready, "/check", {"Host": "127.0.0.1:8081"})
    for page in (through, straight):
        pictures = re.findall(r'<img (?:class="closed" )?src="([^"]+)" alt="([^"]+)"', page.text)
        assert [one for one, _ in pictures] == [
            "http://why.school.internal/check/tick.svg",
            "https://trust.why.school.internal/check/tick.svg",
            "http://blocked.why.school.internal/test.svg",
            "https://clock.why.school.internal/check/tick.svg",
        ]
        for address, words in pictures:
            assert words.startswith("No ")
            assert "/".join(address.split("/")[:3]) in page.headers["Content-Security-Policy"]
        assert "Strict-Transport-Security" not in page.headers
    assert "Yes: this page came to you through the filter" in through.text
    assert "did not come through the filter" in straight.text
    assert get(ready, "/check/tick.svg").headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert get(ready, "/check/tick.svg", {"Host": "why.school.internal"}).status_code == 404, "DNS alone proves nothing"
    assert "img-src 'self';" in get(ready, "/device").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({**THROUGH, "X-Saywhy-Scheme": "https"}, "Yes: this device trusts"),
        ({**THROUGH, "X-Saywhy-Scheme": "http"}, "Yes: this device goes through"),
        ({"Host": "127.0.0.1:8081", "X-Saywhy-Scheme": "https"}, "No: this page did not come through"),
        ({**THROUGH, "X-Saywhy-Relay": "a guess"}, "No: this page did not come through"),
    ],
)
def test_the_answer_as_a_page(ready: World, headers: Mapping[str, str], said: str) -> None:
    assert said in get(ready, "/check/yes", headers).text
