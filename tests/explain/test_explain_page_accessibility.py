"""The pages in a real browser: accessible by axe's rules, usable at 320 px, silent."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, ViewportSize

from saywhy.explain.answer import Answer, answer
from saywhy.explain.fault import STATIC_REFUSAL, STATIC_REFUSAL_HEADERS, FaultKind, fault_page
from saywhy.policy.caution import Caution
from saywhy.policy.criterion import Criteria
from saywhy.policy.rule import Effect
from tests.explain.conftest import rule

if TYPE_CHECKING:
    from tests.explain.conftest import Hillside

GROUPS = ("reception", "year4", "year9", "staff", "willow")
ADDRESSES = {
    "block": "https://www.tiktok.com/",
    "locked": "https://bet.example/",
    "care": "https://dark.example/",
    "timed": "https://games.example/",
    "caution": "https://files.example/",
    "reach": "https://a-name-that-is-quite-long-and-does-not-break.fine.example:8443/",
}
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}  # what differs where it is dark
PAGES = [(way, group) for way in ("block", "caution", "care", "reach") for group in GROUPS] + [
    ("locked", "year4"),
    ("timed", "willow"),
    ("fault", FaultKind.UPSTREAM_CERTIFICATE.value),
    ("fault", FaultKind.NO_POLICY.value),
    ("card", "year9"),
    ("static", ""),
]
# Colours are the same for whoever reads: in the dark, one page of each kind shows them.
LOOKED_AT = [("light", *page) for page in PAGES] + [
    ("dark", *page) for page in {way: (way, which) for way, which in PAGES}.values()
]
SMALLEST_TARGET = 48  # px


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    yield started
    started.close()


@pytest.fixture(scope="module")
def phones(browser: Browser) -> Iterator[Mapping[str, BrowserContext]]:
    # axe itself needs to run in the page, which our own policy rightly forbids
    size: ViewportSize = {"width": 320, "height": 640}
    light = browser.new_context(viewport=size, color_scheme="light", bypass_csp=True)
    dark = browser.new_context(viewport=size, color_scheme="dark", bypass_csp=True)
    yield {"light": light, "dark": dark}
    light.close()
    dark.close()


def answered(hillside: "Hillside", way: str, which: str) -> Answer:
    if way == "fault":
        return fault_page(FaultKind(which), "xn--mnchen-3ya.example", "Hillside School", "certificate has expired")
    if way == "static":
        return Answer(503, STATIC_REFUSAL_HEADERS["Content-Type"], STATIC_REFUSAL, STATIC_REFUSAL_HEADERS)
    if way == "caution":
        careful = rule("files", Criteria(domains=("files.example",)), effect=Effect.CAUTION, caution=Caution())
        hillside = hillside.with_rules(careful)
    told = hillside.tell(ADDRESSES.get(way, ADDRESSES["block"]), which)
    destination = "iframe" if way == "card" else "document"
    return answer(told, hillside.renderer, accept="text/html", destination=destination, path="/")


def opened(context: BrowserContext, given: Answer) -> tuple[Page, list[str]]:
    """The page as the proxy would send it, and everything that it asked for or complained of."""
    noticed: list[str] = []
    page = context.new_page()

    def serve(route: Route) -> None:
        if not route.request.is_navigation_request():
            noticed.append(f"asked for {route.request.url}")
        headers = {**given.headers, "Content-Type": given.content_type}
        route.fulfill(status=given.status, body=given.body, headers=headers)

    page.route("**/*", serve)
    page.on("console", lambda said: noticed.append(said.text) if "status of" not in said.text else None)
    page.goto("https://closed.example/")
    return page, noticed


@pytest.mark.parametrize(("scheme", "way", "which"), LOOKED_AT)
def test_axe_finds_nothing_and_it_fits_a_small_phone(
    phones: Mapping[str, BrowserContext], hillside: "Hillside", scheme: str, way: str, which: str
) -> None:
    page, _ = opened(phones[scheme], answered(hillside, way, which))
    dark = scheme == "dark"
    found = Axe().run(page, options=COLOURS if dark else RULES)
    assert found.violations_count == 0, found.generate_report()
    looked_at = {"color-contrast"} if dark else {"color-contrast", "page-has-heading-one"}
    assert looked_at <= {rule["id"] for rule in found.response["passes"]}
    # nothing runs over the edge of a small phone
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("way", ["block", "care"])
def test_links_are_large_enough_to_touch(
    phones: Mapping[str, BrowserContext], hillside: "Hillside", way: str, group: str
) -> None:
    page, _ = opened(phones["light"], answered(hillside, way, group))
    links = page.locator("main a").all()
    assert links
    for link in links:
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= SMALLEST_TARGET, link.inner_text()
    page.close()


@pytest.mark.parametrize(
    ("way", "which"), [("block", "year9"), ("care", "year4"), ("fault", FaultKind.NO_POLICY.value), ("static", "")]
)
def test_the_policy_lets_the_style_through_and_nothing_is_fetched(
    browser: Browser, hillside: "Hillside", way: str, which: str
) -> None:
    context = browser.new_context()  # the policy in force
    page, noticed = opened(context, answered(hillside, way, which))
    assert noticed == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(244, 241, 234)"
    context.close()


def test_a_line_is_never_too_long_to_read(browser: Browser, hillside: "Hillside") -> None:
    context = browser.new_context(viewport={"width": 1600, "height": 1000}, bypass_csp=True)
    page, _ = opened(context, answered(hillside, "block", "staff"))
    widest = page.evaluate(
        """() => Math.max(...[...document.querySelectorAll("main p, main dd")].map(one => {
            const ruler = document.createElement("span");
            ruler.textContent = "0".repeat(75); ruler.style.position = "absolute"; ruler.style.whiteSpace = "nowrap";
            one.append(ruler); const most = ruler.offsetWidth; ruler.remove();
            return one.offsetWidth / most; }))"""
    )
    assert widest <= 1
    context.close()


def test_the_skip_link_leads_to_the_explanation(browser: Browser, hillside: "Hillside") -> None:
    context = browser.new_context()
    page, _ = opened(context, answered(hillside, "block", "year9"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "explanation"
    context.close()


def test_print_shows_where_the_links_lead_and_the_reference(browser: Browser, hillside: "Hillside") -> None:
    context = browser.new_context(bypass_csp=True)
    page, _ = opened(context, answered(hillside, "block", "year9"))
    page.emulate_media(media="print")
    after = page.evaluate("getComputedStyle(document.querySelector('.places a'), '::after').content")
    assert "https://www.bbc.co.uk/bitesize" in after
    assert page.locator(".reference code").is_visible()
    context.close()


def test_forced_colours_keep_the_button_a_button(browser: Browser, hillside: "Hillside") -> None:
    context = browser.new_context(forced_colors="active")
    page, _ = opened(context, answered(hillside, "block", "year9"))
    border = page.evaluate("getComputedStyle(document.querySelector('.button')).borderTopStyle")
    assert border == "solid"
    context.close()


# The lowest edge of the button, in px, at the width of a phone; easy-read has a picture and a larger type for each idea.
LOWEST = {"year4": 500, "year9": 500, "staff": 500, "willow": 600}


@pytest.mark.parametrize("group", LOWEST)
def test_the_way_to_ask_stands_right_under_the_reason_on_a_phones_first_screen(
    browser: Browser, hillside: "Hillside", group: str
) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 667}, bypass_csp=True)
    page, _ = opened(context, answered(hillside, "block", group))
    reason, button = (
        page.locator(".why p, .row .why, section[aria-labelledby=why] p").first,
        page.locator("main .button").first,
    )
    instead, whose = page.locator("#instead"), page.locator("main").get_by_text("Our school made this rule.")
    boxes = [one.bounding_box() for one in (reason, button, instead)]
    tops = [box["y"] for box in boxes if box is not None]
    assert len(tops) == 3
    assert tops == sorted(tops)
    below = boxes[1]
    assert below is not None
    assert below["y"] + below["height"] <= LOWEST[group]
    assert whose.count() == (0 if group == "year4" else 1)
    context.close()


@pytest.mark.parametrize("width", [320, 700, 1000])
def test_places_stand_in_rows_without_holes(browser: Browser, hillside: "Hillside", width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    page, _ = opened(context, answered(hillside, "block", "year9"))
    edges = page.evaluate(
        """() => { const list = document.querySelector(".places"), right = list.getBoundingClientRect().right, rows = {};
            for (const one of list.children) { const box = one.getBoundingClientRect();
                rows[box.top] = Math.max(rows[box.top] ?? 0, box.right); }
            return Object.values(rows).map(one => Math.abs(one - right)); }"""
    )
    assert edges
    assert max(edges) < 1
    context.close()
