"""A source, brought here: a file, a folder, an archive or a web address becomes files with names."""

import hashlib
import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, Final

from saywhy.lists.opener import opener
from saywhy.lists.unpack import MOST_FILES, UnpackError, decoded, unpacked

MOST_BYTES: Final = 2 * 1024**3  # of a download
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
    try:
        temporary = TemporaryDirectory(prefix="saywhy-lists-")
    except OSError as error:
        raise FetchError(f"{source} cannot be had: no temporary folder can be made ({error.strerror})") from None
    with temporary as name:
        folder = Path(name)
        try:
            if source.startswith(("http://", "https://")):
                had = _download(source, origin, folder, checksum, progress)
            else:
                had = _local(Path(source), folder, checksum)
        except OSError as error:
            raise FetchError(f"{source} cannot be had ({error.strerror or error})") from None
        except ValueError as error:  # a NUL in a path
            raise FetchError(f"{source} cannot be had ({error})") from None
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
    headers = {"User-Agent": "saywhy-lists", "Accept-Encoding": "gzip, deflate"}
    if origin.etag:
        headers["If-None-Match"] = origin.etag
    if origin.modified:
        headers["If-Modified-Since"] = origin.modified
    target = folder / "download"
    try:
        request = urllib.request.Request(source, headers=headers)  # noqa: S310 — http and https alone come here
        with opener().open(request, timeout=_SILENCE) as response, target.open("wb") as file:
            _copy(response, file, source, progress)
            etag, modified = response.headers.get("ETag", ""), response.headers.get("Last-Modified", "")
            coding = ", ".join(response.headers.get_all("Content-Encoding", []))
    except urllib.error.HTTPError as error:
        if error.code == 304 and (origin.etag or origin.modified):
            return Fetched({}, etag=origin.etag, modified=origin.modified, unchanged=True)
        raise FetchError(f"{source}: the server answers {error.code} {_in_one_line(error.reason)}") from None
    # URLError is an OSError; HTTPException is what is no HTTP: a bad status line, a head too long, an end too early
    except (OSError, ValueError, http.client.HTTPException) as error:
        if isinstance(error, OSError) and error.filename is not None:  # of our own file
            raise
        raise FetchError(f"{source} cannot be fetched ({_reason(error)})") from None
    try:
        whole = decoded(target, coding, folder) if coding else target
    except UnpackError as error:
        raise FetchError(f"{source}: {error}") from None
    name = PurePosixPath(urllib.parse.urlsplit(source).path.rstrip("/")).name or "list"
    sha256 = _sha256(whole)
    if checksum and whole is not target and _sha256(target) == checksum.strip().lower():
        checksum = ""  # it is of the bytes as they are sent
    taken = _unpacked(whole, name, folder, sha256, checksum)
    return Fetched(taken.files, taken.sha256, etag, modified, left_out=taken.left_out)


def _reason(error: Exception) -> str:
    """Why, in a line: the errors of urllib and http.client are terse, and some quote what the server sent."""
    if isinstance(error, http.client.IncompleteRead):
        return f"it ended after {len(error.partial)} bytes, before its end"
    if isinstance(error, http.client.RemoteDisconnected):
        return "the server hung up without an answer"
    if isinstance(error, http.client.BadStatusLine | http.client.UnknownProtocol):
        return "the server does not answer in HTTP"
    if isinstance(error, TimeoutError):
        return "the server fell silent"
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, TimeoutError):
        return "the server fell silent"
    return _in_one_line(str(reason)) or type(error).__name__


def _in_one_line(text: str) -> str:
    shown = "".join(mark if mark.isprintable() else " " for mark in text)
    return " ".join(shown.split())[:200]


def _copy(response: http.client.HTTPResponse, file: IO[bytes], source: str, progress: Progress) -> None:
    length = response.length
    if length is not None and length > MOST_BYTES:
        raise FetchError(f"{source} is larger than {MOST_BYTES} bytes")
    until = time.monotonic() + MOST_SECONDS
    had = 0
    while block := response.read1(_BLOCK):  # what is there: a server that drips must not outlast the limit
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
    try:
        files, left_out = unpacked(path, name, folder)
    except UnpackError as error:
        raise FetchError(f"{name}: {error}") from None
    return Fetched(files, sha256, left_out=left_out)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
