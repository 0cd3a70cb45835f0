"""The beginning of a coded body, as its reader will have it."""

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.proxy.http.content_codings import UnreadableError, decode, decoders

MOST = 4_096
CODINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "gzip, br": lambda body: brotli.compress(gzip.compress(body)),
    "br, gzip, deflate": lambda body: zlib.compress(gzip.compress(brotli.compress(body))),
}
# A stored block of deflate without content (RFC 1951 section 3.2.4), and one that says it is the last.
NOTHING, LAST = b"\x00\x00\x00\xff\xff", b"\x01\x00\x00\xff\xff"
GZIP_HEAD = bytes.fromhex("1f8b08000000000000ff")


def read(coding: str, *pieces: bytes) -> bytes:
    chain = decoders(coding)
    found = b""
    for piece in pieces:
        found += decode(piece, chain, MOST - len(found))
    return found


@given(st.sampled_from(sorted(CODINGS)), st.binary(max_size=3_000), st.integers(1, 400))
def test_it_is_what_was_coded_however_it_is_cut(coding: str, body: bytes, size: int) -> None:
    coded = CODINGS[coding](body)
    assert read(coding, *(coded[at : at + size] for at in range(0, len(coded), size))) == body[:MOST]


def test_no_more_is_read_than_is_looked_at() -> None:
    assert read("gzip", gzip.compress(bytes(10_000_000))) == bytes(MOST)


def test_gzip_goes_on_after_its_end_where_another_begins() -> None:
    both = gzip.compress(b"") + gzip.compress(b"MZ") + gzip.compress(b"\x90")
    assert read("gzip", both) == b"MZ\x90"
    assert read("gzip", both[:25], both[25:]) == b"MZ\x90"
    assert read("gzip", gzip.compress(b"a") + b"what some servers leave behind") == b"a"


def test_blocks_without_content_hide_nothing() -> None:
    stored = NOTHING * 7_000 + b"\x00\x02\x00\xfd\xffMZ" + LAST
    assert read("gzip", GZIP_HEAD + stored) == b"MZ"
    assert read("gzip, gzip", gzip.compress(GZIP_HEAD + stored)) == b"MZ"


def test_what_becomes_too_much_between_two_codings_is_read_no_further() -> None:
    with pytest.raises(UnreadableError):
        read("gzip, gzip", gzip.compress(GZIP_HEAD + NOTHING * 300_000))


@pytest.mark.parametrize("behind", [b"\x1f", b"\x1f\x8b", b"\x1fjunk", b"junk", b"\x1f\x8b\x07" + bytes(20), bytes(5)])
@pytest.mark.parametrize("size", [1, 20, 1_000])
def test_what_stands_behind_a_gzip_is_passed_over(behind: bytes, size: int) -> None:
    coded = gzip.compress(b"a page") + behind
    assert read("gzip", *(coded[at : at + size] for at in range(0, len(coded), size))) == b"a page"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_wrong_checksum_is_passed_over_as_browsers_do(coding: str) -> None:
    coded = CODINGS[coding](b"a page" * 99)
    assert read(coding, coded[:-4] + bytes(4)) == b"a page" * 99
    assert read(coding, coded[:-3]) == b"a page" * 99


@pytest.mark.parametrize("flags", range(32))
@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_a_head_of_gzip_with_all_that_may_stand_in_it(flags: int, size: int) -> None:
    head = bytes([0x1F, 0x8B, 8, flags]) + GZIP_HEAD[4:]
    head += b"\x03\x00abc" if flags & 4 else b""
    head += b"name\0" if flags & 8 else b""
    head += b"comment\0" if flags & 16 else b""
    head += zlib.crc32(head).to_bytes(4, "little")[:2] if flags & 2 else b""
    coded = head + gzip.compress(b"a page")[10:]
    assert read("gzip", *(coded[at : at + size] for at in range(0, len(coded), size))) == b"a page"
    assert zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(coded) == b"a page"


def test_a_head_that_does_not_end_cannot_be_read() -> None:
    with pytest.raises(UnreadableError):
        read("gzip", bytes([0x1F, 0x8B, 8, 8]) + b"n" * 200_000)


def test_what_stands_behind_the_name_of_a_coding_is_passed_over() -> None:
    assert read("gzip;q=1", gzip.compress(b"a page")) == b"a page"
    assert read("GZIP ; q=0.5, br", brotli.compress(gzip.compress(b"a page"))) == b"a page"


@pytest.mark.parametrize("coding", ["zstd", "dcb", "dcz;q=1", "gzip, zstd", "gzip, gzip, gzip, gzip"])
def test_what_cannot_be_read_is_said_at_once(coding: str) -> None:
    with pytest.raises(UnreadableError):
        decoders(coding)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_what_is_not_coded_so_cannot_be_read(coding: str) -> None:
    with pytest.raises(UnreadableError):
        read(coding, b"\x00no such form" * 30)


def test_what_nobody_knows_is_nobodys_to_undo() -> None:
    assert read("aes128gcm", b"as it is") == b"as it is"
