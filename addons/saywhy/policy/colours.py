"""Colours as #rrggbb, and how well two of them can be told apart (WCAG 2.2, relative luminance and contrast ratio). Pure."""

import re
from collections.abc import Sequence
from typing import Final

AA: Final = 4.5  # WCAG 2.2, 1.4.3
AAA: Final = 7.0  # 1.4.6
WHITE: Final = "#ffffff"
BLACK: Final = "#000000"
_SHAPE: Final = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_STEPS: Final = 100  # of a way from one colour to another


def read_colour(text: str) -> str:
    """A colour as #rrggbb, from what people write: #1B5E73, 1b5e73, #abc. Raises ValueError."""
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no colour")
    digits = found[1].lower()
    return "#" + ("".join(2 * digit for digit in digits) if len(digits) == 3 else digits)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(part: int) -> float:
    share = part / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    """From 0 (black) to 1 (white)."""
    red, green, blue = map(_linear, _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black and white), whichever comes first."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def least_contrast(colour: str, behind: Sequence[str]) -> float:
    """The contrast to that of several backgrounds which is nearest to it."""
    return min(contrast(colour, one) for one in behind)


def mixed(one: str, other: str, share: float) -> str:
    """What lies between two colours; `share` is how much of the other there is, from 0 to 1."""
    between = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in between)


def towards(colour: str, end: str, behind: Sequence[str], wanted: float) -> str:
    """The first colour on the way to `end` that reaches the wanted contrast to all backgrounds; `end` where none does."""
    ways = (mixed(colour, end, step / _STEPS) for step in range(_STEPS))
    return next((one for one in ways if least_contrast(one, behind) >= wanted), end)


def passing(colour: str, behind: Sequence[str], wanted: float) -> str | None:
    """The nearest colour, darker or lighter, that reaches the wanted contrast; None where neither black nor white does."""
    found = [
        one for end in (BLACK, WHITE) if least_contrast(one := towards(colour, end, behind, wanted), behind) >= wanted
    ]
    return min(found, key=lambda one: _distance(colour, one), default=None)


def ink_on(colour: str) -> str:
    """Black or white: whichever can be read better on a colour."""
    return max((WHITE, BLACK), key=lambda ink: contrast(ink, colour))


def _distance(one: str, other: str) -> int:
    return sum(abs(a - b) for a, b in zip(_parts(one), _parts(other), strict=True))
