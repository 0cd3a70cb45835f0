"""The index is made from the store, tried, and only then put in the place of the one before."""

from collections.abc import Mapping
from pathlib import Path

from saywhy.lists.compile import Compilation, ListWords
from saywhy.lists.index import open_index
from saywhy.lists.index_file import DamagedIndexError
from saywhy.lists.store import ListError, ListStore, Manifest


def compile_lists(store: ListStore) -> Mapping[str, Manifest]:
    """Compile every list of the store and publish the index. What was compiled, by name.

    Raises ListError and OSError; the index is then as before.
    """
    compilation = Compilation()
    manifests = {name: store.manifest(name) for name in store.names()}
    for name, manifest in manifests.items():
        compilation.add(ListWords(name, manifest.kind, manifest.id, manifest.updated), store.rows(manifest))
    beside = Path(f"{store.index}.new")
    try:
        compilation.write(beside)
        open_index(beside)
        beside.replace(store.index)
    except DamagedIndexError as error:
        raise ListError(f"the lists cannot be compiled, the index before stays: {error}") from None
    finally:
        beside.unlink(missing_ok=True)
    return manifests
