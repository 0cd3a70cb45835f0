"""A crest is a picture and nothing else: what could run, fetch or swell is refused, with its line."""

import struct
import zlib

import pytest

from saywhy.policy.reading.crest import MOST_CREST_BYTES, CrestError, read_crest

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">{}</svg>'


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int = 64, height: int = 64, *more: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + b"".join(more) + chunk(b"IEND", b"")


def test_pictures_are_known_by_what_they_hold() -> None:
    assert read_crest(png()).media_type == "image/png"
    assert read_crest(png(64, 64, chunk(b"tEXt", b"a\0b"))).media_type == "image/png"
    drawn = SVG.format('<defs><linearGradient id="g"><stop/></linearGradient></defs><path fill="url(#g)" d="M0 0"/>')
    assert read_crest(b'\xef\xbb\xbf<?xml version="1.0"?>\n' + drawn.encode()).media_type == "image/svg+xml"


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("<script>alert(1)</script>", "<script> is no part"),
        ("<foreignObject/>", "<foreignObject> is no part"),
        ('<image href="https://track.example/a.png"/>', "<image> is no part"),
        ('<a href="https://evil.example/"><path/></a>', "<a> is no part"),
        ('<path><animate attributeName="d"/></path>', "<animate> is no part"),
        ('<set attributeName="href" to="javascript:x"/>', "<set> is no part"),
        ('<path onload="x()"/>', "onload would run"),
        ('<path ONCLICK="x()"/>', "ONCLICK would run"),
        ('<use href="https://evil.example/#a"/>', "href leads to"),
        ('<use xmlns:x="http://www.w3.org/1999/xlink" x:href="data:image/svg+xml,x"/>', "href leads to"),
        ('<path fill="url(https://evil.example/#a)"/>', "fill would fetch"),
        ("<path style=\"background: URL( '//evil.example' )\"/>", "style would fetch"),
        ("<style>@import 'https://evil.example/'</style>", "its style would fetch"),
        ("<style>a{b:u\\72l(//evil.example)}</style>", "its style would fetch"),
        ('<x:path xmlns:x="http://www.w3.org/1999/xhtml"/>', "<path> is no part"),
        ('<?xml-stylesheet href="https://evil.example/"?>', "<?xml-stylesheet …?>"),
        ("<g>" * 40 + "</g>" * 40, "more parts"),
        ("<path>", "no XML"),
        ("&undefined;", "no XML"),
    ],
)
def test_what_runs_or_fetches_is_refused_with_its_line(inside: str, said: str) -> None:
    with pytest.raises(CrestError) as raised:
        read_crest(SVG.format(f"\n\n{inside}").encode())
    assert said in raised.value.what
    assert raised.value.line == 3
    assert raised.value.instead


BOMB = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + SVG.format("<title>&b;</title>")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (BOMB.encode(), "<!DOCTYPE>"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "how large"),
        (b"<svg viewBox='0 0 1 1'/>", "<svg> is no part"),
        (b"\xff\xd8\xff\xe0 jpeg", "neither PNG nor SVG"),
        (b"", "neither PNG nor SVG"),
        (b" " * (MOST_CREST_BYTES + 1), "13 kB"),
        (png(8, 64), "8 by 64 pixels"),
        (png(64, 100_000), "64 by 100000 pixels"),
        (png()[:-4], "damaged"),
        (png() + b"<script>", "damaged"),
        (png().replace(b"IDAT", b"IDAX"), "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
    ],
)
def test_what_is_no_crest_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(CrestError) as raised:
        read_crest(content)
    assert said in raised.value.what
