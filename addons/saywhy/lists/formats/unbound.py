"""Unbound's configuration (unbound.conf(5)): `local-zone: "name" TYPE` and `local-data: "name A 0.0.0.0"`."""

import re
from typing import Final

from saywhy.lists.entry import Found, Kind, Refusal
from saywhy.lists.names import read_listed

_OPTION: Final = re.compile(r"(local-zone|local-data)\s*:\s*(.+)", re.IGNORECASE)
_CLAUSE: Final = re.compile(r"[a-z-]+:", re.IGNORECASE)
_CLOSING: Final = frozenset({
    "deny", "refuse", "static", "redirect", "always_refuse", "always_nxdomain", "always_nodata", "always_null",
    "always_deny", "inform_deny", "inform_redirect",
})  # fmt: skip
_OPENING: Final = frozenset({"transparent", "typetransparent", "always_transparent", "nodefault", "inform"})


def read_unbound(line: str) -> tuple[Found | Refusal, ...]:
    """Read a line. A zone means its name and all below it, with a type that answers as usual an exception; data its name."""
    text = line.partition("#")[0].strip()
    if not text or _CLAUSE.fullmatch(text):  # `server:` begins a part of the file
        return ()
    option = _OPTION.fullmatch(text)
    if option is None:
        return (Refusal("an option that names no addresses to answer for"),)
    fields = option[2].replace('"', " ").replace("'", " ").split()
    if not fields:
        return (Refusal("no name after the option"),)
    name = fields[0].removesuffix(".")
    if option[1].lower() == "local-data":
        return (read_listed(name, Kind.ONLY),)
    kind = fields[1].lower() if len(fields) > 1 else ""
    if kind not in _CLOSING | _OPENING:
        return (Refusal("a local-zone of a type that is not known"),)
    return (read_listed(name, Kind.COVERS, exception=kind in _OPENING),)
