"""Whether an expression about host names covers whole domains: tried on names that nothing in it could mean."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import re2

from saywhy.policy.public_suffixes import public_suffixes

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
    ends = "\\A" in expression or "\\z" in expression  # in a text of many lines these mean the text's own
    for name in (*_ordinary_names(), *_below_suffixes()) if ends else _touched(lines):
        found = one.search(name)
        if found is None:
            continue
        suffix = _below_suffixes().get(name)
        if suffix is None:
            return True
        # `google` is found below .google, and in other names as well: it is a word there. `^ads?[.]` means no end of a
        # name, and `tube[.]com$` not all of yourtube.com.
        whole = found.start() <= len(name) - len(suffix) and found.end() == len(name)
        if whole and one.search(f"qzvx{suffix}vxq.org") is None:
            return True
    return False


def _touched(lines: Any) -> Iterator[str]:
    """The names that something was found in, or across: nearly always none."""
    text = _all_at_once()
    for found in lines.finditer(text):
        start = text.rfind("\n", 0, found.start()) + 1
        end = text.find("\n", found.end())
        yield from text[start : len(text) if end < 0 else end].split("\n")


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
