"""Easy-read words for somebody who chose them: as easy to read, and telling no more than the words of their own level would."""

from pydantic import BaseModel

from saywhy.explain.words import Words
from saywhy.policy.reader import Reader


def easy_read_for(words: Words, own: Reader) -> Words:
    """The words of a language whose easy-read level says nothing that a young reader's own level leaves unsaid.

    The young are not told what kind of page it is, among others: there their level's text is empty, so it is empty here.
    """
    if not own.young:
        return words
    mine, easy = words.levels[own], words.levels[Reader.EASY_READ]
    spared = easy.model_copy(
        update={
            "belongs": _no_more_than(mine.belongs, easy.belongs),
            "closed": _no_more_than(mine.closed, easy.closed),
            "caution": _no_more_than(mine.caution, easy.caution),
            "reach": {reason: text if mine.reach[reason] else "" for reason, text in easy.reach.items()},
            "untold": easy.untold if mine.untold else "",
        }
    )
    return words.model_copy(update={"levels": {**words.levels, Reader.EASY_READ: spared}})


def _no_more_than[T: BaseModel](own: T, easy: T) -> T:
    return easy.model_copy(update={name: "" for name, text in own if not text})
