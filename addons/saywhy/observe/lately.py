"""What one device met lately, by the logs: what it was refused, and which handshakes it ended. Never another's."""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from saywhy.observe.decision_log import DecisionRecord
from saywhy.observe.handshake_log import HandshakeRecord
from saywhy.observe.handshake_report import Inspected, Report, report
from saywhy.observe.log_search import record_of
from saywhy.observe.log_tail import Tail, lines_lately

HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_MOST: Final = 20_000  # lines of one device
_REMEMBERED: Final = 256  # devices, each for a moment: somebody who loads a page again and again reads nothing anew
_AS_NEW: Final = timedelta(seconds=2)
_ALLOWED: Final = b'"effect":"allow"'
_PREFLIGHT: Final = "OPTIONS"
_NO_HANDSHAKES: Final = Report((), (), ())


@dataclass(frozen=True, slots=True)
class Lately:
    """What is known of one device. `refused` are the refusals of the last hour, the newest first.

    `handshakes` is what those of the last day tell of it. `cut`: more was logged than is read, so that something may be missing;
    `read` is False where the logs cannot be read.
    """

    refused: tuple[DecisionRecord, ...] = ()
    handshakes: Report = _NO_HANDSHAKES
    ended: tuple[HandshakeRecord, ...] = ()
    cut: bool = False
    read: bool = True


UNKNOWN: Final = Lately(read=False)


class LatelyKnown:
    """Looks it up: `decisions` and `handshakes` are the paths of the logs. One look at a time."""

    def __init__(self, decisions: Path, handshakes: Path) -> None:
        self._decisions = decisions
        self._handshakes = handshakes
        self._known: OrderedDict[str, tuple[datetime, Lately]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, device: str, now: datetime) -> Lately:
        """What is known of the device with this address, as the logs have it; of none where that is empty."""
        if not device:
            return UNKNOWN
        with self._lock:
            at, found = self._known.get(device, (None, UNKNOWN))
            if at is not None and at <= now < at + _AS_NEW:
                return found
            try:
                found = self._looked_up(device, now)
            except OSError:
                found = UNKNOWN
            self._known[device] = now, found
            self._known.move_to_end(device)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
            return found

    def _looked_up(self, device: str, now: datetime) -> Lately:
        needle = b'"device":' + json.dumps(device).encode()
        tail, inspected = Tail(), _Inspected(device)
        refused: list[DecisionRecord] = []
        for line in lines_lately(self._decisions, needle, now - HOUR, tail):
            inspected.see(line)
            record = None if _ALLOWED in line else _record(line)
            if record is None or record.device != device or record.method == _PREFLIGHT or record.at < now - HOUR:
                continue
            refused.append(record)
            if len(refused) == _MOST:
                tail.cut = True
                break
        ended = tuple(self._ended(device, needle, now - _DAY))
        told = report(ended, Inspected(*inspected.found))
        return Lately(tuple(sorted(refused, key=lambda one: one.at, reverse=True)), told, ended, tail.cut)

    def _ended(self, device: str, needle: bytes, since: datetime) -> Iterator[HandshakeRecord]:
        if not self._handshakes.parent.is_dir():
            return
        for line in lines_lately(self._handshakes, needle, since, Tail()):
            try:
                record = HandshakeRecord.from_json(json.loads(line))
            except ValueError:
                continue
            if record.device == device and record.at >= since:
                yield record


class _Inspected:
    """Whether something of a device was looked into, and where: of requests inside TLS that came through."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._hosts: set[str] = set()

    def see(self, line: bytes) -> None:
        if b'"scheme":"https"' in line and b'"path":"/' in line and b'"method":"CONNECT"' not in line:
            self._hosts.add(line.partition(b'"host":"')[2].partition(b'"')[0].decode("ascii", "replace"))

    @property
    def found(self) -> tuple[set[str], dict[str, set[str]]]:
        seen = {self._device} if self._hosts else set[str]()
        return seen, {host: {self._device} for host in self._hosts}


def _record(line: bytes) -> DecisionRecord | None:
    try:
        return record_of(json.loads(line))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
