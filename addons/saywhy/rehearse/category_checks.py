"""Whether a policy closes what schools are asked to close, group by group: decided, and nothing opened.

A category is tried by itself, as that of an address that nothing else is known of; so it shows the rules, not what a list holds.
The test address of sealed lists stands for what is illegal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from saywhy.decide.access import Access, Target, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.policy.own_hosts import SEALED_PATH, TEST_SEALED
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Effect

ILLEGAL: Final = "illegal"
# What reviews ask for first, and a kind of site that lessons need.
CLOSED: Final = ("pornography", "self-harm", "proxies-and-vpns", "malware-and-phishing")
OPEN: Final = "learning"
_NOWHERE: Final = "https://selfcheck.invalid/"  # RFC 6761: no such name is anybody's


@dataclass(frozen=True, slots=True)
class CategoryCheck:
    """One group and one kind of site. `wanted` is None where nothing is expected: what adults may open a school decides."""

    group: str
    kind: str
    wanted: Effect | None
    decision: Decision

    @property
    def good(self) -> bool:
        """Whether it came out as expected; caution is closed until somebody goes on."""
        return self.wanted is None or self.decision.allowed == (self.wanted is Effect.ALLOW)


def category_checks(engine: Engine, groups: Sequence[str], at: datetime) -> Iterator[CategoryCheck]:
    """Try each kind of site for each group at a moment (aware). Raises KeyError with a group that there is not."""
    nowhere = target_of_url(_NOWHERE)
    targets: dict[str, Target] = {ILLEGAL: target_of_url(f"https://{TEST_SEALED}{SEALED_PATH}")}
    for kind in (*CLOSED, OPEN):
        if kind in engine.policy.catalogue.categories:
            targets[kind] = replace(nowhere, signs=frozenset({kind}))
    for group in groups:
        subject, young = subject_in(engine.policy, (group,)), _has_pupils(engine.policy, group)
        for kind, target in targets.items():
            wanted = _wanted(kind, young=young)
            yield CategoryCheck(group, kind, wanted, decide(engine, NO_GRANTS, Access(subject, target, at)))


def _wanted(kind: str, *, young: bool) -> Effect | None:
    if kind == OPEN:
        return Effect.ALLOW
    return Effect.BLOCK if young or kind == ILLEGAL else None


def _has_pupils(policy: Policy, group: str) -> bool:
    """Whether the group, or one that lies within it, reads as children do."""
    return any(
        one.reader not in (None, Reader.ADULT) and group in policy.closed_groups((name,))
        for name, one in policy.groups.items()
    )
