"""Logged decisions as accesses that can be decided again. Lines come one at a time; those that cannot be read are counted.

A line is what `saywhy.observe.decision_log.DecisionRecord` writes: JSON with `time`, `groups`, `place`, `device`,
`scheme`, `host`, `port`, `path`, `categories` and `reason`; other keys are passed over. The log keeps no query and cuts
long paths. A connection that was relayed, or refused by its name alone, has an empty path.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from saywhy.decide.decision import Reason
from saywhy.decide.signs import NO_SIGNS, SIGNS
from saywhy.decide.use import READING, Use, use_logged
from saywhy.observe.day_files import opened, without_twins
from saywhy.policy.address import DEFAULT_PORTS, AddressError, canonical_host
from saywhy.policy.catalogue import WITHHELD
from saywhy.policy.school import Address

LONGEST_LINE: Final = 1_000_000  # bytes
MOST_TOLD: Final = 5  # unreadable lines that are named
_CUT: Final = "…"


class LogError(Exception):
    """A log that is not there or cannot be opened; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Logged:
    """What a line says was asked for, by whom, from where and when (aware)."""

    at: datetime
    groups: tuple[str, ...]
    place: str | None
    device: Address | None
    scheme: str
    host: str  # canonical
    port: int
    path: str  # empty: only the name was known
    granted: bool  # a grant had opened it, or somebody who went on
    use: Use = READING
    signs: frozenset[str] = NO_SIGNS  # categories by the form of the request, which the log does not keep


@dataclass(slots=True)
class Reading:
    """How far the reading is: `consumed` bytes, `read` lines, `unreadable` ones, the first few by place and why."""

    consumed: int = 0
    read: int = 0
    unreadable: int = 0
    told: list[str] = field(default_factory=list)
    shortened: int = 0  # lines whose path was cut in the log
    withheld: int = 0  # addresses on sealed lists, which no log holds
    first: datetime | None = None
    last: datetime | None = None


def log_files(paths: Sequence[Path]) -> list[Path]:
    """The files meant: each file itself, of a folder every *.jsonl in it, packed ones too, by name. Raises LogError."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = sorted(
                one for one in path.iterdir() if one.name.endswith((".jsonl", ".jsonl.gz")) and one.is_file()
            )
            found = without_twins(found)
            if not found:
                raise LogError(f"{path}: no file here ends in .jsonl; name the folder or the files of the decision log")
            files += found
        elif path.is_file():
            files.append(path)
        else:
            raise LogError(
                f"{path}: there is no such file; name the decision log, like state/decisions-2026-11-23.jsonl"
            )
    return list(dict.fromkeys(files))


def replayed(files: Sequence[Path], reading: Reading) -> Iterator[Logged]:
    """Every line that can be read, in order; `reading` is kept up to date. Raises LogError."""
    for path in files:
        number = 0
        try:
            with opened(path) as file:
                while line := file.readline(LONGEST_LINE):
                    number += 1
                    reading.consumed += len(line)
                    if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                        reading.consumed += _pass_over(file.readline)
                        _unreadable(reading, path, number, f"longer than {LONGEST_LINE:,} bytes")
                        continue
                    if line.isspace():
                        continue
                    try:
                        logged = read_line(line)
                    except ValueError as error:
                        _unreadable(reading, path, number, str(error))
                        continue
                    if logged is None:
                        reading.withheld += 1
                        continue
                    reading.read += 1
                    reading.shortened += _CUT in logged.path
                    reading.first = logged.at if reading.first is None else min(reading.first, logged.at)
                    reading.last = logged.at if reading.last is None else max(reading.last, logged.at)
                    yield logged
        except OSError as error:
            raise LogError(f"{path}: it cannot be read: {error.strerror or error}") from None
        except (EOFError, zlib.error):  # what was read before counts
            _unreadable(reading, path, number + 1, "the packed file is cut short or damaged")


def read_line(line: bytes) -> Logged | None:
    """What one line says; None for an address on a sealed list, which no log holds. Raises ValueError: what is wrong."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):  # a value too deep is no line of ours either
        raise ValueError("not JSON; the line may be cut short") from None
    if not isinstance(record, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - of a line
    groups = record.get("groups")
    if not isinstance(groups, list) or not all(isinstance(one, str) for one in groups):
        raise ValueError("`groups` is no list of names")
    place = record.get("place")
    if place is not None and not isinstance(place, str):
        raise ValueError("`place` is no name")
    scheme, port, path = _text(record, "scheme"), record.get("port"), _text(record, "path")
    if scheme not in DEFAULT_PORTS:
        raise ValueError("`scheme` is none of http, https, ws and wss")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= 65_535:
        raise ValueError("`port` is no port")
    if path == WITHHELD:
        return None
    try:
        host = canonical_host(_text(record, "host"))
    except AddressError:
        raise ValueError("`host` is no host name") from None
    if path and not path.startswith("/"):
        raise ValueError("`path` does not start with a slash")
    categories = record.get("categories", ())
    signs = (
        SIGNS.intersection(categories)
        if isinstance(categories, list) and all(isinstance(one, str) for one in categories)
        else NO_SIGNS
    )
    return Logged(
        _moment(_text(record, "time")),
        tuple(groups),
        place,
        _device(record.get("device")),
        scheme,
        host,
        port,
        path,
        record.get("reason") in (Reason.GRANT, Reason.GO),
        _use(record),
        signs,
    )


def _use(record: dict[str, Any]) -> Use:
    method, uses = record.get("method"), record.get("uses", ())
    names = [one for one in uses if isinstance(one, str)] if isinstance(uses, list) else []
    return use_logged(method if isinstance(method, str) else "GET", names, blocked=record.get("effect") != "allow")


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    if not isinstance(value, str):
        raise ValueError(f"`{key}` is not there" if value is None else f"`{key}` is no text")  # noqa: TRY004 - of a line
    return value


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("`time` is no time") from None
    if moment.tzinfo is None:
        raise ValueError("`time` has no time zone")
    if not 1970 < moment.year < 9000:  # room for every time zone
        raise ValueError("`time` is too far away")
    return moment


def _device(value: object) -> Address | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("`device` is no address")  # noqa: TRY004 - of a line
    return _address(value)


@lru_cache(maxsize=65_536)
def _address(text: str) -> Address:
    try:
        return ip_address(text)
    except ValueError:
        raise ValueError("`device` is no address") from None


def _pass_over(readline: Any) -> int:
    passed = 0
    while piece := readline(LONGEST_LINE):
        passed += len(piece)
        if piece.endswith(b"\n"):
            break
    return passed


def _unreadable(reading: Reading, path: Path, number: int, why: str) -> None:
    reading.unreadable += 1
    if len(reading.told) < MOST_TOLD:
        reading.told.append(f"{path}:{number}: {why}")
