"""A host as people read it."""

import unicodedata

import ada_url

from saywhy.policy.address import bracketed

_UNSHOWN = frozenset({"Cf", "Cc", "Cs", "Co", "Cn", "Zl", "Zp"})  # what could reorder or hide the text around it


def shown_host(host: str) -> str:
    """A canonical host for reading: "münchen.example (xn--mnchen-3ya.example)" where its name is not all ASCII.

    Both forms are shown since letters of other alphabets can look like Latin ones; the ASCII form cannot pretend.
    """
    if "xn--" not in host or not host.isascii():
        return bracketed(host)
    named: str = ada_url.idna_to_unicode(host)
    if named == host or any(unicodedata.category(sign) in _UNSHOWN for sign in named):
        return host
    return f"{named} ({host})"
