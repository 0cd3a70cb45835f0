"""Who may decide, and what may be given: the rules of weighing, pure.

A request is weighed under the rule that closes the site *today*: the refused access is decided again with the present
policy, so that a rule which was locked, moved or given to other people in the meantime is met as it now is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address

from saywhy.decide.access import Access, Subject, Target
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.decide.use import use_refused
from saywhy.exceptions.further import Further, reached_with, weighed
from saywhy.exceptions.offer import Chosen, Offered, offered, still_offered
from saywhy.exceptions.reach import Reached
from saywhy.exceptions.request import Account, ExceptionRequest, Proposal, Refusal, Review, Verdict
from saywhy.exceptions.sentences import NEEDS_A_SENTENCE, is_a_sentence
from saywhy.exceptions.state import State
from saywhy.exceptions.until import last_day_before
from saywhy.policy.address import DEFAULT_PORTS, canonical_url, suffixes
from saywhy.policy.grant import GrantScope, GrantTarget
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Ask, Effect, Offer, Rule


class Barrier(StrEnum):
    """Why something cannot be asked for, or not any more."""

    LOCKED = "locked"  # the safeguarding floor: no grant opens it
    NOBODY = "nobody"  # the rule says `ask: nobody`
    CARE = "care"  # a page that cares has no form, and must not get one here
    REACH = "reach"  # ports and addresses are refused before grants are looked at
    OPEN = "open"  # the policy no longer closes it


class CannotBeAsked(Exception):  # noqa: N818 — reads as what it says
    """No exception exists for this. `rule` is the one that closes it, where one does."""

    def __init__(self, barrier: Barrier, rule: Rule | None) -> None:
        super().__init__(f"this cannot be asked for: {barrier.value}")
        self.barrier = barrier
        self.rule = rule


class NotEntitled(Exception):  # noqa: N818 — reads as what it says
    """This person may not give this answer; the message says who may, or why not, in words for a page."""


class Incomplete(Exception):  # noqa: N818 — reads as what it says
    """An answer that lacks something: a message for each field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Terms:
    """What a request is weighed under: the rule, its `ask`, and the apps by which the rule met the site."""

    rule: Rule
    ask: Ask
    apps: tuple[str, ...]

    @property
    def signers(self) -> tuple[str, ...]:
        """The roles of the second person. Where a waiting request's rule needs none any more: the deciding ones."""
        return self.ask.signs_off or self.ask.decides


def access_of(engine: Engine, refusal: Refusal) -> Access:
    """The access that was refused, under the groups of today. Raises AddressError."""
    url = None if refusal.url is None else canonical_url(refusal.url)
    port = url.port if url is not None else DEFAULT_PORTS.get(refusal.scheme, 443)
    groups = tuple(name for name in refusal.groups if name in engine.policy.groups)
    device = None if refusal.device is None else ip_address(refusal.device)
    subject = Subject(groups, engine.policy.closed_groups(groups), refusal.place, device, None, refusal.reader)
    named = engine.rule_by_id.get(refusal.rule)
    target = Target(refusal.host, port, url)
    if named is not None and named.uses:  # the address does not show what was done there: the rule that refused it does
        target = replace(target, use=use_refused(named.uses))
    return Access(subject, target, refusal.at)


def decided_today(engine: Engine, refusal: Refusal) -> Decision:
    """The refused access, decided again by the present policy without any grant. Raises AddressError."""
    return decide(engine, NO_GRANTS, access_of(engine, refusal))


def terms_of(engine: Engine, refusal: Refusal) -> Terms:
    """The terms under which this may be asked for and decided. Raises CannotBeAsked."""
    decision = decided_today(engine, refusal)
    rule = decision.rule
    if decision.reason is Reason.LOCKED:
        raise CannotBeAsked(Barrier.CARE if rule is not None and rule.help else Barrier.LOCKED, rule)
    if rule is None:
        raise CannotBeAsked(Barrier.REACH, None)
    rule = as_refused(engine, refusal, rule)
    if rule.effect is Effect.ALLOW:
        raise CannotBeAsked(Barrier.OPEN, rule)
    if rule.help:
        raise CannotBeAsked(Barrier.CARE, rule)
    if rule.locked:
        raise CannotBeAsked(Barrier.LOCKED, rule)
    if rule.ask is None or not rule.ask.decides:
        raise CannotBeAsked(Barrier.NOBODY, rule)
    apps = tuple(app for app in rule.criteria.apps if app in decision.membership.apps)
    return Terms(rule, rule.ask, apps)


def as_refused(engine: Engine, refusal: Refusal, today: Rule) -> Rule:
    """The rule that closes it today, where the refusal's shortened address could mislead: the rule that it names.

    A reference keeps no query and, where a path is very long, only the root. So under the same policy, or where
    parameters count at this host, the rule that refused then still stands, if it is still there.
    """
    named = engine.rule_by_id.get(refusal.rule)
    if named is None or named.effect is Effect.ALLOW:
        return today
    names = suffixes(refusal.host)
    listed = (pattern for name in names for pattern, _ in engine.policy.catalogue.patterns.get(name, ()))
    own = (pattern for pattern in named.criteria.urls if pattern.host in names)
    parameters_count = any(pattern.parameters for pattern in (*own, *listed))
    return named if refusal.revision == engine.revision or parameters_count else today


def offers_for(engine: Engine, terms: Terms, request: ExceptionRequest, now: datetime) -> Offered:
    """What may be given for this request, smallest first."""
    return offered(engine.policy, terms.ask.offer, terms.apps, request.refusal, now)


def present_terms(engine: Engine, request: ExceptionRequest) -> Terms:
    """The terms of a request as it stands: where something was approved, those of all that it would open.

    Raises CannotBeAsked.
    """
    terms = terms_of(engine, request.refusal)
    if request.proposal is None:
        return terms
    given = request.proposal
    return replace(terms, ask=reach_of(engine, terms, request.refusal, given.what, given.who, given.further).ask)


def reach_of(  # a permit, all of its parts
    engine: Engine,
    terms: Terms,
    refusal: Refusal,
    what: GrantTarget,
    who: GrantScope,
    further: tuple[Further, ...] = (),
) -> Reached:
    """Which rules a permit would reach that is given for this refusal, with what opens besides."""
    return reached_with(engine, terms.rule, what, further, people_of(engine, refusal, who))


def people_of(engine: Engine, refusal: Refusal, who: GrantScope) -> tuple[str, ...]:
    """The groups that a permit for these people is weighed for."""
    return tuple(who.groups) or tuple(name for name in refusal.groups if name in engine.policy.groups)


def _weighed(engine: Engine, terms: Terms, request: ExceptionRequest, proposal: Proposal) -> Proposal:
    """The proposal under the terms of today: of each thing that it opens, those of the rules that close that thing."""
    people = people_of(engine, request.refusal, proposal.who)
    first = reach_of(engine, terms, request.refusal, proposal.what, proposal.who)
    return replace(proposal, weighed=first.weighed, further=weighed(engine, terms.rule, request.further, people))


def approve(  # one answer, all of its parts
    engine: Engine, request: ExceptionRequest, by: Account, chosen: Chosen, note: str, now: datetime
) -> tuple[Review, Proposal, bool]:
    """A first yes: the review, what it would give, and whether a second person has to agree.

    What is wider than the rule it was asked from is weighed by the strictest terms of every rule that it reaches.
    Raises CannotBeAsked, NotEntitled, Incomplete.
    """
    terms = terms_of(engine, request.refusal)
    _not_their_own(request, by)
    _role_among(engine, by, terms.ask.decides, "answers this request")
    proposal, errors = offers_for(engine, terms, request, now).choose(chosen)
    if proposal is None:
        raise Incomplete(errors)
    reach = reach_of(engine, terms, request.refusal, proposal.what, proposal.who, request.further)
    rules = ", ".join(rule.id for rule in reach.opens)
    if reach.apart:
        raise Incomplete(
            {"what": f"This is closed by several rules ({rules}), and no one role answers for all. Choose less"}
        )
    role = _role_among(engine, by, reach.ask.decides, f"answers for all that this opens ({rules})")
    latest = min(offered(engine.policy, _offer_of(rule), (), request.refusal, now).latest for rule in reach.opens)
    if proposal.ends > latest:
        last = f"until {last_day_before(latest, engine.policy.school.timezone).isoformat()} at the latest"
        when = last if latest > now else "for a lesson only, and none is on now"
        raise Incomplete({"until": f"All that this opens ({rules}) can be open {when}"})
    given = _weighed(engine, terms, request, proposal)
    return Review(by.name, role, Verdict.APPROVE, note, now), given, bool(reach.ask.signs_off)


def _offer_of(rule: Rule) -> tuple[Offer, ...]:
    return () if rule.ask is None else rule.ask.offer


def sign_off(  # one answer, all of its parts
    engine: Engine, request: ExceptionRequest, reviews: Sequence[Review], by: Account, note: str, now: datetime
) -> tuple[Review, Proposal]:
    """A second person's yes: the review, and the proposal under the terms of today. Raises CannotBeAsked, NotEntitled."""
    terms = present_terms(engine, request)
    _not_their_own(request, by)
    role = _role_among(engine, by, terms.signers, "agrees to this request")
    first = next((one for one in reversed(reviews) if one.verdict is Verdict.APPROVE), None)
    if first is None or request.proposal is None:
        raise NotEntitled("Nobody has approved this request yet.")
    if first.by == by.name:
        raise NotEntitled("You approved this request. A second person has to agree to it.")
    if first.role not in terms.ask.decides:
        raise NotEntitled(
            "The first answer came from a role that no longer decides. Refuse it, so that it is asked anew."
        )
    asked = terms_of(engine, request.refusal)
    given = request.proposal
    reach = reach_of(engine, asked, request.refusal, given.what, given.who, given.further)
    terms_then = given.weighed.union(*(one.weighed for one in given.further))
    known = {one.rpartition(":")[0] for one in terms_then} or {asked.rule.id}
    if not known.issuperset(rule.id for rule in reach.opens):
        raise NotEntitled("The rules that this would open have changed. Refuse it, so that it is asked anew.")
    if not still_offered(offers_for(engine, asked, request, now), request.proposal, now):
        raise NotEntitled("What was approved is no longer on offer, or is over. Refuse it, so that it is asked anew.")
    return Review(by.name, role, Verdict.SIGN_OFF, note, now), _weighed(engine, asked, request, given)


def refuse(engine: Engine, request: ExceptionRequest, by: Account, reason: str, now: datetime) -> Review:
    """A no. Raises CannotBeAsked, NotEntitled, Incomplete."""
    terms = present_terms(engine, request)
    _not_their_own(request, by)
    roles = terms_of(engine, request.refusal).ask.decides
    if request.state is State.AWAITING_SIGN_OFF:
        roles = (*terms.signers, *terms.ask.decides, *roles)
    role = _role_among(engine, by, roles, "answers this request")
    return Review(by.name, role, Verdict.REFUSE, told_why(reason), now)


def may_lapse(engine: Engine, request: ExceptionRequest, reason: str) -> str:
    """The reason for closing a request that nobody can decide any more. Raises NotEntitled, Incomplete."""
    try:
        terms_of(engine, request.refusal)
    except CannotBeAsked:
        return told_why(reason)
    raise NotEntitled("This request can still be answered with a yes or a no.")


def told_why(reason: str, field: str = "reason") -> str:
    """A reason that says something to the person who asked. Raises Incomplete for this field of a form."""
    if not is_a_sentence(reason):
        raise Incomplete(
            {field: NEEDS_A_SENTENCE if reason.strip() else "Write why, in words for the person who asked"}
        )
    return reason.strip()


def holds_one_of(by: Account, roles: Sequence[str]) -> str | None:
    """The first of these roles that this person holds."""
    return next((role for role in roles if role in by.roles), None)


def _role_among(engine: Engine, by: Account, roles: Sequence[str], does_what: str) -> str:
    role = holds_one_of(by, roles)
    if role is None:
        raise NotEntitled(f"{titles(engine.policy, roles)} {does_what}.")
    return role


def _not_their_own(request: ExceptionRequest, by: Account) -> None:
    if request.asked_by and request.asked_by == by.name:
        raise NotEntitled("You asked for this yourself, so somebody else answers.")


def titles(policy: Policy, roles: Sequence[str]) -> str:
    """The titles of roles, as a sentence has them: "IT support or Safeguarding lead"."""
    return " or ".join(dict.fromkeys(policy.roles[role].title if role in policy.roles else role for role in roles))
