"""v2fly's domain-list-community: `domain:`, `full:`, `keyword:`, `regexp:`, `include:`, attributes behind `@`, `#` comments."""

import re
from typing import Final

import re2

from saywhy.lists.entry import Found, Include, Kind, Refusal
from saywhy.lists.formats.expressions import checked
from saywhy.lists.names import read_listed

_MARKS: Final = re.compile(r"(?:\s+[@&]\S+)+$")  # attributes, and the lists that a line belongs to besides
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9!_.-]*")
_EVERYTHING: Final = Include("")


class Selection:
    """Reads the lines of a file of which only some are wanted: those with, or without, certain attributes."""

    def __init__(self, wanted: Include = _EVERYTHING) -> None:
        self._having, self._lacking = wanted.having, wanted.lacking

    def read(self, line: str) -> tuple[Found | Refusal | Include, ...]:  # noqa: PLR0911 — one return for each form
        """Read a line. Attributes say where a service is or what it does: they choose what an `include:` takes."""
        whole = line.partition("#")[0].rstrip()
        marks = _MARKS.search(whole)
        text = (whole if marks is None else whole[: marks.start()]).strip()
        if not text:
            return ()
        attributes = frozenset() if marks is None else frozenset(re.findall(r"\s@(\S+)", marks[0]))
        kind, separator, value = text.partition(":")
        if not separator:
            kind, value = "domain", text
        kind, value = kind.strip().lower(), value.strip()
        if kind == "include":
            return (self._include(value, attributes),)
        if not self._having <= attributes or self._lacking & attributes:
            return ()
        match kind:
            case "domain":
                return (read_listed(value, Kind.COVERS),)
            case "full":
                return (read_listed(value, Kind.ONLY),)
            case "keyword":
                return (checked(re2.escape(value.lower()), Kind.HOST_EXPRESSION),)
            case "regexp":
                return (checked(value, Kind.HOST_EXPRESSION),)
        return (Refusal("a kind of rule that is not known"),)

    def _include(self, name: str, attributes: frozenset[str]) -> Include | Refusal:
        """What another file gives: chosen by the line's own attributes and by those that chose this file."""
        if _FILE.fullmatch(name) is None:
            return Refusal("include: of what cannot be a list's name")
        lacking = frozenset(one[1:] for one in attributes if one.startswith("-"))
        having = frozenset(one for one in attributes if not one.startswith("-"))
        return Include(name, self._having | having, self._lacking | lacking)


def read_v2fly(line: str) -> tuple[Found | Refusal | Include, ...]:
    """Read a line of a file that is wanted whole."""
    return _WHOLE.read(line)


_WHOLE: Final = Selection()
