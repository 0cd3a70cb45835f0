"""The beginning of a coded body, as its reader will have it."""

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.proxy.mitm.content_codings import UnreadableError, decode, decoders

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


@pytest.mark.parametrize("coding", ["zstd", "gzip, zstd", "gzip, gzip, gzip, gzip"])
def test_what_cannot_be_read_is_said_at_once(coding: str) -> None:
    with pytest.raises(UnreadableError):
        decoders(coding)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_what_is_not_coded_so_cannot_be_read(coding: str) -> None:
    with pytest.raises(UnreadableError):
        read(coding, b"\x00no such form" * 30)


def test_what_nobody_knows_is_nobodys_to_undo() -> None:
    assert read("aes128gcm", b"as it is") == b"as it is"
