"""A rule: an effect, what it matches, and its why, alternatives, owner and review date."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256

from saywhy.policy.care import Help
from saywhy.policy.catalogue import Source
from saywhy.policy.caution import Caution, go_terms
from saywhy.policy.criterion import Criteria, Key
from saywhy.policy.obligation import NO_OBLIGATIONS, Obligation
from saywhy.policy.period import ALWAYS, Period
from saywhy.policy.reader import Reader


class Effect(StrEnum):
    """What a rule does. `caution`: closed, until somebody goes on who was told why, for a short while."""

    ALLOW = "allow"
    CAUTION = "caution"
    BLOCK = "block"


class Offer(StrEnum):
    """What a rule lets be asked for: how much of the site, and for how long."""

    THIS_PAGE = "this-page"
    THIS_SITE = "this-site"
    THIS_APP = "this-app"
    THIS_LESSON = "this-lesson"
    TODAY = "today"
    THIS_WEEK = "this-week"
    THIS_TERM = "this-term"


WHAT_OFFERS = (Offer.THIS_PAGE, Offer.THIS_SITE, Offer.THIS_APP)
UNTIL_OFFERS = (Offer.THIS_LESSON, Offer.TODAY, Offer.THIS_WEEK, Offer.THIS_TERM)


@dataclass(frozen=True, slots=True)
class Why:
    """The school's reason: the risk in plain words, other words for other readers, and what would change the answer."""

    risk: str
    readers: Mapping[Reader, str] = field(default_factory=dict)
    would_change: str = ""
    languages: Mapping[str, "Why"] = field(default_factory=dict)  # the same in other languages, as the school wrote it

    def told_to(self, reader: Reader) -> str:
        """The reason in the words meant for this reader, or the common ones."""
        return self.readers.get(reader, self.risk)

    def in_language(self, language: str) -> "Why":
        """The reason as the school wrote it in a language; as it wrote it first where it did not."""
        return self.languages.get(language, self)


@dataclass(frozen=True, slots=True)
class Decided:
    """Who decided, in words ("Senior leadership team and IT"), and on which day."""

    by: str
    on: date


@dataclass(frozen=True, slots=True)
class ApprovalGroup:
    """Of those who hold one of these roles, so many different people have to say yes."""

    of: tuple[str, ...]
    number: int = 1


@dataclass(frozen=True, slots=True)
class Ask:
    """How an exception is asked for. Roles that decide, roles that must agree as well, and what is offered.

    Where there are groups in `together`, a yes needs the number of each; whoever decides first counts in their own.
    `answer_within` are hours of school.
    """

    decides: tuple[str, ...]
    signs_off: tuple[str, ...] = ()
    offer: tuple[Offer, ...] = ()
    together: tuple[ApprovalGroup, ...] = ()
    answer_within: timedelta | None = None

    @property
    def agrees(self) -> tuple[str, ...]:
        """Every role that has to agree besides the one that decides."""
        return tuple(dict.fromkeys((*self.signs_off, *(role for group in self.together for role in group.of))))


def hours_in_words(span: timedelta) -> str:
    """A time as policies write it: "4 hours", "90 minutes"."""
    minutes = round(span / timedelta(minutes=1))
    number, unit = (minutes, "minute") if minutes % 60 else (minutes // 60, "hour")
    return f"{number} {unit}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of policy. `number` counts from 1 in the order of the file; the default has number 0."""

    id: str
    number: int
    effect: Effect
    criteria: Criteria
    source: Source
    groups: frozenset[str] = frozenset()  # empty: everyone
    places: frozenset[str] = frozenset()  # empty: everywhere
    times: tuple[str, ...] = ()  # empty: always
    why: Why | None = None
    instead: tuple[str, ...] = ()
    decided: Decided | None = None
    review_by: date | None = None
    owner: str = ""
    ask: Ask | None = None
    locked: bool = False
    keep_open: bool = False  # of a rule that allows: nothing closes it but a locked rule, wherever it stands
    help: tuple[Help, ...] = ()  # not empty: the page cares instead of explaining a rule
    obligations: frozenset[Obligation] = NO_OBLIGATIONS  # of a rule that allows
    caution: Caution | None = None  # of a rule with that effect
    uses: frozenset[Key] = frozenset()  # empty: whatever is done; see saywhy.policy.uses
    period: Period = ALWAYS
    high_risk: bool = False  # every exception needs two people

    @property
    def go_terms(self) -> str:
        """What stands for this rule where somebody goes on; empty where nobody can."""
        return go_terms(self.id) if self.effect is Effect.CAUTION and not self.locked else ""

    @property
    def terms(self) -> str:
        """What stands for this rule and who weighs an exception from it; empty where nobody may give one."""
        ask = self.ask
        if ask is None or not ask.decides or self.locked or self.help:
            return ""
        return _terms(self.id, frozenset(ask.decides), frozenset(ask.signs_off), frozenset(ask.together))


@lru_cache(maxsize=8_192)
def _terms(
    rule: str, decides: frozenset[str], signs_off: frozenset[str], together: frozenset[ApprovalGroup] = frozenset()
) -> str:
    groups = sorted(f"{group.number} of {','.join(sorted(group.of))}" for group in together)
    told = "\n".join((rule, ",".join(sorted(decides)), ",".join(sorted(signs_off)), *groups))
    return f"{rule}:{sha256(told.encode()).hexdigest()[:12]}"
