"""Whether an expression about host names covers whole domains: tried on names that nothing in it could mean."""

from functools import cache
from typing import Final

import re2

from addons.lists.suffixes import public_suffixes

_LETTERS: Final = "qzvxjwkqzjvxqwzk"
_LABELS: Final = (
    *(_LETTERS[:length] for length in (2, 3, 4, 5, 6, 7, 8, 10, 12, 16)),
    "qzvx-jwkq",
    "qzvx7jw",
    "4qzvxjw",
)
_TOPS: Final = (
    "com",
    "org",
    "net",
    "co.uk",
    "de",
    "fr",
    "io",
    "info",
    "edu",
    "gov.uk",
    "ru",
    "cn",
    "xyz",
    "top",
    "app",
)
_FRONTS: Final = ("", "www.", "zq.vjx.")


def covers_whole_domains(expression: str) -> bool:
    """Whether it is found in names of any make, or in all that stand below some public suffix."""
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    try:
        one, lines = re2.compile(expression, options), re2.compile(f"(?m:{expression})", options)
    except re2.error:
        return True
    if "\\A" not in expression and "\\z" not in expression and lines.search(_all_at_once()) is None:
        return False
    if any(one.search(name) is not None for name in _ordinary_names()):
        return True
    for name, suffix in _below_suffixes().items():
        found = one.search(name)
        # `google` is found below .google, and in other names as well: it is a word there. `^ads?[.]` means no end of a name.
        if found is not None and found.end() == len(name) and one.search(f"qzvx{suffix}vxq.org") is None:
            return True
    return False


@cache
def _ordinary_names() -> tuple[str, ...]:
    return tuple(f"{front}{label}.{top}" for label in _LABELS for top in _TOPS for front in _FRONTS)


@cache
def _below_suffixes() -> dict[str, str]:
    return {f"{_LETTERS}.{suffix}": suffix for suffix in sorted(public_suffixes().names)}


@cache
def _all_at_once() -> str:
    """One name a line: searched in one go, for nearly every expression is found in none of them."""
    return "\n".join((*_ordinary_names(), *_below_suffixes()))
