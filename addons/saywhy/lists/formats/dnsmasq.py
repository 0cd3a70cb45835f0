"""dnsmasq's configuration (dnsmasq(8)): `address=/name/…/`, `server=/name/…/` and `local=/name/`."""

from typing import Final

from saywhy.lists.entry import Found, Kind, Refusal
from saywhy.lists.names import read_listed

_NAMING: Final = frozenset({"address", "server", "local"})


def read_dnsmasq(line: str) -> tuple[Found | Refusal, ...]:
    """Read a line. Every name means what is below it as well; `*.name` only that; `server=/name/#` is an exception."""
    text = line.strip()
    if text.startswith("#") or not text:
        return ()
    text = text.split(" #", 1)[0].split("\t#", 1)[0].strip()
    option, separator, value = text.removeprefix("--").partition("=")
    option, value = option.strip(), value.strip()
    if not separator or option not in _NAMING:
        return (Refusal("an option that names no addresses to answer for"),)
    if not value.startswith("/") or value.count("/") < 2:
        return (Refusal("no /name/ after the ="),)
    *names, answer = value[1:].split("/")
    exception = option == "server" and answer.strip() == "#"
    return tuple(_read(name.strip(), exception=exception) for name in names)


def _read(name: str, *, exception: bool) -> Found | Refusal:
    if name == "#":
        return Refusal("# stands for every name")
    if name == "":
        return Refusal("an empty name stands for all names without a dot")
    if name.startswith("*."):
        return read_listed(name[2:], Kind.BELOW, exception=exception)
    return read_listed(name.removeprefix("."), Kind.COVERS, exception=exception)
