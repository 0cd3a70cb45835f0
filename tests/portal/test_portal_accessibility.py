"""Every page in a real browser, on a desk and on a small phone: axe finds nothing, nothing runs over the edge."""

import threading
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ViewportSize
from werkzeug.serving import make_server

from saywhy.exceptions.meetings import About, Decided, Item
from saywhy.observe.lately import Lately
from saywhy.policy.reader import Reader
from saywhy.portal.context import Overblocked
from saywhy.portal.outside import Outside, PageNeeds, WrittenEdit
from tests.exceptions.conftest import BOTH, SCHOOL, school
from tests.portal.conftest import PAGE_TODAY, World, say
from tests.portal.test_portal_categories import MORE as CATEGORIES
from tests.portal.test_portal_steps import INSTEAD
from tests.portal.test_portal_stopped import ago

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "target-size"]}}  # what differs on a dark phone
HERE = "127.0.0.1"
DESK, PHONE = ViewportSize(width=1100, height=800), ViewportSize(width=390, height=800)
SMALLEST = ViewportSize(width=320, height=640)
FOLLOWING = {
    "needed": "/requests/1/needed",
    "as policy": "/permits/R-1002/as-policy?group=year7",
    "as policy, for whom": "/permits/R-1002/as-policy",
    "corrections": "/corrections",
    "correction": "/corrections/fun/chess.example",
    "review": "/review",
    "meeting": "/review/meetings/1",
    "minutes": "/review/minutes?rule=games&permit=R-1002",
}
EDIT = WrittenEdit("school.yaml", "+ " + "a long line " * 30, b"", (), ("It stands above rule games.",))


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    yield launched
    launched.close()


@pytest.fixture
def paths(world: World, tmp_path: Path) -> dict[str, str]:
    """A path for each page, by what it shows."""
    world.engine = school(tmp_path / "policies", SCHOOL + CATEGORIES)
    receipts = {
        "receipt, open": world.ask(),
        "receipt, granted": world.ask(),
        "receipt, refused": world.ask(wants="A long word: " + "w" * 300),
        "receipt, waiting": world.ask(token=world.token(host="chat.example", rule="chat")),
        "receipt, alike": world.ask(),
    }
    kinds = (("advice about drugs", 2), ("help lines", 1))
    world.app.jinja_env.globals["overblocked"] = lambda: Overblocked(88, 3, 0.0123, kinds)
    needs = PageNeeds(
        ("chat.example", "open.example", "floor.example"), (), "The page was opened, and asked for these."
    )
    lately = Lately(
        (ago(1, "games.example"), ago(2, "hurt.example"), ago(3, "open.example", reason="upstream-timeout"))
    )
    edits = (lambda *_: EDIT, lambda *_: EDIT, lambda *_: EDIT)
    world.give(Outside(lambda _: needs, lambda _: needs, dict, *edits, lambda *_: lately))
    world.store.categories.report("chess.example", "fun", "clubs", "a device", world.now)
    item = Item(About.RULE, "games", Decided.KEEP, "It works as it is.", date(2027, 3, 1))
    world.store.meetings.keep("a form", date(2026, 11, 20), ["IT"], "We looked at it.", [item], BOTH, world.now)
    staff = world.staff("both")
    say(staff, 2, "approve", **PAGE_TODAY, note="Enjoy your club there.")
    say(staff, 3, "refuse", reason="There is a board in room 12.")
    say(staff, 4, "approve", **PAGE_TODAY)
    return receipts | {
        "home": "/",
        "stopped": "/stopped",
        "is it the filter": "/is-it-the-filter",
        "type of a problem": "/problems/blocked",
        "ask": f"/ask/{world.token(device=HERE)}",
        "ask, on another device": f"/ask/{world.token()}",
        "for a teacher": f"/ask/{world.token(reader=Reader.EARLY, device=HERE)}",
        "ask, primary": f"/ask/{world.token(reader=Reader.PRIMARY, device=HERE)}",
        "cannot be asked": f"/ask/{world.token(host='floor.example', rule='floor', device=HERE)}",
        "care": f"/ask/{world.token(host='hurt.example', rule='care', device=HERE)}",
        "wrong category": f"/wrong-category/{world.token(host='chess.example', rule='fun', device=HERE)}",
        "forged": "/ask/forged",
        "not there": "/nowhere",
    }


@pytest.fixture
def origin(world: World) -> Iterator[str]:
    def from_elsewhere(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["REMOTE_ADDR"] = environ.get("HTTP_X_FROM", environ["REMOTE_ADDR"])
        return world.app(environ, start_response)

    server = make_server(HERE, 0, from_elsewhere, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def submit(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.click(button)


def check(page: Page, what: str) -> None:
    """Axe finds nothing, on a desk and on a dark phone, and nothing has to be scrolled sideways where there is least room."""
    usual = page.viewport_size
    found = Axe().run(page, options=RULES).response["violations"]
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)
    found += page.evaluate("options => axe.run(document, options)", COLOURS)["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], what
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(SMALLEST)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{what} runs over the edge"
    page.set_viewport_size(usual or DESK)


def check_dossier(page: Page, origin: str) -> None:
    """What those who decide choose and add."""
    page.goto(f"{origin}/requests/5?compromise=site-group-year7-date")
    assert page.locator("#reply-title").is_visible()
    check(page, "request, with a compromise that was chosen")
    submit(page, "text=Add this point")
    check(page, "request, with a point that lacks something")
    page.click('.problem a[href="#point"]')
    assert page.evaluate("document.activeElement.id") == "point"
    page.fill("#point", "The club has used it for years.")
    page.click('label[for="side-2"]')
    submit(page, "text=Add this point")
    check(page, "request, with a point")


def go_through_the_form(page: Page, form: str) -> None:
    """Each page of the form, empty first."""
    page.goto(form)
    submit(page, "text=Continue")
    assert page.title().startswith("Error: ")
    check(page, "ask, with errors")
    page.click('.problem a[href="#wants"]')
    assert page.evaluate("document.activeElement.id") == "wants"
    page.fill("#wants", "Play the opening that we learnt")
    submit(page, "text=Continue")
    check(page, "ask, what was answered before")
    submit(page, "text=Ask for myself")
    check(page, "ask, what is different, with errors")
    page.fill("#news", "The board was lost")
    submit(page, "text=Ask for myself")
    for field, text in (("because", "Our chess club practises"), ("work", "Year 7 chess club")):
        check(page, f"ask, {field}")
        page.fill(f"#{field}", text)
        submit(page, "text=Continue")
    for choice in ("who", "until"):
        submit(page, "text=Continue")
        check(page, f"ask, {choice}, with errors")
        page.click(f"label[for={choice}]")
        submit(page, "text=Continue")
    check(page, "ask, need")
    submit(page, "text=Continue")
    check(page, "ask, check")
    page.goto(form.rsplit("/", 2)[0] + "/")
    for typed in ("open.example", "floor.example", "hurt.example", "tiktok", "words to look for", "mailto:x@y.example"):
        page.fill("#address", typed)
        submit(page, 'button:text-is("Look")')
        check(page, f"need, {typed}")


def check_following(page: Page, origin: str) -> None:
    """The pages of what comes after an answer, to somebody signed in."""
    for what, path in FOLLOWING.items():
        page.goto(origin + path)
        check(page, what)
    submit(page, "text=Keep these minutes")
    check(page, "minutes, with errors")
    page.click('.problem a[href="#decision-0"]')
    assert page.evaluate("document.activeElement.id") == "decision-0"


def test_every_page_can_be_used_by_everybody(
    browser: Browser, world: World, paths: dict[str, str], origin: str
) -> None:
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    chosen = "four quiet otters dance at night"
    for what, path in paths.items():
        page.goto(origin + path)
        check(page, what)
    go_through_the_form(page, origin + paths["ask"])
    page.goto(f"{origin}/requests")
    page.fill("#name", "it")
    submit(page, "main button[type=submit]")
    check(page, "sign-in, with errors")
    page.fill("#password", world.passwords["it"])
    submit(page, "main button[type=submit]")
    check(page, "requests")
    page.goto(f"{origin}/mine")
    check(page, "mine")
    check_following(page, origin)
    page.goto(f"{origin}/password")
    check(page, "password")
    page.fill("#new", "short")
    submit(page, "text=Change my password")
    check(page, "password, with errors")
    page.click('.problem a[href="#old"]')
    assert page.evaluate("document.activeElement.id") == "old"
    for field, text in (("old", world.passwords["it"]), ("new", chosen), ("again", chosen)):
        page.fill(f"#{field}", text)
    submit(page, "text=Change my password")
    check(page, "password, changed")
    world.passwords["it"] = chosen
    for number in range(1, 5):
        page.goto(f"{origin}/requests/{number}")
        check(page, f"request {number}")
    check_dossier(page, origin)
    page.goto(f"{origin}/requests/1")
    submit(page, "button:text-is('Say yes')")
    check(page, "request, with errors")
    page.click('.problem a[href="#what"]')
    assert page.evaluate("document.activeElement.id") == "what"
    context.close()
    lead = browser.new_context(viewport=DESK).new_page()
    lead.goto(f"{origin}/sign-in")
    lead.fill("#name", "safeguarding")
    lead.fill("#password", world.passwords["safeguarding"])
    submit(lead, "main button[type=submit]")
    lead.goto(f"{origin}/requests/4")
    check(lead, "request, to be signed off")
    lead.goto(f"{origin}/requests/1")
    check(lead, "request, not for this account")
    lead.context.close()


def test_alternatives_and_joining_can_be_used_by_everybody(
    browser: Browser, world: World, origin: str, tmp_path: Path
) -> None:
    world.engine = school(tmp_path / "purposes", INSTEAD)
    world.ask(token=world.token(path="/chess"))
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    page.goto(f"{origin}/ask/{world.token(path='/chess', device=HERE)}")
    check(page, "ask, purposes")
    submit(page, "text=Continue")
    check(page, "ask, purposes, with errors")
    page.click("label[for=purpose]")
    submit(page, "text=Continue")
    check(page, "ask, alternatives")
    submit(page, "text=No, I still need this page")
    check(page, "ask, others ask")
    submit(page, "text=Join them")
    check(page, "receipt, joined")
    page.goto(f"{origin}/ask/{world.token(device=HERE)}")
    page.click("label[for=purpose]")
    submit(page, "text=Continue")
    submit(page, "text=This helps, thank you")
    check(page, "an alternative was taken")
    context.close()


def test_a_form_survives_the_back_button_another_tab_and_a_closed_browser(
    playwright: Playwright, chromium: str, world: World, origin: str, tmp_path: Path
) -> None:
    def opened() -> BrowserContext:
        return playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=chromium, args=["--no-sandbox"]
        )

    address = f"{origin}/ask/{world.token(device=HERE)}"
    context = opened()
    page = context.new_page()
    page.goto(address)
    page.fill("#wants", "Play the opening that we learnt")
    submit(page, "text=Continue")
    page.fill("#because", "Our chess club practises")
    submit(page, "text=Continue")
    page.go_back()
    assert page.input_value("#because") == "Our chess club practises"
    tab = context.new_page()
    tab.goto(f"{address}/because")
    assert tab.input_value("#because") == "Our chess club practises"
    context.close()
    context = opened()
    page = context.new_page()
    page.goto(f"{address}/work")
    assert page.input_value("#work") == ""
    page.goto(f"{address}/because")
    assert page.input_value("#because") == "Our chess club practises"
    page.goto(address)
    submit(page, "text=Begin again with an empty form")
    assert page.input_value("#wants") == ""
    context.close()


@pytest.mark.usefixtures("paths")
def test_the_list_can_be_used_by_everybody(browser: Browser, world: World, origin: str) -> None:
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    page.goto(f"{origin}/sign-in")
    page.fill("#name", "it")
    page.fill("#password", world.passwords["it"])
    submit(page, "main button[type=submit]")
    page.goto(f"{origin}/requests?state=none&age=old&search={'w' * 101}")
    assert page.title().startswith("Error: ")
    check(page, "requests, with errors")
    page.click('.problem a[href="#state"]')
    assert page.evaluate("document.activeElement.id") == "state"
    page.select_option("#state", "answered")
    page.fill("#search", "games")
    submit(page, "text=Show these")
    check(page, "requests, found")
    page.goto(f"{origin}/requests")
    page.locator("label[for^=entry-]").first.click()
    submit(page, "text=Say no to those I chose")
    check(page, "several")
    submit(page, "text=Say no to all of these")
    assert page.title().startswith("Error: ")
    check(page, "several, with errors")
    page.goto(f"{origin}/requests/answer")
    check(page, "several, of which none is chosen")
    page.set_extra_http_headers({"X-From": "10.30.7.99"})
    page.goto(f"{origin}/password")
    assert "nobody can listen" in page.title()
    check(page, "sign in elsewhere")
    context.close()
