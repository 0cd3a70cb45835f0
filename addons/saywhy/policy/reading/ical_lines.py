"""The lines of an iCalendar file (RFC 5545): unfolded, each with its line number, in the components that they stand in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from saywhy.policy.codes import Code
from saywhy.policy.suggest import quoted

MOST_EVENTS: Final = 20_000
_DEEPEST: Final = 8
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_NAME: Final = re.compile(r"[ \t]*([A-Za-z0-9-]+)[ \t]*(?=[;:])")
_AGAIN: Final = "export the calendar again, as iCalendar (.ics)"


class CalendarError(Exception):
    """What is wrong with a calendar file: the line (from 1), what it is, and what to do."""

    def __init__(self, line: int, what: str, instead: str = _AGAIN, code: Code = Code.BAD_CALENDAR_FILE) -> None:
        super().__init__(what)
        self.line = line
        self.what = what
        self.instead = instead
        self.code = code


@dataclass(frozen=True, slots=True)
class Line:
    """One property as it is written, unfolded: its name in capitals, and the first of the lines it stands on."""

    name: str
    text: str
    number: int


@dataclass(slots=True)
class Component:
    """What stands between a BEGIN and its END: VCALENDAR, VEVENT, VTIMEZONE and others."""

    name: str
    number: int
    lines: list[Line] = field(default_factory=list)
    inner: list["Component"] = field(default_factory=list)

    def all(self, name: str) -> list[Line]:
        """The properties of a name."""
        return [line for line in self.lines if line.name == name]


def read_components(content: bytes) -> list[Component]:
    """Every VCALENDAR of a file. Raises CalendarError."""
    building = _Building()
    for text, number in _unfolded(_decoded(content)):
        building.take(text, number)
    if building.open:
        last = building.open[-1]
        raise CalendarError(last.number, f"the file ends before the end of this {last.name}: it was cut off")
    if not building.calendars:
        raise CalendarError(1, "the file is empty")
    return building.calendars


class _Building:
    """Calendars while they are put together, line by line; `open` are those parts whose end has not come yet."""

    def __init__(self) -> None:
        self.calendars: list[Component] = []
        self.open: list[Component] = []
        self._events = 0

    def take(self, text: str, number: int) -> None:
        """Take the next line."""
        found = _NAME.match(text)
        if found is None:
            begun = self.calendars or self.open
            what = "this is no line of a calendar:" if begun else "this is no iCalendar file; it begins with"
            raise CalendarError(number, f"{what} {_shown(text)}")
        name, value = found[1].upper(), text[found.end() + 1 :].strip().upper()
        if name == "BEGIN":
            self._begin(value, text, number)
        elif not self.open:
            raise CalendarError(number, f"this stands outside of every calendar: {_shown(text)}")
        elif name == "END":
            opened = self.open.pop()
            if opened.name != value:
                raise CalendarError(number, f"END:{value} closes what line {opened.number} opens as {opened.name}")
        else:
            self.open[-1].lines.append(Line(name, text.strip(" \t"), number))

    def _begin(self, name: str, text: str, number: int) -> None:
        self._events += name == "VEVENT"
        if self._events > MOST_EVENTS:
            what = f"the file has more than {MOST_EVENTS:,} events"
            raise CalendarError(number, what, "export the calendar of one or two school years", Code.TOO_LARGE)
        if len(self.open) == _DEEPEST:
            raise CalendarError(number, "too many parts lie within one another here")
        if not self.open and name != "VCALENDAR":
            raise CalendarError(number, f"this is no iCalendar file; it begins with {_shown(text)}")
        component = Component(name, number)
        (self.open[-1].inner if self.open else self.calendars).append(component)
        self.open.append(component)


def _shown(text: str) -> str:
    return quoted(text[:60])


def _decoded(content: bytes) -> str:
    nul = content.find(0)
    if nul >= 0:
        raise CalendarError(
            content.count(b"\n", 0, nul) + 1, "a NUL byte", "save the file as text in UTF-8", Code.NOT_UTF8
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CalendarError(line, "a byte that is not UTF-8", "save the file as UTF-8", Code.NOT_UTF8) from None


def _unfolded(text: str) -> Iterator[tuple[str, int]]:
    """Whole lines (section 3.1: one that begins with a space or a tab goes on with the last), and where they begin."""
    pieces: list[str] = []
    begun = 1
    for number, line in enumerate(_LINE_END.split(text), start=1):
        if line[:1] in (" ", "\t") and pieces:
            pieces.append(line[1:])
        elif line.strip():
            if pieces:
                yield "".join(pieces), begun
            pieces, begun = [line], number
    if pieces:
        yield "".join(pieces), begun
