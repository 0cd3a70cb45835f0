"""Whether one rule matches one access, in plain words: the law of matching.

`decide` asks the engine's index, which answers for all rules at once; a property test holds it to what is written here.
"""

from dataclasses import dataclass
from datetime import datetime

from saywhy.decide.access import Access, Target
from saywhy.decide.decision import Mismatch
from saywhy.decide.engine import Engine
from saywhy.policy.address import path_to_compare, suffixes
from saywhy.policy.catalogue import Membership
from saywhy.policy.criteria import keys_of, pieces_of_rule, possible_keys_of, sees_url
from saywhy.policy.criterion import EVERYTHING, About, Key
from saywhy.policy.pattern import UrlPattern
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.uses import FILE_USES


@dataclass(frozen=True, slots=True)
class Facts:
    """What is worked out once for an access and then asked by every rule."""

    about: About
    certain: frozenset[Key]
    possible: frozenset[Key]  # what only a path could tell, while only the host is known
    path: str | None  # as rules compare it; None while only the host is known
    local: datetime  # the moment in the school's own time zone
    unseen: "Facts | None" = None  # what the name alone tells, where only the floor looks at the path

    @property
    def membership(self) -> Membership:
        """What the target belongs to."""
        return self.about.membership

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that rules and grants about this target are filed under."""
        return tuple(self.certain | self.possible)


def facts_of(engine: Engine, access: Access, *, unseen: bool = False) -> Facts:
    """Gather the facts: memberships, names, path and local time. `unseen` is as a decision says."""
    target = access.target
    url = target.url
    membership = engine.membership(target.host, url)
    if target.signs:
        membership = membership.also(target.signs)
    about = About(tuple(suffixes(target.host)), membership, url)
    return Facts(
        about,
        frozenset((*keys_of(about), EVERYTHING)),
        frozenset(possible_keys_of(about)),
        None if url is None else path_to_compare(url.path),
        access.at.astimezone(engine.policy.school.timezone),
        facts_of(engine, access.by_name) if unseen else None,
    )


def mismatch(engine: Engine, rule: Rule, access: Access, facts: Facts) -> Mismatch | None:
    """Why the rule does not match, or None when it does. NEEDS_URL: it would, depending on the path.

    NEEDS_ANSWER: it would, depending on what kind of file the answer is.
    """
    about = _about(rule, facts)
    if about is Mismatch.TARGET or about is Mismatch.UNSEEN:
        return about
    subject = access.subject
    if rule.groups and not rule.groups & subject.groups:
        return Mismatch.GROUP
    if rule.places and subject.place not in rule.places:
        return Mismatch.PLACE
    if rule.times and not any(engine.policy.times[name].cover(facts.local) for name in rule.times):
        return Mismatch.TIME
    if not rule.period.covers(access.at):
        return Mismatch.DATE
    return _use(rule, access.target, facts) or about


def _use(rule: Rule, target: Target, facts: Facts) -> Mismatch | None:
    if not rule.uses:
        return None
    if facts.unseen is not None:  # a use is nothing to look inside for
        return Mismatch.UNSEEN
    if target.url is None:
        return Mismatch.NEEDS_URL
    if rule.uses & target.use.certain:
        return None
    could = bool(rule.uses & FILE_USES) and not target.use.settled
    return Mismatch.NEEDS_ANSWER if could else Mismatch.USE


def _about(rule: Rule, facts: Facts) -> Mismatch | None:
    of_the_floor = rule.locked and rule.effect is not Effect.ALLOW
    by_name = None if of_the_floor else facts.unseen
    seen = by_name or facts
    url = seen.about.url
    undecided = url is None and sees_url(rule.criteria)
    for piece in pieces_of_rule(rule):
        if not isinstance(piece, UrlPattern):
            if piece in seen.certain:
                return None
            undecided = undecided or piece in seen.possible
        elif piece.host in seen.about.names:
            if url is None or seen.path is None:
                undecided = True
            elif piece.covers_path(seen.path, url.query):
                return None
    if not undecided:
        return Mismatch.TARGET
    return Mismatch.NEEDS_URL if by_name is None else Mismatch.UNSEEN
