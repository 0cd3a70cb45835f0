"""Compromises: the smallest first, each one that the rules of weighing take, none wider than what is offered."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.engine import Engine
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.request import Account, ExceptionRequest, Proposal
from saywhy.exceptions.verdicts import approve
from saywhy.exceptions.weighing import offers_for, terms_of
from saywhy.policy.grant import GrantScope, GrantTarget
from saywhy.portal.dossier.compromises import Compromise, Compromises, Sort, compromises, watched_by
from saywhy.portal.dossier.reply import reply
from saywhy.portal.dossier.sources import Progress, Trial
from saywhy.portal.dossier.telling import told
from saywhy.portal.wording import Wording
from tests.exceptions.conftest import IT, LEAD, NOW, SCHOOL, refusal, school
from tests.portal.conftest import World
from tests.portal.dossier.test_dossier_facts import asked

TIMES = "times:\n  lessons: [{days: mon-fri, from: 09:15, until: 11:00}]\n"
PLACES = """purposes:
  board-games:
    label: Play a board game
    alternatives:
      - {name: The chess corner, url: "https://corner.example/", trusted: The school runs it.}
      - {name: Closed chess, url: "https://games.example/chess", trusted: Somebody said so.}
"""
TEXT = SCHOOL.replace("rules:\n", f"{TIMES}{PLACES}rules:\n", 1).replace(
    "    block: {domains: [games.example]}\n", "    block: {domains: [games.example]}\n    instead: [board-games]\n"
)
STAFF = TEXT.replace("groups:\n", "groups:\n  staff: {label: staff, reader: staff}\n")
PAGE = "/chess/openings/1"
EVERY_ROLE = Account("anybody", frozenset({"it", "safeguarding", "teaching"}))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return school(tmp_path_factory.mktemp("between"), TEXT)


def between(engine: Engine, one: ExceptionRequest, by: Account | None = IT, now: datetime = NOW) -> Compromises:
    return compromises(engine, terms_of(engine, one.refusal), one, by, now)


def kinds(found: Compromises) -> list[str]:
    return [one.key for one in found.found]


def test_from_another_place_to_the_whole_site(engine: Engine) -> None:
    assert kinds(between(engine, asked(refusal(path=PAGE)))) == [
        "instead-1",
        "page-device-this-lesson",
        "page-device-date",
        "page-group-year7-this-lesson",
        "watched",
        "page-group-year7-date",
        "part-1-device-date",
        "part-1-group-year7-date",
        "part-2-device-date",
        "part-2-group-year7-date",
        "site-device-this-lesson",
        "site-device-date",
        "site-group-year7-this-lesson",
        "site-group-year7-date",
    ]


def test_an_alternative_that_is_closed_to_them_is_none(engine: Engine) -> None:
    (one,) = [one for one in between(engine, asked()).found if one.sort is Sort.INSTEAD]
    assert one.place == "The chess corner"
    assert "https://corner.example/" in one.reason
    assert one.proposal is None


def test_parts_of_the_site_are_its_folders_and_never_the_whole(engine: Engine) -> None:
    found = between(engine, asked(refusal(path="/a/b/c/d")))
    pages = [one.proposal.what.page for one in found.found if one.key.startswith("part") and one.proposal is not None]
    assert list(dict.fromkeys(page.text for page in pages if page is not None)) == [
        "https://games.example/a/b/c/",
        "https://games.example/a/",
    ]
    for path in ("/", "/front", "/*/x"):
        assert not [one for one in kinds(between(engine, asked(refusal(path=path)))) if one.startswith("part")]


def test_outside_lessons_nobody_watches_one(engine: Engine) -> None:
    found = between(engine, asked(refusal(path=PAGE)), now=datetime(2026, 11, 23, 12, 0, tzinfo=UTC))
    assert "watched" not in kinds(found)
    assert not [one for one in kinds(found) if "lesson" in one]


def test_the_name_of_who_watches_goes_into_the_note(engine: Engine) -> None:
    one = between(engine, asked(refusal(path=PAGE))).by_key["watched"]
    assert one.note == ""
    assert watched_by(one, "  ") == one
    assert (
        watched_by(one, " the  head of teaching ").note
        == "It is open while the head of teaching watches, in this lesson."
    )
    assert len(watched_by(one, "x" * 5000).note) < 200


@pytest.mark.parametrize(("text", "shown", "offered"), [(STAFF, False, True), (TEXT, False, False)])
def test_staff_only_where_it_is_closed_to_them_as_well(
    tmp_path: Path, text: str, *, shown: bool, offered: bool
) -> None:
    found = kinds(between(school(tmp_path, text), asked()))
    assert ("shown" in found) is shown
    assert ("site-group-staff-date" in found) is offered


def test_staff_who_can_open_it_show_it(tmp_path: Path) -> None:
    engine = school(tmp_path, STAFF.replace("[games.example]}\n", "[games.example]}\n    for: [students]\n"))
    found = between(engine, asked())
    assert found.by_key["shown"].reason.startswith("A member of staff can open this page")
    assert not [one for one in kinds(found) if "staff" in one]


def test_what_needs_a_second_person_says_so(engine: Engine) -> None:
    found = between(engine, asked(refusal("chat.example", rule="chat")))
    assert {one.second for one in found.found if one.proposal is not None} == {True}


def test_who_may_not_decide_is_offered_no_yes_and_readers_see_all(engine: Engine) -> None:
    one = asked(refusal(path=PAGE))
    assert between(engine, one, LEAD).proposals == {}
    assert between(engine, one, None).proposals == between(engine, one, IT).proposals
    assert compromises(engine, None, one, IT, NOW) == Compromises()


HOSTS = {"games.example": "games", "tiktok.example": "tiktok", "chat.example": "chat", "a.games.example": "games"}


@given(
    host=st.sampled_from(sorted(HOSTS)),
    path=st.text("/ab*?.%", max_size=12).map(lambda text: "/" + text.lstrip("/")),
    device=st.sampled_from([None, "10.30.7.21"]),
    groups=st.sampled_from([(), ("year7", "students"), ("students",), ("gone",)]),
    until=st.dates(date(2026, 11, 20), date(2027, 12, 31)),
    hour=st.integers(0, 200),
)
def test_each_yes_is_one_that_the_form_may_give(  # all that a request can differ in
    engine: Engine,
    host: str,
    path: str,
    device: str | None,
    groups: tuple[str, ...],
    until: date,
    hour: int,
) -> None:
    one = asked(refusal(host, path, HOSTS[host], device=device, groups=groups), until=until)
    now = datetime(2026, 11, 23, tzinfo=UTC).replace(day=23 + hour // 24 % 7, hour=hour % 24)
    found = between(engine, one, EVERY_ROLE, now)
    assert len(set(kinds(found))) == len(found.found)
    offers = offers_for(engine, terms_of(engine, one.refusal), one, now)
    for each in found.found:
        if each.chosen is None:
            assert each.reason
            continue
        _, proposal, second = approve(engine, one, EVERY_ROLE, each.chosen, "It is for the lesson.", now)
        assert (proposal, second) == (each.proposal, each.second)
        assert proposal.who in offers.who.values()
        assert now < proposal.ends <= offers.latest
        page = proposal.what.page
        assert page is not None or proposal.what in offers.what.values()
        assert page is None or page.host == one.refusal.host


# In words


def words(world: World, one: Compromise, trial: Trial | None = None) -> tuple[str, str]:
    assert world.engine is not None
    found = told(one, trial, world.engine.policy, Wording(world.context))
    return found.title, found.trial


def grant(who: GrantScope | None = None, until: str = "this-lesson", what: str = "site") -> Compromise:
    proposal = Proposal(who or GrantScope(device="10.30.7.21"), GrantTarget(site="games.example"), NOW)
    return Compromise("k", Sort.GRANT, Chosen("device", what, until), proposal)


def test_a_compromise_has_a_title_that_says_what_whom_and_how_long(world: World) -> None:
    year7 = GrantScope(groups=frozenset({"year7"}))
    assert words(world, grant()) == ("The whole site, for the device that asked, this lesson", "")
    assert words(world, grant(year7, "today", "page")) == ("This page, for Year 7, today", "")
    assert words(world, grant(year7, "date", "another-page"))[0].startswith(
        "These parts of the site, for Year 7, until 10:00 on Monday"
    )
    watched = replace(grant(year7, what="page"), sort=Sort.WATCHED)
    assert words(world, watched)[0] == "Supervised: this page, for Year 7, this lesson, while a teacher watches"


@pytest.mark.parametrize(
    ("trial", "says"),
    [
        (Trial(Progress.WORKING), "Being worked out"),
        (Trial(Progress.BUSY), "Other requests are tried"),
        (Trial(Progress.NO_LOG), "There is no log"),
        (Trial(Progress.FAILED), "could not be worked out"),
        (Trial(Progress.DONE), "nothing changes, since nobody met the block then."),
        (Trial(Progress.DONE, 1, None), "1 decision changes, on fewer than 5 devices. Nothing else opens by it."),
        (
            Trial(Progress.DONE, 4120, 23, (("year7", 20), ("students", None)), ("a.example", "b.example")),
            "(Year 7 20, Students fewer than 5). It also opens 2 closed sites: a.example, b.example.",
        ),
        (
            Trial(Progress.DONE, 9, 9, (), tuple(f"{one}.example" for one in "abcdefg")),
            "It also opens 7 closed sites: a.example, b.example, c.example, d.example, e.example and 2 more.",
        ),
        (
            Trial(Progress.DONE, 9, 9, since=date(2026, 11, 20), cut=True),
            "Not all of the log was read: only back to Friday 20 November 2026.",
        ),
    ],
)
def test_a_trial_is_told_in_a_sentence_or_two(world: World, trial: Trial, says: str) -> None:
    assert says in words(world, grant(), trial)[1]


def test_the_reply_is_what_they_will_read(engine: Engine) -> None:
    found = between(engine, asked(refusal(path=PAGE))).by_key
    no = reply(found["instead-1"], ("year7", "students"))
    assert no.title == "The answer is no, for now"
    assert "The chess corner" in no.text
    yes = reply(watched_by(found["watched"], "the head of teaching"), ("year7", "students"))
    assert (yes.title, yes.theirs, yes.waits) == ("The answer is yes", True, False)
    assert "the head of teaching" in yes.text


def test_the_reply_says_where_it_does_not_open_for_whoever_asked(tmp_path: Path) -> None:
    found = between(school(tmp_path, STAFF), asked()).by_key
    assert not reply(found["site-group-staff-date"], ("year7", "students")).theirs
