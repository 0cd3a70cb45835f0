"""The portal in the language of whoever asks: chosen on the page, remembered, and the filter's own pages once more."""

import re
from gettext import NullTranslations
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from cryptography import x509

from saywhy.explain.translation import Translation, shipped_translation
from saywhy.observe.handshake_log import HandshakeRecord
from saywhy.observe.handshake_report import Inspected, report
from saywhy.policy.catalogue import WITHHELD
from saywhy.portal import language
from saywhy.portal.devices.system import System
from saywhy.proxy.tls.authority import ensure_authority
from tests.exceptions.conftest import NOW, SCHOOL, school
from tests.portal.conftest import PROOF, World, csrf
from tests.portal.devices.test_devices_pages import give
from tests.portal.test_portal_stopped import ago, knows

HERE = {"X-Saywhy-Relay": PROOF, "X-Saywhy-Client": "10.30.7.21", "X-Saywhy-Scheme": "http"}
ELSEWHERE = {**HERE, "X-Saywhy-Client": "10.30.7.99"}
ASK = "Ask about a closed page"
# What a device is told at the portal, and the text that each page begins with.
OF_DEVICES = {
    "/check": "Check this device",
    "/check/yes": "Yes: this device goes through the filter",
    "/device": "Set up this device",
    "/device/ios": "Set up this device",
    "/is-it-the-filter": "Is it the filter?",
    "/problems": "What programs are told",
    "/problems/blocked": "Closed by the school's web filter",
    "/stopped": "Why did that just stop?",
}


def spoken(tag: str, text: str) -> str:
    told = shipped_translation(tag).text(text)
    assert told != text
    return told


def root(page: str) -> tuple[str, str]:
    found = re.search(r'<html lang="([^"]+)" dir="([^"]+)">', page)
    assert found is not None
    return found[1], found[2]


def test_the_browser_is_listened_to(world: World) -> None:
    page = world.client().get("/", headers={"Accept-Language": "cy-GB,en;q=0.5"})
    assert root(page.text) == ("cy", "ltr")
    assert spoken("cy", ASK) in page.text
    assert {"Accept-Language", "Cookie"} <= set(page.vary)


def test_what_is_chosen_on_the_page_is_remembered_and_stronger_than_the_browser(world: World) -> None:
    client = world.client()
    first = client.get("/")
    assert root(first.text) == ("en", "ltr")
    assert '<a href="/?language=cy" hreflang="cy" lang="cy" dir="ltr">Cymraeg</a>' in first.text
    assert 'lang="en"' not in first.text.partition("<nav")[2]  # it is in English already
    chosen = client.get("/?language=cy", headers={"Accept-Language": "pl"})
    assert root(chosen.text)[0] == "cy"
    cookie = chosen.headers["Set-Cookie"]
    assert cookie.startswith("saywhy-language=cy;")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert root(client.get("/", headers={"Accept-Language": "pl"}).text)[0] == "cy"
    assert root(client.get("/?language=en").text)[0] == "en"


@pytest.mark.parametrize("tag", ["xx", "<script>", "../cy", "c" * 9000, "en\r\nSet-Cookie: a=b"])
def test_a_language_that_there_is_not_changes_nothing(world: World, tag: str) -> None:
    page = world.client().get("/", query_string={"language": tag})
    assert page.status_code == 200
    assert root(page.text)[0] == "en"
    assert "saywhy-language" not in page.headers.get("Set-Cookie", "")


def test_a_school_offers_what_it_names_alone(world: World, tmp_path: Path) -> None:
    world.engine = school(
        tmp_path / "two", SCHOOL.replace("timezone: Europe/London", "timezone: Europe/London, languages: [cy, en]")
    )
    page = world.client().get("/", headers={"Accept-Language": "pl"}).text
    assert root(page)[0] == "cy"
    assert re.findall(r'\?language=(\w+)"', page) == ["en"]


@pytest.fixture
def certified(world: World, tmp_path: Path) -> World:
    """A portal that has the filter's certificate to hand out."""
    pem = ensure_authority(tmp_path / "ca", "Hillside School", NOW).read_bytes()
    give(world, lambda: tuple(x509.load_pem_x509_certificates(pem)))
    return world


class TestPagesAboutADevice:
    @pytest.mark.parametrize(("path", "begins"), sorted(OF_DEVICES.items()))
    def test_speak_as_the_browser_does_and_as_is_chosen_on_them(self, certified: World, path: str, begins: str) -> None:
        client = certified.client()
        page = client.get(path, headers={**HERE, "Accept-Language": "uk"}).text
        assert (root(page), spoken("uk", begins) in unescape(page)) == (("uk", "ltr"), True)
        assert f'<a href="{path}?language=ar" hreflang="ar" lang="ar" dir="rtl">' in page
        for address in (f"{path}?language=ar", path):
            page = client.get(address, headers={**HERE, "Accept-Language": "uk"}).text
            assert (root(page), spoken("ar", begins) in unescape(page)) == (("ar", "rtl"), True)

    def test_speak_the_schools_language_where_the_browser_knows_none(self, certified: World, tmp_path: Path) -> None:
        of_school = SCHOOL.replace("timezone: Europe/London", "timezone: Europe/London, languages: [de, en]")
        certified.engine = school(tmp_path / "german", of_school)
        for path, begins in OF_DEVICES.items():
            page = certified.client().get(path, headers={**HERE, "Accept-Language": "ja"}).text
            assert (root(page)[0], spoken("de", begins) in unescape(page)) == ("de", True), path

    def test_take_what_was_chosen_along_to_the_filters_other_names_which_have_other_cookies(
        self, certified: World
    ) -> None:
        client = certified.client()
        heard = client.get("/check", headers={**HERE, "Accept-Language": "pl"}).text
        assert 'href="https://trust.why.school.internal/check/yes"' in heard
        for address in ("/check?language=pl", "/check"):
            page = client.get(address, headers=HERE).text
            assert 'href="https://trust.why.school.internal/check/yes?language=pl"' in page

    def test_keep_what_a_device_shows_or_takes_from_left_to_right(self, certified: World) -> None:
        page = certified.client().get("/device/linux?language=ur", headers=HERE).text
        assert root(page) == ("ur", "rtl")
        assert '<code dir="ltr">sudo update-ca-certificates</code>' in page
        assert '<bdi lang="en" dir="ltr"><b>Settings</b>' in page


def test_a_form_that_was_typed_into_has_no_link_that_would_lose_it(world: World) -> None:
    client = world.client()
    page = client.post("/need", data={"address": "", "csrf_token": csrf(client.get("/?language=cy"))})
    assert page.status_code == 422
    assert root(page.text)[0] == "cy"
    assert "?language=" not in page.text
    assert spoken("cy", "Write the address of the page that you need") in page.text


def test_pages_for_those_who_decide_are_in_english(world: World) -> None:
    client = world.staff("it")
    client.get("/?language=ar")
    page = client.get("/requests").text
    assert root(page) == ("en", "ltr")
    assert "?language=" not in page
    assert root(client.get("/mine").text) == ("ar", "rtl")


def test_a_block_page_comes_again_in_the_language_that_was_chosen_on_it(world: World) -> None:
    token = world.token()
    client = world.client()
    page = client.get(f"/why/{token}?language=cy", headers=HERE)
    assert page.status_code == 200
    assert root(page.text) == ("cy", "ltr")
    assert "games.example" in page.text
    assert "K7-42QX-9M" in page.text
    assert f'href="/ask/{token}"' in page.text
    assert f'href="/why/{token}?language=ar" hreflang="ar" lang="ar" dir="rtl"' in page.text
    assert "'sha256-" in page.headers["Content-Security-Policy"]
    assert "form-action 'none'" in page.headers["Content-Security-Policy"]
    assert root(client.get(f"/ask/{token}", headers=HERE).text)[0] == "cy"  # the form goes on in it


def test_the_schools_reason_is_told_in_a_language_that_it_wrote_and_marked_where_it_did_not(
    world: World, tmp_path: Path
) -> None:
    own = "why: {risk: Games take time., languages: {cy: Gwersi sydd gyntaf.}}"
    world.engine = school(
        tmp_path / "both", re.sub(r"(?<=id: games\n)(.*?)why: [^\n]+", rf"\1{own}", SCHOOL, count=1, flags=re.DOTALL)
    )
    address = f"/why/{world.token()}"
    welsh = world.client().get(f"{address}?language=cy", headers=HERE).text
    assert "<p>Gwersi sydd gyntaf.</p>" in welsh
    arabic = world.client().get(f"{address}?language=ar", headers=HERE).text
    assert '<p lang="en" dir="ltr">Games take time.</p>' in arabic
    assert spoken("ar", "The school's own words, in {language}:").format(language="English") in unescape(arabic)


def test_it_is_for_the_device_that_was_refused(world: World) -> None:
    assert world.client().get(f"/why/{world.token()}?language=cy", headers=ELSEWHERE).status_code == 403
    assert world.client().get("/why/forged?language=cy", headers=HERE).status_code == 400


def test_what_is_open_by_now_says_so(world: World) -> None:
    page = world.client().get(f"/why/{world.token(host='open.example', rule='x')}?language=cy", headers=HERE)
    assert page.status_code == 200
    assert spoken("cy", "It is open") in page.text


def test_a_page_that_cares_still_names_nothing(world: World) -> None:
    page = world.client().get(f"/why/{world.token(host='hurt.example', rule='care')}?language=ar", headers=HERE)
    assert root(page.text) == ("ar", "rtl")
    assert "Mrs Patel" in page.text
    assert "hurt.example" not in page.text


@pytest.mark.parametrize(("path", "status"), [("/fault/too-busy", 200), ("/fault/upstream-certificate/expired", 200), ("/fault/x", 404), ("/fault/too-busy/x", 404)])  # fmt: skip
def test_a_fault_comes_again_as_well(world: World, path: str, status: int) -> None:
    page = world.client().get(f"{path}?language=ar", headers=HERE)
    assert page.status_code == status
    assert root(page.text) == ("ar", "rtl")
    if status == 200:
        assert f'href="{path}?language=cy"' in page.text


class Pseudo(NullTranslations):
    """Every message that is translated, in brackets that no message has."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return self.ngettext(msgid1, msgid2, n)


class Texts(HTMLParser):
    """The texts that people meet, attributes included, outside of what is bracketed or another language's own name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.bare: list[str] = []
        self._depth = 0
        self._skipped = 0
        self._quiet = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._skipped += tag in ("style", "bdi", "code")
        self._quiet = tag == "a" and "hreflang" in found
        for name in ("alt", "aria-label", "placeholder", "title"):
            if (text := found.get(name)) and "⟦" not in text:
                self.bare.append(text)

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in ("style", "bdi", "code")
        self._quiet = False

    def handle_data(self, data: str) -> None:
        for piece in re.split(r"([⟦⟧])", data):
            self._depth += {"⟦": 1, "⟧": -1}.get(piece, 0)
            if not self._depth and not self._skipped and not self._quiet and re.search(r"[A-Za-z]{2}", piece):
                self.bare.append(" ".join(piece.split()))


# What the school, or who asks, wrote; names of systems and of kinds of file.
OWN = re.compile(
    r"Hillside( School)?|IT support|Safeguarding lead|Chess club|Our chess club.*|Play the opening.*|Year 7.*|Games take.*|"
    r"Windows|Mac|iPhone, iPad|Android|Chromebook|Linux|Firefox|PEM|DER|"
    r"K7-42QX-9M|Britannica|Simple English Wikipedia|[\w.]+\.example(/\S*)?|R-\d+|To learn\.|Mrs Patel.*|Childline.*|Games are for .*|[\w-]{4}(-[\w-]{4}){3}"
)


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    english = shipped_translation("en")
    made = Translation("en", english.locale, Pseudo(), "English", "ltr")
    monkeypatch.setattr(language, "translation", lambda: made)


def bare(page: str) -> list[str]:
    return [text for text in Texts(page).bare if not OWN.fullmatch(text.strip(" ·:,.“”()"))]


@pytest.mark.usefixtures("pseudo")
def test_no_text_of_a_page_for_those_who_ask_is_left_out(world: World) -> None:
    client = world.client()
    pages = {
        path: client.get(path, headers=HERE).text
        for path in (
            "/",
            "/open-now",
            "/nowhere",
            "/ask/forged",
            f"/ask/{world.token()}",
        )
    }
    data = {"csrf_token": csrf(client.get("/", headers=HERE))}
    for address in ("", "TikTok", "words to search", "open.example"):
        pages[f"need {address}"] = client.post("/need", data={**data, "address": address}, headers=HERE).text
    pages["other device"] = world.client().get(f"/ask/{world.token(code='AA-AAAA-AA')}", headers=ELSEWHERE).text
    assert {path: left for path, page in pages.items() if (left := bare(page))} == {}


@pytest.mark.usefixtures("pseudo")
def test_no_text_of_a_page_about_a_device_is_left_out(certified: World) -> None:
    ended = HandshakeRecord(NOW, None, "10.30.7.21", "open.example", 443, "unknown_ca")
    knows(
        certified,
        *(ago(one, f"n{one}.open.example") for one in range(1, 33)),
        ago(40, WITHHELD, path=WITHHELD, rule="sealed"),
        ago(50, "cdn.games.example", page="open.example"),
        cut=True, ended=(ended,), handshakes=report([ended], Inspected()),
    )  # fmt: skip
    client = certified.client()
    systems = [f"/device/{system}" for system in System]
    paths = (
        "/stopped?reference=ZZ-ZZZZ-ZZ",
        "/is-it-the-filter",
        "/problems/blocked",
        "/check",
        "/check/yes",
        *systems,
    )
    pages = {path: client.get(path, headers=HERE).text for path in paths}
    data = {"csrf_token": csrf(client.get("/", headers=HERE)), "address": "open.example"}
    pages["open"] = client.post("/is-it-the-filter", data=data, headers=HERE).text
    knows(certified)
    pages["nothing"] = client.get("/stopped", headers=HERE).text
    pages["no trouble"] = client.post("/is-it-the-filter", data=data, headers=HERE).text
    assert {path: left for path, page in pages.items() if (left := bare(page))} == {}
