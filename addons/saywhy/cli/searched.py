"""What the words of a search count, for `saywhy explain` and `saywhy lookup`; nothing else tells them."""

from collections.abc import Iterator
from typing import Any

from saywhy.decide.engine import Engine
from saywhy.decide.searching import Searched
from saywhy.policy.address import Url, path_to_compare, suffixes
from saywhy.policy.searches import Phrase
from saywhy.policy.visible import visible


def searched(engine: Engine, url: Url | None) -> tuple[Searched, ...]:
    """What a URL counts for the categories that are looked for; nothing where it is no search, or has none of their phrases."""
    if url is None:
        return ()
    return engine.lookup.searching.told(tuple(suffixes(url.host)), path_to_compare(url.path), url.query)


def lines_of_search(engine: Engine, url: Url | None) -> Iterator[str]:
    """A line for each category: "self-harm: suicide 10, less film 10 = 0, below 10"."""
    threshold = engine.lookup.searching.threshold
    for one in searched(engine, url):
        counted = ", ".join(f"{visible(phrase.text)} {phrase.weight} ({phrase.place})" for phrase in one.phrases)
        less = one.reduced_by
        reduced = "" if less is None else f", less {visible(less.text)} {-less.weight} ({less.place})"
        reaches = f"reaches {threshold}" if one.score >= threshold else f"is below {threshold}"
        yield f"search, {one.category}: {counted}{reduced}; {one.score} {reaches}"


def search_as_dicts(engine: Engine, url: Url | None) -> list[dict[str, Any]]:
    """The same as plain values."""
    threshold = engine.lookup.searching.threshold
    return [
        {
            "category": one.category,
            "score": one.score,
            "threshold": threshold,
            "phrases": [_phrase(phrase) for phrase in one.phrases],
            "reduced_by": None if one.reduced_by is None else _phrase(one.reduced_by),
        }
        for one in searched(engine, url)
    ]


def _phrase(one: Phrase) -> dict[str, Any]:
    return {"phrase": one.text, "weight": one.weight, "place": one.place}
