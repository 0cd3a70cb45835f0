"""What is done with an address: read, posted to, uploaded to, or a kind of file fetched. A rule can be for some uses alone.

Uses are conditions, as groups, places and times are: they narrow a rule, whatever it is about.
"""

from typing import Final

from saywhy.policy.criterion import Key
from saywhy.policy.file_kinds import FILE_KINDS
from saywhy.policy.suggest import either

POSTING: Final[Key] = ("posting", "")
UPLOADS: Final[Key] = ("uploads", "")
NO_USES: Final[frozenset[Key]] = frozenset()


def file_use(kind: str) -> Key:
    """The use of fetching a file of this kind."""
    return ("file", kind)


KEYS: Final = ("files", "posting", "uploads")  # of a rule


def written(key: str, uses: frozenset[Key]) -> str:
    """What a rule says by one of KEYS."""
    if key == "files":
        return ", ".join(sorted(name for kind, name in uses if kind == "file")) or "whatever is fetched"
    return "true" if (key, "") in uses else "false"


def named(use: Key) -> str:
    """A use as the decision log has it: "posting", "uploads", "file:programs"."""
    return f"{use[0]}:{use[1]}" if use[1] else use[0]


def read_use(text: str) -> Key | None:
    """The use that the log names so; None where it names none."""
    kind, _, name = text.partition(":")
    use = (kind, name)
    return use if use in FILE_USES or use in {POSTING, UPLOADS} else None


FILE_USES: Final = frozenset(map(file_use, FILE_KINDS))


def uses_of(*, files: tuple[str, ...] = (), posting: bool = False, uploads: bool = False) -> frozenset[Key]:
    """The uses that a rule is narrowed to, any one of which is enough; none: whatever is done."""
    sending = {POSTING} if posting else {UPLOADS} if uploads else set()
    return frozenset((*map(file_use, files), *sending))


def told(uses: frozenset[Key]) -> str:
    """The uses in a sentence: "posting", "files that are archives or programs"; empty where there are none."""
    if POSTING in uses:
        return "posting"
    if UPLOADS in uses:
        return "uploading files"
    kinds = sorted(name for kind, name in uses if kind == "file")
    return f"files that are {either(kinds)}" if kinds else ""
