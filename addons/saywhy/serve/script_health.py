"""What `mitmdump -s` answers at /healthz and below it. Nobody starts anything again there: it is told."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from saywhy.observe.expose import Asked
from saywhy.serve.alarms import Alarm, Alarms
from saywhy.serve.health import Health, Kind, ProcessHealth, State, Wrong, of_alarms
from saywhy.serve.health_look import PolicyLook
from saywhy.serve.watching import TOLD_SILENT

_PROXY, _PORTAL = "mitmdump", "portal"


class ScriptHealth:
    """One process: the proxy in its event loop, which calls `is_alive`, and the portal in a thread."""

    def __init__(
        self,
        proxy: Callable[[], Alarms],
        portal: Callable[[], Alarms],
        serving: threading.Thread,
        keeper_trouble: Callable[[], str],
        policy: PolicyLook,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._proxy, self._portal = proxy, portal
        self._serving = serving
        self._keeper_trouble = keeper_trouble
        self._policy = policy
        self._now = now
        self._alive = now()
        self._since = datetime.now(UTC)

    def is_alive(self) -> None:
        """The event loop goes round."""
        self._alive = self._now()

    def health(self) -> Health:
        """How all is now."""
        in_force, problem = self._policy()
        proxy = State.UP if self._silent() < TOLD_SILENT else State.SILENT
        portal = State.UP if self._serving.is_alive() else State.GONE
        pid = os.getpid()
        processes = (
            ProcessHealth(_PROXY, pid, self._since, proxy, 0),
            ProcessHealth(_PORTAL, pid, self._since, portal, 0)
            if portal is State.UP
            else ProcessHealth(_PORTAL, None, None, portal, 0),
        )
        return Health(processes, tuple(self._wrong(proxy, portal, problem)), in_force)

    def text(self) -> tuple[bool, str]:
        """/healthz."""
        return self.health().as_text()

    def live(self, query: str) -> Asked:
        """/healthz/live: whether the event loop goes round."""
        del query
        seconds = self._silent()
        return seconds < 4 * TOLD_SILENT, {"live": seconds < 4 * TOLD_SILENT, "looked_seconds_ago": round(seconds, 1)}

    def ready(self, query: str) -> Asked:
        """/healthz/ready. Raises ValueError."""
        return self.health().asked(query)

    def _silent(self) -> float:
        return self._now() - self._alive

    def _wrong(self, proxy: State, portal: State, problem: str) -> Iterator[Wrong]:
        if proxy is State.SILENT:
            yield Wrong(_PROXY, Kind.SILENT, f"mitmdump, whose loop has stood still for {self._silent():.0f} seconds")
        if portal is State.GONE:
            yield Wrong(_PORTAL, Kind.GONE, "portal, whose thread has ended; start mitmdump again")
        yield from of_alarms(_PROXY, self._proxy())
        yield from of_alarms(_PORTAL, self._portal())
        if trouble := self._keeper_trouble():
            yield from of_alarms(_PROXY, {Alarm.POLICY: trouble})
        if problem:
            yield Wrong(_PROXY, Kind.POLICY_NOT_TAKEN, problem)
