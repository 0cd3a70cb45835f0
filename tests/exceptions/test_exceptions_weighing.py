"""Who may decide, on what, and what no answer can open."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions import verdicts
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.request import Account, ExceptionRequest, Proposal, Refusal, Review, Verdict
from saywhy.exceptions.state import State
from saywhy.exceptions.weighing import Barrier, CannotBeAsked, Incomplete, NotEntitled, terms_of
from saywhy.policy.grant import GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern
from tests.exceptions.conftest import (
    BOTH,
    IT,
    LEAD,
    NOW,
    OTHER_BOTH,
    SCHOOL,
    TEACHER,
    THIS_PAGE_TODAY,
    THIS_SITE_TODAY,
    WHY,
    refusal,
    school,
    submission,
)

CHAT = refusal("chat.example", rule="chat")
PROPOSAL = Proposal(GrantScope(device="10.30.7.21"), GrantTarget(site="chat.example"), NOW + timedelta(hours=1))


def asked(refused: Refusal | None = None, state: State = State.OPEN, asked_by: str = "") -> ExceptionRequest:
    made = submission(refused, asked_by)
    return ExceptionRequest(
        1, "receipt", made.wants, made.because, made.work, made.until, made.refusal, NOW, state, asked_by
    )


def waiting(first: Account = IT, role: str = "it") -> tuple[ExceptionRequest, list[Review]]:
    request = replace(asked(CHAT, State.AWAITING_SIGN_OFF), proposal=PROPOSAL)
    return request, [Review(first.name, role, Verdict.APPROVE, "", NOW)]


@pytest.mark.parametrize(
    ("refused", "barrier"),
    [
        (refusal("floor.example", rule="floor"), Barrier.LOCKED),
        (refusal("sub.floor.example", rule="floor"), Barrier.LOCKED),
        (refusal("bets.example", rule="betting"), Barrier.NOBODY),
        (refusal("hurt.example", rule="care"), Barrier.CARE),
        (refusal("quiet.example", rule="games"), Barrier.OPEN),
        (refusal("10.0.0.1", rule=""), Barrier.REACH),
        (refusal("games.example", url="https://games.example:8443/", rule=""), Barrier.REACH),
        # Whatever rule a reference names: what closes the site is what counts.
        (refusal("floor.example", rule="games"), Barrier.LOCKED),
        (refusal("bets.example", rule="games"), Barrier.NOBODY),
    ],
)
def test_what_cannot_be_asked_for_cannot_be_given_either(engine: Engine, refused: Refusal, barrier: Barrier) -> None:
    with pytest.raises(CannotBeAsked) as raised:
        terms_of(engine, refused)
    assert raised.value.barrier is barrier
    with pytest.raises(CannotBeAsked):
        verdicts.approve(engine, asked(refused), BOTH, THIS_SITE_TODAY, WHY, NOW)
    with pytest.raises(CannotBeAsked):
        verdicts.sign_off(engine, asked(refused, State.AWAITING_SIGN_OFF), waiting()[1], LEAD, WHY, NOW)


def test_the_policy_of_today_counts_not_the_one_that_refused(engine: Engine, tmp_path: Path) -> None:
    assert terms_of(engine, refusal()).ask.decides == ("it",)
    locked = school(
        tmp_path / "later",
        SCHOOL.replace("games.example]", "nowhere.example]").replace("floor.example", "games.example"),
    )
    with pytest.raises(CannotBeAsked) as raised:
        verdicts.approve(locked, asked(), IT, THIS_SITE_TODAY, WHY, NOW)
    assert raised.value.barrier is Barrier.LOCKED


def test_a_rule_that_moved_to_other_people_is_theirs_to_decide(tmp_path: Path) -> None:
    moved = school(
        tmp_path / "later", SCHOOL.replace("games.example", "nowhere.example").replace("chat.example", "games.example")
    )
    assert terms_of(moved, refusal()).rule.id == "chat"
    assert terms_of(moved, refusal()).ask.signs_off == ("safeguarding",)


def test_a_refusal_that_hung_on_the_query_is_still_one(engine: Engine) -> None:
    # A reference keeps no query, so this page alone would look open.
    assert terms_of(engine, refusal("films.example", "/watch", rule="videos")).rule.id == "videos"


def test_a_path_too_long_for_a_reference_is_still_a_refusal_under_the_same_policy(engine: Engine) -> None:
    same = refusal("open.example", rule="games", revision=engine.revision)
    assert terms_of(engine, same).rule.id == "games"


def test_locked_counts_whatever_the_reference_names(engine: Engine) -> None:
    with pytest.raises(CannotBeAsked) as raised:
        terms_of(engine, refusal("open.example", rule="floor", revision=engine.revision))
    assert raised.value.barrier is Barrier.LOCKED


def test_one_person_with_the_role_says_yes(engine: Engine) -> None:
    review, proposal, needs_sign_off = verdicts.approve(
        engine, asked(refusal(path="/chess")), IT, THIS_PAGE_TODAY, WHY, NOW
    )
    assert (review.by, review.role, review.verdict, review.reason) == ("it", "it", Verdict.APPROVE, WHY)
    assert proposal.what == GrantTarget(page=parse_pattern("https://games.example/chess"))
    assert not needs_sign_off


@pytest.mark.parametrize("who", [LEAD, TEACHER, Account("nobody", frozenset())])
def test_nobody_else_does(engine: Engine, who: Account) -> None:
    with pytest.raises(NotEntitled, match="IT support"):
        verdicts.approve(engine, asked(), who, THIS_SITE_TODAY, WHY, NOW)
    with pytest.raises(NotEntitled, match="IT support"):
        verdicts.refuse(engine, asked(), who, "There is a board.", NOW)


def test_nobody_decides_on_their_own_request(engine: Engine) -> None:
    own = asked(asked_by="it")
    with pytest.raises(NotEntitled, match="yourself"):
        verdicts.approve(engine, own, IT, THIS_SITE_TODAY, WHY, NOW)
    with pytest.raises(NotEntitled, match="yourself"):
        verdicts.refuse(engine, own, IT, "There is a board.", NOW)
    request, reviews = waiting()
    with pytest.raises(NotEntitled, match="yourself"):
        verdicts.sign_off(engine, replace(request, asked_by="lead"), reviews, LEAD, WHY, NOW)


def test_an_approval_says_who_what_and_until_when(engine: Engine) -> None:
    with pytest.raises(Incomplete) as raised:
        verdicts.approve(engine, asked(), IT, Chosen(), WHY, NOW)
    assert set(raised.value.errors) == {"who", "what", "until"}


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_no_needs_its_reason(engine: Engine, reason: str) -> None:
    with pytest.raises(Incomplete) as raised:
        verdicts.refuse(engine, asked(), IT, reason, NOW)
    assert set(raised.value.errors) == {"reason"}


def test_a_second_person_signs_off(engine: Engine) -> None:
    assert verdicts.approve(engine, asked(CHAT), IT, THIS_SITE_TODAY, WHY, NOW)[2]
    request, reviews = waiting()
    review, given, _ = verdicts.sign_off(engine, request, reviews, LEAD, WHY, NOW)
    assert given.weighed == {rule.terms for rule in engine.policy.rules if rule.id == "chat"}
    assert (review.by, review.role, review.verdict) == ("lead", "safeguarding", Verdict.SIGN_OFF)


def test_the_same_person_does_not_whatever_roles_they_hold(engine: Engine) -> None:
    request, reviews = waiting(BOTH)
    with pytest.raises(NotEntitled, match="agreed to this request already"):
        verdicts.sign_off(engine, request, reviews, BOTH, WHY, NOW)
    assert verdicts.sign_off(engine, request, reviews, OTHER_BOTH, WHY, NOW)[0].by == "other"


def test_a_second_person_without_the_role_does_not_either(engine: Engine) -> None:
    request, reviews = waiting()
    with pytest.raises(NotEntitled, match="Safeguarding lead"):
        verdicts.sign_off(engine, request, reviews, Account("it2", frozenset({"it"})), WHY, NOW)


def test_both_sides_may_refuse_what_waits(engine: Engine) -> None:
    request, _ = waiting()
    assert verdicts.refuse(engine, request, LEAD, "There is a board.", NOW).role == "safeguarding"
    assert verdicts.refuse(engine, request, IT, "There is a board.", NOW).role == "it"
    with pytest.raises(NotEntitled):
        verdicts.refuse(engine, asked(CHAT), LEAD, "There is a board.", NOW)


def test_a_first_yes_from_a_role_that_no_longer_decides_does_not_count(engine: Engine) -> None:
    request, reviews = waiting(role="teaching")
    with pytest.raises(NotEntitled, match="no longer decides"):
        verdicts.sign_off(engine, request, reviews, LEAD, WHY, NOW)


@pytest.mark.parametrize(
    "proposal",
    [
        replace(PROPOSAL, ends=NOW),
        replace(PROPOSAL, what=GrantTarget(site="other.example")),
        replace(PROPOSAL, who=GrantScope(groups=frozenset({"staff"}))),
    ],
)
def test_what_is_over_or_off_the_offer_is_not_signed_off(engine: Engine, proposal: Proposal) -> None:
    request, reviews = waiting()
    with pytest.raises(NotEntitled, match="no longer on offer"):
        verdicts.sign_off(engine, replace(request, proposal=proposal), reviews, LEAD, WHY, NOW)


def test_a_waiting_request_is_not_left_hanging_when_the_rule_needs_no_second_person_any_more(tmp_path: Path) -> None:
    simpler = school(tmp_path / "later", SCHOOL.replace("signs_off: [safeguarding]", "offer: [today, this-site]"))
    request, reviews = waiting()
    with pytest.raises(NotEntitled):
        verdicts.sign_off(simpler, request, reviews, IT, WHY, NOW)
    assert verdicts.sign_off(simpler, request, reviews, BOTH, WHY, NOW)[0].role == "it"


def test_only_what_nobody_can_decide_lapses(engine: Engine) -> None:
    with pytest.raises(NotEntitled):
        verdicts.may_lapse(engine, asked(), "because")
    gone = asked(refusal("quiet.example"))
    with pytest.raises(Incomplete):
        verdicts.may_lapse(engine, gone, " ")
    assert verdicts.may_lapse(engine, gone, " it is open now ") == "it is open now"
