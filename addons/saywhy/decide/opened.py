"""What somebody says is done with an address: the method, whether files are sent, what file the answer is."""

import re
from dataclasses import replace
from typing import Final

from saywhy.decide.access import Target
from saywhy.decide.file_signs import PAGE_TYPES, kinds_of_name, kinds_of_type, media_type, name_in
from saywhy.decide.use import Use, use_of_request
from saywhy.policy.uses import file_use

_METHOD: Final = re.compile(r"[A-Za-z][A-Za-z-]{0,31}")
_TYPE: Final = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


def read_method(text: str) -> str:
    """A method, in capitals. Raises ValueError: what is wrong; what to write."""
    if _METHOD.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no method; write one like GET or POST")
    return text.upper()


def read_media_type(text: str) -> str:
    """A media type, in small letters. Raises ValueError: what is wrong; what to write."""
    plain = media_type(text)
    if _TYPE.fullmatch(plain) is None:
        raise ValueError(f"{text!r} is no media type; write one like application/zip")
    return plain


def opened_as(target: Target, *, method: str = "", uploads: bool = False, file: str = "", kind: str = "") -> Target:
    """The target, opened so: by a method, sending files, answered with a file of this name and of this media type.

    With a file or a kind, what the answer is is known; without, the answer may still be any kind of file.
    """
    use = target.use
    if method or uploads:
        use = use_of_request(method or "POST", uploads=uploads)
        use = Use(use.certain | {one for one in target.use.certain if one[0] == "file"})
    if file or kind:
        kinds = kinds_of_name(file, attached=True) | kinds_of_type(kind)
        if target.url is not None and (file or kind not in PAGE_TYPES):
            kinds |= kinds_of_name(name_in(target.url))
        sending = frozenset(one for one in use.certain if one[0] != "file")
        use = Use(sending).answered(map(file_use, kinds))
    return replace(target, use=use)
