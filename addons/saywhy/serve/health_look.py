"""What the supervisor answers at /healthz, /healthz/live and /healthz/ready."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from saywhy.observe.expose import Asked
from saywhy.policy.visible import visible
from saywhy.serve.alarms import AlarmWatch
from saywhy.serve.child_process import ChildProcess
from saywhy.serve.health import Health, Kind, PolicyInForce, Wrong, of_alarms
from saywhy.serve.history import came_into_force
from saywhy.serve.listen_sockets import ListenSockets
from saywhy.serve.revisions import Marks, Revisions
from saywhy.serve.watching import Silence

_WATCHED_WITHIN: Final = 10.0  # seconds since the supervisor looked after its children last
_FULL_FOR: Final = 1.0  # seconds: a burst is nothing
SUPERVISOR: Final = "supervisor"


class PolicyLook:
    """What is in force, and what of the policy's folder is not; read again when it has changed. Never raises."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self._seen: Marks | None = None
        self._found: tuple[PolicyInForce | None, str] = None, ""

    def __call__(self) -> tuple[PolicyInForce | None, str]:
        """The revision in force, and what its folder has against being taken."""
        marks = self._revisions.marks()
        if marks != self._seen:
            self._found, self._seen = self._read(), marks
        return self._found

    def _read(self) -> tuple[PolicyInForce | None, str]:
        try:
            current, history = self._revisions.current(), self._revisions.history()
            problems = self._revisions.folder_state.problems
        except OSError:
            return None, ""
        in_force = None
        if current is not None:
            entry = came_into_force(history, current.revision)
            in_force = PolicyInForce(current.revision, None if entry is None else entry.at)
        if not problems:
            return in_force, ""
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return in_force, f"the policy's files have problems and were not taken: {visible(str(problems[0]))}{more}"


class HealthLook:
    """Asked by threads of the address for figures, while the supervisor looks after its children.

    `tested` is what the self-test found wrong, by what it is about.
    """

    def __init__(
        self,
        children: Sequence[ChildProcess],
        alarms: AlarmWatch,
        policy: PolicyLook,
        sockets: ListenSockets,
        tested: Callable[[], Mapping[str, str]] = dict,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._children = children
        self._alarms = alarms
        self._policy = policy
        self._sockets = sockets
        self._tested = tested
        self._now = now
        self._looked = now()
        self._full = Silence()

    def looked(self, now: float) -> None:
        """The supervisor has just looked after its children."""
        self._looked = now
        self._full.look(now, heard=not self._sockets.full)

    def health(self) -> Health:
        """How all is now."""
        in_force, problem = self._policy()
        return Health(tuple(one.health() for one in self._children), tuple(self._wrong(problem)), in_force)

    def text(self) -> tuple[bool, str]:
        """/healthz."""
        return self.health().as_text()

    def live(self, query: str) -> Asked:
        """/healthz/live: whether the children are watched."""
        del query
        seconds = self._now() - self._looked
        return seconds < _WATCHED_WITHIN, {"live": seconds < _WATCHED_WITHIN, "looked_seconds_ago": round(seconds, 1)}

    def ready(self, query: str) -> Asked:
        """/healthz/ready, perhaps but for some kinds of what is wrong. Raises ValueError."""
        return self.health().asked(query)

    def _wrong(self, problem: str) -> Iterator[Wrong]:
        for child in self._children:
            yield from child.wrong()
        yield from of_alarms(SUPERVISOR, self._alarms.now)
        for about, text in self._tested().items():
            yield Wrong(SUPERVISOR, Kind.SELF_TEST, f"{about}: {text}")
        if problem:
            yield Wrong(SUPERVISOR, Kind.POLICY_NOT_TAKEN, problem)
        if self._full.seconds > _FULL_FOR:
            text = f"connections wait at {', '.join(self._sockets.full)} and are turned away, since none are taken fast enough"
            yield Wrong(SUPERVISOR, Kind.QUEUE_FULL, text)
