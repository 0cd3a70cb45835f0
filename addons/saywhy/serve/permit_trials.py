"""Tries what might be given on the decision log, in a thread of the portal's process: one at a time, each once an hour.

Whoever asks is told at once how it stands. What is remembered, what waits and what is read are bounded; whatever goes wrong is
logged, told as that, and tried again in the next hour.
"""

import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from saywhy.decide.engine import Engine
from saywhy.exceptions.request import Proposal, Refusal
from saywhy.observe.day_files import log_files
from saywhy.observe.log_about import Looked, lines_about
from saywhy.policy.grant import Grant
from saywhy.portal.dossier.sources import Progress, Trial
from saywhy.rehearse.replay import Logged, read_line
from saywhy.rehearse.trial import A_WEEK, Opened, a_week_before, names_of, tried

logger = logging.getLogger(__name__)

_MOST_DECISIONS: Final = 100_000  # about one site, that are decided on again
_REMEMBERED: Final = 512  # trials
_WAITING: Final = 16  # pages
_TRIAL: Final = "trial"


@dataclass(frozen=True, slots=True)
class _Key:
    """What trials are alike: of the same policy, for the same site and people, in the same hour and until the same one."""

    revision: str
    host: str
    hour: datetime
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class _Job:
    engine: Engine
    refusal: Refusal
    now: datetime
    proposals: Mapping[_Key, Proposal]


class PermitTrials:
    """`log` is the decision log's path; `in_force` gives the permits that hold at a moment."""

    def __init__(self, log: Path, in_force: Callable[[datetime], Iterable[Grant]]) -> None:
        self._log = log
        self._in_force = in_force
        self._known: OrderedDict[_Key, Trial] = OrderedDict()
        self._lock = threading.Lock()
        self._jobs: queue.Queue[_Job | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, name="permit trials", daemon=True)

    def look(
        self, engine: Engine, refusal: Refusal, proposals: Mapping[str, Proposal], now: datetime
    ) -> Mapping[str, Trial]:
        """How it stands with each of these; what is not known yet is put to work."""
        keys = {name: _key(engine, refusal, one, now) for name, one in proposals.items()}
        with self._lock:
            missing = {keys[name]: one for name, one in proposals.items() if keys[name] not in self._known}
            if missing:
                try:
                    self._jobs.put_nowait(_Job(engine, refusal, now, missing))
                except queue.Full:
                    return {name: self._known.get(key, Trial(Progress.BUSY)) for name, key in keys.items()}
                self._remember(dict.fromkeys(missing, Trial(Progress.WORKING)))
            return {name: self._known[key] for name, key in keys.items()}

    def start(self) -> None:
        """Work from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Work no more; what is being tried is not waited for."""
        try:
            self._jobs.put_nowait(None)
        except queue.Full:
            return  # the thread ends with its process

    def work(self) -> bool:
        """Do what waits longest, or wait for something; False where it is the end."""
        job = self._jobs.get()
        if job is None:
            return False
        try:
            found = self._tried(job)
        except Exception:  # whatever it is, nothing but these figures hangs on it
            logger.exception("what a permit would open could not be tried on the decision log")
            found = dict.fromkeys(job.proposals, Trial(Progress.FAILED))
        with self._lock:
            self._remember(found)
        return True

    def _run(self) -> None:
        while self.work():
            pass

    def _remember(self, found: Mapping[_Key, Trial]) -> None:
        for key, trial in found.items():
            self._known[key] = trial
            self._known.move_to_end(key)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _tried(self, job: _Job) -> Mapping[_Key, Trial]:
        zone = job.engine.policy.school.timezone
        permits: dict[_Key, Grant] = {}
        for key, one in job.proposals.items():
            start, end = a_week_before(job.now, one.ends, zone)
            if start < end:
                permits[key] = Grant(_TRIAL, one.who, one.what, start, end, weighed=one.weighed)
        first = (job.now - A_WEEK).astimezone(UTC)
        kept = log_files(self._log)
        if not any(one.day >= first.date() for one in kept):
            return dict.fromkeys(job.proposals, Trial(Progress.NO_LOG))
        looked = Looked()
        named = frozenset[str]().union(*(names_of(job.engine, grant) for grant in permits.values()))
        lines = lines_about(self._log, first.date(), named, looked) if named else iter(())
        logged = _since(lines, first, job.now)
        some = islice(logged, _MOST_DECISIONS)
        opened = tried(job.engine, self._in_force(job.now), permits, job.refusal.host, some)
        looked.cut = looked.cut or next(logged, None) is not None
        since = first.date() if looked.oldest is None else max(first.date(), looked.oldest)
        return {key: _told(opened.get(key), since, cut=looked.cut) for key in job.proposals}


def _key(engine: Engine, refusal: Refusal, proposal: Proposal, now: datetime) -> _Key:
    return _Key(engine.revision, refusal.host, _hour(now), replace(proposal, ends=_hour(proposal.ends)))


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _since(lines: Iterable[bytes], first: datetime, now: datetime) -> Iterator[Logged]:
    """What lines say that can be read and are of that time."""
    for line in lines:
        try:
            logged = read_line(line)
        except ValueError:
            continue
        if logged is not None and first <= logged.at < now:
            yield logged


def _told(opened: Opened | None, since: date, *, cut: bool) -> Trial:
    if opened is None:
        return Trial(Progress.DONE, since=since, cut=cut)
    groups = tuple((one.group, one.number) for one in opened.groups)
    return Trial(Progress.DONE, opened.decisions, opened.devices, groups, opened.others, since, cut)
