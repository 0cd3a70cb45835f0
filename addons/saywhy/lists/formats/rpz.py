"""Response policy zones: a zone file (RFC 1035 section 5) whose owner names are what is listed.

draft-vixie-dnsop-dns-rpz: an owner `name` means that name alone, `*.name` what is below it; `CNAME rpz-passthru.` is an
exception, and so is its older spelling, a name that points to itself (section 3.4); triggers other than a name (rpz-ip, rpz-nsdname, …) have no place in a list of names.
"""

import re
from typing import Final

from saywhy.lists.entry import Found, Kind, Refusal
from saywhy.lists.names import read_listed

_CLASSES: Final = frozenset({"IN", "CH", "HS"})
_TTL: Final = re.compile(r"(?:[0-9]+[smhdw]?)+", re.IGNORECASE)
_FRAME: Final = frozenset({"SOA", "NS"})
_ANSWERS: Final = frozenset({"A", "AAAA", "CNAME", "TXT", "MX", "SRV", "HTTPS", "SVCB", "LOC"})
_TRIGGERS: Final = re.compile(r"\.rpz-(?:ip|client-ip|nsip|nsdname)(?:\.|$)", re.IGNORECASE)


class Zone:
    """Reads one zone, line by line: it remembers the origin, the owner of the line before and open parentheses."""

    def __init__(self) -> None:
        self._zone = ""
        self._origin = ""
        self._owner = ""
        self._open = False

    def read(self, line: str) -> tuple[Found | Refusal, ...]:
        """Read a line."""
        text = _without_comment(line)
        if not text.strip():
            return ()
        if self._open:  # inside the parentheses of the SOA
            self._open = ")" not in text
            return ()
        if text.startswith("$"):
            return self._directive(text)
        fields = text.split()
        if not text[0].isspace():
            self._owner = fields.pop(0)
        while fields and (fields[0].upper() in _CLASSES or _TTL.fullmatch(fields[0])):
            fields.pop(0)
        record = fields[0].upper() if fields else ""
        self._open = "(" in text and ")" not in text
        if record in _FRAME:
            if record == "SOA" and not self._zone:
                self._zone = self._absolute(self._owner)
            return ()
        if record not in _ANSWERS or len(fields) < 2:
            return (Refusal("no record that a policy zone answers with"),)
        return (self._trigger(record, fields[1].lower()),)

    def _directive(self, text: str) -> tuple[Refusal, ...]:
        name, *values = text.split()
        if name.upper() == "$ORIGIN" and values:
            self._origin = self._absolute(values[0].lower())
            self._zone = self._zone or self._origin
            return ()
        if name.upper() == "$TTL":
            return ()
        return (Refusal("a directive that is not followed ($INCLUDE, $GENERATE)"),)

    def _absolute(self, owner: str) -> str:
        if owner == "@":
            return self._origin
        if owner.endswith("."):
            return owner[:-1].lower()
        return f"{owner}.{self._origin}" if self._origin else owner

    def _trigger(self, record: str, target: str) -> Found | Refusal:  # noqa: PLR0911 — one return for each form
        if "\\" in self._owner:
            return Refusal("an escaped name")
        whole = self._absolute(self._owner)
        if self._zone:
            if whole.lower() == self._zone:
                return Refusal("a record of the zone itself")
            if not whole.lower().endswith(f".{self._zone}"):
                return Refusal("a name outside the zone")
            whole = whole[: -len(self._zone) - 1]
        if _TRIGGERS.search(f".{whole}"):
            return Refusal("a trigger other than a name (rpz-ip and its like)")
        if record == "CNAME" and target == "rpz-tcp-only.":
            return Refusal("an answer that only changes the transport (rpz-tcp-only)")
        exception = record == "CNAME" and target in ("rpz-passthru.", f"{whole.lower()}.")
        if whole.startswith("*."):
            return read_listed(whole[2:], Kind.BELOW, exception=exception)
        return read_listed(whole, Kind.ONLY, exception=exception)


def _without_comment(line: str) -> str:
    quoted = False
    for place, mark in enumerate(line):
        if mark == '"':
            quoted = not quoted
        elif mark == ";" and not quoted:
            return line[:place]
    return line
