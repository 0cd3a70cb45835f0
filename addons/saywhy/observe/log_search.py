"""A decision found again in the decision log by the reference that was printed on its page.

The newest file is read first, and within a file blocks from its end; a block is only searched for the bytes of the
reference, and no line but the one that was found is read as JSON. So a month of logs takes seconds, and what happened
today takes none.
"""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Final

from saywhy.observe.day_files import PACKED, UNREADABLE, log_files, opened
from saywhy.observe.decision_log import DecisionRecord

_BLOCK: Final = 4 * 1024 * 1024
_LONGEST_LINE: Final = 256 * 1024  # longer than any line that the log writes


def find_decision(path: Path, code: str) -> DecisionRecord | None:
    """The newest decision with this reference (in its usual form), or None. Lines that are torn are passed over.

    Raises OSError where a file cannot be read.
    """
    needle = f'"reference":{json.dumps(code)}'.encode("ascii")
    for file in log_files(path):
        for line in lines_with(file.path, needle):
            record = _read(line)
            if record is not None and record.reference == code:
                return record
    return None


def lines_since(path: Path, first: date, cut_short: Callable[[Path, Exception], None]) -> Iterator[bytes]:
    """The lines of a log from a day (UTC) on. `cut_short` is told of what cannot be read to its end; the rest is read."""
    try:
        files = [one.path for one in log_files(path) if one.day >= first]
    except OSError as error:
        cut_short(path.parent, error)
        return
    for file in files:
        try:
            with opened(file) as lines:
                yield from lines
        except UNREADABLE as error:
            cut_short(file, error)


def record_of(fields: dict[str, Any]) -> DecisionRecord:
    """A record from the fields of its line. Raises ValueError, KeyError or TypeError for what is no such line."""
    at = datetime.fromisoformat(fields["time"])
    if at.tzinfo is None:
        raise ValueError("the time of a line carries its zone")
    return DecisionRecord(
        at=at,
        groups=tuple(str(one) for one in fields["groups"]),
        place=_text(fields["place"]),
        device=_text(fields["device"]),
        method=str(fields["method"]),
        scheme=str(fields["scheme"]),
        host=str(fields["host"]),
        port=int(fields["port"]),
        path=str(fields["path"]),
        effect=str(fields["effect"]),
        reason=str(fields["reason"]),
        rule=_text(fields["rule"]),
        grant=_text(fields.get("grant")),
        categories=tuple(str(one) for one in fields.get("categories", ())),
        apps=tuple(str(one) for one in fields.get("apps", ())),
        reference=_text(fields["reference"]),
        revision=str(fields["revision"]),
        microseconds=int(fields.get("microseconds", 0)),
        uses=tuple(str(one) for one in fields.get("uses", ())),
        way=str(fields.get("way", "")),
        page=str(fields.get("page", "")),
        cared=fields.get("care") is True,
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _read(line: bytes) -> DecisionRecord | None:
    try:
        return record_of(json.loads(line))
    except (ValueError, KeyError, TypeError):
        return None


def lines_with(path: Path, needle: bytes) -> Iterator[bytes]:
    """The lines that hold these bytes, the last first; in compressed files, which are read forwards, the first first."""
    if path.suffix == PACKED:
        with suppress(*UNREADABLE), opened(path) as packed:  # a file that was cut off
            yield from (line for line in packed if needle in line)
        return
    with path.open("rb") as file:
        end = file.seek(0, io.SEEK_END)
        while end > 0:
            start = max(0, end - _BLOCK)
            file.seek(start)
            # a little more than the block, for what lies across its end
            block = file.read(end - start + len(needle) - 1)
            at = len(block)
            while (at := block.rfind(needle, 0, at)) >= 0:
                yield _line_around(file, start + at)
                at += len(needle) - 1
            end = start


def _line_around(file: IO[bytes], position: int) -> bytes:
    start = max(0, position - _LONGEST_LINE)
    file.seek(start)
    around = file.read(2 * _LONGEST_LINE)
    within = position - start
    first = around.rfind(b"\n", 0, within) + 1
    last = around.find(b"\n", within)
    return around[first : last if last >= 0 else len(around)]
