"""From a file's bytes to entries and losses, every line accounted for."""

import codecs
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from saywhy.lists.entry import Found, Include, Kind, Loss, Refusal
from saywhy.lists.formats import FORMATS, LineReader
from saywhy.lists.formats.v2fly import Selection
from saywhy.lists.held_back import ANY_HOST, NOTHING_CONFIRMED, Confirmed, is_confirmed, why_held_back

MOST_LOSSES_KEPT: Final = 100  # with their lines; beyond that they are counted by reason
MOST_HELD_KEPT: Final = 1_000
LOSSES_KEPT_OF_A_REASON: Final = 10  # whatever came before: a rare reason must not drown in a frequent one
_LONGEST_LINE: Final = 65_536
_MOST_INCLUDES: Final = 2_000
_LONGEST_SHOWN: Final = 80
_OTHER_ENCODINGS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class UnreadableListError(Exception):
    """A source that holds no list; the message says what it holds instead and what to do."""


@dataclass(slots=True)
class Report:
    """What became of the lines. Lines = `blank` + `repeats` + entries + losses, where each line holds one thing.

    `found` counts by kind (the value of `Kind`) and exceptions by "!". What is held back until somebody confirms it counts
    as a loss; `confirmed` are the suffixes that were taken because somebody had.
    """

    lines: int = 0
    blank: int = 0  # comments too, lines that include others, and those that an include does not choose
    repeats: int = 0
    found: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    losses: list[Loss] = field(default_factory=list)
    held: list[Loss] = field(default_factory=list)  # their text is the entry's
    confirmed: set[str] = field(default_factory=set)
    at_any_host: int = 0  # expressions that name no host and were taken because somebody confirmed them

    @property
    def entries(self) -> int:
        """How many entries there are."""
        return self.found.total()

    def lose(self, file: str, line: int, text: str, reason: str) -> None:
        """Note a loss; the first of them with their lines."""
        self.lost[reason] += 1
        if len(self.losses) < MOST_LOSSES_KEPT or self.lost[reason] <= LOSSES_KEPT_OF_A_REASON:
            self.losses.append(Loss(file, line, _shown(text), reason))

    def hold_back(self, file: str, line: int, entry: str, reason: str) -> None:
        """Note an entry that nobody confirmed."""
        self.lost[reason] += 1
        if len(self.held) < MOST_HELD_KEPT:
            self.held.append(Loss(file, line, _shown(entry), reason))


def _shown(text: str) -> str:
    shown = text.strip()
    shown = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"
    return shown.encode("utf-8", "replace").decode()


type Beside = Callable[[str], Path | None]  # the file of another list by its name, where that is at hand


def _nothing_beside(_: str) -> None:
    return None


def read_file(
    path: Path,
    name: str,
    form: str,
    report: Report,
    seen: set[str],
    beside: Beside = _nothing_beside,
    confirmed: Confirmed = NOTHING_CONFIRMED,
) -> Iterator[tuple[Found, str]]:
    """Each entry of a file with its place (`file:line`), those in `seen` left out; the report is filled on the way.

    `seen` holds the entries of the list so far (it may have several files). Raises UnreadableListError and OSError.
    """
    yield from _Reading(report, seen, beside, confirmed).read(path, name, FORMATS[form]())


@dataclass(frozen=True, slots=True)
class _Reading:
    report: Report
    seen: set[str]
    beside: Beside
    confirmed: Confirmed
    included: set[Include] = field(default_factory=set)

    def read(self, path: Path, name: str, read: LineReader) -> Iterator[tuple[Found, str]]:
        """The entries of a file, and of those it includes."""
        report, seen = self.report, self.seen
        for number, line in _lines(path):
            report.lines += 1
            if line is None:
                report.lose(name, number, "", f"longer than {_LONGEST_LINE} characters")
                continue
            if not line.isascii() and any("\udc80" <= mark <= "\udcff" for mark in line):
                report.lose(name, number, line, "bytes that are not UTF-8")
                continue
            found = read(line)
            if not found:
                report.blank += 1
            for one in found:
                if isinstance(one, Refusal):
                    report.lose(name, number, line, one.reason)
                    continue
                if isinstance(one, Include):
                    yield from self._include(one, name, number, line)
                    continue
                mark = f"{'!' if one.exception else ''}{one.kind}{one.text}"
                if mark in seen:
                    report.repeats += 1
                    continue
                seen.add(mark)
                if (reason := why_held_back(one)) and not self._takes(one, reason, name, number):
                    continue
                report.found["!" if one.exception else one.kind.value] += 1
                yield one, f"{name}:{number}"

    def _takes(self, found: Found, reason: str, name: str, number: int) -> bool:
        """Whether an entry that needs to be confirmed is; it is noted either way."""
        if not is_confirmed(found, reason, self.confirmed):
            self.report.hold_back(name, number, found.text, reason)
            return False
        if reason == ANY_HOST:
            self.report.at_any_host += 1
        else:
            self.report.confirmed.add(found.text)
        return True

    def _include(self, include: Include, name: str, number: int, line: str) -> Iterator[tuple[Found, str]]:
        """The entries of another file, once. The line itself counts as blank: what it stands for is counted there."""
        path = self.beside(include.name)
        if path is None:
            self.report.lose(name, number, line, "include: of a list that is not beside this one; add that one as well")
            return
        self.report.blank += 1
        if include in self.included:
            return
        if len(self.included) == _MOST_INCLUDES:
            raise UnreadableListError(f"its includes lead to more than {_MOST_INCLUDES} others")
        self.included.add(include)
        yield from self.read(path, include.name, Selection(include).read)


def first_lines(path: Path, most: int = 10_000) -> list[str]:
    """The first lines, to recognise a format by. Raises UnreadableListError for what is no list at all."""
    lines: list[str] = []
    for _, line in _lines(path):
        lines.append(line or "")
        if len(lines) == most:
            break
    start = next((line.strip().lower() for line in lines if line.strip()), "")
    if start.startswith(("<!doctype", "<html", "<?xml", "<head")):
        raise UnreadableListError("it is a web page, not a list; look at the address in a browser")
    return lines


def _lines(path: Path) -> Iterator[tuple[int, str | None]]:
    """Lines without their ends (LF, CRLF or CR), counted from 1; None for one that has no end in sight."""
    with path.open("rb") as raw:
        start = raw.read(4096)
        if start.startswith(_OTHER_ENCODINGS):
            raise UnreadableListError("it is written in UTF-16; save it as UTF-8")
        if b"\0" in start:
            raise UnreadableListError("it is no text file")
        raw.seek(0)
        with io.TextIOWrapper(raw, "utf-8-sig", errors="surrogateescape", newline=None) as text:
            number, within = 0, False
            while line := text.readline(_LONGEST_LINE):
                ended = line.endswith("\n")
                if within:  # the rest of a line that was too long
                    within = not ended
                    continue
                number += 1
                within = not ended and len(line) == _LONGEST_LINE
                yield number, None if within else line.removesuffix("\n")


def counts_of(report: Report) -> dict[str, int]:
    """The report's figures by readable names, for the manifest."""
    kinds = report.found
    return {
        "lines": report.lines,
        "blank": report.blank,
        "repeats": report.repeats,
        "losses": report.lost.total(),
        "entries": report.entries,
        "names": kinds[Kind.COVERS] + kinds[Kind.ONLY] + kinds[Kind.BELOW],
        "urls": kinds[Kind.PREFIX],
        "expressions": kinds[Kind.HOST_EXPRESSION] + kinds[Kind.URL_EXPRESSION],
        "exceptions": kinds["!"],
        "at_any_host": report.at_any_host,
    }
