"""Who may decide, and what may be given: the rules of weighing, pure.

A request is weighed under the rule that closes the site *today*: the refused access is decided again with the present
policy, so that a rule which was locked, moved or given to other people in the meantime is met as it now is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Final

from saywhy.decide.access import Access, Subject, Target
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.decide.use import use_refused
from saywhy.exceptions.deciders import deciders, deciding_roles, deputies, seconds, with_referred
from saywhy.exceptions.devices import same_device
from saywhy.exceptions.due import due
from saywhy.exceptions.further import Further, reached_with, weighed
from saywhy.exceptions.offer import Offered, offered
from saywhy.exceptions.reach import Reached
from saywhy.exceptions.request import Account, ExceptionRequest, Proposal, Refusal
from saywhy.exceptions.sentences import NEEDS_A_SENTENCE, is_a_sentence
from saywhy.exceptions.staff import with_staff
from saywhy.policy.address import DEFAULT_PORTS, canonical_url, suffixes
from saywhy.policy.grant import GrantScope, GrantTarget
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Ask, Effect, Rule
from saywhy.policy.suggest import either

WRITE_WHY: Final = "Write why, in words for the person who asked"


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
        """The roles of the others who agree. Where a waiting request's rule needs none any more: the deciding ones."""
        return self.ask.agrees or self.ask.decides


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
    offers = offered(engine.policy, terms.ask.offer, terms.apps, request.refusal, now)
    return with_staff(engine, offers, access_of(engine, request.refusal))


def present_terms(engine: Engine, request: ExceptionRequest) -> Terms:
    """The terms of a request as it stands: where something was approved, those of all that it would open.

    Whoever it was handed to has to agree as well. Raises CannotBeAsked.
    """
    terms = terms_of(engine, request.refusal)
    given, ask = request.proposal, terms.ask
    if given is not None:
        ask = reach_of(engine, terms, request.refusal, given.what, given.who, given.further).ask
    return replace(terms, ask=with_referred(engine.policy, ask, request.referred))


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


def weighed_today(engine: Engine, terms: Terms, request: ExceptionRequest, proposal: Proposal) -> Proposal:
    """The proposal under the terms of today: of each thing that it opens, those of the rules that close that thing."""
    people = people_of(engine, request.refusal, proposal.who)
    first = reach_of(engine, terms, request.refusal, proposal.what, proposal.who)
    return replace(proposal, weighed=first.weighed, further=weighed(engine, terms.rule, request.further, people))


def may_end(engine: Engine, request: ExceptionRequest, by: Account) -> None:
    """Whether this person may end the permit of a request. Raises NotEntitled."""
    role_among(engine, by, ending_roles(engine, request), "ends this permit")


def ending_roles(engine: Engine, request: ExceptionRequest) -> tuple[str, ...]:
    """Who ends what came of a request: those who may give it or, where its rule is gone, all that decide on anything."""
    policy = engine.policy
    try:
        ask = present_terms(engine, request).ask
    except CannotBeAsked:
        return deciding_roles(policy) or tuple(name for name, role in policy.roles.items() if not role.reads)
    return tuple(dict.fromkeys((*ask.decides, *seconds(policy, ask), *deputies(policy, ask.decides))))


def deciding_now(  # the ask, and where its request stands
    policy: Policy, ask: Ask, request: ExceptionRequest, now: datetime, *, anybody: bool = False
) -> tuple[str, ...]:
    """The roles that may decide first on a request at this moment; `anybody`: with all who might at some moment."""
    escalated = anybody or due(policy, ask, request, now).escalated
    return deciders(policy, ask, escalated=escalated, appealed=request.appealed_at is not None)


def told_why(reason: str, field: str = "reason", missing: str = WRITE_WHY) -> str:
    """A reason that says something to the person who asked. Raises Incomplete for this field of a form."""
    if errors := said(reason, field, missing):
        raise Incomplete(errors)
    return reason.strip()


def said(reason: str, field: str, missing: str = WRITE_WHY) -> dict[str, str]:
    """What is wrong with a reason, by the field of the form; nothing where it says something."""
    if is_a_sentence(reason):
        return {}
    return {field: NEEDS_A_SENTENCE if reason.strip() else missing}


def holds_one_of(by: Account, roles: Sequence[str]) -> str | None:
    """The first of these roles that this person holds."""
    return next((role for role in roles if role in by.roles), None)


def role_among(engine: Engine, by: Account, roles: Sequence[str], does_what: str) -> str:
    """The first of these roles that this person holds. Raises NotEntitled, which says who "answers this request"."""
    role = holds_one_of(by, roles)
    if role is None:
        raise NotEntitled(f"{titles(engine.policy, roles)} {does_what}.")
    return role


def may_answer(engine: Engine, request: ExceptionRequest, by: Account) -> None:
    """Whether this person may answer at all: not who asked or joined, nor from their device, nor who refused. Raises NotEntitled."""
    if by.name in {request.asked_by, *(one.account for one in request.joined)} - {""}:
        raise NotEntitled("You asked for this yourself, so somebody else answers.")
    if request.refused_by and request.refused_by == by.name:
        raise NotEntitled("You said no to this before, so somebody else answers the appeal.")
    devices = (request.refusal.device, *(one.device for one in request.joined))
    if any(same_device(engine.policy, device, by.device) for device in devices):
        raise NotEntitled(
            "This was asked from the device that you use now. Answer it from another one. Where many people share this "
            "address (NAT, a proxy), policy can say so: shared: true, at the place of that address."
        )


def titles(policy: Policy, roles: Sequence[str]) -> str:
    """The titles of roles, as a sentence has them: "IT support, Safeguarding lead or Head of teaching"."""
    return either(dict.fromkeys(policy.roles[role].title if role in policy.roles else role for role in roles))
