"""What was fetched, unpacked: tar and zip archives, and single files in gzip, xz or bzip2, known by what they begin with.

They are other people's: everything is written under names of our own and within limits of number and size, and nothing
but regular files is taken, wherever their names point to.
"""

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, cast

MOST_BYTES: Final = 2 * 1024**3  # of all that an archive unpacks to
MOST_FILES: Final = 20_000
_BLOCK: Final = 256 * 1024
_OPENERS: Final[tuple[tuple[bytes, str, Callable[[Path, str], Any]], ...]] = (
    (b"\x1f\x8b", ".gz", gzip.open),
    (b"\xfd7zXZ\0", ".xz", lzma.open),
    (b"BZh", ".bz2", bz2.open),
)
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_NOT_READ: Final = (  # told by name: they are met in the wild
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x1f\x9d", "compress (.Z)"),
    (b"\x04\x22\x4d\x18", "LZ4"),
)
# What the modules above raise for bytes that are damaged, cut short, encrypted or packed in a way that they do not know.
_DAMAGE: Final = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    gzip.BadGzipFile,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeError,
    ValueError,
    OverflowError,
    MemoryError,  # an xz file says itself how much of it is needed
)


class UnpackError(Exception):
    """The file cannot be unpacked, or to more than is taken; the message says why."""


class _Room:
    """What may still be written, in all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._bytes = 0
        self._files = 0

    def take(self, content: IO[bytes]) -> Path:
        """Write a file under a name of our own, and not a byte more than may be."""
        if self._files == MOST_FILES:
            raise UnpackError(f"it unpacks to more than {MOST_FILES} files")
        path = self.folder / f"unpacked-{self._files}"
        self._files += 1
        with path.open("wb") as file:
            for block in self._blocks(content):
                file.write(block)
        return path

    def drain(self, content: IO[bytes]) -> None:
        """Read what is left for nothing: only at its end does it say whether it was whole."""
        for _ in self._blocks(content):
            pass

    def _blocks(self, content: IO[bytes]) -> Iterator[bytes]:
        while block := content.read(_BLOCK):
            self._bytes += len(block)
            if self._bytes > MOST_BYTES:
                raise UnpackError(f"it unpacks to more than {MOST_BYTES} bytes")
            yield block


def unpacked(path: Path, name: str, folder: Path) -> tuple[dict[str, Path], tuple[str, ...]]:
    """The files in it by their names, and what was left out: links, devices, names that lead elsewhere.

    A file that is not packed is itself. Raises UnpackError, and OSError where `folder` cannot be written.
    """
    with path.open("rb") as file:
        start = file.read(8)
    for magic, what in _NOT_READ:
        if start.startswith(magic):
            raise UnpackError(f"it is packed by {what}, which is not read; unpack it first")
    if not start:
        return {name: path}, ()
    with _told("it"):
        return _taken(path, name, start, _Room(folder))


def _taken(path: Path, name: str, start: bytes, room: _Room) -> tuple[dict[str, Path], tuple[str, ...]]:
    if tarfile.is_tarfile(path):
        return _of_tar(path, room)
    if start.startswith(_ZIP):
        return _of_zip(path, room)
    for magic, ending, opened in _OPENERS:
        if start.startswith(magic):
            with opened(path, "rb") as content:
                return {_without(name, ending): room.take(content)}, ()
    return {name: path}, ()


@contextmanager
def _told(what: str) -> Iterator[None]:
    """What goes wrong while something is unpacked, as UnpackError; but for what the system says of our own files."""
    try:
        yield
    except _DAMAGE as error:
        raise UnpackError(f"{what} is damaged, cut short or encrypted ({error})") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise UnpackError(f"{what} is damaged or cut short ({error})") from None  # bz2 says so


def decoded(path: Path, coding: str, folder: Path) -> Path:
    """A download as it was before its Content-Encoding (RFC 9110 section 8.4): gzip, deflate, one after another.

    Raises UnpackError, and OSError.
    """
    for number, one in enumerate(reversed([part.strip().lower() for part in coding.split(",") if part.strip()])):
        target = folder / f"decoded-{number}"
        target.mkdir()
        with _told(f"its encoding {one!r}"):
            match one:
                case "identity":
                    continue
                case "gzip" | "x-gzip":
                    with gzip.open(path, "rb") as content:
                        path = _Room(target).take(cast("IO[bytes]", content))
                case "deflate":
                    path = _inflated(path, target / "inflated")
                case _:
                    raise UnpackError(f"the server sends it in the encoding {one!r}, which was not asked for")
    return path


def _inflated(path: Path, target: Path) -> Path:
    """RFC 1950 as RFC 9110 has it, or RFC 1951 as some servers send it."""
    with path.open("rb") as file:
        start = file.read(2)
    wrapped = len(start) == 2 and start[0] & 0x0F == 8 and int.from_bytes(start) % 31 == 0
    inflating = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
    had = 0
    with path.open("rb") as file, target.open("wb") as out:
        while not inflating.eof:
            block = inflating.unconsumed_tail or file.read(_BLOCK)
            if not block:
                raise EOFError("it ends before its end")
            plain = inflating.decompress(block, _BLOCK)
            had += len(plain)
            if had > MOST_BYTES:
                raise UnpackError(f"it unpacks to more than {MOST_BYTES} bytes")
            out.write(plain)
    return target


def _of_tar(path: Path, room: _Room) -> tuple[dict[str, Path], tuple[str, ...]]:
    files: dict[str, Path] = {}
    left_out: list[str] = []
    with tarfile.open(path, "r:*") as archive:
        for member in archive:
            if member.isdir():
                continue
            content = archive.extractfile(member) if member.isreg() and _stays(member.name) else None
            if content is None:
                left_out.append(member.name)
            else:
                files[PurePosixPath(member.name).as_posix()] = room.take(content)
        room.drain(cast("IO[bytes]", archive.fileobj))
    return files, tuple(left_out)


def _of_zip(path: Path, room: _Room) -> tuple[dict[str, Path], tuple[str, ...]]:
    files: dict[str, Path] = {}
    left_out: list[str] = []
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.is_dir() or member.filename.startswith("__MACOSX/"):
                continue
            link = member.external_attr >> 16 & 0o170000 not in (
                0,
                0o100000,
            )  # what is neither unsaid nor a regular file
            if link or not _stays(member.filename):
                left_out.append(member.filename)
                continue
            with archive.open(member) as content:
                files[PurePosixPath(member.filename).as_posix()] = room.take(content)
    return files, tuple(left_out)


def _stays(name: str) -> bool:
    """Whether the name of a member leads nowhere else."""
    pure = PurePosixPath(name)
    return bool(pure.parts) and not pure.is_absolute() and ".." not in pure.parts


def _without(name: str, ending: str) -> str:
    shorter = name[: -len(ending)] if name.lower().endswith(ending) else name
    return shorter or name
