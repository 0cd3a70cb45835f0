"""Which format a file is written in, by its name and its first lines."""

import re
from collections.abc import Sequence
from typing import Final

from saywhy.lists.formats.hosts import is_address
from saywhy.lists.names import is_network
from saywhy.lists.reading import UnreadableListError

BY_NAME: Final = {"domains": "domains", "urls": "urls", "expressions": "expressions", "hosts": "hosts"}
_HEADED: Final = frozenset({"domains", "hosts"})  # names that files of other formats have as well
# What only one format has decides alone where it is the first thing that the file says.
_HEADS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("adblock", re.compile(r"\[[^\]]*(?:adblock|adguard|ublock|ubo)[^\]]*\]|!", re.IGNORECASE)),
    ("rpz", re.compile(r"\$(?:TTL|ORIGIN)\s|\S*\s+(?:\S+\s+){0,2}SOA\s", re.IGNORECASE)),
    ("dnsmasq", re.compile(r"(?:--)?(?:address|server|local)\s*=\s*/", re.IGNORECASE)),
    ("unbound", re.compile(r"server:\s*(?:#|$)|local-(?:zone|data)\s*:", re.IGNORECASE)),
)
_MARKS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    # of v2fly; they decide wherever they are, for lines without a mark mean the same there as in a plain list
    ("v2fly alone", re.compile(r"(?:domain|full|keyword|regexp|include):\s*\S|[a-z0-9.-]+\s+@[a-z!-]", re.IGNORECASE)),
    ("networks", re.compile(r"(?:create|add)\s+\S+\s+\S", re.IGNORECASE)),  # ipset(8): what `ipset save` writes
    ("adblock", re.compile(r"\[adblock|!|@@|\|\|?[^|]|.*\^(?:\||\$|$)|.*#@?[?$%]{0,2}@?#.")),
    ("dnsmasq", re.compile(r"(?:--)?(?:address|server|local)\s*=\s*/", re.IGNORECASE)),
    ("unbound", re.compile(r"local-(?:zone|data)\s*:", re.IGNORECASE)),
    ("rpz", re.compile(r"\$(?:TTL|ORIGIN)\b|.*\s(?:CNAME|SOA)\s", re.IGNORECASE)),
)
_NAME: Final = re.compile(r"(?:\*?\.)?[^\s/|^=$@\\()\[\]]+")
_ADDRESS: Final = re.compile(r"(?:https?://)?[^\s/|^=$@\\()\[\]]+/\S*")


def detect(name: str, lines: Sequence[str]) -> str:
    """The format's name. Raises UnreadableListError with what to give where none fits half of the lines."""
    if name in BY_NAME and not (name in _HEADED and _head(next((one for one in map(_bare, lines) if one), ""))):
        return BY_NAME[name]
    count: dict[str, int] = {}
    first = ""
    for text in filter(None, map(_bare, lines)):
        first = first or text
        form = _of_line(text)
        count[form] = count.get(form, 0) + 1
    if not first:
        raise UnreadableListError("it is empty")
    if (head := _head(first)) or "v2fly alone" in count:
        return head or "v2fly"
    seen = sum(count.values())
    # what only one format writes weighs more than what several could: comments and frames of it are few
    for form in ("rpz", "dnsmasq", "unbound", "adblock"):
        if count.get(form, 0) * 20 >= seen:
            return form
    if count.pop("networks", 0) == seen:
        raise UnreadableListError(
            "it holds networks of addresses and nothing else; a list is of names and web addresses, and a firewall is "
            "the place for networks"
        )
    best = max(count, key=lambda one: count[one])
    if best == "unknown":
        raise UnreadableListError("its format is not recognised; say which with --format")
    return best


def _bare(line: str) -> str:
    """The line without what is around it; empty for a comment."""
    text = line.strip()
    return "" if text.startswith(("#", ";")) and "##" not in text else text


def _head(first: str) -> str:
    return next((form for form, mark in _HEADS if mark.match(first)), "")


def _of_line(text: str) -> str:
    marked = next((form for form, mark in _MARKS if mark.match(text)), "")
    if marked:
        return marked
    fields = re.split("[#;]", text, maxsplit=1)[0].split()
    if len(fields) > 1 and is_address(fields[0]):
        return "hosts"
    bare = fields[0] if len(fields) == 1 else text
    if is_network(bare):
        return "networks"
    if _NAME.fullmatch(bare):
        return "domains"
    return "urls" if _ADDRESS.fullmatch(bare) else "unknown"
