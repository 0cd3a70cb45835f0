"""A small school behind a real filter for whole stories: its rules, its people, its devices, its clock."""

import re
import struct
import time
import zlib
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as time_of_day
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, expect

from saywhy.exceptions.store import Store
from saywhy.serve.database_url import database_in
from tests.browser.devices import Device
from tests.browser.test_journey import picture
from tests.portal.test_portal_accessibility import check
from tests.wire.filter_process import FilterProcess
from tests.wire.moved_clock import MovedClock

LONDON = ZoneInfo("Europe/London")
HOSTS = ("films.test", "museum.test", "bets.test", "news.test", "pictures.test", "floor.test")
PUPIL, STAFF, LEAD = "127.0.9.21", "127.0.99.1", "127.0.99.2"
PORTAL = "http://why.school.internal"

POLICY = """
school: {name: Hillside School, timezone: Europe/London}
roles:
  it: {title: IT support, deputy: leadership}
  safeguarding: {title: Safeguarding team, deputy: leadership}
  teaching: {title: Head of teaching and learning, deputy: leadership}
  leadership: Senior leadership team
groups:
  students: {label: students}
  year9: {label: Year 9, reader: secondary, within: [students]}
  staff: {label: staff, reader: staff}
places:
  - {network: 127.0.9.0/24, groups: [year9], name: Year 9 classrooms}
  - {network: 127.0.99.0/24, groups: [staff], name: Staff devices}
times:
  lessons: {label: lesson time, spans: [{days: every day, from: "09:15", until: "11:00"}]}
  school-hours: {label: school hours, spans: [{days: every day, from: "09:00", until: "15:30"}]}
reach: {ports: [80, 443], addresses: [127.0.0.0/8]}
inspection: {always: {domains: [films.test, museum.test, bets.test, news.test, pictures.test]}}
default: allow
purposes:
  short-films:
    label: Watch a short film
    alternatives:
      - {name: Museum of Film, url: "https://museum.test/films", trusted: Run by a museum.}
  chance:
    label: Learn about chance
    alternatives:
      - {name: Museum of Numbers, url: "https://museum.test/chance", trusted: Run by a museum.}
categories:
  betting:
    label: Betting
    high_risk: true
    about: Sites on which people bet money.
    risk: Most people lose money there, and it is hard to stop.
    domains: [bets.test]
rules:
  - id: floor
    block: {domains: [floor.test]}
    locked: true
    why: {risk: These pages can harm whoever opens them.}
    decided: {by: Governors, on: 2026-09-01}
    review_by: 2099-09-01
    owner: safeguarding
  - id: staff-prepare
    allow: {domains: [news.test, pictures.test]}
    for: [staff]
    why: Staff prepare lessons there.
    decided: {by: Senior leadership team, on: 2026-09-01}
    review_by: 2099-09-01
    owner: it
  - id: films
    block: {domains: [films.test]}
    for: [students]
    why: {risk: Films there play one after another without an end., would_change: A lesson that needs one film may ask.}
    instead: [short-films]
    decided: {by: Senior leadership team, on: 2026-09-01}
    review_by: 2099-03-01
    owner: teaching
    ask: {decides: [teaching], offer: [this-page, this-lesson, today]}
  - id: betting
    block: {categories: [betting]}
    why: {risk: Betting sites are built to keep people playing., would_change: A lesson on money may ask for one page.}
    instead: [chance]
    decided: {by: Safeguarding team, on: 2026-09-01}
    review_by: 2099-03-01
    owner: safeguarding
    ask: {decides: [it], signs_off: [safeguarding], offer: [this-page, today]}
  - id: news
    block: {domains: [news.test]}
    for: [students]
    why: {risk: Anybody can write there.}
    decided: {by: IT support, on: 2026-09-01}
    review_by: 2099-03-01
    owner: it
    ask: {decides: [it], offer: [this-page, today]}
  - id: pictures
    block: {domains: [pictures.test]}
    for: [students]
    why: {risk: Anybody can put pictures there.}
    decided: {by: IT support, on: 2026-09-01}
    review_by: 2099-03-01
    owner: it
    ask: {decides: [it]}
"""


def _image(size: int) -> bytes:
    """A square of one colour, as PNG (W3C, Portable Network Graphics, 5 and 11.2)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xf2\xa9\x3b" * size) * size
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _answer(kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nCache-Control: no-store\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _page(title: str, more: str = "") -> bytes:
    text = f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1>{more}"
    return _answer("text/html; charset=utf-8", text.encode())


ANSWERS = {
    "/film": [_page("A film about persuasion")],
    "/films": [_page("Films at the museum")],
    "/article": [_page("The flood of 1953", "<p><img src='https://pictures.test/flood' alt='The flood'></p>")],
    "/flood": [_answer("image/png", _image(200))],
}


@dataclass
class Hillside:
    """The school while its filter runs. `passwords` are those of the accounts that were added."""

    running: FilterProcess
    clock: MovedClock
    pictures: Path
    browser: Browser = field(init=False)
    devices: dict[str, Device] = field(default_factory=dict)
    signed_in: dict[str, Page] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)

    def at(self, hours: int, minutes: int, seconds: int = 0) -> None:
        """Let it be that time of today, by the school's clock."""
        today: date = self.clock.now.astimezone(LONDON).date()
        self.clock.move_to(datetime.combine(today, time_of_day(hours, minutes, seconds), tzinfo=LONDON))

    def page_of(self, address: str) -> Page:
        """A new browser at a device."""
        if address not in self.devices:
            self.devices[address] = Device(address, self.running.listen_port)
        return self.browser.new_context(proxy={"server": self.devices[address].proxy}).new_page()

    def staff(self, account: str, address: str = STAFF) -> Page:
        """The browser in which somebody is signed in."""
        if account not in self.signed_in:
            page = self.signed_in[account] = self.page_of(address)
            page.goto(f"{PORTAL}/sign-in")
            page.get_by_label("Name").fill(account)
            page.get_by_label("Password").fill(self.passwords.get(account) or self.running.password(account))
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Requests")
        return self.signed_in[account]

    def hire(self, account: str, role: str) -> None:
        """One more account."""
        with closing(self.store) as store:
            self.passwords[account] = store.accounts.add_account(account, [role])

    @property
    def store(self) -> Store:
        return Store(database_in(self.running.state))

    @property
    def asked(self) -> int:
        """How many requests there are."""
        with closing(self.store) as store:
            return sum(store.counts_by_state().values())

    def look(self, page: Page, name: str) -> None:
        """A picture of a page at which axe finds nothing."""
        check(page, name)
        picture(page, self.pictures, f"story-{name}")

    def refused(self, page: Page, address: str, name: str = "") -> None:
        """The address is closed, with a page that says why."""
        self.status(page, address, 403)
        if name:
            self.look(page, name)

    def status(self, page: Page, address: str, wanted: int, seconds: float = 2) -> None:
        """What an answer changes is so for everybody within two seconds."""
        started = time.monotonic()
        while page.goto(address).status != wanted:  # type: ignore[union-attr]
            assert time.monotonic() - started < seconds, f"{wanted} within {seconds} seconds at {address}"

    def ask(self, page: Page, address: str, name: str = "", **answers: str) -> str:
        """From the page that says why to the receipt, past what is offered instead; the number of the request."""
        self.refused(page, address, name and f"{name}-closed")
        page.locator("a[href*='why.school.internal/ask/']").click()
        fill_in(page, **answers)
        expect(page).to_have_url(re.compile("/receipt$"))
        return str(re.findall(r"R-\d+", page.get_by_role("main").inner_text())[0])

    def open(self, page: Page, number: str) -> None:
        """The page of a request."""
        page.goto(f"{PORTAL}/requests/{int(number.removeprefix('R-')) - 1000}")


def fill_in(page: Page, *, who: str = "Just me, on this device", until: str = "Today", **words: str) -> None:
    """Go through the form, a page at a time; `words` are by the names of fields."""
    wrote = {"wants": "See what it says", "because": "We write about it.", "work": "Year 9 media", **words}
    while not page.url.endswith("/receipt"):
        step = page.url.rpartition("/")[2]
        choice = {"who": who, "until": until}.get(step, "Something else")
        if page.locator("label", has_text=re.compile(choice)).count():
            page.locator("label", has_text=re.compile(choice)).first.click()
        for field_, text in wrote.items():
            if page.locator(f"textarea#{field_}, input#{field_}").count():
                page.locator(f"#{field_}").fill(text)
        names = re.compile("^(Continue|No, I still need this page|Ask for myself|Send my request)$")
        with page.expect_navigation():
            page.get_by_role("button", name=names).click()
        assert not page.title().startswith("Error: "), page.locator(".problem").inner_text()
