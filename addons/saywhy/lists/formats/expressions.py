"""squidGuard's and UT1's `expressions`: one regular expression a line, without regard to case, searched for in URLs."""

import re2

from saywhy.lists.entry import Found, Kind, Refusal

LONGEST = 8192  # characters; one that is longer is a mistake, and would make every look-up slow


def read_expression(line: str) -> tuple[Found | Refusal, ...]:
    """Read a line. `#` begins a comment only where the line begins: expressions hold it elsewhere."""
    text = line.strip()
    if not text or text.startswith("#"):
        return ()
    return (checked(text, Kind.URL_EXPRESSION),)


def checked(text: str, kind: Kind) -> Found | Refusal:
    """The expression as an entry if RE2 takes it: no look-around, no back references, no end to its work."""
    if len(text) > LONGEST:
        return Refusal(f"an expression longer than {LONGEST} characters")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    try:
        compiled = re2.compile(text, options)
    except re2.error:
        return Refusal("an expression that RE2 does not take (look-around, back references, or not closed)")
    if compiled.search("") is not None:
        return Refusal("an expression that matches everything")
    return Found(kind, text)
