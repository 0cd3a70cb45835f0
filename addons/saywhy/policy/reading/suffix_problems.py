"""What is said of a name that takes in every site below it: what it would do, and which name was probably cut in two."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, Final

from saywhy.policy.host_fields import would_be_taken
from saywhy.policy.problem import Problem
from saywhy.policy.reading.yaml12 import Document, Loc, Node
from saywhy.policy.suggest import quoted

_DOES: Final = {"allow": "opens", "block": "closes", "caution": "closes", "needs": "opens"}


def suffix_problem(document: Document, loc: Loc, context: Mapping[str, Any]) -> Problem:
    """The problem at a name. One whose dot is a comma (`[bbc,co.uk]`) is one problem, at its first piece."""
    does = next((does for key, does in _DOES.items() if key in loc), "takes in")
    what = context["what"].replace("this takes in", f"this {does}")
    texts, first = _pieces(document, loc)
    if len(texts) > 1 and would_be_taken(".".join(texts)):
        start = (*loc[:-1], first)
        what = f"{quoted(','.join(texts))} is read as {len(texts)} names, and the last one {does} every site that ends in .{texts[-1]}"
        instead = f"write {'.'.join(texts)}, with a dot"
        return document.problem(start, what, instead, code=context["code"])
    return document.problem(loc, what, context["instead"], code=context["code"])


def _pieces(document: Document, loc: Loc) -> tuple[list[str], int]:
    """The names that were one before commas cut it: the one at this place and its neighbours; and the first one's index."""
    here, inner = loc[-1], document.node(loc[:-1]).inner
    if not isinstance(here, int):
        return [], 0
    items = [inner[index] for index in range(len(inner))]
    first = here - len(list(takewhile(lambda index: _belong_together(items, index), range(here - 1, -1, -1))))
    last = here + len(list(takewhile(lambda index: _belong_together(items, index), range(here, len(items) - 1))))
    return [one.text for one in items[first : last + 1]], first


def _belong_together(items: Sequence[Node], index: int) -> bool:
    """Whether an item without a dot has nothing but a comma between it and the next."""
    one, following = items[index], items[index + 1]
    glued = (following.line, following.column) == (one.line, one.column + len(one.text) + 1)
    return glued and "." not in one.text
