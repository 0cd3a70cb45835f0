"""A search that brings the help page, in Chromium, without script: what others see, and every way on."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.test_caution_story import status_within
from tests.browser.test_journey import picture
from tests.wire.filter_process import FilterProcess
from tests.wire.origin import Origin
from tests.wire.test_wire_care import POLICY


def test_a_search_brings_people_to_talk_to(
    own_filter: FilterProcess, shared_origin: Origin, open_browser: OpenBrowser, pictures: Path
) -> None:
    own_filter.policy = POLICY.replace(
        "searches: {look", 'help_lines: {line: {name: A line, phone: "01632 960001", text: HI to 60001}}\n'
        "searches: {look"
    ).replace("\ncare:\n", '\ncare:\n  lines: [line]\n  leave: "http://fine.test:ORIGIN_PORT/hello"\n')  # fmt: skip
    own_filter.start()
    pupil = open_browser(own_filter).new_context(java_script_enabled=False).new_page()
    search = f"https://good.test:{own_filter.origin_port}/hello?q="

    status_within(pupil, f"{search}volcano", 200)
    status_within(pupil, f"{search}i+want+to+kill+myself", 403)
    expect(pupil).to_have_title("Web filter · Test School")
    expect(pupil.get_by_role("heading", level=1)).to_have_text("You can talk to somebody")
    expect(pupil.get_by_text("The safeguarding team")).to_be_visible()
    assert pupil.get_by_role("link", name="Call 01632 960001").get_attribute("href") == "tel:01632960001"
    assert pupil.get_by_role("link", name="Text HI to 60001").get_attribute("href") == "sms:60001?body=HI"
    assert pupil.get_by_role("link", name="999").get_attribute("href") == "tel:999"
    assert "kill" not in pupil.locator("body").inner_text()
    picture(pupil, pictures, "care-search")

    pupil.get_by_role("link", name="Leave this page").click()
    expect(pupil.locator("body")).to_contain_text("hello from fine.test")
    assert shared_origin.connections
