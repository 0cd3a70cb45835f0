"""Whose rule it is: the layer that says no, the role that can change it, and when it ends by itself. Pure.

A rule is the trust's where a role `trust`, or `trust-…`, owns it; a lesson's where lessons are the times that it is for.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from saywhy.decide.access import Access
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.explain.opening import opens_next
from saywhy.policy.catalogue import SEALED, Belonging
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.school import is_lesson

_TRUST: Final = "trust"
_OF_THE_SITE: Final = frozenset({Reason.HIDDEN_ADDRESS, Reason.OBLIGATION, Reason.ACCOUNT})


class Layer(StrEnum):
    """Who says no: a closed set."""

    LAW = "law"  # a sealed list: material that may be against the law
    TRUST = "trust"
    SCHOOL = "school"
    LESSON = "lesson"
    LIST = "list"  # the school's rule about a kind of site, and a list says that this is one
    SITE = "site"  # what the site itself does, or cannot do


@dataclass(frozen=True, slots=True)
class WhoseRule:
    """Whose rule closes an address.

    `rule` is its id and `list` the label of the kind of site that it was taken for, each empty where there is none or
    it is not told; `list_name` is the imported list that says so. `owner` is the title of the role that can change the
    rule, `opens` the titles of those who can make an exception (all of them, a second person too); `locked` that nobody
    makes one. `opens_at` is the next moment, in the school's time zone, at which the address is open by itself;
    `ends` that at which the rule ends for good; `review_by` the day on which it is looked at again.
    """

    layer: Layer
    rule: str = ""
    list: str = ""
    list_name: str = ""
    owner: str = ""
    opens: tuple[str, ...] = ()
    locked: bool = False
    opens_at: datetime | None = None
    ends: datetime | None = None
    review_by: date | None = None


def whose_rule(engine: Engine, access: Access, decision: Decision, grants: Grants = NO_GRANTS) -> WhoseRule:
    """Whose rule refused an access. `decision` is a refusal, made from the same engine and grants.

    What cares for its reader, and what is sealed, names no rule, list or role.
    """
    rule = decision.rule
    if decision.reason in _OF_THE_SITE:
        return WhoseRule(Layer.SITE, owner="" if rule is None else _title(engine, rule.owner))
    if rule is None:  # the reach: ports, addresses
        return WhoseRule(Layer.SCHOOL, locked=True)
    if rule.id == SEALED:
        return WhoseRule(Layer.LAW, locked=True)
    if rule.help:
        return WhoseRule(Layer.SCHOOL, locked=True)
    belonging = _by_a_list(rule, decision)
    ask = None if rule.locked else rule.ask
    roles = () if ask is None else (*ask.decides, *ask.agrees)
    end = rule.period.end
    return WhoseRule(
        layer=_layer(rule, belonging),
        rule=rule.id,
        list="" if belonging is None else engine.policy.catalogue.categories[belonging.id].label,
        list_name=belonging.source.file if belonging is not None and not belonging.source.line else "",
        owner=_title(engine, rule.owner),
        opens=tuple(dict.fromkeys(_title(engine, role) for role in roles)),
        locked=rule.locked or not roles,
        opens_at=opens_next(engine, grants, access),
        ends=None if end is None else end.astimezone(engine.policy.school.timezone),
        review_by=rule.review_by,
    )


def _layer(rule: Rule, belonging: Belonging | None) -> Layer:
    if rule.owner.partition("-")[0] == _TRUST:
        return Layer.TRUST
    if rule.times and all(is_lesson(name) for name in rule.times):
        return Layer.LESSON
    return Layer.SCHOOL if belonging is None else Layer.LIST


def _by_a_list(rule: Rule, decision: Decision) -> Belonging | None:
    """What says that the address is of a kind that the rule is about."""
    if rule.effect is Effect.ALLOW:
        return None
    named = (one for one in decision.membership.because if one.kind == "category")
    return next((one for one in named if one.id in rule.criteria.categories), None)


def _title(engine: Engine, role: str) -> str:
    found = engine.policy.roles.get(role)
    return role if found is None else found.title
