"""What should stay open and is closed: to whom, when, by what, and how it is opened."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.policy.catalogue import Belonging, Correction
from saywhy.policy.period import Moment, Period
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Effect, Rule
from saywhy.rehearse.overblocking import overblocking
from saywhy.rehearse.stays_open import Help, ShouldStayOpen
from tests.decide.conftest import HERE, policy, rule

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 28, 10, tzinfo=UTC)
HELP = ShouldStayOpen(site="help.example", name="The help line", about=Help.HELP, ages=Reader.EARLY)
PLAY = ShouldStayOpen(site="play.example", name="The museum of play", about=Help.MUSEUMS, ages=Reader.SECONDARY)
FOR_ADULTS = ShouldStayOpen(site="adults.example", name="For adults", about=Help.HEALTH, ages=Reader.ADULT)


def with_rules(*rules: Rule) -> Policy:
    return policy(list(rules))


def test_of_a_policy_that_closes_none_nothing_is_said() -> None:
    result = overblocking(Engine(with_rules(rule("open", Effect.ALLOW, everything=True))), [HELP, PLAY], NOW)
    assert (result.sites, result.closed, result.rate, result.found) == (2, 0, 0.0, ())
    assert result.tried > 0


def test_it_is_counted_by_kind_however_many_rules_close_a_site() -> None:
    school = with_rules(
        rule("lesson", domains=("play.example",), times=("lessons",)), rule("games", categories=("games",))
    )
    result = overblocking(Engine(school), [HELP, PLAY, FOR_ADULTS], NOW)
    assert len(result.found) > 1
    assert result.closed_sites == 1
    assert {one.about: (one.sites, one.closed) for one in result.kinds} == {
        Help.HELP: (1, 0),
        Help.MUSEUMS: (1, 1),
        Help.HEALTH: (1, 0),
    }


@pytest.mark.parametrize("kind", Help)
def test_a_kind_is_told_in_words(kind: Help) -> None:
    assert "-" not in kind.words


def test_what_a_list_has_wrong_is_told_with_its_place_and_corrected() -> None:
    school = with_rules(rule("games", categories=("games",)))
    result = overblocking(Engine(school), [HELP, PLAY], NOW)
    (found,) = result.found
    assert (found.site, found.rule, found.reason, found.locked) == (PLAY, "games", Reason.RULE, False)
    assert found.categories == (("games", f"{HERE.file}:{HERE.line}"),)
    assert set(found.groups) == set(school.groups)
    said = Correction("play.example", frozenset({"games"}), frozenset(), "x", None, HERE)
    mended = replace(school, catalogue=replace(school.catalogue, corrections={"play.example": said}))
    assert overblocking(Engine(mended), [PLAY], NOW).found == ()


def test_what_a_lesson_closes_is_kept_open_by_a_rule() -> None:
    lesson = rule("lesson", everything=True, times=("lessons",), groups=frozenset({"year9"}))
    result = overblocking(Engine(with_rules(lesson)), [HELP], NOW)
    (found,) = result.found
    assert (found.groups, found.when) == (("year9",), ("on Monday at 09:00",))
    assert 0 < result.rate < 1
    kept = rule("should-stay-open", Effect.ALLOW, domains=("help.example",), keep_open=True)
    assert overblocking(Engine(with_rules(lesson, kept)), [HELP], NOW).found == ()


def test_what_is_locked_is_told_as_such() -> None:
    result = overblocking(Engine(with_rules(rule("floor", domains=("help.example",), locked=True))), [HELP], NOW)
    assert [(one.locked, one.reason) for one in result.found] == [(True, Reason.LOCKED)]


def test_only_those_are_asked_whom_it_is_for() -> None:
    closed = rule("closed", domains=("adults.example",))
    found = overblocking(Engine(with_rules(closed)), [FOR_ADULTS], NOW).found
    assert [one.groups for one in found] == [("students", "staff")]  # who says no level reads as an adult


def test_a_list_that_has_it_in_two_places_is_told_with_both() -> None:
    school = with_rules(rule("games", categories=("games",)))
    names = {**school.catalogue.names, "help.example": (
        Belonging("category", "games", "help.example", HERE), Belonging("category", "games", "help.example", replace(HERE, line=9)),
    )}  # fmt: skip
    (found,) = overblocking(
        Engine(replace(school, catalogue=replace(school.catalogue, names=names))), [HELP], NOW
    ).found
    assert [place for _, place in found.categories] == [f"{HERE.file}:{HERE.line}", f"{HERE.file}:9"]


def until(day: int) -> Period:
    return Period(None, Moment(date(2026, 11, day)), LONDON)


def test_a_rule_that_has_ended_closes_none_and_one_that_is_in_force_or_to_come_does() -> None:
    over = rule("over", domains=("help.example",), period=until(27))
    today = rule("today", domains=("help.example",), period=until(28))
    begun = rule("begun", domains=("play.example",), period=Period(Moment(date(2026, 11, 20)), None, LONDON))
    to_come = rule("to-come", domains=("help.example",), period=Period(Moment(date(2026, 12, 4)), None, LONDON))
    assert overblocking(Engine(with_rules(over)), [HELP], NOW).found == ()
    assert [one.rule for one in overblocking(Engine(with_rules(today)), [HELP], NOW).found] == ["today"]
    assert [one.rule for one in overblocking(Engine(with_rules(begun)), [PLAY], NOW).found] == ["begun"]
    (found,) = overblocking(Engine(with_rules(to_come)), [HELP], NOW).found
    assert found.when == ("on Friday 4 December 2026 at 00:00",)
