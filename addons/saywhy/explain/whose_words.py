"""Whose rule it is, told in sentences: the layer, who can change it, and how long it holds."""

from datetime import datetime

from saywhy.explain.whose_rule import Layer, WhoseRule
from saywhy.explain.words import Words


def told_whose(
    whose: WhoseRule, words: Words, now: datetime, *, roles: bool = True, goes_on: bool = False
) -> tuple[str, ...]:
    """The sentences, in the order of the questions; `now` is in the school's time zone.

    `roles` says who can change it, and make exceptions; `goes_on` that people go on by themselves, so nobody makes any.
    """
    said = words.whose
    told = [*said.layers[whose.layer]]
    if whose.layer in (Layer.LAW, Layer.SITE):
        return tuple(told)
    if roles and whose.owner:
        told.append(said.owner.format(owner=whose.owner))
    if roles and whose.opens and not goes_on:
        told.append(said.opens.format(roles=words.joined(whose.opens)))
    elif whose.locked and not goes_on:
        told.append(said.locked)
    return (*told, *_how_long(whose, words, now))


def _how_long(whose: WhoseRule, words: Words, now: datetime) -> list[str]:
    said = words.whose
    told: list[str] = []
    if whose.opens_at is not None:
        told.append(said.opens_at.format(when=words.when(whose.opens_at, now)))
    if whose.ends is not None and whose.ends != whose.opens_at:
        told.append(said.ends.format(when=words.when(whose.ends, now)))
    if not told:
        told.append(said.no_end)
    if whose.review_by is not None:
        told.append(words.common["review_by"].format(date=words.day(whose.review_by)))
    return told
