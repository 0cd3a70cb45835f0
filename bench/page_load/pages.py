"""The pages: 60 small objects and five large ones, at one host or spread over six; a first page, and a second one."""

import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HOSTS: Final = tuple(f"h{number}.page.test" for number in range(1, 7))
LAYOUTS: Final = {"one-host": "All at one host", "six-hosts": "Spread over six hosts"}  # by key, in words
VISITED: Final = ("first", "second")
SMALL: Final = range(1_000, 8_001)  # bytes
_SMALL_KINDS: Final = {"css": 12, "js": 18, "png": 30}
_LARGE: Final = (("js", 300_000), ("js", 450_000), ("png", 600_000), ("png", 800_000), ("png", 1_000_000))
_BLOCKING_SCRIPTS: Final = 4  # in the head; the other ones are deferred
_ELEMENTS: Final = {
    "css": '<link rel="stylesheet" href="{url}">',
    "js": '<script src="{url}"{how}></script>',
    "png": '<img src="{url}" alt="" width="40" height="40">',
}


@dataclass(frozen=True, slots=True)
class Part:
    """One object of a page. `name` is that of its file, whose end says what it is."""

    name: str
    body: bytes

    @property
    def kind(self) -> str:
        """A key of `_ELEMENTS`."""
        return self.name.rpartition(".")[2]


def parts() -> list[Part]:
    """Of every page, the same each time: small ones in mixed sizes, then the large ones."""
    chance = random.Random(1)  # what it gives is the same for all and compresses no further
    wanted = [(kind, chance.choice(SMALL)) for kind, count in _SMALL_KINDS.items() for _ in range(count)]
    return [
        Part(f"{number}.{kind}", _body(kind, size, chance)) for number, (kind, size) in enumerate((*wanted, *_LARGE))
    ]


def document(page: str, layout: str, of: list[Part]) -> bytes:
    """The HTML of a page."""
    head: list[str] = []
    body: list[str] = []
    scripts = 0
    for number, part in enumerate(of):
        host = HOSTS[number % len(HOSTS)] if layout == "six-hosts" else HOSTS[0]
        scripts += part.kind == "js"
        blocks = part.kind == "css" or (part.kind == "js" and scripts <= _BLOCKING_SCRIPTS)
        element = _ELEMENTS[part.kind].format(url=f"https://{host}/{page}/{part.name}", how="" if blocks else " defer")
        (body if part.kind == "png" else head).append(element)
    begins = f'<!DOCTYPE html>\n<title>{page}</title>\n<link rel="icon" href="data:,">'  # no request for an icon
    return "\n".join([begins, *head, "<p>Pictures", *body]).encode()


def address(page: str, layout: str) -> str:
    """Where a page is."""
    return f"https://{HOSTS[0]}/{page}/{layout}.html"


def write(folder: Path) -> dict[str, int]:
    """All files of both pages. Gives how long the body at each path is, in bytes."""
    of = parts()
    sizes = {}
    for page in VISITED:
        (folder / page).mkdir(parents=True)
        documents = (Part(f"{layout}.html", document(page, layout, of)) for layout in LAYOUTS)
        for part in (*of, *documents):
            (folder / page / part.name).write_bytes(part.body)
            sizes[f"/{page}/{part.name}"] = len(part.body)
    return sizes


def _body(kind: str, size: int, chance: random.Random) -> bytes:
    """So many bytes, that are what they say they are; a picture has a few more or less."""
    if kind == "png":
        return _picture(size, chance)
    words = chance.randbytes(size).hex()[: size - 4].encode()
    return b"/*" + words + b"*/"  # a comment in both languages


def _picture(size: int, chance: random.Random) -> bytes:
    """A PNG in grey (W3C PNG, section 11.2) of about so many bytes."""
    width = 50
    height = max(1, (size - 80) // (width + 1))
    rows = b"".join(b"\0" + chance.randbytes(width) for _ in range(height))
    chunks = _chunks(struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0), zlib.compress(rows, 0))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunks(head: bytes, pixels: bytes) -> Iterator[bytes]:
    for name, data in ((b"IHDR", head), (b"IDAT", pixels), (b"IEND", b"")):
        yield struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
