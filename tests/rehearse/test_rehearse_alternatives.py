"""A place that a block offers is called closed exactly where it is: held against `decide` itself."""

from datetime import timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from saywhy.decide.access import Access, Subject, Target, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.grants import NO_GRANTS
from saywhy.policy.address import Url, canonical_url
from saywhy.policy.ages import EVERY_AGE, Ages, read_ages
from saywhy.policy.rule import Effect, Rule
from saywhy.rehearse.lint_alternatives import Offered, Openings
from saywhy.rehearse.shadowing import Shadowing
from saywhy.rehearse.week import Week
from tests.decide.conftest import MONDAY_TEN, engine, rule
from tests.decide.test_decide_properties import HOSTS, PATHS, rules

PLACES = [canonical_url(text) for text in ("a.example/watch", "b.example/", "play.example/x", "youtube.com/Shorts/1")]
PROBES = [target_of_url(f"https://{host}{path}") for host, path in product(HOSTS, PATHS)]
MOMENTS = [MONDAY_TEN, MONDAY_TEN + timedelta(hours=6), MONDAY_TEN + timedelta(days=4, hours=13)]


@given(
    st.lists(rules, min_size=1, max_size=5),
    st.sampled_from([("students",), ("year9",), ("staff",)]),
    st.sampled_from([None, "year 9 rooms"]),
    st.sampled_from(PLACES),
)
@settings(deadline=None, max_examples=150)
def test_a_place_is_closed_where_the_block_decides_and_the_place_is_refused(
    drawn: list[Rule], groups: tuple[str, ...], place: str | None, url: Url
) -> None:
    school = engine(drawn)
    openings = Openings(school, Shadowing(school.policy), Week(school.policy))
    subject = subject_in(school.policy, groups, place=place)
    target = Target(url.host, url.port, url)
    missed = {
        rule.number
        for at in MOMENTS
        if not (found := decide(school, NO_GRANTS, Access(subject, target, at))).allowed
        for probe in PROBES
        if (rule := decide(school, NO_GRANTS, Access(subject, probe, at)).rule) is not None
        if not walled(rule, found.rule)
    }
    for one in school.policy.rules:
        if one.effect is not Effect.BLOCK:
            continue
        closed = openings.closed(one, subject, Offered("", url, ()))
        if closed is None:
            assert one.number not in missed
        else:
            again = decide(school, NO_GRANTS, Access(subject, target, closed.moment.at))
            assert again == closed.decision
            assert not again.allowed


def walled(offering: Rule, closes: Rule | None) -> bool:
    """The floor decides inside a walled garden as well, where no place is open that it could offer."""
    garden = closes is not None and closes is not offering and closes.number > 0 and closes.criteria.everything
    return offering.locked and garden


def closed(place: str, *drawn: Rule, ages: Ages = EVERY_AGE, in_breaks: bool = False) -> str | None:
    school = engine(drawn)
    found = Openings(school, Shadowing(school.policy), Week(school.policy)).closed(
        school.policy.rules[-1], Subject(), Offered("", canonical_url(place), (), ages, in_breaks)
    )
    return None if found is None else str(found.moment)


def test_a_place_may_be_closed_while_the_block_does_not_hold_or_does_not_decide() -> None:
    games = rule("games", categories=("games",), times=("night",))
    assert closed("b.example", rule("b", domains=("b.example",), times=("lessons",)), games) is None
    assert closed("b.example", rule("b", domains=("b.example",)), games) == "on Friday at 22:00"
    assert closed("b.example", rule("all", everything=True), games) is None


def test_a_place_is_not_missed_by_whom_it_is_not_offered_to_and_a_game_not_in_lessons() -> None:
    closes, games = rule("b", domains=("b.example",)), rule("games", categories=("games",), times=("lessons",))
    assert closed("b.example", closes, games) is not None
    assert closed("b.example", closes, games, ages=read_ages("5-11")) is None  # somebody of no group reads as an adult
    assert closed("b.example", closes, games, in_breaks=True) is None
