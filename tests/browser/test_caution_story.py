"""Caution as a pupil meets it: the page, the reason, the way back, the end of it, and a day's quota."""

import re
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from saywhy.exceptions.store import Store
from saywhy.exceptions.tables import CounterRow, GoRow
from saywhy.serve.database_url import database_in
from tests.browser.conftest import OpenBrowser
from tests.browser.test_journey import picture
from tests.wire.filter_process import POLICY, FilterProcess
from tests.wire.origin import Origin

CAREFUL = """
  - id: careful
    caution: {domains: [good.test]}
    quota: 10 minutes a day
    why: {risk: What you share there cannot be taken back., would_change: Tell us what you want to send.}
    decided: {by: Senior leadership team and IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""


def make_it_end(running: FilterProcess) -> None:
    """What time does: everything that is open ended a moment ago."""
    with closing(Store(database_in(running.state))) as store, store._database.writing() as session:
        for go in session.scalars(select(GoRow)):
            span = go.ends - go.starts + timedelta(seconds=1)
            go.starts, go.ends = go.starts - span, go.ends - span
        session.execute(update(CounterRow).values(value=CounterRow.value + 1))


def status_within(page: Page, address: str, wanted: int, seconds: float = 2) -> None:
    started = time.monotonic()
    while page.goto(address).status != wanted:  # type: ignore[union-attr]
        assert time.monotonic() - started < seconds, f"{wanted} within {seconds} seconds"


def test_from_the_page_to_the_open_site_and_to_the_end_of_the_quota(
    own_filter: FilterProcess, shared_origin: Origin, open_browser: OpenBrowser, pictures: Path
) -> None:
    shared_origin.connections.clear()
    own_filter.policy = POLICY + CAREFUL.lstrip("\n")
    own_filter.start()
    pupil = open_browser(own_filter).new_context(java_script_enabled=False).new_page()
    address = f"https://good.test:{own_filter.origin_port}/hello"

    status_within(pupil, address, 403)
    expect(pupil.get_by_role("heading", level=1)).to_have_text("Think before you go on")
    expect(pupil.get_by_text("What you share there cannot be taken back.")).to_be_visible()
    assert shared_origin.connections == []
    picture(pupil, pictures, "caution-1-closed")

    pupil.get_by_role("link", name="Go on").click()
    expect(pupil).to_have_url(re.compile("^https://why.school.internal/caution/"))
    expect(pupil.get_by_text("You have 10 of 10 minutes left today.")).to_be_visible()
    pupil.get_by_role("button", name="Go on for 10 minutes").click()
    expect(pupil.get_by_text("There is a problem")).to_be_visible()
    pupil.get_by_label("Why do you need it?").fill("I send the poster to my group")
    picture(pupil, pictures, "caution-2-reason")
    pupil.get_by_role("button", name="Go on for 10 minutes").click()
    expect(pupil.get_by_role("heading", level=1)).to_contain_text("It is open until")
    picture(pupil, pictures, "caution-3-open")
    form = pupil.url

    status_within(pupil, address, 200)
    pupil.goto(form)
    pupil.get_by_role("link", name=re.compile("^Open good.test")).click()
    expect(pupil.locator("body")).to_contain_text("hello from good.test")

    pupil.goto("http://why.school.internal/")
    pupil.get_by_role("link", name="What you opened for a short while").click()
    pupil.get_by_role("button", name="I am done").click()
    expect(pupil.get_by_text("You have nothing open")).to_be_visible()
    status_within(pupil, address, 403)
    pupil.get_by_role("link", name="Go on").click()
    expect(pupil.get_by_text("You have 9 of 10 minutes left today.")).to_be_visible()
    expect(pupil.get_by_text("It is closed again.")).to_be_visible()
    pupil.get_by_label("Why do you need it?").fill("I forgot one picture")
    pupil.get_by_role("button", name="Go on for 9 minutes").click()
    status_within(pupil, address, 200)

    make_it_end(own_filter)
    status_within(pupil, address, 403)
    pupil.get_by_role("link", name="Go on").click()
    expect(pupil.get_by_role("heading", level=1)).to_have_text("That was all for today")
    expect(pupil.get_by_text("There is more tomorrow")).to_be_visible()
    picture(pupil, pictures, "caution-4-used-up")
    pupil.get_by_role("link", name="Ask for it").click()
    expect(pupil.get_by_role("heading", level=1)).to_contain_text("Ask for good.test")
