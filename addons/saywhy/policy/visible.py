"""Text of others, such as the names of files, where a terminal or a log reads it: in one line, and with nothing hidden."""

import re
from typing import Final

# Control and format characters could move the cursor, begin a new line or hide text.
_UNSHOWABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")  # bytes that are no UTF-8, as Python keeps them


def visible(text: str) -> str:
    """The text with nothing in it that a terminal would act on; a tab becomes one space, so that columns stay."""
    shown = _UNSHOWABLE.sub(lambda found: " " if found[0] == "\t" else "\ufffd", text)
    return _SURROGATES.sub("\ufffd", shown)
