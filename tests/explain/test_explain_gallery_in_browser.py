"""The gallery in a real browser: axe finds nothing, the order is the reader's, one sheet is enough; and pictures of it to look at."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ViewportSize

from saywhy.decide.engine import Engine
from saywhy.explain.gallery import gallery
from saywhy.explain.render import builtin_renderer
from saywhy.policy.reading.load import load_policy

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "gallery"
WHOLE = "SAYWHY_GALLERY" in os.environ  # every page and every picture: make gallery-pictures
NOW = datetime(2026, 11, 24, 10, 5, tzinfo=UTC)
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    # AAA is held for contrast; of its other rules, links that say the same need more than one page
    "rules": {"identical-links-same-purpose": {"enabled": False}, "color-contrast-enhanced": {"enabled": True}},
}  # fmt: skip
DARK = {"runOnly": {"type": "rule", "values": ["color-contrast-enhanced"]}}
SAMPLE = (
    "app-secondary-en", "category-primary-en", "timed-easy-read-en", "app-secondary-ar", "care-early-en", "locked-adult-en",
    "caution-secondary-en", "fault-upstream-certificate-expired-en",
)  # fmt: skip
CARDS = ("card-app-secondary-en", "card-app-adult-ar", "card-timed-easy-read-de", "card-care-early-en")
FRAMES = ((300, 150), (468, 120), (600, 400))  # an advertisement, a banner, a video
PRINTED = ("app-adult-pl", "app-easy-read-uk", "care-primary-en", "app-early-en", "fault-too-busy-en")
DESK: ViewportSize = {"width": 1100, "height": 900}
# 1280 by 800 at 400 %: what WCAG 2.2 calls reflow (1.4.10)
ZOOMED: ViewportSize = {"width": 320, "height": 200}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The example school's gallery, by the names of its pages."""
    folder = tmp_path_factory.mktemp("gallery")
    made = gallery(Engine(load_policy(ROOT / "policies")), builtin_renderer(), NOW)
    for name, content in made.files("Hillside School").items():
        (folder / name).write_bytes(content)
    return {one.file.removesuffix(".html"): folder / one.file for one in made.pages}


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    yield started
    started.close()


def opened(context: BrowserContext, path: Path) -> Page:
    page = context.new_page()
    page.goto(path.as_uri())
    return page


def test_axe_finds_nothing_on_its_pages_in_light_and_dark(browser: Browser, pages: dict[str, Path]) -> None:
    chosen = pages if WHOLE else {name: pages[name] for name in SAMPLE}
    wrong = []
    for scheme, rules in (("light", RULES), ("dark", DARK)):
        context = browser.new_context(viewport=DESK, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        for name, path in list(chosen.items())[: 3 if scheme == "dark" and not WHOLE else None]:
            page.goto(path.as_uri())
            found = Axe().run(page, options=rules).response["violations"]
            wrong += [(name, scheme, one["id"], one["nodes"][0]["html"]) for one in found]
        context.close()
    assert wrong == []


def test_the_larger_words_fit_and_need_no_script(browser: Browser, pages: dict[str, Path]) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    for name in ("app-secondary-ar", "timed-easy-read-en", "care-early-en"):
        page = opened(context, pages[name])
        small = page.locator("h1").bounding_box()
        page.locator("label[for=reading]").click()
        large = page.locator("h1").bounding_box()
        assert small is not None
        assert large is not None
        assert large["height"] > small["height"], name
        page.close()
    context.close()
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = opened(context, pages["app-easy-read-en"])
    page.check("#reading")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_at_400_percent_the_message_comes_before_the_drawing(browser: Browser, pages: dict[str, Path]) -> None:
    context = browser.new_context(viewport=ZOOMED)
    for name in ("app-secondary-en", "app-early-en", "care-primary-en", "fault-too-busy-en"):
        page = opened(context, pages[name])
        heading, drawing = (page.locator(f".opening {one}").first.bounding_box() for one in ("h1", ".picture"))
        assert heading is not None
        assert heading["y"] + heading["height"] < ZOOMED["height"] / 2, name
        if page.locator(".leave").count():  # whoever has to leave at once can, wherever they have scrolled to
            page.mouse.wheel(0, 400)
            leave = page.locator(".leave a").bounding_box()
            assert leave is not None
            assert heading["y"] + heading["height"] < leave["y"] < ZOOMED["height"] - leave["height"], name
        assert drawing is None or heading["y"] + heading["height"] <= drawing["y"], name
        assert page.evaluate("document.documentElement.scrollWidth") <= ZOOMED["width"], name
        page.close()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_card_says_what_and_leads_on_in_frames_of_three_sizes(
    browser: Browser, pages: dict[str, Path], scheme: str
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    chosen = sorted(name for name in pages if name.startswith("card-")) if WHOLE else CARDS
    for name in chosen:
        page.goto(pages[name].as_uri())
        for width, height in FRAMES:
            page.set_viewport_size({"width": width, "height": height})
            for one in ("h1", ".more a"):
                box = page.locator(one).bounding_box()
                assert box is not None
                assert box["y"] >= 0, (name, width, one)
                assert box["y"] + box["height"] <= height, (name, width, one)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            if name in CARDS:
                page.screenshot(path=PICTURES / f"{name}-{scheme}-{width}x{height}.png")
        if name in CARDS:
            assert Axe().run(page, options=RULES).response["violations"] == [], name
    context.close()


def test_the_keyboard_alone_reaches_everything_in_order_and_shows_where_it_is(
    browser: Browser, pages: dict[str, Path]
) -> None:
    context = browser.new_context(viewport=DESK)
    page = opened(context, pages["app-secondary-en"])
    wanted = page.evaluate("[...document.querySelectorAll('a[href], input')].map(one => one.outerHTML)")
    reached = []
    for _ in wanted:
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        reached.append(page.evaluate("document.activeElement.outerHTML"))
        assert outline != "none", reached[-1]
    assert reached == wanted
    assert 'class="skip"' in reached[0]
    context.close()


def names_in_tree(page: Page) -> list[tuple[str, str]]:
    """The accessibility tree of Chromium, as its readers go through it: roles and names, depth first."""
    session = page.context.new_cdp_session(page)
    nodes: dict[str, dict[str, Any]] = {
        one["nodeId"]: one for one in session.send("Accessibility.getFullAXTree")["nodes"]
    }
    waiting = [next(one for one in nodes.values() if "parentId" not in one)["nodeId"]]
    read = []
    while waiting:
        one = nodes[waiting.pop()]
        waiting.extend(inner for inner in reversed(one.get("childIds", ())) if inner in nodes)
        if not one["ignored"] and one["role"]["value"] in ("heading", "link", "StaticText", "checkbox"):
            read.append((one["role"]["value"], one.get("name", {}).get("value", "")))
    return read


def test_the_tree_reads_the_heading_then_why_and_has_a_way_to_ask(browser: Browser, pages: dict[str, Path]) -> None:
    context = browser.new_context(viewport=DESK)
    page = opened(context, pages["app-secondary-en"])
    tree = names_in_tree(page)
    headings = [name for role, name in tree if role == "heading"]
    assert headings[0] == page.locator("h1").inner_text().replace("\n", " ")
    why = page.locator("#why + p").inner_text()
    ask = page.locator("a.button").first.inner_text()
    told = next(number for number, one in enumerate(tree) if one[1].startswith(why[:40]))
    instead = tree.index(("heading", page.locator("#instead").inner_text()))
    order = [tree.index(("heading", headings[0])), told, tree.index(("link", ask)), instead]
    assert order == sorted(order)
    context.close()


def test_nothing_moves(browser: Browser, pages: dict[str, Path]) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = opened(context, pages["caution-secondary-en"])
    moving = """[...document.querySelectorAll('*')].filter(one => {
        const style = getComputedStyle(one);
        return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0; }).length"""
    assert page.evaluate(moving) == 0
    context.close()


@pytest.mark.parametrize("name", PRINTED)
def test_one_sheet_of_paper_is_enough(browser: Browser, pages: dict[str, Path], name: str) -> None:
    context = browser.new_context(color_scheme="dark")
    page = opened(context, pages[name])
    page.check("#reading", force=True)
    printed = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    if page.locator(".reference").count():
        assert page.locator(".reference code").is_visible()
    context.close()


def picture(browser: Browser, path: Path, to: str, size: tuple[int, int], **how: Any) -> None:
    media, ticked = how.pop("media", None), how.pop("larger", False)
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **how)
    page = opened(context, path)
    page.emulate_media(media=media)
    if ticked:
        page.check("#reading")
    page.screenshot(path=PICTURES / f"{to}.png", full_page=True)
    context.close()


def test_pictures_of_it_are_made_to_be_looked_at(browser: Browser, pages: dict[str, Path]) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    chosen = sorted(pages) if WHOLE else list(SAMPLE[:2])
    for name in chosen:
        picture(browser, pages[name], name, (1000, 800))
    ways: dict[str, tuple[tuple[int, int], dict[str, Any]]] = {
        "dark": ((1000, 800), {"color_scheme": "dark"}),
        "small": ((320, 640), {}),
        "print": ((794, 1123), {"media": "print"}),
        "larger": ((1000, 800), {"larger": True}),
        "forced": ((1000, 800), {"forced_colors": "active"}),
        "frame-300x150": ((300, 150), {}),
        "frame-640x360": ((640, 360), {}),
        "frame-970x250": ((970, 250), {}),
    }
    looked_at = [one for one in SAMPLE if WHOLE or one == SAMPLE[2]]
    if not WHOLE:
        ways = {way: ways[way] for way in ("dark", "print", "frame-300x150")}
    for way, (size, how) in ways.items():
        for name in looked_at:
            picture(browser, pages[name], f"{name}-{way}", size, **how)
    made = {one.stem for one in PICTURES.glob("*.png")}
    assert made >= {f"{name}-{way}" for name in looked_at for way in ways} | set(chosen)
    assert not WHOLE or len(made) >= 60
