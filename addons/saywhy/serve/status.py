"""How a filter is now: what it says of itself at the address of its metrics, and what its state folder holds.

Where no filter runs, or does not answer, the state folder alone is told of. Nothing is written, and nothing is raised for
what cannot be read: it is missing then, and `notes` say so.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from saywhy.file_access import why_unreadable
from saywhy.observe.filter_figures import Counts, FilterFigures
from saywhy.observe.finding_wrong import each_once, wrong_in_figures, wrong_in_health, wrong_in_state
from saywhy.observe.health_told import ProcessTold
from saywhy.observe.state_figures import StateFigures
from saywhy.observe.wrong import Found, Wrong, found
from saywhy.policy.visible import visible
from saywhy.serve.asking_figures import Answers, NoAnswerError, ask
from saywhy.serve.history import came_into_force
from saywhy.serve.revisions import Revisions
from saywhy.serve.running import RunningFilter
from saywhy.serve.settings import Settings, parse_endpoint
from saywhy.serve.state_look import StateLook

_STARTING: Final = timedelta(seconds=60)  # before it tells figures


@dataclass(frozen=True, slots=True)
class InForce:
    """The policy in force, as far as it is known. `by` and `what` are empty where the history may not be read."""

    revision: str
    since: datetime | None = None
    by: str = ""
    what: str = ""
    rolled_back: bool = False
    problems: tuple[str, ...] = ()  # of the folder's files, which are not taken for them; the first ones
    problem_count: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """One look. `at` is aware; `state` is what lies in the state folder, None where nobody here may know."""

    at: datetime
    folder: Path  # the state folder that was looked into
    running: RunningFilter | None
    figures: FilterFigures | None
    processes: tuple[ProcessTold, ...]
    policy: InForce | None
    state: StateFigures | None
    wrong: tuple[Found, ...]
    notes: tuple[str, ...] = ()
    before: "Status | None" = None  # an earlier look, for what happens in a second

    @property
    def known(self) -> bool:
        """Whether a filter runs and has told how it is."""
        return self.figures is not None

    @property
    def per_second(self) -> tuple[float, Counts] | None:
        """For how many seconds there was somebody who looked, and what came in each of them; None at the first look."""
        before = self.before
        if before is None or before.figures is None or self.figures is None:
            return None
        seconds = (self.at - before.at).total_seconds()
        counts = self.figures.counts.per_second(before.figures.counts, seconds)
        return None if counts is None else (seconds, counts)


def look(settings: Settings, running: RunningFilter | None, address: str, now: datetime) -> Status:
    """Look once. `address` is that of the figures, where it is known; `now` is aware, in the zone that times are told in."""
    wrong: list[Found] = []
    notes: list[str] = []
    answers = None
    if address:
        try:
            answers = ask(parse_endpoint(address))
        except NoAnswerError as error:
            wrong.append(_no_answer(running, str(error), now))
    elif running is not None:
        wrong.append(
            found(Wrong.NO_FIGURES, detail="it is of an older version, and does not say where: --metrics HOST:PORT")
        )
    unreadable = _unreadable(settings.state)
    if unreadable:
        wrong.append(found(Wrong.UNREADABLE, detail=unreadable))
    elif running is None and not address:
        wrong.append(found(Wrong.NOT_RUNNING, detail=f"looked at {settings.state}"))
    if running is not None and running.ending:
        wrong.append(found(Wrong.ENDING))
    figures = None if answers is None else answers.figures
    folder = None if unreadable or not settings.state.is_dir() else settings.state
    policy = _policy(settings, figures, readable=folder is not None)
    state = figures.state if figures is not None else None
    if state is None and folder is not None:
        state = StateLook(settings)()
    wrong += _found_by(answers, state, policy, now)
    processes = () if answers is None or answers.health is None else answers.health.processes
    if answers is not None and answers.health is None:
        notes.append("it does not say how each process is")
    return Status(now, settings.state, running, figures, processes, policy, state, each_once(wrong), tuple(notes))


def _found_by(
    answers: Answers | None, state: StateFigures | None, policy: InForce | None, now: datetime
) -> Iterator[Found]:
    moment = now.timestamp()
    if answers is not None:
        health = () if answers.health is None else wrong_in_health(answers.health, moment)
        yield from (_with_problems(one, policy) for one in (*health, *wrong_in_figures(answers.figures, moment)))
    elif state is not None:
        yield from wrong_in_state(state, moment)
        if policy is not None and policy.problem_count:
            yield _with_problems(found(Wrong.NOT_TAKEN), policy)


def _with_problems(one: Found, policy: InForce | None) -> Found:
    """With the first problem itself, where the state folder says which."""
    if one.kind != Wrong.NOT_TAKEN or policy is None or not policy.problems:
        return one
    more = f" (and {policy.problem_count - 1} more)" if policy.problem_count > 1 else ""
    return replace(one, detail=f"{policy.problems[0]}{more}")


def _no_answer(running: RunningFilter | None, said: str, now: datetime) -> Found:
    if running is not None and not running.ending and now - running.since < _STARTING:
        return found(
            Wrong.STARTING, detail=f"process {running.pid}, since {(now - running.since).total_seconds():.0f} seconds"
        )
    process = "" if running is None else f"; the filter's process is {running.pid}"
    return found(Wrong.NO_FIGURES, detail=f"{said}{process}")


def _unreadable(state: Path) -> str:
    """Why a state folder, or the history of policies in it, may not be read by this user; empty where it may."""
    try:
        os.listdir(state)  # noqa: PTH208 — whether it may be, not what is in it
    except PermissionError as error:
        return why_unreadable(state, error)
    except OSError:
        return ""
    return ""


def _policy(settings: Settings, figures: FilterFigures | None, *, readable: bool) -> InForce | None:
    revisions = Revisions(settings.revisions)
    current = revisions.current() if readable else None
    if current is None:
        if figures is None or not figures.revision:
            return None
        return InForce(figures.revision, _moment(figures.loaded))
    entry = came_into_force(revisions.history(), current.revision)
    folder_state = revisions.folder_state
    problems = folder_state.problems if folder_state.since is not None else ()
    return InForce(
        current.revision,
        None if entry is None else entry.at,
        "" if entry is None else entry.who,
        "" if entry is None else entry.what,
        current.pinned,
        tuple(visible(str(one)) for one in problems[:3]),
        len(problems),
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds).astimezone()
