"""What hides a file from a look at its beginning: emptied codings, names in other writings, several types."""

import gzip
import zlib

import pytest

from tests.wire.filter_process import FilterProcess
from tests.wire.origin import Origin
from tests.wire.test_wire_files import CLOSED, closing, fetched, serve

__all__ = ["closing"]
NOTHING = b"\x00\x00\x00\xff\xff"  # a stored block of deflate without content (RFC 1951 section 3.2.4)
GZIP_HEAD = bytes.fromhex("1f8b08000000000000ff")


def emptied(blocks: int, head: bytes = GZIP_HEAD) -> bytes:
    """A program in gzip's form, behind so many blocks without content."""
    program = CLOSED["programs"][1]
    stored = b"\x01" + len(program).to_bytes(2, "little") + (0xFFFF - len(program)).to_bytes(2, "little") + program
    trailer = zlib.crc32(program).to_bytes(4, "little") + len(program).to_bytes(4, "little")
    return head + NOTHING * blocks + stored + trailer


@pytest.mark.parametrize(
    ("coding", "coded"),
    [
        ("gzip", emptied(10)),
        ("gzip", emptied(20_000)),
        ("gzip", emptied(200_000)),
        ("gzip, gzip", gzip.compress(emptied(7_000))),
        ("gzip", emptied(0, bytes.fromhex("1f8b08080000000000ff") + b"n" * 60_000 + b"\0")),
        ("gzip", gzip.compress(b"") + gzip.compress(CLOSED["programs"][1])),
    ],
    ids=["few blocks", "many blocks", "too many blocks", "twice", "a long name", "a second member"],
)
@pytest.mark.parametrize("pieces", [0, 900])
def test_a_coding_that_yields_nothing_at_first_hides_nothing(
    closing: FilterProcess, origin: Origin, coding: str, coded: bytes, pieces: int
) -> None:
    fields = ("Content-Type: text/plain", f"Content-Encoding: {coding}")
    assert fetched(closing, serve(origin, "notes.txt", coded, *fields, pieces=pieces)).status == 403


def test_a_name_in_the_words_of_mails_is_read_as_browsers_save_it(closing: FilterProcess, origin: Origin) -> None:
    for name in ('"=?UTF-8?B?c2V0dXAuYmF0?="', "=?UTF-8?Q?setup=2Ebat?=", '"=?us-ascii?q?setup.?= =?utf-8?b?YmF0?="'):
        disposition = f"Content-Disposition: attachment; filename={name}"
        closed = serve(origin, "notes", b"@echo off" * 40, "Content-Type: text/plain", disposition)
        assert fetched(closing, closed).status == 403, name


@pytest.mark.parametrize(
    "types",
    [
        ("text/plain", "application/x-msdownload"),
        ("application/x-msdownload", "text/plain"),
        ("text/plain, application/x-msdownload",),
    ],
)
def test_of_several_types_each_counts(closing: FilterProcess, origin: Origin, types: tuple[str, ...]) -> None:
    fields = [f"Content-Type: {one}" for one in types]
    assert fetched(closing, serve(origin, "notes", b"nothing to be told by" * 40, *fields)).status == 403
