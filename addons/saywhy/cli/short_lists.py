"""What `saywhy check` says of closed categories that have hardly any names yet, with the command that imports a list."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from saywhy.cli.defaults import DEFAULTS

if TYPE_CHECKING:
    from saywhy.rehearse.few_names import FewNames


def entries_by_category(folder: Path) -> Mapping[str, int]:
    """How many entries the imported lists have, by category; a list that cannot be read has none."""
    from contextlib import suppress

    from saywhy.lists.store import ListError, ListStore

    found: Counter[str] = Counter()
    store = ListStore(folder)
    for name in store.names():
        with suppress(ListError):  # told beside the other lists
            manifest = store.manifest(name)
            if manifest.kind == "category":
                found[manifest.id] += manifest.entries
    return found


def as_lines(few: "Sequence[FewNames]", folder: Path) -> Iterator[str]:
    """A line for each, with what to write; nothing where every closed category has names."""
    from saywhy.lists.ut1 import CATEGORY_OF

    if not few:
        return
    where = "" if folder == DEFAULTS.lists_folder else f" --lists {quote(str(folder))}"
    yield f"Hardly any names are known for these closed categories, so most of such sites are open ({folder} was looked at):"
    for one in few:
        names = "1 name" if one.names == 1 else f"{one.names} names"
        yield f"  {one.category}: {names}; import a list: saywhy lists add NAME SOURCE --category {one.category}{where}"
    if any(one.category in CATEGORY_OF.values() for one in few):
        yield f"  For many of them at once, from a copy of the UT1 lists: saywhy lists add --ut1 SOURCE{where}"
