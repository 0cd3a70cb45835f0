"""Codes and passwords that nobody can guess and everybody can read aloud: Crockford's base 32 in groups of four."""

import secrets
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # https://www.crockford.com/base32.html: no i, l, o, u
_DASHES: Final = "-\u2010\u2011\u2013"  # as keyboards, pages and word processors write them
_LENGTH: Final = 16  # characters of 5 bits: 80 bits
_MISREAD: Final = str.maketrans({"i": "1", "l": "1", "o": "0"})


def readable_code() -> str:
    """A fresh code of 80 bits, like 7k3m9q2xw4tfh5np."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def grouped(code: str) -> str:
    """A code as people read it: 7k3m-9q2x-w4tf-h5np."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def plain_code(text: str) -> str:
    """A code as somebody typed it, brought back: without spaces and dashes, whatever its case."""
    kept = "".join(mark for mark in text.strip().lower() if not mark.isspace() and mark not in _DASHES)
    return kept.translate(_MISREAD)
