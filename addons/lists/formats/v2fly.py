"""v2fly's domain-list-community: `domain:`, `full:`, `keyword:`, `regexp:`, attributes behind `@`, `#` comments."""

import re
from typing import Final

import re2

from addons.lists.entry import Found, Kind, Refusal
from addons.lists.formats.expressions import checked
from addons.lists.names import read_listed

_ATTRIBUTES: Final = re.compile(r"(?:\s+[@&]\S+)+$")


def read_v2fly(line: str) -> tuple[Found | Refusal, ...]:  # noqa: PLR0911 — one return for each form
    """Read a line. Attributes say where a service is or what it does, not what is listed; they are left out."""
    text = _ATTRIBUTES.sub("", line.partition("#")[0].rstrip()).strip()
    if not text:
        return ()
    kind, separator, value = text.partition(":")
    if not separator:
        kind, value = "domain", text
    value = value.strip()
    match kind.strip().lower():
        case "domain":
            return (read_listed(value, Kind.COVERS),)
        case "full":
            return (read_listed(value, Kind.ONLY),)
        case "keyword":
            return (checked(re2.escape(value.lower()), Kind.HOST_EXPRESSION),)
        case "regexp":
            return (checked(value, Kind.HOST_EXPRESSION),)
        case "include":
            return (Refusal("include: another list; add that one as well"),)
    return (Refusal("a kind of rule that is not known"),)
