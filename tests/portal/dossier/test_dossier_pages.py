"""The page of a request: what stands on it, for whom, and what its forms keep and change."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient

from saywhy.decide.engine import Engine
from saywhy.exceptions.blocks import EVERYBODY, About, Block, Count, ReadTo
from saywhy.exceptions.discussing import Side
from saywhy.exceptions.request import Proposal, Refusal
from saywhy.exceptions.state import State
from saywhy.portal.dossier.sources import DossierSources, Need, NeededHost, Progress, Trial
from tests.exceptions.conftest import NOW
from tests.portal.conftest import SITE_TODAY, World, csrf, say, say_both

ORDER = (
    'id="asked"',
    'id="closed"',
    'id="place"',
    'id="precedents"',
    'id="impact"',
    'id="points"',
    'id="compromises"',
    'id="answer"',
    'id="refer"',
    'id="timeline"',
)
POINT = {"side": "for", "point": "The club has used it for years."}


def page(client: FlaskClient, number: int = 1, query: str = "") -> str:
    found = client.get(f"/requests/{number}{query}")
    assert found.status_code == 200, found.text
    return unescape(found.text)


def section(text: str, name: str) -> str:
    return text.partition(f'id="{name}"')[2].partition("</section>")[0]


def chat(world: World) -> str:
    """A reference to what safeguarding has to agree to."""
    return world.token(host="chat.example", path="/chess/a", rule="chat")


def with_sources(world: World, **sources: object) -> World:
    other = World(world.store, world.engine, passwords=world.passwords, sources=DossierSources(**sources))  # type: ignore[arg-type]
    other.noticed = world.noticed
    return other


def test_the_sections_stand_in_their_order_and_nothing_is_folded_away(world: World) -> None:
    world.ask(token=world.token(path="/chess"))
    text = page(world.staff("it"))
    places = [text.index(one) for one in ORDER]
    assert places == sorted(places)
    assert "<details" not in text
    assert "checked" not in text
    assert "style=" not in text
    assert "<script>" not in text
    for one in ORDER[:-2]:
        assert f"#{one[4:-1]}" in text


@pytest.mark.parametrize(("who", "told"), [("device", "the device that asked"), ("group:year7", "Year 7")])
def test_whom_a_yes_as_asked_concerns_is_who_it_was_asked_for(world: World, who: str, told: str) -> None:
    world.ask(token=world.token(path="/chess"), who=who)
    assert f"A yes as it was asked opens it for {told}." in section(page(world.staff("it")), "impact")


def test_it_says_whose_rule_it_is_and_who_can_change_it(world: World) -> None:
    world.ask()
    closed = section(page(world.staff("it")), "closed")
    for told in (
        "The school: a rule of its own.",
        "Games take time from lessons.",
        "IT support",
        "Monday 1 March 2027",
    ):
        assert told in closed


def test_a_point_is_added_and_all_who_read_see_it(world: World) -> None:
    receipt = world.ask(token=chat(world))
    done = say(world.staff("safeguarding"), 1, "point", **POINT)
    assert done.headers["Location"] == "/requests/1#points"
    points = section(page(world.staff("it")), "points")
    assert POINT["point"] in points
    assert "safeguarding" in points
    assert POINT["point"] not in world.client().get(receipt).text


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"side": ""}, "side"), ({"side": "both"}, "side"), ({"point": "no"}, "point"), ({"point": "x" * 501}, "point")],
)
def test_a_point_that_lacks_something_is_kept_in_its_form(world: World, changed: dict[str, str], field: str) -> None:
    world.ask()
    form = {**POINT, **changed}
    again = say(world.staff("it"), 1, "point", **form)
    assert again.status_code == 422
    assert f'<a href="#{field}">' in again.text
    assert f'id="{field}"' in again.text
    assert form["point"] in again.text
    assert world.store.discussion(1).points == ()


def test_nobody_adds_or_refers_without_signing_in(world: World) -> None:
    world.ask()
    client = world.client()
    for name, form in (("point", POINT), ("refer", {"concern": "It could be about a stranger."})):
        sent = client.post(f"/requests/1/{name}", data={**form, "csrf_token": csrf(client.get("/"))})
        assert sent.status_code == 403
    assert world.store.discussion(1).steps == ()


@pytest.mark.parametrize("name", ["point", "refer"])
def test_what_is_not_there_cannot_be_spoken_of(world: World, name: str) -> None:
    staff = world.staff("it")
    token = csrf(staff.get("/requests"))
    assert staff.post(f"/requests/77/{name}", data={**POINT, "csrf_token": token}).status_code == 404
    assert staff.post(f"/requests/1/{name}", data=POINT).status_code in (400, 422)  # without the form's token


def test_a_request_is_referred_once_with_a_note(world: World) -> None:
    receipt = world.ask()
    staff = world.staff("it")
    assert say(staff, 1, "refer", concern="hm").status_code == 422
    assert say(staff, 1, "refer", concern="It could be about a stranger.").status_code == 303
    text = page(staff)
    assert "It is handed to Safeguarding lead." in text
    assert "Referred to somebody who has to see it" in section(text, "timeline")
    assert "<form" not in section(text, "refer")
    assert say(staff, 1, "refer", concern="It could still be one.").status_code == 303
    assert len(world.store.discussion(1).referrals) == 1
    assert "stranger" not in world.client().get(receipt).text


def test_the_role_that_it_is_referred_to_reads_it_and_finds_it(world: World) -> None:
    world.ask()
    lead = world.staff("safeguarding")
    assert lead.get("/requests/1").status_code == 403
    say(world.staff("it"), 1, "refer", concern="It could be about a stranger.")
    assert "It could be about a stranger." in page(lead)
    assert "R-1001" in lead.get("/requests").text
    assert say(lead, 1, "point", **POINT).status_code == 303
    assert say(lead, 1, "approve", **SITE_TODAY).status_code == 403
    assert world.staff("teaching").get("/requests/1").status_code == 403


def test_what_is_answered_is_not_referred(world: World) -> None:
    world.ask()
    staff = world.staff("it")
    form = csrf(staff.get("/requests/1"))
    say(staff, 1, "refuse", reason="There is a board in room 12.")
    late = staff.post("/requests/1/refer", data={"concern": "It could be about a stranger.", "csrf_token": form})
    assert late.status_code == 409
    assert "answered in the meantime" in late.text
    assert 'id="refer"' not in page(staff)


def test_a_compromise_fills_in_the_answer_and_sends_nothing(world: World) -> None:
    world.ask(token=world.token(path="/chess/a"))
    staff = world.staff("it")
    text = page(staff, query="?compromise=page-group-year7-date")
    answer = text.partition('id="answer"')[2]
    for told in ("The person will read", "The answer is yes", 'value="group:year7" checked', 'value="2026-11-27"'):
        assert told in answer
    assert answer.count(" checked") == 3
    asked = world.store.request(1)
    assert asked is not None
    assert asked.state is State.OPEN


def test_what_a_compromise_fills_in_can_be_sent_as_it_is(world: World) -> None:
    world.ask(token=world.token(path="/chess/a"))
    form = {"who": "group:year7", "what": "another-page", "page": "https://games.example/chess/", "until": "date"}
    staff = world.staff("it")
    answer = page(staff, query="?compromise=part-1-group-year7-date").partition('id="answer"')[2]
    assert f'value="{form["page"]}"' in answer
    say(staff, 1, "approve", **form, date="2026-11-27")
    (grant,) = world.store.live_grants(world.now)
    assert grant.what.page is not None
    assert grant.what.page.text == "https://games.example/chess/"


@pytest.mark.parametrize("key", ["", "nothing", "page", "site-group-staff-date", "watched", '"><script>', "x" * 5000])
def test_an_address_chooses_nothing_that_is_not_offered(world: World, key: str) -> None:
    world.ask(token=world.token(path="/chess/a"))
    found = world.staff("it").get("/requests/1", query_string={"compromise": key})
    assert found.status_code == 200
    assert " checked" not in found.text
    assert "The person will read" not in found.text
    assert "<script>" not in found.text


def test_who_does_not_decide_sees_the_compromises_and_chooses_none(world: World) -> None:
    world.ask(token=chat(world))
    text = page(world.staff("safeguarding"), query="?compromise=page-group-year7-date")
    between = section(text, "compromises")
    assert "Those who decide choose among them." in between
    assert "Choose this" not in between
    assert "The person will read" not in text


class Trials:
    """Somebody who tries permits and is asked what."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.asked: list[Mapping[str, Proposal]] = []

    def __call__(
        self, engine: Engine, refusal: Refusal, proposals: Mapping[str, Proposal], now: object
    ) -> Mapping[str, Trial]:
        self.asked.append(proposals)
        assert engine.revision
        assert refusal.host == "games.example"
        assert now == NOW
        return dict.fromkeys(proposals, self.trial)


@pytest.mark.parametrize(
    ("trial", "told", "reload"),
    [
        (Trial(Progress.WORKING), "Being worked out", True),
        (Trial(Progress.DONE, 412, 23, others=("cdn.example",)), "412 decisions change, on 23 devices.", False),
        (Trial(Progress.NO_LOG), "There is no log", False),
    ],
)
def test_each_says_what_it_would_open(world: World, trial: Trial, told: str, *, reload: bool) -> None:
    trials = Trials(trial)
    world = with_sources(world, tried=trials)
    world.ask(token=world.token(path="/chess/a"))
    between = section(page(world.staff("it")), "compromises")
    (proposals,) = trials.asked
    assert between.count(told) == len(proposals) > 5
    assert ("Reload, to see" in between) is reload


def test_what_others_know_stands_in_its_place(world: World) -> None:
    world = with_sources(
        world,
        needed=lambda _: (NeededHost("cdn.example", ("Pictures",), "closed"),),
        need=lambda _: Need("safeguarding", "I read with a screen reader."),
    )
    world.ask(token=chat(world))
    world.now = NOW + timedelta(days=2)
    text = page(world.staff("it"))
    assert "overdue" in text
    assert "cdn.example" in section(text, "place")
    assert "screen reader" not in text
    assert "screen reader" in section(page(world.staff("safeguarding")), "asked")


def test_how_many_met_it_without_small_numbers(world: World) -> None:
    day = NOW.date() - timedelta(days=3)
    host = "games.example"
    counts = {
        Block(day, About.HOST, host, "games", EVERYBODY): Count(412, 33),
        Block(day, About.HOST, host, "games", "year7"): Count(409, 31),
        Block(day, About.HOST, host, "games", "students"): Count(3, 2),
        Block(day - timedelta(days=40), About.HOST, host, "games", EVERYBODY): Count(9000, 900),
    }
    world.store.add_blocks(counts, "log", ReadTo(day, 1))
    world.ask()
    told = section(page(world.staff("it")), "impact")
    assert "met 412 times, on one day by 33 devices" in told
    assert "<td>409</td><td>31</td>" in told
    assert "<td>seldom</td><td>fewer than 5</td>" in told
    assert "9,0" not in told


def test_precedents_are_told_with_what_became_of_them(world: World) -> None:
    world.ask()
    world.ask()
    world.ask(token=world.token(path="/other"))
    staff = world.staff("it")
    say_both(world, 1, **SITE_TODAY, note="For the club alone.")
    say(staff, 1, "end", ending="It was used for something else.")
    say(staff, 2, "refuse", reason="There is a board in room 12.")
    told = section(page(staff, 3), "precedents")
    for words in ("R-1001", "Yes, and ended early", "R-1002", "There is a board in room 12.", "the same site"):
        assert words in told


def test_a_page_of_a_hundred_points_is_still_a_page(world: World) -> None:
    world.ask()
    for number in range(100):
        world.store.add_point(1, Side.AGAINST, f"<b>Point</b> number {number} of all that there are.", "it", NOW)
    staff = world.staff("it")
    text = staff.get("/requests/1").text
    assert "&lt;b&gt;Point" in text
    assert say(staff, 1, "point", **POINT).status_code == 422


def test_a_request_that_is_over_shows_no_compromise(world: World) -> None:
    world.ask()
    staff = world.staff("it")
    say(staff, 1, "refuse", reason="There is a board in room 12.")
    text = page(staff, query="?compromise=site-device-date")
    assert 'id="compromises"' not in text
    assert "#answer" not in text


def test_a_rule_that_is_gone_leaves_a_page_that_says_so(world: World) -> None:
    world.ask()
    assert world.engine is not None
    rules = tuple(one for one in world.engine.written.rules if one.id != "games")
    world.engine = Engine(replace(world.engine.written, rules=rules))
    text = page(world.staff("it"))
    assert "rules it is open." in section(text, "closed")
    assert 'id="compromises"' not in text
    assert "Close this request" in text
