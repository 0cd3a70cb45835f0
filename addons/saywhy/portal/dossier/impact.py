"""Section 6: how many people met this block lately, by group; small numbers are not told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from saywhy.exceptions.blocks import EVERYBODY, FEWEST_TOLD, Met
from saywhy.policy.policy import Policy

LATELY: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class OfGroup:
    """A group's label and how it met the block: how often, and how many people at least; None: too few to tell."""

    label: str
    times: int | None
    people: int | None


@dataclass(frozen=True, slots=True)
class Impact:
    """`every` is all together, None where nobody met it, or nothing is counted. `few` is the bound of what is told."""

    every: OfGroup | None
    groups: tuple[OfGroup, ...] = ()
    few: int = FEWEST_TOLD


def impact(policy: Policy, met: Mapping[str, Met]) -> Impact:
    """How a block was met, those that met it most often first, and those of whom that is not told last, by name."""
    every = met.get(EVERYBODY)
    if every is None:
        return Impact(None)
    named = [
        OfGroup(policy.groups[name].label if name in policy.groups else name, one.times, one.people)
        for name, one in met.items()
        if name != EVERYBODY
    ]
    named.sort(key=lambda one: (-(one.times or 0), one.label))
    return Impact(OfGroup("Everybody", every.times, every.people), tuple(named))
