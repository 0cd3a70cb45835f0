"""Each state of a request, and where to write, in a real browser: axe finds nothing, nothing runs over the edge."""

from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser

from tests.exceptions.conftest import IT, WHY, school
from tests.portal.conftest import World
from tests.portal.test_portal_accessibility import DESK, HERE, browser, check, origin, submit
from tests.portal.test_portal_steps import INSTEAD

__all__ = ["browser", "origin"]


def test_each_state_of_a_request_can_be_used_by_everybody(
    browser: Browser, world: World, origin: str, tmp_path: Path
) -> None:
    engine = world.engine = school(tmp_path / "purposes", INSTEAD)
    states = ("question", "appealed", "refused, with an alternative", "referred", "overdue")
    receipts = {state: world.ask(token=world.token(path=f"/{place}")) for place, state in enumerate(states)}
    world.store.ask_back(1, engine, IT, "Which opening is it?", world.now)
    world.store.refuse(2, engine, IT, WHY, world.now)
    world.store.appeal(receipts["appealed"].rpartition("/")[2].replace("-", ""), "The board is lost.", world.now)
    world.store.refuse(3, engine, IT, WHY, world.now, "Chess board: https://board.example/")
    world.store.refer(4, "safeguarding", "It may be about more than chess.", "it", world.now)
    world.now += timedelta(days=1, hours=2)
    assert world.store.note_lateness(engine, world.now) == 3
    page = browser.new_context(viewport=DESK).new_page()
    for state, receipt in receipts.items():
        page.goto(origin + receipt)
        check(page, f"receipt, {state}")
    page.goto(f"{origin}{receipts['question']}")
    submit(page, "text=Send my answer")
    check(page, "receipt, question, with errors")
    page.goto(f"{origin}/sign-in")
    page.fill("#name", "both")
    page.fill("#password", world.passwords["both"])
    submit(page, "main button[type=submit]")
    assert page.get_by_text("Overdue", exact=True).count() == 3
    check(page, "requests, overdue")
    for number, state in enumerate(states, 1):
        page.goto(f"{origin}/requests/{number}")
        check(page, f"request, {state}")
    page.context.close()


def test_where_to_write_is_asked_so_that_everybody_can_say_it(browser: Browser, world: World, origin: str) -> None:
    object.__setattr__(world.context, "asker_domains", lambda: frozenset({"hillside.example"}))
    page = browser.new_context(viewport=DESK).new_page()
    form = f"{origin}/ask/{world.token(device=HERE)}"
    page.goto(form)
    for field, text in (("wants", "Play"), ("because", "Our chess club"), ("work", "Chess club")):
        page.fill(f"#{field}", text)
        submit(page, "text=Continue")
    for choice in ("who", "until"):
        page.click(f"label[for={choice}]")
        submit(page, "text=Continue")
    submit(page, "text=Continue")
    check(page, "ask, mail")
    page.fill("#mail", "a.pupil@elsewhere.example")
    submit(page, "text=Continue")
    check(page, "ask, mail, with errors")
    page.click('.problem a[href="#mail"]')
    assert page.evaluate("document.activeElement.id") == "mail"
    page.context.close()
