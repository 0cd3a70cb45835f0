"""What strangers can write, wherever it is shown: a text on the page, never a part of it, and never a turn of the text around it."""

from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from saywhy.decide.access import target_of_url
from saywhy.decide.engine import Engine
from saywhy.explain.fault import FaultKind
from saywhy.policy.care import Help
from tests.decide.conftest import engine, rule
from tests.exceptions.conftest import SCHOOL, school
from tests.portal.conftest import World, csrf, say
from tests.portal.test_portal_categories import MORE as CATEGORIES
from tests.portal.test_portal_cautioning import RULES as CAUTIOUS
from tests.portal.test_portal_cautioning import go_on
from tests.portal.test_portal_stopped import ago, is_it, knows, stopped
from tests.proxy.test_proxy_judge import Court

# What turns or hides text (UAX 9, UTR 36): marks, embeddings, overrides, isolates, separators, tags that no eye sees
UNSEEN = (
    *"\u061c\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2028\u2029\u2060\u2066\u2067\u2068\u2069\ufeff",
    "\U000e0041",
)
TRICKS = "".join(UNSEEN) + '</title></textarea><script>alert(1)</script>"><img src=x onerror=alert(1)>{{ 7*7 }}{% x %}'
TEXT = f"Please {TRICKS} open it"
MIXED = "xn--pypal-4ve.example"
PRETENDS = "p\u0430ypal"  # the same, with its Cyrillic letter
PATH = "/%3Cscript%3Ealert(1)%3C/script%3E%E2%80%AE{{7*7}}?q=<script>&x=\"onload='y'"
BROWSER = {"accept": "text/html"}
HEADERS = {
    "accept-language": TRICKS.encode().decode("latin-1"),
    "referer": f"https://{TRICKS}.example/",
    "origin": f'https://"><script>{TRICKS}',
    "user-agent": TRICKS,
}
READ = {name: said for name, said in HEADERS.items() if name != "origin"}  # a form from elsewhere is not taken at all
CLOSED = engine([rule("all", everything=True)])
CARING = engine([rule("all", everything=True, help=(Help("Mrs Patel", "Room 12", "https://help.example/"),))])
PUPIL = "10.30.9.7"


class Read(HTMLParser):
    """A page as a browser reads it: its elements, and the text between, but for what stands in fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.inside = "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        del tag
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("textarea", "style"):
            self.text += data


def holds(page: str) -> Read:
    """Nothing runs, nothing is filled in, and nothing turns the text, but inside of a field that somebody has typed into."""
    read = Read(page)
    for tag, attributes in read.elements:
        assert tag != "script" or (attributes.get("src") or "").startswith("/static/")
        assert attributes.get("src") != "x"
        assert not [one for one in attributes if one.startswith("on")]
        assert not (attributes.get("href") or "").startswith("javascript:")
        assert tag == "input" or not any(sign in (value or "") for value in attributes.values() for sign in UNSEEN)
    assert [sign for sign in UNSEEN if sign in read.text] == []
    assert PRETENDS not in read.text
    return read


def refused(host: str, school: Engine = CLOSED, *, destination: str = "document", accept: str = "text/html") -> str:
    court = Court(school)
    judged = court.judge.judge(PUPIL, target_of_url(f"https://{host}{PATH}"))
    assert judged is not None
    return court.judge.refused(
        "thin", "GET", judged, {**HEADERS, "accept": accept, "sec-fetch-dest": destination}
    ).body.decode()


@pytest.mark.parametrize("destination", ["document", "iframe"])
@pytest.mark.parametrize("host", [MIXED, "xn--mnchen-3ya.example"])
def test_a_block_page_and_a_card(host: str, destination: str) -> None:
    page = refused(host, destination=destination)
    assert holds(page).text.count("49") == 0
    assert destination == "iframe" or host in page


@pytest.mark.parametrize("destination", ["document", "iframe"])
def test_a_page_that_cares_says_nothing_of_the_address(destination: str) -> None:
    page = refused(MIXED, CARING, destination=destination)
    assert "pypal" not in holds(page).text
    assert "Mrs Patel" in page or destination == "iframe"


def test_problem_details_are_one_form_of_a_name() -> None:
    said = refused(MIXED, destination="empty", accept="application/json")
    assert f'"host":"{MIXED}"' in said.replace(": ", ":")
    assert "<script" not in said
    assert [sign for sign in (*UNSEEN, PRETENDS) if sign in unescape(said)] == []


@pytest.mark.parametrize("kind", [FaultKind.UPSTREAM_UNREACHABLE, FaultKind.UPSTREAM_CERTIFICATE])
def test_a_fault(kind: FaultKind) -> None:
    court = Court(CLOSED)
    page = court.judge.faulted(kind, MIXED, TRICKS, BROWSER | HEADERS).body.decode()
    holds(page)
    assert MIXED in page


@pytest.fixture
def asked(world: World) -> str:
    """The path of the receipt for a request that tries everything."""
    token = world.token(path=PATH.partition("?")[0])
    return world.ask(token=token, wants=TEXT, because=TEXT, work=TEXT, news=TEXT)


def test_the_pages_of_a_request_for_those_who_asked_and_those_who_decide(world: World, asked: str) -> None:
    staff = world.staff("both")
    say(staff, 1, "point", side="for", point=TEXT)
    say(staff, 1, "ask", question=TEXT)
    for path in ("/requests", "/requests/1", f"/requests?search={TEXT}", "/requests/answer?entry=1", "/review"):
        shown = staff.get(path, headers=HEADERS)
        assert shown.status_code in (200, 422), path
        holds(shown.text)
    assert "Please" in holds(staff.get("/requests/1").text).text
    client = world.client()
    holds(client.get(asked, headers=HEADERS).text)
    say(staff, 1, "refuse", reason=TEXT)
    holds(client.get(asked).text)


def test_what_somebody_types_who_needs_a_page(world: World) -> None:
    client = world.client()
    token = csrf(client.get("/"))
    for typed in (TRICKS, f"https://{PRETENDS}.example/{TRICKS}", f"https://{MIXED}/", f"\u202e{MIXED}"):
        page = client.post("/need", data={"address": typed, "csrf_token": token}, headers=READ)
        assert page.status_code in (200, 422), typed
        holds(page.text)


def test_what_this_device_was_refused_and_whether_it_was_the_filter(world: World) -> None:
    knows(world, ago(1, MIXED), ago(2, f"{TRICKS}.example"), ago(3, "games.example", rule=TRICKS))
    assert MIXED in holds(stopped(world)).text
    for typed in (TRICKS, f"https://{PRETENDS}.example/{TRICKS}", f"https://{MIXED}/{PATH}"):
        status, page = is_it(world, typed)
        assert status in (200, 422), typed
        holds(page)


def test_the_form_for_going_on_and_what_was_written_in_it(world: World, tmp_path: Path) -> None:
    world.engine = school(tmp_path / "careful", SCHOOL + CAUTIOUS)
    token = world.token("www.files.test", PATH.partition("?")[0], "files", reason="caution", device="127.0.0.1")
    client = world.client()
    page = go_on(world, client, f"/caution/{token}", TEXT)
    assert page.status_code in (302, 303)
    for path in (f"/caution/{token}", "/open-now"):
        holds(client.get(path, headers=HEADERS).text)
    holds(world.staff("both").get("/review", headers=HEADERS).text)


def test_corrections_of_a_category_and_the_requests_of_an_account(world: World, tmp_path: Path) -> None:
    world.engine = school(tmp_path / "categories", SCHOOL + CATEGORIES)
    world.store.categories.report("chess.example", "fun", "clubs", TRICKS, world.now)
    staff = world.staff("both")
    for path in (
        "/corrections",
        "/corrections/fun/chess.example",
        f"/corrections/fun/chess.example?instead={TRICKS}",
        "/mine",
    ):
        holds(staff.get(path, headers=HEADERS).text)


@pytest.mark.parametrize("host", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', MIXED, "a" * 300])
def test_a_portal_that_is_asked_by_another_name(world: World, host: str) -> None:
    for path in ("/", "/nowhere", "/device", "/check", "/requests"):
        holds(world.client().get(path, headers={"Host": host}).text)
