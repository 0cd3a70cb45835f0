"""Which format a file is written in, by its name and its first lines."""

import re
from collections.abc import Sequence
from typing import Final

from addons.lists.formats.hosts import is_address
from addons.lists.reading import UnreadableListError

BY_NAME: Final = {"domains": "domains", "urls": "urls", "expressions": "expressions", "hosts": "hosts"}
_MARKS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("adblock", re.compile(r"\[adblock|!|@@|\|\|?[^|]|.*\^(?:\||\$|$)|.*#@?[?$%]{0,2}@?#.")),
    ("dnsmasq", re.compile(r"(?:--)?(?:address|server|local)=/", re.IGNORECASE)),
    ("rpz", re.compile(r"\$(?:TTL|ORIGIN)\b|.*\s(?:CNAME|SOA)\s", re.IGNORECASE)),
    ("v2fly", re.compile(r"(?:domain|full|keyword|regexp|include):|[a-z0-9.-]+\s+@\S", re.IGNORECASE)),
)
_NAME: Final = re.compile(r"(?:\*?\.)?[^\s/|^=$@\\()\[\]]+")
_ADDRESS: Final = re.compile(r"(?:https?://)?[^\s/|^=$@\\()\[\]]+/\S*")


def detect(name: str, lines: Sequence[str]) -> str:
    """The format's name. Raises UnreadableListError with what to give where none fits half of the lines."""
    if name in BY_NAME:
        return BY_NAME[name]
    count: dict[str, int] = {}
    seen = 0
    for line in lines:
        text = line.strip()
        if not text or (text.startswith(("#", ";")) and "##" not in text):
            continue
        seen += 1
        form = _of_line(text)
        count[form] = count.get(form, 0) + 1
    if not seen:
        raise UnreadableListError("it is empty")
    # what only one format writes weighs more than what several could: comments and frames of it are few
    for form in ("rpz", "dnsmasq", "v2fly", "adblock"):
        if count.get(form, 0) * 20 >= seen:
            return form
    best = max(count, key=lambda one: count[one])
    if best == "unknown":
        raise UnreadableListError("its format is not recognised; say which with --format")
    return best


def _of_line(text: str) -> str:
    for form, mark in _MARKS:
        if mark.match(text):
            return form
    fields = text.partition("#")[0].split()
    if len(fields) > 1 and is_address(fields[0]):
        return "hosts"
    bare = fields[0] if len(fields) == 1 else text
    if _NAME.fullmatch(bare):
        return "domains"
    return "urls" if _ADDRESS.fullmatch(bare) else "unknown"
