"""Blocks that were met, counted from the decision log, which holds every decision anyway: nothing is added to their way.

One process of a machine does it, in steps of bounded size. How far it came is kept in the store together with the numbers,
so that none is counted twice or forgotten, whatever ends in between. While the store is down nothing is lost: the log waits.
Devices are known in this process's memory alone, as hashes by a key that is made anew for each day and goes with it; after a
restart they are read from the log again.
"""

import hashlib
import json
import logging
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from socket import gethostname
from typing import Any, Final, Protocol

from saywhy.decide.decision import Reason
from saywhy.exceptions.blocks import EVERYBODY, About, Block, Count, ReadTo
from saywhy.observe.daily_file import lines_from

logger = logging.getLogger(__name__)

_STEP: Final = 4 * 1024 * 1024  # bytes of the log that are read at once
MOST_BLOCKS: Final = 50_000  # different ones of a day
MOST_OF_ONE: Final = 500  # hosts that one device can be the first to meet: no pupil fills a day with names
MOST_MET: Final = 500_000  # pairs of a block and a device of a day
_BLOCKED: Final = b'"effect":"block"'
_COUNTED: Final = frozenset(
    {Reason.LOCKED, Reason.RULE, Reason.DEFAULT}
)  # what policy closed; no fault, no odd address
_HASH: Final = 8  # bytes


class Kept(Protocol):
    """What the store does for it (`saywhy.exceptions.blocks`)."""

    def blocks_read(self, log: str) -> ReadTo | None:
        """How far this log was counted."""

    def add_blocks(self, counts: dict[Block, Count], log: str, to: ReadTo) -> None:
        """Add numbers, and that the log is counted so far."""


@dataclass(slots=True)
class _Day:
    """What has been met on a day: the devices of each block, and how many blocks a device was the first to meet."""

    day: date
    key: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    met: defaultdict[Block, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    first: Counter[bytes] = field(default_factory=Counter)
    pairs: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """One block in the log."""

    blocks: tuple[Block, ...]  # by host, rule and apps; of each one for everybody, and one for each group
    device: str


class BlockCounts:
    """Counts the blocks of one machine's decision log. `dropped` is told of those beyond a bound."""

    def __init__(self, store: Kept, log: Path, dropped: Callable[[int], None]) -> None:
        self._store = store
        self._log = log
        self._dropped = dropped
        # which log it is, without telling where: of machines that share a store each has one
        self._name = hashlib.sha256(f"{gethostname()}\0{log}".encode()).hexdigest()
        self._read: ReadTo | None = None
        self._day: _Day | None = None

    @property
    def day(self) -> date | None:
        """The day (UTC) that is being counted; None until the store has said how far it was."""
        return None if self._read is None else self._read.day

    def poll(self, today: date) -> bool:
        """Count the next piece of the log; gives whether there may be more now. Raises StoreUnavailable and OSError."""
        if self._read is None:
            self._read = self._store.blocks_read(self._name) or ReadTo(today, 0)
            self._day = self._remembered(self._read)
        to = self._read
        if self._day is None or self._day.day != to.day:
            self._day = _Day(to.day)
        piece = lines_from(self._log, to.day, to.bytes, _STEP)
        if not piece:
            if to.day >= today:
                return False
            self._read = ReadTo(to.day + timedelta(days=1), 0)
            return True
        counts, met, dropped = _counted(self._day, _blocks(piece, to.day))
        there = ReadTo(to.day, to.bytes + len(piece))
        if counts:
            self._store.add_blocks(counts, self._name, there)  # raises: then nothing of it counts, and it is read again
        self._read = there
        _remember(self._day, met)
        if dropped:
            self._dropped(dropped)
        return True

    def _remembered(self, to: ReadTo) -> _Day:
        """The devices of a day, as far as it was counted before this process began."""
        day, at = _Day(to.day), 0
        while at < to.bytes and (piece := lines_from(self._log, to.day, at, _STEP)):
            within = piece[: to.bytes - at]
            _, met, _ = _counted(day, _blocks(within, to.day))
            _remember(day, met)
            at += len(within)
        return day


def _blocks(piece: bytes, day: date) -> Iterator[_Found]:
    for line in piece.splitlines():
        if _BLOCKED in line:
            try:
                fields = json.loads(line)
                if fields["effect"] == "block" and fields["reason"] in _COUNTED:
                    yield _found(fields, day)
            except (ValueError, KeyError, TypeError):  # a line that was torn
                continue


def _found(fields: dict[str, Any], day: date) -> _Found:
    rule = str(fields["rule"] or "")
    groups = dict.fromkeys((EVERYBODY, *(str(one) for one in fields["groups"])))
    named = [(About.HOST, str(fields["host"])[:253], rule), (About.RULE, rule, rule)]
    named += [(About.APP, str(app), "") for app in fields.get("apps", ())]
    blocks = tuple(Block(day, about, name, by, group) for about, name, by in named for group in groups)
    return _Found(blocks, str(fields["device"] or ""))


def _counted(day: _Day, found: Iterator[_Found]) -> tuple[dict[Block, Count], dict[Block, dict[bytes, None]], int]:
    """The numbers to add, the devices that are new to each block, and how many were beyond a bound."""
    times: Counter[Block] = Counter()
    met: dict[Block, dict[bytes, None]] = {}
    first: Counter[bytes] = Counter()
    pairs = dropped = 0
    for one in found:
        device = hashlib.blake2b(one.device.encode(), key=day.key, digest_size=_HASH).digest() if one.device else b""
        of_host = one.blocks[0]
        is_new = of_host not in day.met and of_host not in met
        if day.pairs + pairs > MOST_MET or (
            is_new
            and (
                len(day.met) + len(met) + len(one.blocks) > MOST_BLOCKS
                or day.first[device] + first[device] >= MOST_OF_ONE
            )
        ):
            dropped += 1
            continue
        first[device] += is_new
        for block in one.blocks:
            times[block] += 1
            own = met.setdefault(block, {})
            if device and device not in day.met.get(block, ()) and device not in own:
                own[device] = None
                pairs += 1
    return {block: Count(count, len(met[block])) for block, count in times.items()}, met, dropped


def _remember(day: _Day, met: dict[Block, dict[bytes, None]]) -> None:
    for block, devices in met.items():
        if block.about is About.HOST and block.group == EVERYBODY and block not in day.met and devices:
            day.first[next(iter(devices))] += 1
        day.met[block].update(devices)
        day.pairs += len(devices)
