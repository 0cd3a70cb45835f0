"""Where another address stands inside a URL: of a translator, an archive, a cache, an image proxy.

It is data, written as people would show it to one another:

    /translate?u={address}        the value of a parameter, at that path and below it
    /search?q=cache:{address}     the same, behind some fixed text
    /web/*/{address}              the rest of the path, with the query; * is any one segment
    {name}                        in the host, before the carrier's own name, with dashes for dots (example-com)
    {_x_tr_hp}{name}              the same, behind the value of a parameter
"""

import re
from dataclasses import dataclass
from typing import Final

from saywhy.policy.address import AddressError

_NAME: Final = re.compile(r"(?:\{([\w.-]+)\})?\{name\}", re.ASCII)
_PATH: Final = re.compile(r"((?:/[^/{}?#\\%]+)*)/\{address\}")
_PARAMETER: Final = re.compile(r"((?:/[^/{}?#\\%]+)*)/?\?([^{}=&#\s]+)=([^{}&#\s]*)\{address\}")


@dataclass(frozen=True, slots=True)
class AddressPlace:
    """Where an address stands in the URLs of a carrier: in the host, in a parameter or in the path.

    `folders` are the segments before it, folded in case; "*" is any one. `parameter` is that of the address or, with
    `in_host`, of what stands before the name; "" for none.
    """

    text: str
    in_host: bool = False
    folders: tuple[str, ...] = ()
    parameter: str = ""
    prefix: str = ""


def parse_place(text: str) -> AddressPlace:
    """Read a place. Raises AddressError with what to write instead."""
    if found := _NAME.fullmatch(text):
        return AddressPlace(text, in_host=True, parameter=(found[1] or "").casefold())
    if found := _PATH.fullmatch(text):
        return AddressPlace(text, folders=_folders(found[1]))
    if found := _PARAMETER.fullmatch(text):
        return AddressPlace(text, folders=_folders(found[1]), parameter=found[2].casefold(), prefix=found[3].casefold())
    instead = "write it like /translate?u={address}, /web/*/{address} or {name}"
    raise AddressError(f"{text!r} does not say where an address stands; {instead}")


def _folders(path: str) -> tuple[str, ...]:
    return tuple(one.casefold() for one in path.split("/") if one)
