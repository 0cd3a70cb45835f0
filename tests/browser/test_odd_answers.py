"""A real Chromium takes each odd answer through the filter as it takes it from the origin itself, or both are errors."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.browser.odd_answers import ODD, OddOrigin
from tests.wire.filter_process import FilterProcess

type Shown = dict[str, object]
"""What a script sees of an answer: status, address, body and fields; or the error."""

# how a message is framed, and for which connection, is said anew
_OURS = '["connection", "keep-alive", "proxy-connection", "upgrade", "transfer-encoding", "content-length"]'
_ASK = """async ([name, method]) => {
  try {
    const how = {method, cache: "no-store", signal: AbortSignal.timeout(9000)};
    const answer = await fetch("/" + name.replaceAll(" ", "_"), how);
    const body = new Uint8Array(await answer.arrayBuffer());
    return {
      status: answer.status,
      address: answer.url,
      body: String.fromCharCode(...body),
      fields: [...answer.headers].filter(([name]) => !OURS.includes(name)),
    };
  } catch (error) {
    return {error: error.name};
  }
}""".replace("OURS", _OURS)
_ERROR: Shown = {"error": "TypeError"}


@pytest.fixture(scope="module")
def odd_origin() -> Iterator[OddOrigin]:
    origin = OddOrigin()
    yield origin
    origin.close()


@pytest.fixture(scope="module")
def guarded(odd_origin: OddOrigin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilterProcess]:
    process = FilterProcess(tmp_path_factory.mktemp("odd"), odd_origin.port, None)
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    home = tmp_path_factory.mktemp("home")
    browser = playwright.chromium.launch(
        executable_path=chromium,
        args=["--no-sandbox", "--disable-background-networking", "--host-resolver-rules=MAP good.test 127.0.0.1"],
        env={**os.environ, "HOME": str(home)},
    )
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def direct(browser: Browser, odd_origin: OddOrigin) -> Page:
    """A page of the origin."""
    page = browser.new_context().new_page()
    page.goto(f"http://good.test:{odd_origin.port}/")
    return page


@pytest.fixture(scope="module")
def filtered(browser: Browser, odd_origin: OddOrigin, guarded: FilterProcess) -> Page:
    """The same through the filter."""
    page = browser.new_context(proxy={"server": guarded.proxy}).new_page()
    page.goto(f"http://good.test:{odd_origin.port}/")
    return page


def shown(page: Page, name: str) -> Shown:
    answer: Shown = page.evaluate(_ASK, [name, ODD[name].method])
    return _ERROR if answer.get("status") in (502, 503) else answer  # a page that explains: no origin here answers so


@pytest.mark.parametrize("name", [name for name, odd in ODD.items() if not odd.otherwise])
def test_an_odd_answer_is_the_same_through_the_filter(direct: Page, filtered: Page, name: str) -> None:
    assert shown(filtered, name) == shown(direct, name)


@pytest.mark.parametrize("name", [name for name, odd in ODD.items() if odd.otherwise])
def test_what_differs_has_its_reason_and_no_other_body(direct: Page, filtered: Page, name: str) -> None:
    ours, theirs = shown(filtered, name), shown(direct, name)
    assert ours != theirs
    assert ours == _ERROR or (ours["status"], ours["body"]) == (theirs["status"], theirs["body"])
