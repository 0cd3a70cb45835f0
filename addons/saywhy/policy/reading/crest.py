"""A school's crest: a PNG or an SVG that every page can carry, and that neither runs nor fetches anything."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from saywhy.policy.look import Crest
from saywhy.policy.suggest import quoted

MOST_CREST_BYTES: Final = 12 * 1024  # in base64 a third more, on a page of at most 40 kB
_SIDES: Final = (16, 1024)  # px
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SVG: Final = "http://www.w3.org/2000/svg"
_LINKS: Final = frozenset({"href", "http://www.w3.org/1999/xlink href"})
_DRAWN: Final = frozenset(
    [
        "svg",
        "g",
        "defs",
        "symbol",
        "use",
        "title",
        "desc",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "mask",
        "pattern",
        "style",
    ]
)
_MOST_PARTS: Final = 2_000
_DEEPEST: Final = 32
_FETCHES: Final = re.compile(r"url\(\s*[\"']?\s*(?!#)|@import|expression\(|javascript:|\\", re.IGNORECASE)


class CrestError(Exception):
    """A picture that cannot be a crest: what is wrong, in which line (of an SVG), and what to do."""

    def __init__(self, what: str, instead: str, line: int = 1) -> None:
        super().__init__(what)
        self.what = what
        self.instead = instead
        self.line = line


def read_crest(content: bytes) -> Crest:
    """The crest in a file's bytes, whatever its name says. Raises CrestError."""
    if len(content) > MOST_CREST_BYTES:
        what = f"it has {len(content) // 1024 + 1} kB, and every page carries it whole"
        raise CrestError(what, f"save it with at most {MOST_CREST_BYTES // 1024} kB, some 96 pixels high")
    if content.startswith(_PNG):
        _check_png(content)
        return Crest("image/png", content)
    if b"<svg" in content:
        _Svg().check(content)
        return Crest("image/svg+xml", content)
    raise CrestError("it is neither PNG nor SVG", "save it as one of these")


def _check_png(content: bytes) -> None:
    """PNG (third edition) section 5: chunks of a length, a name, data and a checksum, from IHDR to IEND."""
    names = []
    for name, data in _chunks(content):
        names.append(name)
        if name == b"IHDR":
            sides = int.from_bytes(data[:4]), int.from_bytes(data[4:8])
            if not all(_SIDES[0] <= side <= _SIDES[1] for side in sides):
                what = f"it is {sides[0]} by {sides[1]} pixels"
                raise CrestError(what, f"save it with {_SIDES[0]} to {_SIDES[1]} pixels on each side")
    if names[:1] != [b"IHDR"] or names[-1:] != [b"IEND"] or b"IDAT" not in names:
        raise _damaged()


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at < len(content):
        length = int.from_bytes(content[at : at + 4])
        whole = content[at + 4 : at + 8 + length]
        if len(whole) != length + 4 or zlib.crc32(whole) != int.from_bytes(content[at + 8 + length : at + 12 + length]):
            raise _damaged()
        yield whole[:4], whole[4:]
        at += 12 + length


def _damaged() -> CrestError:
    return CrestError("it is a PNG that is damaged, or has something after its end", "save it anew")


@dataclass(slots=True)
class _Svg:
    """Reads an SVG from its beginning; only what draws may stand in it (SVG 2)."""

    parser: expat.XMLParserType = field(default_factory=lambda: expat.ParserCreate(namespace_separator=" "))
    within: list[str] = field(default_factory=list)
    parts: int = 0

    def check(self, content: bytes) -> None:
        """Raise CrestError at the first thing that may not be there."""
        parser = self.parser
        parser.StartElementHandler = self._begins
        parser.EndElementHandler = self._ends
        parser.CharacterDataHandler = self._says
        parser.StartDoctypeDeclHandler = self._declares
        parser.ProcessingInstructionHandler = self._instructs
        try:
            parser.Parse(content, True)
        except expat.ExpatError as error:
            what = f"it is no XML: {expat.errors.messages[error.code]}"
            raise CrestError(what, "save it anew as plain SVG", error.lineno) from None

    def _refuse(self, what: str, instead: str) -> CrestError:
        return CrestError(what, instead, self.parser.CurrentLineNumber)

    def _begins(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if space != _SVG or local not in _DRAWN:
            what = f"<{local}> is no part of a plain drawing"
            raise self._refuse(what, "save it as plain SVG, without scripts, pictures inside, animations or notes")
        if not self.within and local != "svg":
            raise self._refuse("it does not begin with <svg>", "save it as plain SVG")
        if not self.within and not ({"viewBox"} <= attributes.keys() or {"width", "height"} <= attributes.keys()):
            raise self._refuse("nobody can tell how large it is", "give its <svg> a viewBox")
        self.within.append(local)
        self.parts += 1
        if len(self.within) > _DEEPEST or self.parts > _MOST_PARTS:
            raise self._refuse("it has more parts than a crest needs", "save a simpler drawing")
        for key, value in attributes.items():
            self._check_attribute(key, value)

    def _check_attribute(self, key: str, value: str) -> None:
        bare = key.rpartition(" ")[2]
        if bare.lower().startswith("on"):
            raise self._refuse(f"{bare} would run something", f"take {bare} out")
        if (key in _LINKS or bare == "src") and not value.strip().startswith("#"):
            raise self._refuse(
                f"{bare} leads to {quoted(value)}", "let it lead to a part of the drawing, or take it out"
            )
        if _FETCHES.search(value):
            raise self._refuse(f"{bare} would fetch or run something", f"take {bare} out")

    def _ends(self, _name: str) -> None:
        self.within.pop()

    def _says(self, text: str) -> None:
        if self.within[-1:] == ["style"] and _FETCHES.search(text):
            raise self._refuse("its style would fetch something", "take that out")

    def _declares(self, *_: object) -> None:
        raise self._refuse("a <!DOCTYPE> stands in it", "take that out")

    def _instructs(self, target: str, _data: str) -> None:
        raise self._refuse(f"<?{target} …?> stands in it", "take that out")
