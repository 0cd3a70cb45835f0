"""An explanation as its reader can take it in: no more sentences than their level has, and nothing for grown-ups."""

from dataclasses import replace

from saywhy.explain.explanation import Explanation
from saywhy.explain.reading import PAGE, sentences_in, words_in_sentences
from saywhy.policy.reader import Reader


def fitted(told: Explanation, *, keep_first: bool = False) -> Explanation:
    """The explanation without what its reader is spared and, where it is too long, without what matters least.

    `keep_first` says that the first sentence of what happened tells more than the last.
    """
    spared = _spared(told) if told.spared else told
    most, words = PAGE[told.reader]
    if told.reader is Reader.EASY_READ and any(count > words for count in words_in_sentences(told.would_change)):
        spared = replace(spared, would_change="")
    if _length(spared) > most:
        spared = replace(spared, reassurance="")
    if _length(spared) > most and len(spared.happened) > 1:
        spared = replace(spared, happened=spared.happened[:-1] if keep_first else spared.happened[1:])
    return spared


def _length(told: Explanation) -> int:
    why = told.reason or told.untold
    return sentences_in((told.title, *told.happened, why, told.reassurance, told.asking))


def _spared(told: Explanation) -> Explanation:
    """Without category, app, rule and roles, which the reference tells a teacher."""
    return replace(
        told,
        for_whom="",
        category=None,
        app=None,
        needed_by=(),
        rule=None,
        rule_number=None,
        rule_total=0,
        owner=None,
        decided_by=None,
        decided_on=None,
        review_by=None,
        would_change="",
        answered_by=(),
        layer=None,
        whose=(),
    )
