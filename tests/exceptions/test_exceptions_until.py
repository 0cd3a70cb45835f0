"""Until when: "this lesson" ends with the lesson that goes on, by the school's own clock and timetable."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions import weighing
from saywhy.exceptions.offer import Chosen, offered
from saywhy.exceptions.store import Store
from saywhy.exceptions.until import end_of
from saywhy.policy.rule import Offer
from saywhy.policy.school_day import lesson_times
from tests.exceptions.conftest import NOW, SCHOOL, refusal, say_yes, school, submission

TIMES = """
times:
  lessons:
    label: lesson time
    spans:
      - {days: mon-fri, from: 09:15, until: 10:15}
      - {days: mon-fri, from: 10:15, until: 11:00}
      - {days: fri, from: 22:00, until: 00:30}
  lessons-lower: [{days: mon-fri, from: 09:15, until: 10:30}]
  lunch: {label: lunch, spans: [{days: mon-fri, from: 12:20, until: 13:10}]}
  school-day: [{days: mon-fri, from: 08:00, until: 16:00}]
"""
LUNCH = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
ONLY_LESSONS = (Offer.THIS_LESSON,)


@pytest.fixture
def timetable(tmp_path: Path) -> Engine:
    return school(tmp_path / "timetable", SCHOOL + TIMES)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-11-23T09:14:59+00:00", None),
        ("2026-11-23T09:15:00+00:00", "2026-11-23T10:15:00+00:00"),
        ("2026-11-23T10:14:59+00:00", "2026-11-23T10:15:00+00:00"),
        ("2026-11-23T10:20:00+00:00", "2026-11-23T10:30:00+00:00"),  # two lessons go on: the one that ends first
        ("2026-11-23T10:45:00+00:00", "2026-11-23T11:00:00+00:00"),
        ("2026-11-23T11:00:00+00:00", None),
        ("2026-11-23T12:30:00+00:00", None),  # lunch is no lesson
        ("2026-11-22T10:00:00+00:00", None),  # a Sunday
        ("2026-06-01T08:30:00+00:00", "2026-06-01T09:15:00+00:00"),  # 09:30 in London until 10:15
        ("2026-11-27T23:00:00+00:00", "2026-11-28T00:30:00+00:00"),
        ("2026-11-28T00:10:00+00:00", "2026-11-28T00:30:00+00:00"),
    ],
)
def test_this_lesson_ends_with_the_lesson(timetable: Engine, now: str, ends: str | None) -> None:
    found = end_of(Offer.THIS_LESSON, datetime.fromisoformat(now), timetable.policy)
    assert found == (None if ends is None else datetime.fromisoformat(ends))


def test_where_the_policy_names_no_lessons_it_is_an_hour(engine: Engine) -> None:
    assert lesson_times(engine.policy) == ()
    assert end_of(Offer.THIS_LESSON, NOW, engine.policy) == NOW + timedelta(hours=1)


def test_no_lesson_is_offered_while_none_is_on(timetable: Engine) -> None:
    offers = offered(timetable.policy, (), (), refusal(), LUNCH)
    assert list(offers.until) == ["today", "this-week", "this-term"]
    proposal, errors = offers.choose(Chosen("device", "site", "this-lesson"))
    assert proposal is None
    assert errors == {"until": "No lesson is on now: choose another time"}


def test_a_rule_that_offers_lessons_alone_gives_nothing_at_lunch(timetable: Engine) -> None:
    offers = offered(timetable.policy, ONLY_LESSONS, (), refusal(), LUNCH)
    assert offers.nothing
    assert offers.latest == LUNCH
    assert offers.last_day == LUNCH.date()
    assert not offered(timetable.policy, ONLY_LESSONS, (), refusal(), NOW).nothing


def test_a_permit_for_this_lesson_ends_when_the_lesson_does(store: Store, timetable: Engine) -> None:
    asked = store.submit(timetable, submission(), "a", NOW)
    say_yes(store, timetable, asked.id, Chosen("device", "site", "this-lesson"), NOW)
    (grant,) = store.live_grants(NOW)
    assert grant.ends == datetime(2026, 11, 23, 10, 15, tzinfo=UTC)


def test_what_opens_a_lesson_only_rule_as_well_says_so_at_lunch(tmp_path: Path) -> None:
    narrow = SCHOOL.replace(
        "  - id: games",
        """  - id: chess
    block: {domains: [chess.games.example]}
    why: Chess is for lessons.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
    ask: {decides: [it], offer: [this-lesson]}
  - id: games""",
    )
    engine = school(tmp_path / "narrow", narrow + TIMES)
    request = Store(f"sqlite:///{tmp_path / 'narrow.sqlite3'}")
    request.migrate()
    asked = request.submit(engine, submission(), "a", LUNCH)
    with pytest.raises(weighing.Incomplete) as raised:
        say_yes(request, engine, asked.id, Chosen("device", "site", "today"), LUNCH)
    assert "for a lesson only, and none is on now" in raised.value.errors["until"]
    request.close()


CALENDARS = """
calendars:
  terms: {file: c.ics, events: ["Autumn term"]}
  trip: {file: c.ics, events: [Trip]}
times:
  lessons: {spans: [{days: mon-fri, from: 09:15, until: 15:30}], only: [terms], except: [trip]}
"""
ICS = """BEGIN:VCALENDAR
BEGIN:VEVENT
SUMMARY:Autumn term
DTSTART;VALUE=DATE:20260901
DTEND;VALUE=DATE:20261219
END:VEVENT
BEGIN:VEVENT
SUMMARY:Trip
DTSTART:20261124T120000
DTEND:20261124T170000
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def in_terms(tmp_path: Path) -> Engine:
    folder = tmp_path / "in-terms"
    folder.mkdir()
    (folder / "c.ics").write_text(ICS, "utf-8")
    return school(folder, SCHOOL + CALENDARS)


@pytest.mark.parametrize(
    ("span", "now", "ends"),
    [
        (Offer.THIS_LESSON, "2026-11-23T10:00:00+00:00", "2026-11-23T15:30:00+00:00"),
        (Offer.THIS_LESSON, "2026-11-24T10:00:00+00:00", "2026-11-24T12:00:00+00:00"),  # the trip begins then
        (Offer.THIS_LESSON, "2026-11-24T13:00:00+00:00", None),
        (Offer.THIS_LESSON, "2026-12-21T10:00:00+00:00", None),  # holidays
        (Offer.THIS_TERM, "2026-11-23T10:00:00+00:00", "2026-12-19T00:00:00+00:00"),
        (Offer.THIS_TERM, "2026-12-21T10:00:00+00:00", "2027-01-01T00:00:00+00:00"),  # no term is on: as without one
    ],
)
def test_lessons_and_terms_end_where_the_calendar_says(
    in_terms: Engine, span: Offer, now: str, ends: str | None
) -> None:
    found = end_of(span, datetime.fromisoformat(now), in_terms.policy)
    assert found == (None if ends is None else datetime.fromisoformat(ends))
