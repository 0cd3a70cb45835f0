"""Whether somebody who was refused may go on, and what that would open: pure.

The refused access is decided again by the present policy. What is opened is the app or the site for the device that was
refused, as far as this rule closes it, and nothing else.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from saywhy.decide.access import Access
from saywhy.decide.decide import decide
from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.exceptions.request import Refusal
from saywhy.exceptions.weighing import Barrier, CannotBeAsked, access_of, as_refused, decided_today
from saywhy.policy.address import address_literal
from saywhy.policy.caution import Caution, go_terms
from saywhy.policy.grant import Grant, GrantScope, GrantTarget
from saywhy.policy.public_suffixes import public_suffixes
from saywhy.policy.rule import Effect, Rule


class NoCaution(Exception):  # noqa: N818 — reads as what it says
    """What closes it has no caution (any more), so that nobody can go on; they may be able to ask."""


@dataclass(frozen=True, slots=True)
class GoingOn:
    """What somebody may open for themselves: the rule that has caution, and what of it for which device."""

    rule: Rule
    caution: Caution
    device: str
    what: GrantTarget

    def grant(self, id_: str, starts: datetime, ends: datetime) -> Grant:
        """It, while it is open."""
        who, weighed = GrantScope(device=self.device), frozenset({go_terms(self.rule.id)})
        return Grant(id_, who, self.what, starts, ends, weighed=weighed, went_on=True)


def going_on(engine: Engine, refusal: Refusal, now: datetime) -> GoingOn:
    """What may be opened to whoever was refused, now. Raises CannotBeAsked where it may be open, or can never be; NoCaution."""
    decision = decided_today(engine, refusal)
    if decision.rule is None:
        raise CannotBeAsked(Barrier.REACH, None)
    if decision.reason is Reason.LOCKED:
        raise CannotBeAsked(Barrier.CARE if decision.rule.help else Barrier.LOCKED, decision.rule)
    rule = as_refused(engine, refusal, decision.rule)
    if rule.effect is Effect.ALLOW or not _holds(engine, rule, now):
        raise CannotBeAsked(Barrier.OPEN, rule)
    if rule.caution is None or refusal.device is None:
        raise NoCaution
    apps = [app for app in rule.criteria.apps if app in decision.membership.apps]
    what = GrantTarget(app=apps[0]) if apps else GrantTarget(site=_site(refusal.host))
    found = GoingOn(rule, rule.caution, refusal.device, what)
    access = replace(access_of(engine, refusal), at=now)
    if not _opens(engine, access, found):  # something else closes it now
        raise NoCaution
    return found


def _holds(engine: Engine, rule: Rule, now: datetime) -> bool:
    local = now.astimezone(engine.policy.school.timezone)
    in_time = not rule.times or any(engine.policy.times[name].cover(local) for name in rule.times)
    return in_time and rule.period.covers(now)


def _opens(engine: Engine, access: Access, found: GoingOn) -> bool:
    grant = found.grant("tried", access.at, access.at + found.caution.open_for)
    return decide(engine, Grants([grant]), access).allowed


def _site(host: str) -> str:
    """The whole site of a host: its pages come from names beside it as well."""
    return host if address_literal(host) is not None else public_suffixes().registered(host)
