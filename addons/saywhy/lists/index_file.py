"""The file in which all lists are published: its header, its parts, and how damage is noticed.

    magic 8 · version, size of a value, trie, values, words: 8 bytes each · digest of all the rest: 32 · parts

The digest is SHA-256 over the CRC-32 of each chunk of a mebibyte: it is against damage, not against whoever may write the
file, and opening waits for it (4 GB a second instead of 1.7). In version 1 it was over the SHA-256 of larger chunks.

`trie` is a marisa trie (keys to ids), `values` an array of whole numbers by id, `words` JSON for what is small. Written
beside the one before and moved over it, so that a reader has either one or the other.
"""

import hashlib
import mmap
import os
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from saywhy.atomic_files import write_whole

_MAGIC: Final = b"SAYWHYIX"
_VERSION: Final = 2
_VERSIONS: Final = frozenset({1, 2})
_HEAD: Final = struct.Struct("<8s5Q32s")
_PARTS_AT: Final = 128  # the header, filled up: the parts begin at multiples of 8
_CHUNKS: Final = {1: 8 * 1024 * 1024, 2: 1024 * 1024}
VALUE_CODES: Final[dict[int, Literal["B", "H", "I"]]] = {1: "B", 2: "H", 4: "I"}


class DamagedIndexError(Exception):
    """The file is no index that this version of Saywhy wrote whole; the message says so for a technician."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Views into the mapped file: they keep it open as long as they live."""

    trie: memoryview
    values: memoryview  # of whole numbers
    words: bytes


def publish(path: Path, trie: bytes, values: bytes, value_size: int, words: bytes) -> None:
    """Write the index and put it in the place of the one before, in one step. Raises OSError."""
    parts = [_padded(trie), _padded(values), words]
    sizes = struct.pack("<5Q", _VERSION, value_size, len(trie), len(values), len(words))
    body = b"".join(parts)
    head = _HEAD.pack(_MAGIC, _VERSION, value_size, len(trie), len(values), len(words), _digest(_VERSION, sizes, body))
    write_whole(path, head.ljust(_PARTS_AT, b"\0"), body)


def open_parts(path: Path) -> Parts:
    """Map the file and check every byte of it. Raises DamagedIndexError, and OSError where it cannot be opened."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size < _PARTS_AT:
            raise DamagedIndexError(f"{path} is cut short; write it anew with `saywhy lists compile`")
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    magic, version, value_size, trie, values, words, digest = _HEAD.unpack(mapped[: _HEAD.size])
    if magic != _MAGIC or version not in _VERSIONS or value_size not in VALUE_CODES:
        raise DamagedIndexError(f"{path} is no index of this version; write it anew with `saywhy lists compile`")
    values_at = _PARTS_AT + trie + -trie % 8
    words_at = values_at + values + -values % 8
    sizes = struct.pack("<5Q", version, value_size, trie, values, words)
    if words_at + words != len(mapped) or digest != _digest(version, sizes, mapped[_PARTS_AT:]):
        raise DamagedIndexError(f"{path} is damaged; write it anew with `saywhy lists compile`")
    return Parts(
        mapped[_PARTS_AT : _PARTS_AT + trie],
        mapped[values_at : values_at + values].cast(VALUE_CODES[value_size]),
        bytes(mapped[words_at:]),
    )


def _padded(part: bytes) -> bytes:
    return part + b"\0" * (-len(part) % 8)


def _digest(version: int, sizes: bytes, body: bytes | memoryview) -> bytes:
    """What has to stand in the header; chunks are summed beside each other."""
    view = memoryview(body)
    size = _CHUNKS[version]
    chunks = [view[start : start + size] for start in range(0, len(view), size)]
    add_up = _sha256 if version == 1 else _crc32
    if len(chunks) < 2:
        sums = [add_up(chunk) for chunk in chunks]
    else:
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            sums = list(pool.map(add_up, chunks))
    return hashlib.sha256(sizes + b"".join(sums)).digest()


def _sha256(chunk: memoryview) -> bytes:
    return hashlib.sha256(chunk).digest()


def _crc32(chunk: memoryview) -> bytes:
    return zlib.crc32(chunk).to_bytes(4, "little")
