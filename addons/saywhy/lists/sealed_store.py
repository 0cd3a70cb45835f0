"""Where sealed lists lie: files that carry the proof that nobody changed them, and a register of which there are.

    state/lists/.sealed/register    the lists, the digest of each file, a serial number; with a tag
    state/lists/.sealed/NAME        the marks of a list
    state/sealed-copy/              the same once more

The tag is HMAC-SHA-256 under the school's key. A file that was changed, taken away or replaced by an older one does not
fit the register; a register that was changed has no good tag; one that is older has a smaller number than the copy's.
"""

import contextlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from saywhy.atomic_files import locked, make_folder
from saywhy.file_access import user_name
from saywhy.lists.sealed import KINDS, Sealed, marks_of
from saywhy.lists.sealed_folder import REGISTER, Cause, Register, SealedFolder, SealError
from saywhy.policy.own_hosts import SEALED_PATH, TEST_SEALED

_MAY_BE_WHOLE: Final = {
    Cause.DENIED: "run this as the user of the filter, or as root",
    Cause.UNREADABLE: "look at the disk, or put the folder back from a backup",
    Cause.ANOTHER_VERSION: "use the version of Saywhy that sealed them",
}
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Opened:
    """All sealed lists together (None: there are none), the register's number, and what is wrong in one place, if anything."""

    sealed: Sealed | None
    serial: int
    trouble: SealError | None = None


class SealedStore:
    """The sealed lists of a lists folder, under the school's key, and their copy elsewhere. Raises SealError."""

    def __init__(self, lists: Path, key: bytes, copy: Path) -> None:
        self.folder = lists / ".sealed"
        self._key = key
        self._main, self._copy = SealedFolder(self.folder, key), SealedFolder(copy, key)

    def seal(self, name: str, kind: str, lines: list[str], *, anew: bool = False) -> tuple[int, list[int]]:
        """Put a list under seal in the place of one of that name: its entries, and the lines that are none.

        What somebody meddled with is first put right from the copy; `anew` begins without what was there before.
        """
        if not _NAME.fullmatch(name) or name == REGISTER:
            raise SealError(f"{name!r} cannot be a sealed list's name; write small letters, digits, - and _")
        if kind not in KINDS:
            raise SealError(f"{kind!r} is no kind; write {' or '.join(KINDS)}")
        with self._locked():
            self._refuse_unread()
            # whatever number was in force, that of a beginning is higher
            register = Register(serial=int(time.time())) if anew else self._mended()
            salt = register.salt or secrets.token_bytes(16)
            marks, entries, bad = marks_of(kind, lines, self._key, salt)
            if not entries:
                raise SealError("the file holds nothing of that kind; nothing was changed")
            register = replace(register, serial=register.serial + 1, salt=salt)
            for folder in (self._main, self._copy):
                folder.put(register, name, kind, entries, b"".join(sorted(marks)))
        return entries, bad

    def unseal(self, name: str) -> None:
        """Take a list away for good."""
        with self._locked():
            self._refuse_unread()
            register = self._mended()
            if name not in register.lists:
                raise SealError(f"there is no sealed list {name!r}")
            for folder in (self._main, self._copy):
                folder.drop(replace(register, serial=register.serial + 1), name)

    def open(self, at_least: int = 0) -> Opened:
        """What is sealed, from the copy where the lists themselves were meddled with; never below `at_least`."""
        copied, copy_trouble = _read(self._copy)  # first: the lists themselves are written before it
        held, trouble = _read(self._main)
        if held is not None and held[0].serial < max(at_least, 0 if copied is None else copied[0].serial):
            trouble = (
                SealError("an older register of sealed lists stands in the place of the last", Cause.ALTERED)
                if held[0].serial
                else SealError("the register of sealed lists is gone", Cause.MISSING)
            )
            held = None
        if copy_trouble is not None:
            copy_trouble = SealError(f"the copy of the sealed lists: {copy_trouble}", copy_trouble.cause)
        if held is None:
            assert trouble is not None
            if copied is None or copied[0].serial < max(at_least, 1):
                # once the copy can be read, it may put the lists right: that comes first
                raise copy_trouble if copy_trouble and copy_trouble.cause in _MAY_BE_WHOLE else trouble
            held = copied
        register, marks = held
        trouble = trouble or copy_trouble
        if not register.lists:
            return Opened(None, register.serial, trouble)
        anywhere = any(about["kind"] == "sha256" for about in register.lists.values())
        tested, *_ = marks_of("urls", [f"{TEST_SEALED}{SEALED_PATH}"], self._key, register.salt)
        return Opened(Sealed(self._key, register.salt, marks | tested, anywhere), register.serial, trouble)

    def fingerprint(self) -> tuple[object, ...]:
        """What changes when a file does."""
        return self._main.fingerprint(), self._copy.fingerprint()

    def _mended(self) -> Register:
        """The register, after what was meddled with was put right: the lists from the copy, or the copy from them."""
        copied, _ = _read(self._copy)
        held, trouble = _read(self._main)
        if held is None or (copied is not None and copied[0].serial > held[0].serial):
            if copied is None or not copied[0].serial:
                raise SealError(f"{trouble}; --anew seals this list alone and forgets those before")
            self._main.take_over(self._copy)
        elif held[0].serial and copied != held:
            self._copy.take_over(self._main)
        return self._main.register()

    def _refuse_unread(self) -> None:
        """What this user may not read, or the disk does not give, is not lost: nothing is put in its place."""
        for folder in (self._main, self._copy):
            _, trouble = _read(folder)
            if trouble is not None and trouble.cause in _MAY_BE_WHOLE:
                raise SealError(f"{trouble}; nothing was changed: {_MAY_BE_WHOLE[trouble.cause]}", trouble.cause)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            for folder in (self._main, self._copy):
                make_folder(folder.path)
            with locked(self.folder / ".lock"):
                yield
        except PermissionError:
            raise SealError(
                f"{self.folder.parent} cannot be written to by {user_name(os.geteuid())}; "
                "run this as the user of the filter, or as root"
            ) from None
        except OSError as error:
            raise SealError(f"{error.filename or self.folder} cannot be written ({error.strerror})") from None


def _read(folder: SealedFolder) -> tuple[tuple[Register, frozenset[bytes]] | None, SealError | None]:
    """What a folder holds, or what is wrong with it."""
    try:
        return folder.read(), None
    except SealError as error:
        return None, error
