"""The check of a device in a real Chromium: set up, without the certificate, and without the filter; and by its PAC file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright

from tests.browser.conftest import OpenBrowser
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess
from tests.wire.origin import Origin

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
QUESTIONS = ["filter", "certificate", "test page", "clock"]


@pytest.fixture(scope="module")
def behind(
    shared_origin: Origin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FilterProcess]:
    """One filter for the tests of this module."""
    process = FilterProcess(tmp_path_factory.mktemp("filter"), shared_origin.port, test_authority.path)
    process.start()
    yield process
    process.stop()


def answers(page: Page) -> list[str]:
    """The questions whose picture has come."""
    come = page.eval_on_selector_all(".answer img", "all => all.map(one => one.complete && one.naturalWidth > 0)")
    assert len(come) == len(QUESTIONS)
    return [question for question, yes in zip(QUESTIONS, come, strict=True) if yes]


def launched(playwright: Playwright, chromium: str, home: Path, *more: str, proxy: str = "") -> Browser:
    """A browser that trusts nothing of the filter's."""
    home.mkdir()
    args = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", *more]
    return playwright.chromium.launch(
        executable_path=chromium,
        args=args,
        env={"HOME": str(home)},
        proxy={"server": proxy} if proxy else None,
    )


def check(page: Page, picture: Path, *, axe: bool = True) -> None:
    """Axe finds nothing, nothing runs over the edge, and here is what it looks like."""
    if axe:
        page.set_viewport_size({"width": 1100, "height": 900})
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
        page.screenshot(path=picture, full_page=True)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it runs over the edge"
    page.screenshot(path=picture.with_stem(f"{picture.stem}-phone"), full_page=True)


def test_a_device_that_is_set_up_has_every_picture(
    behind: FilterProcess, open_browser: OpenBrowser, pictures: Path
) -> None:
    page = open_browser(behind).new_context().new_page()
    page.goto("http://why.school.internal/check")
    assert answers(page) == QUESTIONS
    check(page, pictures / "device-check.png")
    page.goto("https://why.school.internal/check")  # as a browser that tries HTTPS first
    assert answers(page) == QUESTIONS
    page.click("text=Open the second answer as a page")
    assert page.url == "https://trust.why.school.internal/check/yes"
    assert "Yes: this device trusts" in page.inner_text("h1")
    page.goto("http://why.school.internal/device")
    assert "update-ca-certificates" in page.inner_text("main")
    for system in ("windows", "macos", "ios", "android", "chromeos", "firefox", "linux"):
        page.goto(f"http://why.school.internal/device/{system}")
        check(page, pictures / f"device-{system}.png", axe=system in ("ios", "linux"))  # the others are made alike
    response = page.goto("http://blocked.why.school.internal/")
    assert response is not None
    assert response.status == 403
    assert "This is a test page." in page.inner_text("main")


def test_without_the_certificate_its_pictures_are_words_that_say_what_to_do(
    behind: FilterProcess, playwright: Playwright, chromium: str, tmp_path: Path, pictures: Path
) -> None:
    browser = launched(playwright, chromium, tmp_path / "home", proxy=behind.proxy)
    page = browser.new_page()
    page.goto("http://why.school.internal/check")
    assert answers(page) == ["filter", "test page"]
    assert "Install it" in page.locator(".answer img").nth(1).get_attribute("alt")  # type: ignore[operator]
    check(page, pictures / "device-check-untrusted.png")
    browser.close()


def test_without_the_filter_nothing_comes_and_the_page_says_so(
    behind: FilterProcess, playwright: Playwright, chromium: str, tmp_path: Path, pictures: Path
) -> None:
    browser = launched(playwright, chromium, tmp_path / "home", "--no-proxy-server")
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{behind.portal_port}/check")
    assert answers(page) == []
    assert "did not come through the filter" in page.inner_text("main")
    check(page, pictures / "device-check-without-filter.png", axe=False)
    browser.close()


def test_a_browser_that_is_given_the_pac_file_goes_through_the_filter(
    behind: FilterProcess, playwright: Playwright, chromium: str, tmp_path: Path
) -> None:
    pac = f"http://127.0.0.1:{behind.portal_port}/proxy.pac"
    browser = launched(playwright, chromium, tmp_path / "home", f"--proxy-pac-url={pac}")
    page = browser.new_page()
    page.goto("http://why.school.internal/check")
    assert answers(page) == ["filter", "test page"]
    page.goto(f"http://127.0.0.1:{behind.portal_port}/check")  # its own page, without the proxy
    assert "did not come through the filter" in page.inner_text("main")
    assert answers(page) == ["filter", "test page"], "and other pages go through it"
    browser.close()
