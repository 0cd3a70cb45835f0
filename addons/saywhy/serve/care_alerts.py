"""Tells the role for safeguarding that pages that care were shown, read from the decision log: nothing is added to their way.

One process of a machine does it. How far it read, and which devices were told of lately, stands in a small file in the state
folder, written before a message is on its way has a chance to be made twice: ids of messages follow from what they tell, so the
same message is never put there again. While the store is down nothing is lost: the log waits.

A device is told of once an hour at the most, however many pages it meets; a message names twenty devices and counts the rest; and
where policy says at once, no more than one message is made in a minute.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from saywhy.atomic_files import read_json, write_json
from saywhy.decide.engine import Engine
from saywhy.exceptions.store import Store
from saywhy.notify.care_alert import CareLetter, Shown, body_for, once_each, recipients
from saywhy.notify.settings import Telling
from saywhy.observe.daily_file import day_file, lines_from
from saywhy.policy.care import Alert

logger = logging.getLogger(__name__)

FILE_NAME: Final = "care-alerts.json"
AGAIN: Final = timedelta(hours=1)  # before the same device is told of again
BETWEEN: Final = timedelta(minutes=1)  # two messages
_STEP: Final = 4 * 1024 * 1024  # bytes of the log that are read at once
_OLDEST: Final = timedelta(days=2)  # what was shown longer ago is told to nobody any more
_MOST_WAITING: Final = 2_000  # devices
_CARED: Final = b'"care":true'


@dataclass(slots=True)
class _State:
    """How far the log was read, what waits to be told, when each device was told of last, and when a message was made last."""

    day: date
    bytes: int = 0
    waiting: list[Shown] = field(default_factory=list)
    told: dict[str, datetime] = field(default_factory=dict)
    made: datetime | None = None


class CareAlerts:
    """Reads the log of one machine and tells. `telling` gives the settings of telling people, None where there are none."""

    def __init__(
        self,
        log: Path,
        state: Path,
        engine: Callable[[], Engine | None],
        telling: Callable[[], Telling | None],
        store: Store,
    ) -> None:
        self._log = log
        self._path = state / FILE_NAME
        self._engine = engine
        self._telling = telling
        self._store = store
        self._state: _State | None = None
        self._kept: dict[str, Any] | None = None
        self._unheard = False

    def poll(self, now: datetime) -> None:
        """Read on and tell what is due. Raises StoreUnavailable and OSError; what was not told is told at the next look."""
        engine = self._engine()
        if engine is None:
            return
        alert = engine.policy.care.alert
        state = self._state = self._state or self._remembered(now)
        self._read(state, engine, alert, now)
        if alert is None:
            state.waiting.clear()
        elif state.waiting and self._is_due(state, alert, now):
            self._tell(state, engine, alert, now)
        if (kept := _as_json(state)) != self._kept:
            write_json(self._path, kept)
            self._kept = kept

    def _read(self, state: _State, engine: Engine, alert: Alert | None, now: datetime) -> None:
        while True:
            piece = lines_from(self._log, state.day, state.bytes, _STEP)
            state.bytes += len(piece)
            for shown in _shown(piece, engine, kind=alert is not None and alert.kind):
                last = state.told.get(shown.device)
                known = any(one.device == shown.device for one in state.waiting)
                lately = last is not None and last <= shown.at < last + AGAIN
                if not known and not lately and shown.at > now - _OLDEST and len(state.waiting) < _MOST_WAITING:
                    state.waiting.append(shown)
            if not piece:
                if state.day >= now.date():
                    return
                state.day, state.bytes = state.day + timedelta(days=1), 0

    def _is_due(self, state: _State, alert: Alert, now: datetime) -> bool:
        if state.made is not None and state.made <= now < state.made + BETWEEN:
            return False
        return now - min(one.at for one in state.waiting) >= alert.gathered.span

    def _tell(self, state: _State, engine: Engine, alert: Alert, now: datetime) -> None:
        telling = self._telling()
        addresses = {} if telling is None else self._store.accounts.addresses()
        to = () if telling is None else recipients(alert.role, telling, addresses)
        if telling is None or not to:
            if not self._unheard:
                logger.error(
                    "a page that cares was shown, and nobody can be told: telling.yaml names no way to %s", alert.role
                )
            self._unheard = True
            return  # it waits, for two days at the most
        self._unheard = False
        named, more = once_each(state.waiting)
        letter = CareLetter(engine.policy.school.name, engine.policy.school.timezone, named, more)
        of = "\n".join(f"{one.at.isoformat()} {one.device}" for one in state.waiting)
        made = []
        for one in to:
            id_ = hashlib.sha256(f"{one.text}\n{of}".encode()).hexdigest()[:24]
            if (body := body_for(one, letter, id_, telling, addresses, now)) is not None:
                made.append((id_, one.text, body))
        self._store.outbox.put(made, now)
        state.told = {device: at for device, at in state.told.items() if at > now - AGAIN}
        state.told |= {one.device: one.at for one in state.waiting}
        state.waiting, state.made = [], now

    def _remembered(self, now: datetime) -> _State:
        try:
            kept = read_json(self._path)
            if kept is not None:
                return _from_json(kept, now)
        except (ValueError, KeyError, TypeError):
            pass  # the first start, or a file that nobody can read: from now on
        return _State(now.date(), self._size(now.date()))

    def _size(self, day: date) -> int:
        try:
            return day_file(self._log, day).stat().st_size
        except OSError:
            return 0


def _shown(piece: bytes, engine: Engine, *, kind: bool) -> Iterator[Shown]:
    for line in piece.splitlines():
        if _CARED not in line:
            continue
        try:
            fields = json.loads(line)
            if fields.get("care") is True:
                at = datetime.fromisoformat(fields["time"])
                kinds = _kinds(fields, engine) if kind else ()
                yield Shown(at, str(fields["device"] or ""), str(fields["place"] or ""), kinds)
        except (ValueError, KeyError, TypeError):  # a line that was torn
            continue


def _kinds(fields: Mapping[str, Any], engine: Engine) -> tuple[str, ...]:
    """The labels of the categories that the deciding rule is about."""
    rule = engine.rule_by_id.get(str(fields["rule"]))
    about = () if rule is None else rule.criteria.categories
    categories = engine.policy.catalogue.categories
    return tuple(categories[one].label for one in fields["categories"] if one in about and one in categories)


def _as_json(state: _State) -> dict[str, Any]:
    return {
        "day": state.day.isoformat(),
        "bytes": state.bytes,
        "waiting": [[one.at.isoformat(), one.device, one.place, list(one.kinds)] for one in state.waiting],
        "told": {device: at.isoformat() for device, at in state.told.items()},
        "made": None if state.made is None else state.made.isoformat(),
    }


def _from_json(fields: Mapping[str, Any], now: datetime) -> _State:
    waiting = [
        Shown(datetime.fromisoformat(at), str(device), str(place), tuple(map(str, kinds)))
        for at, device, place, kinds in fields["waiting"]
    ]
    day = max(date.fromisoformat(fields["day"]), (now - _OLDEST).date())
    return _State(
        day,
        int(fields["bytes"]) if day.isoformat() == fields["day"] else 0,
        [one for one in waiting if one.at > now - _OLDEST],
        {str(device): datetime.fromisoformat(at) for device, at in fields["told"].items()},
        None if fields["made"] is None else datetime.fromisoformat(fields["made"]),
    )
