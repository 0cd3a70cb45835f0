"""AdGuard, ABP and uBlock lists, as far as their rules are about names alone; everything else is a loss.

AdGuard's DNS filtering syntax says what each form covers: `||name^` the name and everything below, `|name^` and a bare
name that name alone, `||*.name^` what is below it, `@@` an exception.
"""

import re
from typing import Final

from saywhy.lists.entry import Found, Kind, Refusal
from saywhy.lists.formats.hosts import is_address, read_hosts
from saywhy.lists.names import read_listed

_COSMETIC: Final = re.compile(r"#@?[?$%]{0,2}@?#|\$\$|\$@\$")
_HARMLESS: Final = frozenset({"important", "all", "document", "doc"})  # they make a rule stronger or say "everything"
_TRAILING_COMMENT: Final = re.compile(r"\s+[!#]\s.*$")
_BARE_NAME: Final = re.compile(r"[^|@*^$/:,=\s]+\.[^|@*^$/:,=\s]+")


def read_adblock(line: str) -> tuple[Found | Refusal, ...]:
    """Read a line."""
    text = line.strip()
    if not text or text.startswith("!") or (text.startswith("[") and text.endswith("]")):
        return ()
    if _COSMETIC.search(text):
        return (Refusal("a rule about parts of pages"),)
    if text.startswith("#"):
        return ()
    text = _TRAILING_COMMENT.sub("", text)
    if is_address(text.split()[0]) and len(text.split()) > 1:
        return read_hosts(text)
    return (_rule(text),)


def _rule(text: str) -> Found | Refusal:  # noqa: PLR0911 — one return for each form
    exception = text.startswith("@@")
    rule = text.removeprefix("@@")
    if rule.startswith("/") and rule.count("/") > 1:
        return Refusal("a rule with a regular expression")
    pattern, separator, modifiers = rule.partition("$")
    if separator:
        for modifier in modifiers.split(","):
            if modifier.strip() not in _HARMLESS:
                return Refusal("a rule with conditions ($…)")
    if pattern.startswith("||"):
        return _anchored(pattern[2:], exception=exception)
    if pattern.startswith("|") and "://" not in pattern:
        name = pattern[1:]
        if not name.endswith("^") or "/" in name:
            return Refusal("a rule about web addresses, not names")
        return read_listed(name[:-1], Kind.ONLY, exception=exception)
    if _BARE_NAME.fullmatch(pattern):
        return read_listed(pattern, Kind.ONLY, exception=exception)
    return Refusal("a rule about web addresses, not names")


def _anchored(body: str, *, exception: bool) -> Found | Refusal:
    name = body.removesuffix("|")
    if "/" in name:
        return Refusal("a rule about web addresses, not names")
    if not name.endswith("^"):
        return Refusal("a name without ^ at its end: it would cover other names that begin so")
    name = name[:-1]
    kind = Kind.COVERS
    if name.startswith("*."):
        kind, name = Kind.BELOW, name[2:]
    return read_listed(name, kind, exception=exception)
