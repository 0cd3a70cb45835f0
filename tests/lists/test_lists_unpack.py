"""Packed sources: known by what they begin with, unpacked within limits, damaged ones told."""

import bz2
import gzip
import hashlib
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from saywhy.lists import unpack
from saywhy.lists.fetch import FetchError, fetched
from tests.lists.conftest import Origin as Server

TEXT: Final = b"bet.example\npoker.example\n" * 50


def zipped(members: dict[str, bytes], **attributes: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = attributes.get(name.replace("/", "_"), 0) << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def tarred(mode: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        info = tarfile.TarInfo("list.txt")
        info.size = len(TEXT)
        archive.addfile(info, io.BytesIO(TEXT))
    return buffer.getvalue()


PACKED: Final[dict[str, Callable[[], bytes]]] = {
    "gz": lambda: gzip.compress(TEXT, mtime=0),
    "gz in two members": lambda: gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:], mtime=0),
    "xz": lambda: lzma.compress(TEXT),
    "bz2": lambda: bz2.compress(TEXT),
    "zip": lambda: zipped({"list.txt": TEXT}),
    "tar": lambda: tarred("w:"),
    "tar.gz": lambda: tarred("w:gz"),
    "tar.xz": lambda: tarred("w:xz"),
    "tar.bz2": lambda: tarred("w:bz2"),
}


def contents(source: str | Path, checksum: str = "") -> dict[str, bytes]:
    with fetched(str(source), checksum=checksum) as had:
        return {name: path.read_bytes() for name, path in had.files.items()}


@pytest.mark.parametrize("name", ["list.txt", "list.gz", "LIST.TXT.GZ", "download.php", "list.zip"])
@pytest.mark.parametrize("packed", PACKED)
def test_what_it_is_is_seen_by_how_it_begins_whatever_its_name(tmp_path: Path, packed: str, name: str) -> None:
    (tmp_path / name).write_bytes(PACKED[packed]())
    ((_, content),) = contents(tmp_path / name).items()
    assert content == TEXT


def test_a_packed_file_is_called_as_it_is_unpacked(tmp_path: Path) -> None:
    (tmp_path / "domains.xz").write_bytes(lzma.compress(TEXT))
    assert list(contents(tmp_path / "domains.xz")) == ["domains"]


@pytest.mark.parametrize("packed", sorted(set(PACKED) - {"tar", "gz in two members"}))
@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9])
def test_what_is_cut_short_is_an_error(tmp_path: Path, packed: str, cut: float) -> None:
    whole = PACKED[packed]()
    (tmp_path / "list").write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(FetchError, match=r"damaged|cut short"):
        contents(tmp_path / "list")


@pytest.mark.parametrize("packed", ["gz", "xz", "zip", "bz2"])
def test_what_is_damaged_within_is_an_error(tmp_path: Path, packed: str) -> None:
    whole = bytearray(PACKED[packed]())
    for place in range(len(whole) // 3, len(whole) // 2):
        whole[place] ^= 0xFF
    (tmp_path / "list").write_bytes(whole)
    with pytest.raises(FetchError):
        contents(tmp_path / "list")


@pytest.mark.parametrize(
    ("start", "what"),
    [(b"\x28\xb5\x2f\xfd", "Zstandard"), (b"7z\xbc\xaf\x27\x1c", "7-Zip"), (b"Rar!\x1a\x07\0", "RAR")],
)
def test_what_is_packed_in_a_way_that_is_not_read_is_told_by_name(tmp_path: Path, start: bytes, what: str) -> None:
    (tmp_path / "list").write_bytes(start + b"\0" * 100)
    with pytest.raises(FetchError, match=f"{what}.*unpack it first"):
        contents(tmp_path / "list")


@pytest.mark.parametrize("packed", ["gz", "xz", "bz2", "zip", "tar.gz", "tar.xz"])
def test_a_bomb_is_not_unpacked_further_than_may_be(
    tmp_path: Path, packed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "list").write_bytes(PACKED[packed]())
    monkeypatch.setattr(unpack, "MOST_BYTES", len(TEXT) - 1)
    with pytest.raises(FetchError, match="unpacks to more than"):
        contents(tmp_path / "list")


def test_a_zip_gives_regular_files_alone_and_writes_nowhere_else(tmp_path: Path) -> None:
    members = {"bets/domains": TEXT, "../escaped": b"x", "/absolute": b"x", "link": b"/etc/passwd", "__MACOSX/x": b"x"}
    (tmp_path / "list.zip").write_bytes(zipped(members, link=0o120777, bets_domains=0o100644))
    with fetched(str(tmp_path / "list.zip")) as had:
        assert {name: path.read_bytes() for name, path in had.files.items()} == {"bets/domains": TEXT}
        assert set(had.left_out) == {"../escaped", "/absolute", "link"}
    assert not (tmp_path.parent / "escaped").exists()


def test_a_zip_with_a_password_is_told(tmp_path: Path) -> None:
    content = bytearray(zipped({"list.txt": TEXT}))
    content[6] |= 1  # the flags in the local header and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "list.zip").write_bytes(content)
    with pytest.raises(FetchError, match="encrypted"):
        contents(tmp_path / "list.zip")


def raw_deflate(content: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(content) + packing.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT, mtime=0)),
        ("GZip", gzip.compress(TEXT, mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
        ("identity", TEXT),
        ("deflate, gzip", gzip.compress(zlib.compress(TEXT), mtime=0)),
        ("gzip", gzip.compress(lzma.compress(TEXT), mtime=0)),  # a packed file, packed once more on its way
    ],
)
def test_the_encoding_of_a_download_is_undone(origin: Server, coding: str, body: bytes) -> None:
    origin.body, origin.headers = body, {"Content-Encoding": coding}
    assert list(contents(f"{origin.address}/list.txt").values()) == [TEXT]
    assert origin.asked[0]["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    ("coding", "body", "what"),
    [
        ("br", TEXT, "not asked for"),
        ("zstd", TEXT, "not asked for"),
        ("gzip", TEXT, "damaged"),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-9], "cut short"),
        ("deflate", zlib.compress(TEXT)[:-9], "cut short"),
        ("deflate", b"\xff" * 40, "damaged"),
    ],
)
def test_an_encoding_that_cannot_be_undone_is_an_error(origin: Server, coding: str, body: bytes, what: str) -> None:
    origin.body, origin.headers = body, {"Content-Encoding": coding}
    with pytest.raises(FetchError, match=what):
        contents(f"{origin.address}/list.txt")


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_an_encoding_is_undone_within_limits(
    origin: Server, coding: str, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.body, origin.headers = pack(b"\n" * 3_000_000), {"Content-Encoding": coding}
    monkeypatch.setattr(unpack, "MOST_BYTES", 1_000_000)
    with pytest.raises(FetchError, match="unpacks to more than"):
        contents(f"{origin.address}/list.txt")


def test_a_checksum_may_be_of_what_is_sent_or_of_what_it_is(origin: Server) -> None:
    sent = gzip.compress(TEXT, mtime=0)
    origin.body, origin.headers = sent, {"Content-Encoding": "gzip"}
    for content in (sent, TEXT):
        assert contents(f"{origin.address}/list.txt", hashlib.sha256(content).hexdigest())
    with pytest.raises(FetchError, match="SHA-256"):
        contents(f"{origin.address}/list.txt", hashlib.sha256(b"other").hexdigest())
