"""Whole stories as those in them meet them, in a real Chromium through a real filter; axe finds nothing on any page."""

import re
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.browser.conftest import trusting_browser
from tests.browser.hillside import ANSWERS, HOSTS, LEAD, POLICY, PORTAL, PUPIL, STAFF, Hillside
from tests.browser.test_journey import picture
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess
from tests.wire.moved_clock import MovedClock
from tests.wire.origin import Origin

pytestmark = pytest.mark.timeout(400)  # a story is many pages, each with its pictures; a busy machine is no failure


@pytest.fixture(scope="module")
def hillside(
    playwright: Playwright,
    chromium: str,
    test_authority: TestAuthority,
    tmp_path_factory: pytest.TempPathFactory,
    pictures: Path,
) -> Iterator[Hillside]:
    folder = tmp_path_factory.mktemp("hillside")
    listening = _at_port_443()
    origin = Origin(test_authority, listening)
    origin.answers |= ANSWERS
    clock = MovedClock(folder / "clock")
    running = FilterProcess(
        folder,
        origin.port,
        test_authority.path,
        policy=POLICY,
        hosts="".join(f"{listening.getsockname()[0]} {name}\n" for name in HOSTS),
        environment=clock.environment,
    )
    school = Hillside(running, clock, pictures)
    school.at(10, 40)
    running.start()
    school.browser = trusting_browser(playwright, chromium, folder / "home", running)
    school.hire("sam", "it")
    yield school
    school.browser.close()
    running.stop()
    for device in school.devices.values():
        device.close()
    origin.close()


def _at_port_443() -> socket.socket:
    """Pages are opened one by one at the ports of the web alone; the address is this run's."""
    for last in range(1, 255):
        try:
            return socket.create_server((f"127.44.0.{last}", 443), backlog=200)
        except OSError as error:
            taken = error
    raise taken


def counted(school: Hillside, kind: str) -> float:
    """What the metrics say of what people did in the portal."""
    with urllib.request.urlopen(f"http://127.0.0.1:{school.running.metrics_port}/metrics") as answer:
        found = re.search(rf'^saywhy_portal_events_total{{kind="{kind}"}} (\S+)$', answer.read().decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def choose(page: Page, *labels: str) -> None:
    for label in labels:
        page.locator("label", has_text=label).first.click()


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def receipt_of(page: Page) -> str:
    """The address of the receipt that this page shows, while its request waits."""
    return f"{PORTAL}/receipt/{page.locator('.receipt-code code').inner_text()}"


def test_a_pupil_takes_what_is_offered_instead(hillside: Hillside) -> None:
    asked, helped = hillside.asked, counted(hillside, "helped")
    pupil = hillside.page_of(PUPIL)
    hillside.refused(pupil, "https://films.test/film", "1-closed")
    pupil.locator("a[href*='why.school.internal/ask/']").click()
    expect(pupil.get_by_role("heading", level=1)).to_contain_text("films.test")
    choose(pupil, "Watch a short film")
    press(pupil, "Continue")
    expect(pupil.get_by_role("heading", level=1)).to_have_text("These are open to you now")
    hillside.look(pupil, "1-instead")
    pupil.get_by_role("link", name=re.compile("Museum of Film")).click()
    expect(pupil.get_by_role("heading", level=1)).to_have_text("Films at the museum")
    pupil.go_back()
    press(pupil, "This helps, thank you")
    expect(pupil.get_by_text("Nothing was sent, and nobody has to answer.")).to_be_visible()
    hillside.look(pupil, "1-helped")
    assert hillside.asked == asked
    hillside.running.wait_for(lambda: counted(hillside, "helped") == helped + 1, "the count of those who were helped")


def test_a_teacher_opens_a_film_for_a_lesson_and_it_closes_by_itself(hillside: Hillside) -> None:
    hillside.at(10, 40)
    pupil = hillside.page_of(PUPIL)
    number = hillside.ask(pupil, "https://films.test/film", who="Year 9", until="lesson")
    hillside.look(pupil, "2-receipt")
    receipt = receipt_of(pupil)
    teacher = hillside.staff("teaching")
    hillside.open(teacher, number)
    choose(teacher, "Everyone in Year 9", "and the pages below it", "lesson")
    teacher.get_by_label("Why is the answer yes?").fill("We compare it with the poster.")
    hillside.look(teacher, "2-request")
    press(teacher, "Say yes")
    expect(teacher.get_by_text("It is open now.")).to_be_visible()
    hillside.look(teacher, "2-given")
    hillside.status(pupil, "https://films.test/film", 200)
    expect(pupil.get_by_role("heading", level=1)).to_have_text("A film about persuasion")
    hillside.refused(pupil, "https://films.test/another")
    pupil.goto(receipt)
    hillside.look(pupil, "2-receipt-open")

    hillside.at(10, 59, 30)
    hillside.status(pupil, "https://films.test/film", 200)
    hillside.at(11, 0, 0)
    hillside.refused(pupil, "https://films.test/film")
    pupil.goto(receipt)
    expect(pupil.get_by_role("heading", level=1)).to_have_text("It was open, and the time is over")
    hillside.look(pupil, "2-receipt-over")


def test_a_second_person_says_no_and_who_asks_again_meets_that(hillside: Hillside) -> None:
    pupil = hillside.page_of(PUPIL)
    address = "https://bets.test/odds"
    first = hillside.ask(pupil, address, wants="Read how odds are told")
    receipt = receipt_of(pupil)
    it, lead = hillside.staff("it"), hillside.staff("safeguarding", LEAD)
    hillside.open(it, first)
    hillside.look(it, "3-request")
    choose(it, "Only this device", "and the pages below it", "Today")
    it.get_by_label("Why is the answer yes?").fill("Only this page, for the project on chance.")
    press(it, "Say yes")
    expect(it.get_by_text("It opens once a second person agrees.")).to_be_visible()
    hillside.look(it, "3-after-the-first")
    pupil.goto(receipt)
    expect(pupil.get_by_role("heading", level=1)).to_have_text("One person said yes")
    hillside.look(pupil, "3-receipt-one-yes")
    hillside.refused(pupil, address)

    lead.goto(f"{PORTAL}/requests")
    hillside.look(lead, "3-list-of-the-second")
    hillside.open(lead, first)
    hillside.look(lead, "3-request-of-the-second")
    lead.get_by_label("Why not?").fill("The page leads to bets within one click.")
    choose(lead, "Museum of Numbers")
    press(lead, "Say no")
    pupil.goto(receipt)
    expect(pupil.get_by_role("heading", level=1)).to_have_text("The answer is no, for now")
    expect(pupil.get_by_text("The page leads to bets within one click.")).to_be_visible()
    expect(pupil.get_by_role("link", name="https://museum.test/chance")).to_be_visible()
    expect(pupil.get_by_text("Museum of Numbers")).to_have_count(1)
    hillside.look(pupil, "3-receipt-no")
    hillside.refused(pupil, address)

    other = hillside.page_of("127.0.9.22")
    hillside.refused(other, address)
    other.locator("a[href*='why.school.internal/ask/']").click()
    choose(other, "Something else")
    other.locator("#wants").fill("Look at the odds")
    press(other, "Continue")
    if other.get_by_role("button", name="No, I still need this page").count():
        press(other, "No, I still need this page")
    expect(other.get_by_role("heading", level=1)).to_have_text("Somebody asked for this before")
    expect(other.get_by_text("The page leads to bets within one click.")).to_be_visible()
    hillside.look(other, "4-asked-before")
    again = hillside.ask(other, address, wants="Look at the odds", news="I need the table of odds alone.")
    hillside.open(it, again)
    before = it.locator("#precedents")
    expect(before).to_contain_text(f"{first}, the same page")
    expect(before).to_contain_text("No, by Safeguarding team")
    expect(before).to_contain_text("The page leads to bets within one click.")
    expect(it.get_by_text("I need the table of odds alone.")).to_be_visible()
    hillside.look(it, "4-dossier")


def test_an_appeal_goes_to_somebody_else_who_asks_back(hillside: Hillside) -> None:
    pupil = hillside.page_of(PUPIL)
    address = "https://news.test/letters"
    number = hillside.ask(pupil, address)
    receipt = receipt_of(pupil)
    it = hillside.staff("it")
    hillside.open(it, number)
    it.get_by_label("Why not?").fill("I do not know this page.")
    choose(it, "There is nothing that we know of")
    press(it, "Say no")
    pupil.goto(receipt)
    hillside.look(pupil, "5-receipt-no")
    press(pupil, "Ask somebody else")
    hillside.look(pupil, "5-receipt-appeal-with-errors")
    pupil.get_by_label("Why should it be looked at again?").fill("It is the page that our teacher read from.")
    press(pupil, "Ask somebody else")
    expect(pupil.get_by_role("heading", level=1)).to_have_text("Somebody else looks at it")
    hillside.look(pupil, "5-receipt-appealed")

    hillside.open(it, number)
    expect(it.get_by_role("button", name=re.compile("^Say (yes|no)$|^Ask$"))).to_have_count(0)
    hillside.look(it, "5-who-refused")
    sam = hillside.staff("sam", LEAD)
    hillside.open(sam, number)
    expect(sam.get_by_text("It is the page that our teacher read from.").first).to_be_visible()
    hillside.look(sam, "5-appeal")
    sam.get_by_label("What do you need to know?").fill("Which letter is it?")
    press(sam, "Ask")
    pupil.goto(receipt)
    expect(pupil.get_by_role("heading", level=1)).to_have_text("We need to know one thing more")
    hillside.look(pupil, "5-receipt-question")
    pupil.get_by_label("Your answer").fill("The one about the harbour.")
    press(pupil, "Send my answer")
    for said in ("Which letter is it?", "The one about the harbour.", "It is the page that our teacher read from."):
        expect(pupil.get_by_text(said)).to_be_visible()
    hillside.look(pupil, "5-receipt-question-answered")
    hillside.open(sam, number)
    expect(sam.locator("#timeline")).to_contain_text("The one about the harbour.")
    choose(sam, "Only this device", "and the pages below it", "Today")
    sam.get_by_label("Why is the answer yes?").fill("It is fine for this lesson.")
    press(sam, "Say yes")
    hillside.status(pupil, address, 200)
    pupil.goto(receipt)
    hillside.look(pupil, "5-receipt-yes")


def test_what_is_locked_nobody_can_open(hillside: Hillside) -> None:
    asked = hillside.asked
    for number, address in enumerate((PUPIL, STAFF)):
        page = hillside.page_of(address)
        hillside.refused(page, "https://floor.test/", f"6-locked-{number}")
        assert page.locator("a[href*='/ask/'], a[href*='/caution/'], form").count() == 0
    pupil = hillside.page_of(PUPIL)
    hillside.refused(pupil, "https://floor.test/")
    languages = str(pupil.locator("a[href*='/why/']").first.get_attribute("href"))
    token = languages.partition("/why/")[2].partition("?")[0]  # the page's own reference, in its links to languages
    hillside.refused(pupil, "https://films.test/film")
    form = str(pupil.locator("a[href*='why.school.internal/ask/']").get_attribute("href"))
    for path in ("ask/{}", "ask/{}/check", "ask/{}/join", "caution/{}"):
        pupil.goto(form)
        with pupil.expect_navigation() as sent:
            pupil.evaluate(_SEND_BY_HAND, "/" + path.format(token))
        assert sent.value is not None
        assert sent.value.status in (403, 404, 405, 409), (path, sent.value.status)
    pupil.goto(f"{PORTAL}/ask/{token}")
    assert pupil.locator("main form[action*='/ask/']").count() == 0
    hillside.look(pupil, "6-no-form")
    assert hillside.asked == asked
    hillside.refused(pupil, "https://floor.test/")


# a form of the pupil's own, with the token that it has, altered as whoever knows the fields would
_SEND_BY_HAND = """(to) => {
  const form = document.querySelector("main form[novalidate]");
  form.action = to;
  const made = {wants: "See it", because: "I need it", work: "None", until: "today", who: "device", reason: "I need it",
    request: "1"};
  for (const [name, value] of Object.entries(made))
    form.append(Object.assign(document.createElement("input"), {type: "hidden", name, value}));
  form.submit();
}"""


def test_a_page_opens_with_the_pictures_that_it_has_from_elsewhere(hillside: Hillside) -> None:
    address, loaded = "https://news.test/article", "document.images[0].naturalWidth"
    prepares = hillside.page_of(STAFF)
    hillside.status(prepares, address, 200)
    assert prepares.evaluate(loaded) == 200
    pupil = hillside.page_of(PUPIL)
    number = hillside.ask(pupil, address)
    it, sam = hillside.staff("it"), hillside.staff("sam", LEAD)
    hillside.open(it, number)
    it.get_by_role("link", name="What the page needs, and more pages").click()
    expect(it.get_by_text("pictures.test, with its subdomains")).to_be_visible()
    hillside.look(it, "8-needs")
    choose(it, "pictures.test, with its subdomains")
    press(it, "Save this choice")
    choose(it, "Only this device", "and the pages below it", "Today")
    it.get_by_label("Why is the answer yes?").fill("It is what the lesson is about.")
    press(it, "Say yes")
    hillside.open(sam, number)
    hillside.look(sam, "8-request-of-the-second")
    sam.get_by_label("Why do you agree?").fill("I looked at its pictures.")
    press(sam, "Agree to it")
    hillside.status(pupil, address, 200)
    assert pupil.evaluate(loaded) == 200
    picture(pupil, hillside.pictures, "story-8-open")

    hillside.open(it, number)
    it.get_by_label("Why does it end?").fill("The lesson is over.")
    press(it, "End this permit now")
    hillside.refused(pupil, address)
    hillside.refused(pupil, "https://pictures.test/flood")
