"""Looking again: the lists, who reads them, and minutes that are kept."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pytest

from saywhy.exceptions.blocks import EVERYBODY, Block, Count, ReadTo
from saywhy.exceptions.blocks import About as BlocksAbout
from saywhy.exceptions.meetings import About, Decided, Item
from saywhy.portal.minutes import read_minutes
from saywhy.portal.outside import Outside
from tests.portal.conftest import SITE_TODAY, World, csrf, say, say_both

DAY = date(2026, 11, 23)
FORM = {
    "form": "a-form-of-this-test",
    "held_on": "2026-11-23",
    "present": "IT support\nsafeguarding",
    "minutes": "We looked at games.",
    "about-0": "rule:games",
    "decision-0": "keep",
    "until-0": "2027-06-30",
    "reason-0": "It works as it is.",
    "about-1": "permit:R-1001",
    "decision-1": "drop",
    "reason-1": "Nobody uses it.",
}


def test_how_often_a_rule_was_met_stands_with_it(used: World) -> None:
    day = used.now.date()
    counts = {
        Block(day, BlocksAbout.RULE, "games", "games", EVERYBODY): Count(1_234, 40),
        Block(day, BlocksAbout.RULE, "games", "games", "year7"): Count(9, 3),
        Block(day - timedelta(days=31), BlocksAbout.RULE, "games", "games", EVERYBODY): Count(5_000, 90),
        Block(day, BlocksAbout.RULE, "chat", "chat", EVERYBODY): Count(8, 4),
        Block(day, BlocksAbout.HOST, "games.example", "games", EVERYBODY): Count(7_777, 70),
    }
    used.store.add_blocks(counts, "log", ReadTo(day, 1))
    used.ask(token=used.token(host="chat.example", rule="chat"))
    page = used.staff("it").get("/review").text
    assert page.count("<dd>1,234 times, on one day by 40 devices</dd>") == 1
    assert page.count("<dd>by fewer than 5 people</dd>") == 1
    assert "5,000" not in page
    assert "7,777" not in page


@pytest.fixture
def used(world: World) -> World:
    def last() -> Mapping[str, datetime] | None:
        return {}

    world.give(Outside(permits_used=last))
    world.ask()
    world.ask(form="another-form-of-this-test")
    it = world.staff("it")
    say(it, 1, "refuse", reason="There is a board in room 12.")
    say_both(world, 2, **SITE_TODAY)
    world.ask(form="a-third-form-of-this-test")
    return world


def test_the_lists_have_their_figures(used: World) -> None:
    it = used.staff("it")
    page = it.get("/review").text
    assert "No rule is due within 30 days." in page
    assert "A no became a yes (1)" in page
    assert "R-1001, then R-1002" in page
    assert "Permits that end this week (1)" in page
    assert "None, as it should be." in page
    used.now += timedelta(days=98)
    it = used.staff("it")
    page = it.get("/review").text
    assert "Requests that wait for more than 3 days (1)" in page
    assert page.count(", overdue") == 0
    used.now += timedelta(days=1)
    assert "Rules to be looked at (8)" not in page
    assert ", overdue" in used.staff("it").get("/review").text


def test_permits_that_nobody_counted_are_not_called_unused(used: World) -> None:
    used.give(Outside())
    assert "This is not counted yet." in used.staff("it").get("/review").text


def test_minutes_are_written_about_what_was_marked_and_kept(used: World) -> None:
    it = used.staff("it")
    form = it.get("/review/minutes?rule=games&permit=R-1002")
    assert "Rule games" in form.text
    assert "Permit R-1002" in form.text
    assert "There is a problem" not in form.text
    sent = it.post("/review/minutes", data={**FORM, "csrf_token": csrf(form)})
    assert (sent.status_code, sent.headers["Location"]) == (303, "/review/meetings/1")
    meeting = it.get("/review/meetings/1").text
    for said in (
        "We looked at games.",
        "IT support, safeguarding",
        "Keep until Wednesday 30 June 2027",
        "Nobody uses it.",
    ):
        assert said in meeting
    assert "/review/rules/games/kept-until/2027-06-30" in meeting
    assert (
        it.post("/review/minutes", data={**FORM, "csrf_token": csrf(form)}).headers["Location"] == "/review/meetings/1"
    )
    assert "It works as it is." in it.get("/review").text
    assert it.get("/review/meetings/2").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"held_on": "someday"}, "held_on"),
        ({"held_on": "2026-11-24"}, "held_on"),
        ({"present": " \n "}, "present"),
        ({"present": "x" * 101}, "present"),
        ({"minutes": ""}, "minutes"),
        ({"minutes": "x" * 5_001}, "minutes"),
        ({"decision-0": ""}, "decision-0"),
        ({"decision-0": "burn"}, "decision-0"),
        ({"until-0": ""}, "until-0"),
        ({"until-0": "2026-11-23"}, "until-0"),
        ({"reason-1": ""}, "reason-1"),
        ({"reason-1": "x"}, "reason-1"),
    ],
)
def test_minutes_that_lack_something_say_what(change: dict[str, str], field: str) -> None:
    found = read_minutes({**FORM, **change}, DAY)
    assert list(found.errors) == [field]
    assert found.rows[0].about == "games"


def test_minutes_as_they_are_meant() -> None:
    found = read_minutes({**FORM, "about-2": "nonsense", "about-3": "rule:"}, DAY)
    assert found.errors == {}
    assert found.items == (
        Item(About.RULE, "games", Decided.KEEP, "It works as it is.", date(2027, 6, 30)),
        Item(About.PERMIT, "R-1001", Decided.DROP, "Nobody uses it."),
    )


def test_what_was_typed_stays(used: World) -> None:
    it = used.staff("it")
    token = {"csrf_token": csrf(it.get("/review/minutes"))}
    sent = it.post("/review/minutes", data={**FORM, **token, "reason-0": "no"})
    assert sent.status_code == 422
    assert 'href="#reason-0"' in sent.text
    assert "We looked at games.</textarea>" in sent.text
    assert used.store.meetings.latest() == ()


def test_those_who_decide_write_and_others_with_a_role_read(used: World) -> None:
    assert used.client().get("/review").headers["Location"] == "/sign-in?next=/review"
    it = used.staff("it")
    token = {"csrf_token": csrf(it.get("/review/minutes"))}
    used.store.accounts.change_roles("it", ["teaching"])  # a role that decides on nothing
    page = it.get("/review")
    assert page.status_code == 200
    assert "Write minutes" not in page.text
    assert it.get("/review/minutes").status_code == 403
    assert it.post("/review/minutes", data={**FORM, **token}).status_code == 403
    used.store.accounts.change_roles("it", [])
    assert it.get("/review").status_code == 403
    assert used.store.meetings.latest() == ()
