"""Whose rule it is, told in sentences: the layer, whether there are exceptions, and how long it holds."""

from datetime import datetime

from saywhy.explain.whose_rule import Layer, WhoseRule
from saywhy.explain.words import Words


def told_whose(whose: WhoseRule, words: Words, now: datetime, *, goes_on: bool = False) -> tuple[str, ...]:
    """The sentences; `now` is in the school's time zone. Who can change it, and make exceptions, are facts of their own.

    `goes_on` says that people go on by themselves: nothing is blocked, and there is nothing to except.
    """
    said = words.whose
    told = [*said.layers[Layer.SCHOOL if goes_on and whose.layer is Layer.LIST else whose.layer]]
    if whose.layer in (Layer.LAW, Layer.SITE):
        return tuple(told)
    if whose.locked and not goes_on:
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
