"""Caution, the effect between yes and no: how a rule lets somebody go on who has thought about it, and for how long."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(hours=2)
USUAL: Final = timedelta(minutes=10)
LONGEST_QUOTA: Final = timedelta(hours=12)
KEYS: Final = ("open_for", "quota", "give_reason")
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caution:
    """How long it opens each time, how long a day altogether (None: as often as somebody likes), whether they say why."""

    open_for: timedelta = USUAL
    quota: timedelta | None = None
    give_reason: bool = True

    def __post_init__(self) -> None:
        if not SHORTEST <= self.open_for <= LONGEST:
            raise ValueError(f"what caution opens is open from {SHORTEST} to {LONGEST}")
        if self.quota is not None and not self.open_for <= self.quota <= LONGEST_QUOTA:
            raise ValueError("a quota is at least one go, and less than a day")


def go_terms(rule: str) -> str:
    """What stands for a rule where somebody goes on, as `Grant.weighed` has it. No id has a space, so it is no other terms."""
    return f"go {rule}"


def in_minutes(span: timedelta) -> str:
    """A length of time as people say it, in whole minutes that have been reached: "10 minutes", "2 hours"."""
    minutes = span // _MINUTE
    if minutes >= 60 and minutes % 60 == 0:
        return f"{minutes // 60} hour{'' if minutes == 60 else 's'}"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def settings_changed(old: Caution | None, new: Caution | None) -> Iterator[tuple[str, str, str]]:
    """The keys in which two rules differ, as a technician writes them, each with its old and its new value."""
    before, after = _written(old), _written(new)
    yield from ((key, before[key], after[key]) for key in KEYS if before[key] != after[key])


def _written(caution: Caution | None) -> dict[str, str]:
    if caution is None:
        return dict.fromkeys(KEYS, "not there")
    quota = "none" if caution.quota is None else f"{in_minutes(caution.quota)} a day"
    return dict(zip(KEYS, (in_minutes(caution.open_for), quota, str(caution.give_reason).lower()), strict=True))
