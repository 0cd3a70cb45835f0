"""Which kinds of file something is: by its name, by its declared type, and by its first bytes. Nothing is unpacked."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from saywhy.policy.address import Url, path_to_compare
from saywhy.policy.file_kinds import FILE_KINDS, MARKS_WITHIN, OLD_OFFICE, OLE, ZIPPED_DOCUMENTS, FileKind, Signature

type Kinds = frozenset[str]  # ids of FILE_KINDS
NO_KINDS: Final[Kinds] = frozenset()


def _kinds_by(signs: Callable[[FileKind], frozenset[str]]) -> Mapping[str, Kinds]:
    """The kinds that have a sign, by each."""
    found: defaultdict[str, Kinds] = defaultdict(frozenset)
    for kind in FILE_KINDS.values():
        for one in signs(kind):
            found[one] |= {kind.id}
    return dict(found)


_BY_EXTENSION: Final = _kinds_by(lambda kind: kind.extensions)
_ATTACHED: Final = _kinds_by(lambda kind: kind.attached)
_BY_TYPE: Final = _kinds_by(lambda kind: kind.types)
# Types whose answers are made as they go and are no file: messages, lines or parts, each of use when it comes.
_LIVE: Final = frozenset({
    "text/event-stream", "multipart/x-mixed-replace", "application/vnd.amazon.eventstream",
    "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonl", "application/jsonlines",
    "application/x-jsonlines", "application/json-seq", "application/stream+json", "application/x-json-stream",
})  # fmt: skip
_LIVE_FAMILIES: Final = (
    "application/grpc",
    "application/connect+",
)  # gRPC, gRPC-Web and Connect, with any coding of messages
PAGE_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
_IN_TEXTS: Final = 512  # bytes: what stands further in does not hold a text back
_AT_THE_START: Final = 16
_BEGINS_A_TEXT: Final = (b"{", b"[", b"<", b'"')
_NOT_IN_TEXTS: Final = frozenset(range(32)) - frozenset(b"\t\n\f\r\x1b")
_BINARY_WITHIN: Final = 64
_ZIP: Final = b"PK\x03\x04"
EVERYWHERE: Final = 1 << 20
FIRST_BYTES: Final = 1 + max(
    one.offset + max(len(one.magic), MARKS_WITHIN if one.holds else _BINARY_WITHIN)
    for kind in FILE_KINDS.values()
    for one in kind.signatures
)


def _by_first_byte(kind: FileKind) -> Mapping[int, tuple[Signature, ...]]:
    """The signatures that a body can have, by its first byte."""
    return {first: tuple(one for one in kind.signatures if one.offset or one.magic[0] == first) for first in range(256)}


_SIGNATURES: Final = {kind.id: _by_first_byte(kind) for kind in FILE_KINDS.values()}
_PARAMETER: Final = re.compile(r"""(?:^|[;\s])filename(\*?\d*\*?)\s*=\s*("(?:\\.|[^"\\])*"?|[^;]*)""", re.IGNORECASE)


def kinds_of_name(name: str, *, attached: bool = False) -> Kinds:
    """By a file's name, as a system that saves it reads it: Windows drops dots and spaces at the end."""
    _, dot, extension = name.rstrip(". \t").rpartition(".")
    if not dot:
        return NO_KINDS
    extension = extension.casefold()
    kinds = _BY_EXTENSION.get(extension, NO_KINDS)
    return kinds | _ATTACHED.get(extension, NO_KINDS) if attached else kinds


def name_in(url: Url) -> str:
    """The file's name in an address: the last part of its path."""
    return path_to_compare(url.path).rpartition("/")[2].partition(";")[0]


def media_type(header: str) -> str:
    """The type in a Content-Type header, without its parameters (RFC 9110 section 8.3.1)."""
    return header.partition(";")[0].partition(",")[0].strip().lower()


def media_types(headers: Iterable[str]) -> list[str]:
    """Every type that Content-Type headers name, where there are several or one names several: readers differ in which they take."""
    return [found for header in headers for one in header.split(",") if (found := media_type(one))]


def kinds_of_type(kind: str) -> Kinds:
    """By a declared media type."""
    return _BY_TYPE.get(kind, NO_KINDS) | _BY_TYPE.get(f"{kind.partition('/')[0]}/", NO_KINDS)


def names_in_disposition(header: str) -> Iterator[str]:
    """Every name that some program could take from a Content-Disposition (RFC 6266, 8187, and 2231 for pieces)."""
    pieces: list[str] = []
    for form, value in _PARAMETER.findall(header):
        plain = re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"')) if value.startswith('"') else value.strip()
        if form.endswith("*"):
            plain = plain.rpartition("'")[2]
        plain = unquote(plain)
        yield plain
        if "=?" in plain and (decoded := _words_decoded(plain)) != plain:
            yield decoded
        if any(sign.isdigit() for sign in form):
            pieces.append(plain)
    if pieces:
        yield "".join(pieces)


def _words_decoded(name: str) -> str:
    """A name in the encoded words of mails (RFC 2047), as browsers take it."""
    try:
        return str(make_header(decode_header(name)))
    except (HeaderParseError, LookupError, ValueError):
        return name


def is_attachment(header: str) -> bool:
    """Whether a Content-Disposition has the answer saved: whatever is not "inline" (RFC 6266 section 4.2)."""
    return bool(header) and header.partition(";")[0].strip().lower() != "inline"


def kinds_of_bytes(
    head: bytes, asked: Kinds, *, ended: bool, deepest: int = EVERYWHERE, office: bool = False
) -> tuple[Kinds, Kinds]:
    """By the first bytes: which of the asked kinds it is, and those that more bytes could still tell.

    Signatures further in than `deepest` are passed over. `office`: the file is called an old Office file, and so is one.
    """
    found: set[str] = set()
    open_still: set[str] = set()
    zipped = head.startswith(_ZIP)
    for kind in FILE_KINDS.values():
        if not (kind.id in asked or (zipped and kind.id != "disk-images")):  # zips are told apart
            continue
        possible = _SIGNATURES[kind.id][head[0]] if head else kind.signatures
        answers = [_matches(one, head, ended=ended) for one in possible if one.offset <= deepest]
        if True in answers:
            found.add(kind.id)
        elif None in answers:
            open_still.add(kind.id)
    if zipped:
        _tell_zips_apart(head, found, open_still, ended=ended)
    if head.startswith(OLE) and not office:
        found.add("programs")  # a Windows installer is such a file as well
    return asked & found, (asked & open_still) - found


def _tell_zips_apart(head: bytes, found: set[str], open_still: set[str], *, ended: bool) -> None:
    """Of a zip that is a document or a program, no archive."""
    if found & {"phone-apps", "browser-extensions"}:
        found.discard("programs")  # these have the same manifest as programs in Java
    if _is_document(head) or found & {"programs", "phone-apps", "browser-extensions"}:
        found.discard("archives")
    elif not ended and len(head) < MARKS_WITHIN:  # such a one may come to light
        found.discard("archives")
        open_still.add("archives")


def is_live(kind: str) -> bool:
    """Whether answers of a declared type are made as they go, perhaps for hours, and are no file."""
    return kind in _LIVE or kind.startswith(_LIVE_FAMILIES) or kind.endswith("+json-seq")


def deepest_for(head: bytes) -> int:
    """How far in signatures are waited for: a text would be held back for what never comes.

    What has a line or a bracket at its beginning is no tar, which begins with a name; a made-up one is told while it passes.
    """
    if not _NOT_IN_TEXTS.isdisjoint(head[:_IN_TEXTS]):
        return EVERYWHERE
    return _AT_THE_START if b"\n" in head[:_IN_TEXTS] or head.startswith(_BEGINS_A_TEXT) else _IN_TEXTS


def is_old_office(name: str) -> bool:
    """Whether a file is called an Office file of before 2007."""
    return name.rstrip(". \t").rpartition(".")[2].casefold() in OLD_OFFICE


def _is_document(head: bytes) -> bool:
    return any(name.startswith(ZIPPED_DOCUMENTS) for name in _zip_names(head))


def _zip_names(head: bytes) -> Iterator[bytes]:
    """The names in the local headers that the beginning of a zip shows (APPNOTE 4.3.7)."""
    at = head.find(_ZIP)
    while at >= 0 and at + 30 <= len(head):
        length = int.from_bytes(head[at + 26 : at + 28], "little")
        yield head[at + 30 : at + 30 + length]
        at = head.find(_ZIP, at + 4)


def _matches(one: Signature, head: bytes, *, ended: bool) -> bool | None:
    """Whether it is there; None where more bytes could tell."""
    there = head[one.offset : one.offset + len(one.magic)]
    if there != one.magic:
        return None if not ended and one.magic.startswith(there) else False
    if one.binary and b"\x00" not in head[:_BINARY_WITHIN]:
        return False if ended or len(head) >= _BINARY_WITHIN else None
    if one.holds and not any(mark in head[:MARKS_WITHIN] for mark in one.holds):
        return False if ended or len(head) >= MARKS_WITHIN else None
    return True


def kinds_of_head(status: int, types: Iterable[str], disposition: str, url: Url) -> Kinds:
    """The kinds of file that an answer's head tells: by its type, the names it gives itself, and its address.

    `types` are the values of its Content-Type fields, `disposition` that of Content-Disposition. A page at an address that ends
    like a file's, a redirection, and an error are not that file.
    """
    told = media_types(types)
    attached = is_attachment(disposition)
    found = frozenset[str]().union(*map(kinds_of_type, told))
    for name in names_in_disposition(disposition):
        found |= kinds_of_name(name, attached=True)
    of_the_address = 200 <= status < 300 or status == HTTPStatus.NOT_MODIFIED
    if of_the_address and (attached or not told or not PAGE_TYPES.issuperset(told)):
        found |= kinds_of_name(name_in(url), attached=attached)
    return found
