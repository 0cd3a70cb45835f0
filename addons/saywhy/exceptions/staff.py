"""Which groups are the school's staff: those that a permit may be given to in the place of whoever asked."""

from dataclasses import replace
from typing import Final

from saywhy.decide.access import Access, Subject
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.exceptions.offer import Offered
from saywhy.policy.grant import GrantScope
from saywhy.policy.policy import Policy

_NAMES: Final = ("staff", "teachers")


def staff_groups(policy: Policy) -> tuple[str, ...]:
    """The groups named `staff` or `teachers`, also with more behind a dash (`staff-office`)."""
    return tuple(name for name in policy.groups if name.partition("-")[0] in _NAMES)


def staff_scope(name: str) -> GrantScope:
    """Everybody in one of these groups."""
    return GrantScope(groups=frozenset({name}))


def with_staff(engine: Engine, offers: Offered, refused: Access) -> Offered:
    """What may be given, with the groups of staff that it is closed to as well; whoever is offered it already stays first."""
    closed = {
        f"group:{name}": staff_scope(name)
        for name in staff_groups(engine.policy)
        if name not in refused.subject.groups and not open_to(engine, refused, name)
    }
    return replace(offers, who={**offers.who, **closed}) if closed else offers


def open_to(engine: Engine, refused: Access, group: str) -> bool:
    """Whether what was refused is open to a group, wherever these people are."""
    groups = engine.policy.closed_groups((group,))
    subject = Subject((group,), groups, reader=engine.policy.reader_of((group,)))
    return decide(engine, NO_GRANTS, Access(subject, refused.target, refused.at)).allowed
