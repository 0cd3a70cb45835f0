"""Which line of a list's source says something: found by reading the one list."""

from saywhy.lists.entry import EXPRESSIONS, NAMES, Kind
from saywhy.lists.names import parts_of, prefix_entry
from saywhy.lists.store import ListStore, Manifest


def origin_of(store: ListStore, manifest: Manifest, entry: str) -> str:
    """`file:line` of the first line that an index's belonging with this entry comes from; empty where none is.

    Raises ListError.
    """
    for mark, place, text in store.rows(manifest):
        if mark[0] == "!":
            continue
        kind = Kind(mark)
        if text == entry and (kind in NAMES or kind in EXPRESSIONS):
            return place
        if kind is Kind.PREFIX and entry.startswith(text.partition("/")[0]) and prefix_entry(*parts_of(text)) == entry:
            return place
    return ""
