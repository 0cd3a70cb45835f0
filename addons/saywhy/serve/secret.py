"""The key that references and sessions are signed with: made at first start, readable by its user alone."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from saywhy.atomic_files import open_or_make
from saywhy.file_access import why_unreadable

REFERENCES = "references"
RELAY = "relay"
REPLIES = "replies"  # addresses for replies by mail
SESSIONS = "sessions"
TRAIL = "audit-trail"
SEALED_LISTS = "sealed-lists"  # the purpose of the key that sealed lists are kept under
_LENGTH = 32


class SecretError(Exception):
    """The key cannot be used; the message says what to do."""


def ensure_secret(path: Path) -> bytes:
    """The key, made first where there is none. Raises SecretError."""
    try:
        if not path.exists():
            _make(path)
    except OSError as error:
        raise SecretError(f"{path}: the key cannot be made ({error.strerror}); make its folder writable") from None
    return read_secret(path)


def read_secret(path: Path) -> bytes:
    """The key that is there. Raises SecretError."""
    try:
        held = path.read_bytes()
    except OSError as error:
        raise SecretError(f"{why_unreadable(path, error)}; it is the key: run this as its owner, or as root") from None
    if len(held) < _LENGTH:
        raise SecretError(f"{path}: the key is cut short; delete the file so that a new one is made")
    return held


def _make(path: Path) -> None:
    """Whole or not at all: a disk that is full leaves no half of a key. Of two processes the first one counts."""
    aside = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with os.fdopen(open_or_make(aside, os.O_WRONLY | os.O_EXCL), "wb") as file:
            file.write(secrets.token_bytes(_LENGTH))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def derived(secret: bytes, purpose: str) -> bytes:
    """A key of its own for one purpose (HMAC-SHA-256 of the purpose's name), so that none serves for two."""
    return hmac.digest(secret, purpose.encode(), hashlib.sha256)
