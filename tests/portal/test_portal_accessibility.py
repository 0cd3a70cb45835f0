"""Every page in a real browser, on a desk and on a small phone: axe finds nothing, nothing runs over the edge."""

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright
from werkzeug.serving import make_server

from saywhy.portal.context import Overblocked
from tests.portal.conftest import PAGE_TODAY, World, say

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "target-size"]}}  # what differs on a dark phone
SMALLEST = {"width": 320, "height": 640}
SIZES = [(1100, 800, "light"), (390, 800, "dark"), (320, 640, "light")]


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    yield launched
    launched.close()


@pytest.fixture
def paths(world: World) -> dict[str, str]:
    """A path for each page, by what it shows."""
    receipts = {
        "receipt, open": world.ask(),
        "receipt, granted": world.ask(),
        "receipt, refused": world.ask(wants="A long word: " + "w" * 300),
        "receipt, waiting": world.ask(token=world.token(host="chat.example", rule="chat")),
        "receipt, alike": world.ask(),
    }
    kinds = (("advice about drugs", 2), ("help lines", 1))
    world.app.jinja_env.globals["overblocked"] = lambda: Overblocked(88, 3, 0.0123, kinds)
    staff = world.staff("both")
    say(staff, 2, "approve", **PAGE_TODAY, note="Enjoy it")
    say(staff, 3, "refuse", reason="There is a board in room 12.")
    say(staff, 4, "approve", **PAGE_TODAY)
    return receipts | {
        "home": "/",
        "ask": f"/ask/{world.token()}",
        "cannot be asked": f"/ask/{world.token(host='floor.example', rule='floor')}",
        "care": f"/ask/{world.token(host='hurt.example', rule='care')}",
        "forged": "/ask/forged",
        "not there": "/nowhere",
    }


@pytest.fixture
def origin(world: World) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
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
    """Axe finds nothing, and nothing has to be scrolled sideways."""
    if page.viewport_size != SMALLEST:  # the same style as the phone's; here it is the width that counts
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        found = Axe().run(page, options=COLOURS if dark else RULES).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], what
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{what} runs over the edge"


@pytest.mark.parametrize(("width", "height", "scheme"), SIZES)
def test_every_page_can_be_used_by_everybody(
    browser: Browser, world: World, paths: dict[str, str], origin: str, width: int, height: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    chosen = f"four quiet otters dance at {width}"
    for what, path in paths.items():
        page.goto(origin + path)
        check(page, what)
    page.goto(origin + paths["ask"])
    submit(page, "text=Send my request")
    assert page.title().startswith("Error: ")
    check(page, "ask, with errors")
    page.click('.problem a[href="#because"]')
    assert page.evaluate("document.activeElement.id") == "because"
    page.goto(f"{origin}/requests")
    page.fill("#name", "it")
    submit(page, "main button[type=submit]")
    check(page, "sign-in, with errors")
    page.fill("#password", world.passwords["it"])
    submit(page, "main button[type=submit]")
    check(page, "requests")
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
    page.goto(f"{origin}/requests/1")
    submit(page, "text=Say yes and open it")
    check(page, "request, with errors")
    page.click('.problem a[href="#what"]')
    assert page.evaluate("document.activeElement.id") == "what"
    context.close()
    lead = browser.new_context(viewport={"width": width, "height": height}).new_page()
    lead.goto(f"{origin}/sign-in")
    lead.fill("#name", "safeguarding")
    lead.fill("#password", world.passwords["safeguarding"])
    submit(lead, "main button[type=submit]")
    lead.goto(f"{origin}/requests/4")
    check(lead, "request, to be signed off")
    lead.goto(f"{origin}/requests/1")
    check(lead, "request, for others to answer")
    lead.context.close()
