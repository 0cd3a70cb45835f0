"""A source, brought here: a file, a folder, a tar.gz or a web address becomes files with names.

Sources are other people's: archives are unpacked file by file into a folder of our own, within limits of number and
size; nothing but regular files is taken, wherever their names point to.
"""

import hashlib
import tarfile
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, Final

MOST_BYTES: Final = 2 * 1024**3  # of a download, and of all that an archive unpacks to
MOST_FILES: Final = 20_000
MOST_SECONDS: Final = 1800.0  # of a download
_SILENCE: Final = 30.0  # seconds without a byte
_BLOCK: Final = 256 * 1024
_LAYOUT: Final = frozenset({"domains", "urls", "expressions"})


class FetchError(Exception):
    """The source cannot be had; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What was known when the source was last had: given again, so that nothing is fetched for nothing."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Files by their names within the source. `unchanged`: the server says that nothing is new; there are no files."""

    files: Mapping[str, Path]
    sha256: str = ""
    etag: str = ""
    modified: str = ""
    unchanged: bool = False
    left_out: tuple[str, ...] = ()  # links and devices of an archive


type Progress = Callable[[int, int | None], None]  # bytes had, bytes in all where that is known


def _no_progress(had: int, of: int | None) -> None:
    del had, of


@contextmanager
def fetched(
    source: str, origin: Origin = Origin(), *, checksum: str = "", progress: Progress = _no_progress
) -> Iterator[Fetched]:
    """Have the source while the context lasts. `checksum` is the SHA-256 that its bytes must have. Raises FetchError."""
    with TemporaryDirectory(prefix="saywhy-lists-") as temporary:
        folder = Path(temporary)
        try:
            if source.startswith(("http://", "https://")):
                had = _download(source, origin, folder, checksum, progress)
            else:
                had = _local(Path(source), folder, checksum)
        except (tarfile.TarError, zlib.error, EOFError) as error:
            raise FetchError(f"{source}: the archive is damaged or cut short ({error})") from None
        except OSError as error:
            raise FetchError(f"{source} cannot be read ({error.strerror or error})") from None
        yield had


def squidguard_folders(files: Mapping[str, Path]) -> dict[str, dict[str, Path]]:
    """The folders in the way of squidGuard: those with `domains`, `urls` or `expressions`; by folder, by file."""
    folders: dict[str, dict[str, Path]] = {}
    for name, path in files.items():
        pure = PurePosixPath(name)
        if pure.name in _LAYOUT:
            folders.setdefault(pure.parent.as_posix(), {})[pure.name] = path
    return folders


def _local(path: Path, folder: Path, checksum: str) -> Fetched:
    if path.is_dir():
        if checksum:
            raise FetchError(f"{path} is a folder: a checksum is of one file")
        return _folder(path)
    try:
        sha256 = _sha256(path)
    except OSError as error:
        raise FetchError(f"{path} cannot be read ({error.strerror}); check its name") from None
    return _unpacked(path, path.name, folder, sha256, checksum)


def _folder(path: Path) -> Fetched:
    files: dict[str, Path] = {}
    left_out: list[str] = []
    digest = hashlib.sha256()
    for one in sorted(path.rglob("*")):
        name = one.relative_to(path).as_posix()
        if one.is_symlink():
            left_out.append(name)
        elif one.is_file():
            if len(files) == MOST_FILES:
                raise FetchError(f"{path} holds more than {MOST_FILES} files; name the folder of the lists")
            files[name] = one
            digest.update(f"{name}\0{_sha256(one)}\n".encode("utf-8", "surrogateescape"))
    return Fetched(files, digest.hexdigest(), left_out=tuple(left_out))


def _download(source: str, origin: Origin, folder: Path, checksum: str, progress: Progress) -> Fetched:
    headers = {"User-Agent": "saywhy-lists", "Accept-Encoding": "identity"}
    if origin.etag:
        headers["If-None-Match"] = origin.etag
    if origin.modified:
        headers["If-Modified-Since"] = origin.modified
    target = folder / "download"
    try:
        request = urllib.request.Request(source, headers=headers)  # noqa: S310 — http and https alone come here
        with urllib.request.urlopen(request, timeout=_SILENCE) as response, target.open("wb") as file:  # noqa: S310
            _copy(response, file, source, progress)
            etag, modified = response.headers.get("ETag", ""), response.headers.get("Last-Modified", "")
    except urllib.error.HTTPError as error:
        if error.code == 304:
            return Fetched({}, etag=origin.etag, modified=origin.modified, unchanged=True)
        raise FetchError(f"{source}: the server answers {error.code} {error.reason}") from None
    except (OSError, ValueError) as error:  # URLError is an OSError
        reason = getattr(error, "reason", None) or error
        raise FetchError(f"{source} cannot be fetched ({reason})") from None
    name = PurePosixPath(source.partition("?")[0].rstrip("/")).name
    taken = _unpacked(target, name, folder, _sha256(target), checksum)
    return Fetched(taken.files, taken.sha256, etag, modified, left_out=taken.left_out)


def _copy(response: IO[bytes], file: IO[bytes], source: str, progress: Progress) -> None:
    length = getattr(response, "length", None)
    if length is not None and length > MOST_BYTES:
        raise FetchError(f"{source} is larger than {MOST_BYTES} bytes")
    until = time.monotonic() + MOST_SECONDS
    had = 0
    while block := response.read(_BLOCK):
        had += len(block)
        if had > MOST_BYTES:
            raise FetchError(f"{source} is larger than {MOST_BYTES} bytes")
        if time.monotonic() > until:
            raise FetchError(f"{source} took longer than {MOST_SECONDS / 60:.0f} minutes")
        file.write(block)
        progress(had, length)
    if length is not None and had < length:
        raise FetchError(f"{source} ended after {had} of {length} bytes")


def _unpacked(path: Path, name: str, folder: Path, sha256: str, checksum: str) -> Fetched:
    if checksum and sha256 != checksum.strip().lower():
        raise FetchError(f"{name} has the SHA-256 {sha256}, not {checksum}; have it again, or ask where it comes from")
    if path.stat().st_size and tarfile.is_tarfile(path):
        files, left_out = _archive(path, folder)
        return Fetched(files, sha256, left_out=left_out)
    with path.open("rb") as file:
        if file.read(2) == b"\x1f\x8b":
            raise FetchError(f"{name} is compressed but no tar archive; unpack it first")
    return Fetched({name: path}, sha256)


def _archive(path: Path, folder: Path) -> tuple[dict[str, Path], tuple[str, ...]]:
    files: dict[str, Path] = {}
    left_out: list[str] = []
    total = 0
    with tarfile.open(path, "r:*") as archive:
        for member in archive:
            if member.isdir():
                continue
            pure = PurePosixPath(member.name)
            if not member.isreg() or pure.is_absolute() or ".." in pure.parts:
                left_out.append(member.name)
                continue
            total += member.size
            if len(files) == MOST_FILES or total > MOST_BYTES:
                raise FetchError(f"the archive unpacks to more than {MOST_FILES} files or {MOST_BYTES} bytes")
            content = archive.extractfile(member)
            assert content is not None  # it is a regular file
            target = folder / f"member-{len(files)}"  # under a name of ours
            with target.open("wb") as file:
                while block := content.read(_BLOCK):
                    file.write(block)
            files[pure.as_posix()] = target
    return files, tuple(left_out)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
