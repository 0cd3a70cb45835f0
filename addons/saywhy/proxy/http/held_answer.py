"""The beginning of an answer, held back while it could be a kind of file that policy closes.

Only where a rule about files could apply. Nothing of the body, and not its head, is passed on before the kinds that rules
ask for are told apart; then it is streamed. What a text, or a live answer, could still turn out to be far inside it is
watched for while it passes, and the answer is broken off there.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from saywhy.decide.file_signs import (
    EVERYWHERE,
    FIRST_BYTES,
    Kinds,
    deepest_for,
    is_live,
    is_old_office,
    kinds_of_bytes,
    kinds_of_head,
    kinds_of_name,
    media_type,
    media_types,
    name_in,
    names_in_disposition,
)
from saywhy.decide.use import HIDDEN_FILE, Use
from saywhy.policy.address import Url
from saywhy.policy.file_kinds import FILE_KINDS
from saywhy.policy.uses import file_use
from saywhy.proxy.http.content_codings import Decoded, UnreadableError, decode, decoders

# A coded body that has yielded too little by then hides what it is: an honest one yields more than it takes.
_MOST_CODED: Final = FIRST_BYTES + 65_536
# Types that say nothing of what a part comes from, or that it is several parts; any other is taken for what it says, as
# players, readers and maps ask for parts all the time.
_GENERAL: Final = frozenset({
    "multipart/byteranges", "application/octet-stream", "application/x-octet-stream", "application/octetstream",
    "binary/octet-stream", "application/binary", "application/x-binary", "application/macbinary", "application/x-macbinary",
    "application/download", "application/x-download", "application/force-download", "application/x-force-download",
    "application/save", "application/save-as", "application/unknown", "application/x-unknown", "content/unknown",
    "unknown/unknown", "application/file", "application/x-file", "application/data", "application/x-data",
})  # fmt: skip
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")  # RFC 6838 section 4.2
ALL_KINDS: Final = frozenset(FILE_KINDS)


@dataclass(frozen=True, slots=True)
class ToldByHead:
    """What the head of an answer tells of a file: its fields' values, several of a name as one but for `types`."""

    status: int
    types: tuple[str, ...]
    disposition: str
    coding: str
    range: str

    @property
    def type(self) -> str:
        """All that stands in Content-Type."""
        return ", ".join(self.types)

    def kinds(self, url: Url) -> Kinds:
        """The kinds of file that it tells, for an answer from there."""
        return kinds_of_head(self.status, self.types, self.disposition, url)


class HeldAnswer:
    """What is known of an answer while it is held. `asked` tells the kinds that policy asks about, at any time."""

    def __init__(self, head: ToldByHead, url: Url, asked: Callable[[], Kinds]) -> None:
        self._kind = media_type(head.type)
        self.live = is_live(self._kind)  # it is passed at once, and watched
        self._by_head = head.kinds(url)
        self._asked = asked
        self._raw = bytearray()
        self._plain = bytearray()
        self._hidden = False
        self._coded = False
        self._taken = 0  # bytes of a coded body
        names = [*names_in_disposition(head.disposition), name_in(url)]
        self._office = any(map(is_old_office, names)) or self._kind in FILE_KINDS["office-macros"].types
        try:
            self._decoders: list[Decoded] = decoders(head.coding)
            self._coded = bool(self._decoders)
        except UnreadableError:
            self._decoders, self._hidden = [], True
        self._middle = False
        if head.status == HTTPStatus.PARTIAL_CONTENT:
            begins = head.range.strip().lower().removeprefix("bytes").lstrip(" =").partition("-")[0]
            self._middle = begins.strip() != "0" or self._kind == "multipart/byteranges"
            self._hidden |= self._middle and not _says_what_it_is(head, names)

    @property
    def by_head(self) -> Use:
        """The use as far as the head tells, for an answer without a body."""
        return Use(frozenset(map(file_use, self._by_head)), settled=True)

    def add(self, piece: bytes) -> None:
        """Take a piece of the body."""
        if self._hidden or self._full:
            return
        self._raw += piece[: FIRST_BYTES - len(self._raw)]
        if not self._coded:
            return
        self._taken += len(piece)
        try:
            self._plain += decode(piece, self._decoders, FIRST_BYTES - len(self._plain))
        except UnreadableError:
            self._hidden = True
        self._hidden |= self._taken > _MOST_CODED and not self._full

    def told(self, *, ended: bool = False) -> Use | None:
        """The use, once what is held tells; None while more of the body is needed. `ended`: no more comes."""
        if self._hidden:
            return HIDDEN_FILE
        if self._middle:
            return self.by_head
        found, waits = self._by_bytes(ended=ended, deepest=EVERYWHERE)
        deepest = deepest_for(self._body())
        if waits and deepest < EVERYWHERE:
            waits = self._by_bytes(ended=ended, deepest=deepest)[1]
        closed = (found | self._by_head) & self._asked()
        if waits and not closed and not self.live:
            return None
        return Use(frozenset(map(file_use, found | self._by_head)), settled=True)

    def watched(self, *, ended: bool = False) -> Use | None:
        """After it was passed: what it has turned out to be, once that is certain; None while it may be more."""
        if self._hidden:
            return HIDDEN_FILE
        if self._middle:
            return self.by_head
        found, waits = self._by_bytes(ended=ended, deepest=EVERYWHERE)
        if waits and not self._full and not found:
            return None
        return Use(frozenset(map(file_use, found | self._by_head)), settled=True)

    @property
    def begins_as_file(self) -> bool:
        """Whether what came of a live answer may be the beginning of a file, and is held after all."""
        return self.live and bool(self._raw) and bool(self._by_bytes(ended=False, deepest=0)[1])

    @property
    def _full(self) -> bool:
        return len(self._plain if self._coded else self._raw) >= FIRST_BYTES

    def _body(self) -> bytes:
        return bytes(self._plain if self._coded else self._raw)

    def _by_bytes(self, *, ended: bool, deepest: int) -> tuple[Kinds, Kinds]:
        # of what is coded, the body as it came counts as well where it is no archive by that coding: a program may not undo it
        full, asked = self._full, self._asked()
        found, waits = kinds_of_bytes(self._body(), asked, ended=ended or full, deepest=deepest, office=self._office)
        if self._coded:
            raw, unsure = kinds_of_bytes(
                bytes(self._raw), asked - {"archives"}, ended=ended or full, deepest=deepest, office=self._office
            )
            return found | raw, waits | unsure
        return found, waits


def _says_what_it_is(head: ToldByHead, names: list[str]) -> bool:
    """Whether a part of an answer tells what it is a part of: by its type, or by a name that is one of a known kind of file."""
    types = media_types(head.types)
    typed = bool(types) and _GENERAL.isdisjoint(types) and all(_MEDIA_TYPE.fullmatch(one) for one in types)
    several = "multipart/byteranges" in types
    return typed or (not several and any(kinds_of_name(name, attached=True) for name in names))
