"""The pages for going on in a real browser: axe finds nothing, nothing runs over the edge, no script is needed."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from saywhy.policy.reader import Reader
from tests.exceptions.conftest import SCHOOL, school
from tests.portal.conftest import World
from tests.portal.test_portal_accessibility import DESK, browser, check, origin, submit
from tests.portal.test_portal_cautioning import RULES, WHY

__all__ = ["browser", "origin"]


@pytest.mark.parametrize("reader", [Reader.EARLY, Reader.SECONDARY])
def test_every_page_of_it_can_be_used_by_everybody(  # the fixtures are the browser's and the portal's
    browser: Browser,
    world: World,
    origin: str,
    tmp_path: Path,
    reader: Reader,
) -> None:
    world.engine = school(tmp_path / "careful", SCHOOL + RULES)
    token = world.token("www.files.test", "/drawing", "files", reason="caution", device="127.0.0.1", reader=reader)
    context = browser.new_context(
        viewport=DESK,
        java_script_enabled=True,  # axe needs it; the pages have none
    )
    page = context.new_page()
    page.goto(f"{origin}/caution/{token}")
    check(page, "the form")
    submit(page, "text=Go on for 10 minutes")
    assert page.title().startswith("Error: ")
    check(page, "the form, with errors")
    page.click('.problem a[href="#reason"]')
    assert page.evaluate("document.activeElement.id") == "reason"
    page.fill("#reason", WHY)
    submit(page, "text=Go on for 10 minutes")
    expect(page.get_by_role("heading", level=1)).to_have_text("It is open until 10:10")
    check(page, "open")
    page.goto(f"{origin}/open-now")
    check(page, "what is open now")
    world.now += timedelta(minutes=10)
    page.goto(f"{origin}/caution/{token}")
    check(page, "over")
    page.fill("#reason", WHY)
    submit(page, "text=Go on for 10 minutes")
    submit(page, "text=I am done")
    check(page, "nothing open")
    world.now += timedelta(minutes=10)
    page.goto(f"{origin}/caution/{token}")
    page.fill("#reason", WHY)
    submit(page, "main button[type=submit]")
    world.now += timedelta(minutes=10)
    page.goto(f"{origin}/caution/{token}")
    expect(page.get_by_role("heading", level=1)).to_have_text("That was all for today")
    check(page, "used up")
    context.close()
