"""What somebody typed who needs a page: an address, the name of an app, or words to look for."""

import re
from dataclasses import dataclass
from typing import Final

from saywhy.policy.address import AddressError, Url, canonical_url
from saywhy.policy.catalogue import App, Catalogue
from saywhy.portal.language import gettext as _

_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]*:", re.IGNORECASE)
_AN_ADDRESS_OF_WEB: Final = re.compile(r"https?://", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[\d.,:/%+-]+")
_QUOTES: Final = "<>\"'“”,;"


class NotAnAddress(Exception):  # noqa: N818 — reads as what it says
    """It is meant as an address, but no web page has it; the message says so to a person."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words to look for, and the app that they name with an address of it, where they name one."""

    text: str
    app: App | None = None
    host: str = ""


def read_address(text: str, catalogue: Catalogue) -> Url | Words:
    """What a text means. Raises NotAnAddress."""
    plain = text.strip().strip(_QUOTES)
    if any(mark.isspace() for mark in plain):  # a sentence may hold an address: "please open https://…"
        inside = next((word.strip(_QUOTES) for word in plain.split() if _AN_ADDRESS_OF_WEB.match(word)), "")
        if not inside:
            return _words(plain, catalogue)
        plain = inside
    scheme = _SCHEME.match(plain)
    if scheme is not None and not plain[scheme.end() :].split("/")[0].isdigit():  # not "localhost:8080"
        if scheme[0].lower() not in ("http:", "https:"):
            raise NotAnAddress(_("Only addresses of web pages can be asked for: they begin with https:// or http://"))
    elif not _looks_like_a_host(plain):
        return _words(plain, catalogue)
    try:
        return canonical_url(plain)
    except AddressError:
        raise NotAnAddress(_("This is not the address of a web page. Check each part of it")) from None


def _looks_like_a_host(plain: str) -> bool:
    host = re.split(r"[/?#]", plain, maxsplit=1)[0]
    if _NUMBER.fullmatch(plain):  # 3.14 is a number, 192.0.2.7 an address
        return host.split(":")[0].count(".") == 3
    return "." in host.strip(".") or ":" in host


def _words(plain: str, catalogue: Catalogue) -> Words:
    said = _bare(plain)
    for app in catalogue.apps.values():
        if said and said in (_bare(app.label), _bare(app.id)):
            names = (
                name
                for name, found in catalogue.names.items()
                if any((one.kind, one.id) == ("app", app.id) for one in found)
            )
            host = next(names, "")
            if host:
                return Words(plain, app, host)
    return Words(plain)


def _bare(text: str) -> str:
    return "".join(mark for mark in text.casefold() if mark.isalnum())
