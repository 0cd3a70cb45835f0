"""The whole way through: a blocked page, a request, an answer, and the site opens."""

import re
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenBrowser
from tests.wire.filter_process import FilterProcess
from tests.wire.origin import Origin

PASSWORDS: dict[str, str] = {}


def picture(page: Page, pictures: Path, name: str) -> None:
    for width, kind in ((1280, "desktop"), (390, "phone")):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=pictures / f"{name}-{kind}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def hire(running: FilterProcess, account: str, role: str = "it") -> None:
    """One more account, as somebody at the command line makes it."""
    command = [str(Path(sys.executable).with_name("saywhy")), "account", "add", account, "--role", role]
    command += ["--state", str(running.state), "--policies", str(running.policies)]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    PASSWORDS[account] = re.findall(r"(?:\w{4}-){3}\w{4}", made.stdout)[0]


def sign_in(page: Page, running: FilterProcess, account: str) -> None:
    page.goto("http://why.school.internal/sign-in")
    page.get_by_label("Name").fill(account)
    page.get_by_label("Password").fill(PASSWORDS.get(account) or running.password(account))
    page.get_by_role("button", name="Sign in").click()


def fill_in(page: Page, wants: str) -> None:
    """Go through the form, a page at a time, past the alternatives."""
    other = page.get_by_text("Something else", exact=True)
    if other.count():
        other.click()
    page.locator("#wants").fill(wants)
    page.get_by_role("button", name="Continue").click()
    still = page.get_by_role("button", name="No, I still need this page")
    if still.count():
        still.click()
    page.get_by_label("Why do you need it?").fill("My group makes a film about how short films persuade people.")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Which lesson or piece of work is it for?").fill("Year 9 media, the persuasion project")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Just me, on this device").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Today", exact=True).click()
    page.get_by_role("button", name="Continue").click()
    if page.locator("#need").count():
        page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Send my request").click()


def test_from_a_blocked_page_to_the_open_site(
    own_filter: FilterProcess, shared_origin: Origin, open_browser: OpenBrowser, pictures: Path
) -> None:
    shared_origin.connections.clear()
    own_filter.start()
    hire(own_filter, "sam")
    browser = open_browser(own_filter)
    pupil = browser.new_context().new_page()
    staff = browser.new_context().new_page()
    address = f"https://www.blocked.test:{own_filter.origin_port}/film"

    answer = pupil.goto(address)
    assert answer is not None
    assert answer.status == 403
    expect(pupil.get_by_role("heading", level=1)).to_have_count(1)
    expect(pupil.get_by_text("Blockedtube keeps notes about you.")).to_be_visible()
    expect(pupil.get_by_text("Senior leadership team and IT")).to_be_visible()
    expect(pupil.get_by_role("link", name="Good One")).to_be_visible()
    expect(pupil.get_by_role("link", name="Good Two")).to_be_visible()
    assert shared_origin.connections == []
    picture(pupil, pictures, "1-blocked")

    pupil.locator("a[href*='why.school.internal/ask/']").click()
    expect(pupil.get_by_role("heading", level=1)).to_contain_text("www.blocked.test")
    pupil.get_by_role("button", name="Continue").click()
    expect(pupil.get_by_text("There is a problem")).to_be_visible()
    picture(pupil, pictures, "2-form-with-errors")
    fill_in(pupil, "Watch three short films and compare them")
    expect(pupil).to_have_url(re.compile("/receipt$"))
    receipt = pupil.url
    picture(pupil, pictures, "3-receipt")

    sign_in(staff, own_filter, "it")
    expect(staff.get_by_text("www.blocked.test").first).to_be_visible()
    picture(staff, pictures, "4-requests")
    staff.get_by_role("link", name=re.compile("www.blocked.test|R-")).first.click()
    expect(staff.get_by_text("Watch three short films and compare them").first).to_be_visible()
    picture(staff, pictures, "5-request")
    for choice in ("Only this device", "The whole of www.blocked.test", "Today"):
        staff.locator("label", has_text=choice).first.click()
    staff.get_by_label("Why is the answer yes?").fill("The films are what the project is about.")
    staff.get_by_role("button", name=re.compile("Say yes")).click()
    expect(staff.get_by_text("It opens once a second person agrees.")).to_be_visible()
    second = browser.new_context().new_page()  # a whole site takes two
    sign_in(second, own_filter, "sam")
    second.goto(staff.url)
    picture(second, pictures, "5-request-second-person")
    second.get_by_label("Why do you agree?").fill("I have seen two of these films, and they are fine.")
    second.get_by_role("button", name="Agree to it").click()
    expect(second.get_by_text("What was given")).to_be_visible()

    started = time.monotonic()
    while pupil.goto(address).status != 200:  # type: ignore[union-attr]
        assert time.monotonic() - started < 2, "an approved site opens within 2 seconds"
    expect(pupil.locator("body")).to_contain_text("hello from www.blocked.test")
    pupil.goto(receipt)
    picture(pupil, pictures, "6-receipt-answered")
    expect(pupil.get_by_role("main")).to_contain_text("The answer is yes")


def test_a_refusal_comes_with_its_reason(
    own_filter: FilterProcess, shared_origin: Origin, open_browser: OpenBrowser, pictures: Path
) -> None:
    own_filter.start()
    browser = open_browser(own_filter)
    pupil = browser.new_context().new_page()
    staff = browser.new_context().new_page()
    pupil.goto(f"http://blocked.test:{own_filter.origin_port}/")
    pupil.locator("a[href*='why.school.internal/ask/']").click()
    fill_in(pupil, "Look at films in my break")
    receipt = pupil.url

    sign_in(staff, own_filter, "it")
    staff.get_by_role("link", name=re.compile("blocked.test|R-")).first.click()
    staff.get_by_role("button", name="Say no").click()
    expect(staff.get_by_text("There is a problem")).to_be_visible()  # a no needs its reason
    staff.get_by_label("Why not?").fill("It keeps notes about you. Good One has the same films.")
    expect(staff.get_by_text("blocked.test:", exact=True)).to_have_count(0)
    staff.get_by_text("Good One", exact=True).last.click()
    staff.get_by_role("button", name="Say no").click()

    pupil.goto(receipt)
    expect(pupil.get_by_text("It keeps notes about you. Good One has the same films.")).to_be_visible()
    expect(pupil.get_by_text("Good One: http://good.test/")).to_be_visible()
    picture(pupil, pictures, "7-refused")
    assert pupil.goto(f"http://blocked.test:{own_filter.origin_port}/").status == 403  # type: ignore[union-attr]
