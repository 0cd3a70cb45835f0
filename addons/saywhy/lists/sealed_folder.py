"""One folder of sealed lists: the files, and the register whose tag says that they are as they were sealed.

A list's file is named after what is in it, and the register is replaced after the file is there: who reads while somebody
seals meets the lists before or those after, never a mixture that would look like meddling.
"""

import contextlib
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from saywhy.atomic_files import write_whole
from saywhy.file_access import why_unreadable

REGISTER: Final = "register"
_LIST: Final = re.compile(r"[a-z0-9][a-z0-9_-]*\.[0-9a-f]{16}")
_TRIES: Final = 5
_MARK: Final = 32
_TAG: Final = re.compile(rb"[0-9a-f]{64}")


class Cause(StrEnum):
    """Why sealed lists cannot be used. Each calls for something else."""

    DENIED = "denied"  # this user may not read them
    UNREADABLE = "unreadable"  # the disk does not give them
    MISSING = "missing"
    DAMAGED = "damaged"  # cut short or blank, as after a power cut
    ALTERED = "altered"  # whole, and not what was sealed
    ANOTHER_VERSION = "another version"  # of Saywhy wrote them


class SealError(Exception):
    """Sealed lists that cannot be made or, for a cause, be read; the message names no address."""

    def __init__(self, what: str, cause: Cause | None = None) -> None:
        super().__init__(what)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Register:
    """Which lists there are: for each its kind, its number of entries and the digest of its file."""

    serial: int = 0
    salt: bytes = b""
    lists: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class SealedFolder:
    """A folder, under the school's key. Raises SealError for what was meddled with, OSError for what cannot be written."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._key = key

    def read(self) -> tuple[Register, frozenset[bytes]]:
        """The register (an empty one where nothing was ever sealed) and the marks of all lists."""
        for _ in range(_TRIES - 1):
            register = self.register()
            try:
                return register, self._marks(register)
            except SealError:
                if self.register() == register:  # nobody seals just now
                    raise
        register = self.register()
        return register, self._marks(register)

    def register(self) -> Register:
        """The register by itself."""
        try:
            content = (self.path / REGISTER).read_bytes()
        except FileNotFoundError:
            if self._holds_lists():
                raise SealError("the register of sealed lists is gone", Cause.MISSING) from None
            return Register()
        except OSError as error:
            raise _unreadable(self.path / REGISTER, error) from None
        body, _, tag = content.rpartition(b"\n")
        if not _TAG.fullmatch(tag):
            raise SealError("the register of sealed lists is cut short", Cause.DAMAGED)
        if not hmac.compare_digest(tag, self._tag(body)):
            raise SealError("the register of sealed lists was changed, or belongs to another key", Cause.ALTERED)
        try:
            raw = json.loads(body)
            return Register(raw["serial"], bytes.fromhex(raw["salt"]), raw["lists"])
        except (ValueError, KeyError, TypeError):
            raise SealError("the register of sealed lists is written in another way", Cause.ANOTHER_VERSION) from None

    def content(self, name: str, about: Mapping[str, Any]) -> bytes:
        """The marks of a list, as they were sealed."""
        try:
            content = self._file(name, about).read_bytes()
        except FileNotFoundError:
            raise SealError(f"the sealed list {name} is gone", Cause.MISSING) from None
        except OSError as error:
            raise _unreadable(self._file(name, about), error) from None
        if hashlib.sha256(content).hexdigest() != about["sha256"]:
            if len(content) % _MARK or not any(content):
                raise SealError(f"the sealed list {name} is cut short", Cause.DAMAGED)
            raise SealError(f"the sealed list {name} was changed", Cause.ALTERED)
        return content

    def put(self, register: Register, name: str, kind: str, entries: int, content: bytes) -> None:
        """Write a list, then the register with it."""
        about = {"kind": kind, "entries": entries, "sha256": hashlib.sha256(content).hexdigest()}
        if not (self.path / REGISTER).exists():  # a list without any register would look like meddling
            self._write(Register())
        write_whole(self._file(name, about), content)
        self._write(replace(register, lists={**register.lists, name: about}))

    def drop(self, register: Register, name: str) -> None:
        """Write the register without a list."""
        self._write(replace(register, lists={one: about for one, about in register.lists.items() if one != name}))

    def take_over(self, other: "SealedFolder") -> None:
        """Hold what another folder holds."""
        register = other.register()
        if not register.serial:
            raise SealError("nothing is sealed there")
        for name, about in register.lists.items():
            write_whole(self._file(name, about), other.content(name, about))
        self._write(register)

    def fingerprint(self) -> tuple[tuple[str, int, int, int], ...]:
        """What changes when a file does, or who may read it."""
        seen = []
        with contextlib.suppress(OSError):
            for path in (self.path, *sorted(self.path.iterdir())):
                stat = path.stat()
                seen.append((path.name, stat.st_ino, stat.st_size, stat.st_ctime_ns))
        return tuple(seen)

    def _holds_lists(self) -> bool:
        try:
            return self.path.is_dir() and any(_LIST.fullmatch(one.name) for one in self.path.iterdir())
        except OSError as error:
            raise _unreadable(self.path, error) from None

    def _marks(self, register: Register) -> frozenset[bytes]:
        contents = (self.content(name, about) for name, about in register.lists.items())
        return frozenset(
            content[start : start + _MARK] for content in contents for start in range(0, len(content), _MARK)
        )

    def _file(self, name: str, about: Mapping[str, Any]) -> Path:
        return self.path / f"{name}.{about['sha256'][:16]}"

    def _write(self, register: Register) -> None:
        """Put the register in force, and take away what it does not name."""
        raw = {"serial": register.serial, "salt": register.salt.hex(), "lists": register.lists}
        body = json.dumps(raw, sort_keys=True).encode()
        write_whole(self.path / REGISTER, body + b"\n" + self._tag(body))
        named = {self._file(name, about) for name, about in register.lists.items()}
        for path in self.path.iterdir():
            if _LIST.fullmatch(path.name) and path not in named:
                path.unlink()

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self._key, b"register" + body, "sha256").hex().encode()


def _unreadable(path: Path, error: OSError) -> SealError:
    denied = isinstance(error, PermissionError)
    return SealError(why_unreadable(path, error), Cause.DENIED if denied else Cause.UNREADABLE)
