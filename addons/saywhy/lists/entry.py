"""What a line of a list says, once read: an entry, or a loss with its reason."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What an entry covers. The values stand in the stored lists."""

    COVERS = "c"  # a name and everything below it
    ONLY = "o"  # that very name
    BELOW = "b"  # everything below the name, not the name
    PREFIX = "p"  # a host (and everything below it), a path and everything below that
    HOST_EXPRESSION = "h"  # RE2, searched for in the host
    URL_EXPRESSION = "u"  # RE2, searched for in scheme://host/path?query


NAMES: Final = frozenset({Kind.COVERS, Kind.ONLY, Kind.BELOW})
EXPRESSIONS: Final = frozenset({Kind.HOST_EXPRESSION, Kind.URL_EXPRESSION})


@dataclass(frozen=True, slots=True)
class Found:
    """An entry as its format gives it: `text` is canonical. An exception takes what it covers out of its own list."""

    kind: Kind
    text: str
    exception: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that a list of categories cannot hold, and why, in a few words without the line's own text."""

    reason: str


@dataclass(frozen=True, slots=True)
class Include:
    """Another file whose entries belong here as well: those with all attributes `having` and with none of `lacking`."""

    name: str
    having: frozenset[str] = frozenset()
    lacking: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Loss:
    """A line, or a part of one, that became no entry. `file` is the name within the source; lines count from 1."""

    file: str
    line: int
    text: str
    reason: str
