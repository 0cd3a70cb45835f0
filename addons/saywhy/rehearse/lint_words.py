"""Lint of the reasons that people read: each as short as its reader needs, none with words that blame or frighten."""

from collections.abc import Iterator
from typing import Final

from saywhy.explain.reading import CARING, YOUNG, avoided, limit_for, too_hard
from saywhy.policy.codes import Code
from saywhy.policy.policy import Policy
from saywhy.policy.problem import Problem
from saywhy.policy.reader import READER_SYNONYMS, Reader
from saywhy.policy.reading.yaml12 import Loc
from saywhy.policy.rule import Effect, Rule, Why
from saywhy.policy.suggest import listed, quoted
from saywhy.rehearse.findings import Locations, named

# As explain does it: whose words are taken where the school wrote none for a level.
_NEAREST: Final = {Reader.EARLY: Reader.PRIMARY, Reader.EASY_READ: Reader.PRIMARY}

_SPARED: Final = frozenset({Reader.EARLY, Reader.PRIMARY, Reader.EASY_READ})


def lint_words(locations: Locations) -> Iterator[Problem]:
    """The problems of reasons."""
    for rule in (*locations.policy.rules, locations.policy.default):
        if rule.effect is not Effect.ALLOW and rule.why is not None:
            yield from _too_hard(locations, rule, rule.why)
            yield from _to_avoid(locations, rule, rule.why)
            yield from _of_the_caring(locations, rule, rule.why) if rule.help else _untold(locations, rule, rule.why)


def readers_of(policy: Policy, rule: Rule) -> dict[Reader, str]:
    """Every reading level that the rule's pages are told in, and one group that reads it."""
    found: dict[Reader, str] = {}
    for group in policy.groups.values():
        if group.reader is not None and (not rule.groups or rule.groups & policy.closed_groups((group.id,))):
            found.setdefault(group.reader, group.id)
    if rule.places:
        there = {
            policy.reader_of(place.groups): place.groups[0] for place in policy.places if place.name in rule.places
        }
        found = {reader: group for reader, group in found.items() if reader in there}
    return found


def _too_hard(locations: Locations, rule: Rule, why: Why) -> Iterator[Problem]:
    readers = readers_of(locations.policy, rule)
    for level in Reader:
        used = level if level in why.readers else _NEAREST.get(level)
        own = used is not None and used in why.readers
        if level not in readers and used is not level:
            continue
        text = why.readers[used] if used is not None and own else why.risk
        limit = limit_for(level, locked=rule.locked, caring=bool(rule.help))
        said = too_hard(text, limit)
        if not said:
            continue
        if used is level and own:
            what = f"the reason of {named(rule)} for {level} readers has {said}"
            instead = "make it shorter"
        else:
            what = f"the reason of {named(rule)} has {said} for {level} readers, like {quoted(readers[level])}"
            instead = f"write why.readers.{level}, in simpler words"
        yield locations.about_rule(
            rule, _place(locations, rule, used if own else None), Code.HARD_TO_READ, what, instead
        )


def _to_avoid(locations: Locations, rule: Rule, why: Why) -> Iterator[Problem]:
    texts: list[tuple[str, Loc]] = [(why.risk, _place(locations, rule, None))]
    texts += [(text, _place(locations, rule, level)) for level, text in why.readers.items()]
    texts.append((why.would_change, ("why", "would_change")))
    for text, loc in texts:
        words = avoided(text)
        if words:
            what = f"{named(rule)} says {listed(quoted(word) for word in words)}, which blames or frightens"
            instead = "say what the risk is, in kind and plain words"
            yield locations.about_rule(rule, loc, Code.WORD_TO_AVOID, what, instead)


def _untold(locations: Locations, rule: Rule, why: Why) -> Iterator[Problem]:
    """Levels that are told no reason, since the common one says what is not for them."""
    said = avoided(why.risk, YOUNG)
    readers = readers_of(locations.policy, rule)
    for level in sorted(_SPARED & readers.keys()):
        limit = limit_for(level, locked=rule.locked, caring=False)
        if said and not too_hard(why.risk, limit) and not {level, _NEAREST.get(level, level)} & why.readers.keys():
            words = listed(quoted(word) for word in said)
            what = f"{named(rule)} says {words}, so {level} readers, like {quoted(readers[level])}, are told no reason"
            instead = f"write why.readers.{level}, in words for them"
            yield locations.about_rule(rule, _place(locations, rule, None), Code.WORD_TO_AVOID, what, instead)


def _of_the_caring(locations: Locations, rule: Rule, why: Why) -> Iterator[Problem]:
    """Words of a page that cares which name what was looked for: the page says its own in their place."""
    texts = [(why.risk, None), *((text, level) for level, text in why.readers.items())]
    for text, level in texts:
        if said := avoided(text, CARING):
            words = listed(quoted(word) for word in said)
            what = f"{named(rule)} says {words} on a page that cares, which names what was looked for"
            instead = "say something kind, and who will listen; until then the page has words of its own"
            yield locations.about_rule(rule, _place(locations, rule, level), Code.WORD_TO_AVOID, what, instead)


def _place(locations: Locations, rule: Rule, level: Reader | None) -> Loc:
    """Where the text stands that a level reads; None: the common one."""
    document, loc = locations.of_rule(rule, "why")
    if level is None:
        return ("why", "risk")  # where why is a text by itself, its place is found all the same
    keys = document.node_at(*loc, "readers").keys
    written = next((key for key in keys if READER_SYNONYMS.get(key, key) == level), str(level))
    return ("why", "readers", written)
