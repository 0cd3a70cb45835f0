"""Where sealed lists lie: files that carry the proof that nobody changed them, and a register of which there are.

    state/lists/.sealed/register    the lists, the digest of each file, a serial number; with a tag
    state/lists/.sealed/NAME        the marks of a list

The tag is HMAC-SHA-256 under the school's key. A file that was changed, taken away or replaced by an older one does not
fit the register; a register that was changed has no good tag; one that is older has a smaller number.
"""

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from addons.lists.sealed import KINDS, Sealed, marks_of

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_REGISTER: Final = "register"
_MARK: Final = 32


class SealError(Exception):
    """Sealed lists that cannot be made, or that somebody changed; the message names no address."""


@dataclass(frozen=True, slots=True)
class Register:
    """Which lists there are: for each its kind, its number of entries and the digest of its file."""

    serial: int = 0
    salt: bytes = b""
    lists: dict[str, dict[str, Any]] = field(default_factory=dict)


class SealedStore:
    """The sealed lists of a lists folder, under the school's key. Raises SealError."""

    def __init__(self, lists: Path, key: bytes) -> None:
        self.folder = lists / ".sealed"
        self._key = key

    def seal(self, name: str, kind: str, lines: list[str]) -> tuple[int, list[int]]:
        """Put a list under seal in the place of one of that name: its entries, and the lines that are none."""
        if not _NAME.fullmatch(name) or name == _REGISTER:
            raise SealError(f"{name!r} cannot be a sealed list's name; write small letters, digits, - and _")
        if kind not in KINDS:
            raise SealError(f"{kind!r} is no kind; write {' or '.join(KINDS)}")
        with self._locked():
            register = self.register()
            salt = register.salt or secrets.token_bytes(16)
            marks, entries, bad = marks_of(kind, lines, self._key, salt)
            if not entries:
                raise SealError("the file holds nothing of that kind; nothing was changed")
            content = b"".join(sorted(marks))
            _write(self.folder / name, content)
            about = {"kind": kind, "entries": entries, "sha256": hashlib.sha256(content).hexdigest()}
            self._write_register(Register(register.serial + 1, salt, {**register.lists, name: about}))
        return entries, bad

    def unseal(self, name: str) -> None:
        """Take a list away for good."""
        with self._locked():
            register = self.register()
            if name not in register.lists:
                raise SealError(f"there is no sealed list {name!r}")
            left = {one: about for one, about in register.lists.items() if one != name}
            self._write_register(Register(register.serial + 1, register.salt, left))
            (self.folder / name).unlink(missing_ok=True)

    def register(self) -> Register:
        """The register; an empty one where nothing was ever sealed."""
        path = self.folder / _REGISTER
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            if self.folder.is_dir() and any(_NAME.fullmatch(one.name) for one in self.folder.iterdir()):
                raise SealError("the register of sealed lists is gone") from None
            return Register()
        except OSError as error:
            raise SealError(f"the register of sealed lists cannot be read ({error.strerror})") from None
        body, _, tag = content.rpartition(b"\n")
        if not hmac.compare_digest(tag, self._tag(body)):
            raise SealError("the register of sealed lists was changed, or belongs to another key")
        raw = json.loads(body)
        return Register(raw["serial"], bytes.fromhex(raw["salt"]), raw["lists"])

    def open(self, at_least: int = 0) -> tuple[Sealed | None, int]:
        """All lists together (None: there are none) and the register's number, which is not below `at_least`."""
        register = self.register()
        if register.serial < at_least:
            raise SealError("the register of sealed lists is gone, or an older one stands in its place")
        marks: set[bytes] = set()
        for name, about in register.lists.items():
            try:
                content = (self.folder / name).read_bytes()
            except OSError as error:
                raise SealError(f"the sealed list {name} cannot be read ({error.strerror})") from None
            if hashlib.sha256(content).hexdigest() != about["sha256"]:
                raise SealError(f"the sealed list {name} was changed")
            marks.update(content[start : start + _MARK] for start in range(0, len(content), _MARK))
        if not register.lists:
            return None, register.serial
        anywhere = any(about["kind"] == "sha256" for about in register.lists.values())
        return Sealed(self._key, register.salt, frozenset(marks), anywhere), register.serial

    def fingerprint(self) -> tuple[tuple[str, int, int, int], ...]:
        """What changes when a file does."""
        seen = []
        with contextlib.suppress(OSError):
            for path in sorted(self.folder.iterdir()):
                stat = path.stat()
                seen.append((path.name, stat.st_ino, stat.st_size, stat.st_mtime_ns))
        return tuple(seen)

    def _write_register(self, register: Register) -> None:
        raw = {"serial": register.serial, "salt": register.salt.hex(), "lists": register.lists}
        body = json.dumps(raw, sort_keys=True).encode()
        _write(self.folder / _REGISTER, body + b"\n" + self._tag(body))

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self._key, b"register" + body, "sha256").hex().encode()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (self.folder / ".lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise SealError(f"{self.folder} cannot be written ({error.strerror})") from None


def _write(path: Path, content: bytes) -> None:
    """Write a file for its user alone (0600), in one step."""
    handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
