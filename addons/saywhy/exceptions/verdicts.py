"""What people say to a request, weighed: each answer with all that it needs, or the reason why it cannot be given. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from saywhy.decide.engine import Engine
from saywhy.exceptions.deciders import deputies, missing, seconds, with_referred
from saywhy.exceptions.devices import same_device
from saywhy.exceptions.due import due
from saywhy.exceptions.offer import Chosen, offered, still_offered
from saywhy.exceptions.request import Account, ExceptionRequest, Proposal, Review, Verdict
from saywhy.exceptions.state import State
from saywhy.exceptions.until import last_day_before
from saywhy.exceptions.weighing import (
    CannotBeAsked,
    Incomplete,
    NotEntitled,
    Terms,
    deciding_now,
    ending_roles,
    may_answer,
    offers_for,
    present_terms,
    reach_of,
    role_among,
    said,
    terms_of,
    told_why,
    weighed_today,
)
from saywhy.exceptions.width import beyond, why_two
from saywhy.policy.rule import ApprovalGroup, Offer, Rule


def approve(  # one answer, all of its parts
    engine: Engine, request: ExceptionRequest, by: Account, chosen: Chosen, note: str, now: datetime
) -> tuple[Review, Proposal, bool]:
    """A first yes: the review, what it would give, and whether somebody else has to agree.

    What is wider than the rule it was asked from is weighed by the strictest terms of every rule that it reaches.
    Raises CannotBeAsked, NotEntitled, Incomplete.
    """
    terms = terms_of(engine, request.refusal)
    may_answer(engine, request, by)
    among = partial(deciding_now, engine.policy, request=request, now=now)
    role_among(engine, by, among(terms.ask), "answers this request")
    proposal, errors = offers_for(engine, terms, request, now).choose(chosen)
    if proposal is None:
        raise Incomplete({**errors, **said(note, "note")})
    reach = reach_of(engine, terms, request.refusal, proposal.what, proposal.who, request.further)
    rules = ", ".join(rule.id for rule in reach.opens)
    if reach.apart:
        raise Incomplete(
            {"what": f"This is closed by several rules ({rules}), and no one role answers for all. Choose less"}
        )
    ask = replace(reach.ask, answer_within=terms.ask.answer_within)
    ask = with_referred(engine.policy, ask, request.referred)
    role = _role_within(
        engine,
        by,
        among(ask),
        replace(proposal, further=request.further),
        now,
        f"answers for all that this opens ({rules})",
    )
    latest = min(offered(engine.policy, _offer_of(rule), (), request.refusal, now).latest for rule in reach.opens)
    if proposal.ends > latest:
        last = f"until {last_day_before(latest, engine.policy.school.timezone).isoformat()} at the latest"
        when = last if latest > now else "for a lesson only, and none is on now"
        raise Incomplete({"until": f"All that this opens ({rules}) can be open {when}", **said(note, "note")})
    why = told_why(note, "note")
    given = weighed_today(engine, terms, request, proposal)
    needs_two = bool(why_two(engine, reach.opens, request.refusal, given, now))
    given = replace(given, needs_two=needs_two)
    review = Review(by.name, role, Verdict.APPROVE, why, now, request.round, by.device)
    return review, given, bool(missing(engine.policy, ask, (review,), two=needs_two))


def _offer_of(rule: Rule) -> tuple[Offer, ...]:
    return () if rule.ask is None else rule.ask.offer


class NoApproval(NotEntitled):
    """The first yes does not count any more, so the request is open again; the message says why."""


def sign_off(  # one answer, all of its parts
    engine: Engine, request: ExceptionRequest, reviews: Sequence[Review], by: Account, note: str, now: datetime
) -> tuple[Review, Proposal, bool]:
    """Another person's yes: the review, the proposal under the terms of today, and whether somebody else has to agree.

    `reviews` are those whose people are still there and still hold the role in which they answered.
    Raises CannotBeAsked, NotEntitled, NoApproval, Incomplete.
    """
    terms = present_terms(engine, request)
    may_answer(engine, request, by)
    yes = tuple(one for one in reviews if one.verdict is not Verdict.REFUSE and one.round == request.round)
    given = request.proposal
    if given is None or not yes or yes[0].verdict is not Verdict.APPROVE:
        raise NoApproval(
            "The approval of this request does not count any more, because the account or its role is gone. The request is open again."
        )
    if yes[0].role not in deciding_now(engine.policy, terms.ask, request, now, anybody=True):
        raise NoApproval("The first answer came from a role that no longer decides. The request is open again.")
    if by.name in {one.by for one in yes}:
        raise NotEntitled("You agreed to this request already. Another person has to agree to it.")
    if any(same_device(engine.policy, one.device, by.device) for one in yes):
        raise NotEntitled(
            "Somebody agreed to this from the device that you use now. A second person answers from another one."
        )
    asked = terms_of(engine, request.refusal)
    reach = reach_of(engine, asked, request.refusal, given.what, given.who, given.further)
    terms_then = given.weighed.union(*(one.weighed for one in given.further))
    known = {one.rpartition(":")[0] for one in terms_then} or {asked.rule.id}
    if not known.issuperset(rule.id for rule in reach.opens):
        raise NotEntitled("The rules that this would open have changed. Say no, or propose something else.")
    if not still_offered(offers_for(engine, asked, request, now), given, now):
        raise NotEntitled("What was approved is no longer on offer, or is over. Say no, or propose something else.")
    two = given.needs_two or bool(why_two(engine, reach.opens, request.refusal, given, now))
    wanted = still_missing(engine, terms, yes, two=two)
    late = due(engine.policy, terms.ask, request, now).escalated
    roles = tuple(role for group in wanted for role in group.of)
    standing_in = deputies(engine.policy, roles) if late else ()
    role = _role_within(engine, by, (*roles, *standing_in), given, now, "agrees to this request")
    review = Review(by.name, role, Verdict.SIGN_OFF, told_why(note, "agreement"), now, request.round, by.device)
    more = bool(missing(engine.policy, terms.ask, (*yes, review), two=two))
    return review, replace(weighed_today(engine, asked, request, given), needs_two=two), more


def still_missing(engine: Engine, terms: Terms, yes: Sequence[Review], *, two: bool) -> tuple[ApprovalGroup, ...]:
    """Who still has to agree to what waits. Where its rule needs nobody else any more: one of those who decide."""
    found = missing(engine.policy, terms.ask, yes, two=two)
    return found or (ApprovalGroup(terms.ask.decides),)


def refuse(  # one answer, all of its parts
    engine: Engine, request: ExceptionRequest, by: Account, reason: str, now: datetime, instead: str = ""
) -> Review:
    """A no; `instead` is what there is in place of it. Raises CannotBeAsked, NotEntitled, Incomplete."""
    may_answer(engine, request, by)
    role = role_among(engine, by, refusing_now(engine, request, now), "answers this request")
    return Review(by.name, role, Verdict.REFUSE, told_why(reason), now, request.round, by.device, instead.strip())


def refusing_now(engine: Engine, request: ExceptionRequest, now: datetime) -> tuple[str, ...]:
    """The roles that may say no: those that decide and, where somebody waits for them, those that agree.

    Raises CannotBeAsked.
    """
    terms = present_terms(engine, request)
    asked = terms_of(engine, request.refusal)
    roles = deciding_now(engine.policy, asked.ask, request, now)
    if request.state is State.AWAITING_SIGN_OFF:
        roles = (*seconds(engine.policy, terms.ask), *deciding_now(engine.policy, terms.ask, request, now), *roles)
    return roles


def ask_back(engine: Engine, request: ExceptionRequest, by: Account, question: str, now: datetime) -> str:
    """A question to the person who asked. Raises CannotBeAsked, NotEntitled, Incomplete."""
    may_answer(engine, request, by)
    ask = terms_of(engine, request.refusal).ask
    role_among(engine, by, deciding_now(engine.policy, ask, request, now), "answers this request")
    return told_why(question, "question", "Write what you need to know")


def may_lapse(engine: Engine, request: ExceptionRequest, reason: str, by: Account | None = None) -> str:
    """The reason for closing a request that nobody can decide any more. Raises NotEntitled, Incomplete."""
    if by is not None:
        may_answer(engine, request, by)
        role_among(engine, by, ending_roles(engine, request), "closes this request")
    try:
        terms_of(engine, request.refusal)
    except CannotBeAsked:
        return told_why(reason)
    raise NotEntitled("This request can still be answered with a yes or a no.")


def _role_within(  # who, what and when
    engine: Engine, by: Account, roles: Sequence[str], given: Proposal, now: datetime, does_what: str
) -> str:
    """The first of these roles that this person holds and that may give so much. Raises NotEntitled, Incomplete."""
    role_among(engine, by, roles, does_what)
    found = [(role, beyond(engine.policy, role, given, now)) for role in roles if role in by.roles]
    role, too_much = min(found, key=lambda one: len(one[1]))
    if too_much:
        raise Incomplete(too_much)
    return role
