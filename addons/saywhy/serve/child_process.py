"""A child of the supervisor, seen from there: started, heard, found to hang, ended."""

import contextlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from saywhy.observe.expose import figures_environment, forget_process
from saywhy.serve.alarms import Alarms, AlarmsHeard
from saywhy.serve.child import SETTINGS
from saywhy.serve.first_start import StartError
from saywhy.serve.fork_server import ForkedProcess, ForkServer
from saywhy.serve.health import Kind, ProcessHealth, State, Wrong, of_alarms
from saywhy.serve.ports import NO_LOCK
from saywhy.serve.settings import Endpoint, Settings
from saywhy.serve.watching import HANGS, REPORTED_WITHIN, STARTS_WITHIN, TOLD_SILENT, Restarts, Silence

PORTAL: Final = "saywhy.serve.portal_process"
WORKER: Final = "saywhy.serve.worker"
_LOCK: Final = "SAYWHY_LOCK"  # held while the child lives; it does nothing with it
_QUESTION: Final = b"HEAD / HTTP/1.0\r\nConnection: close\r\n\r\n"


class ChildProcess:
    """One module of ours in a process of its own, and where it listens by itself."""

    def __init__(
        self,
        module: str,
        endpoints: tuple[Endpoint, ...] = (),
        *,
        name: str = "",
        label: str = "",
        environment: Mapping[str, str] | None = None,
        descriptors: Mapping[str, int] | None = None,
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        """`environment` and `descriptors` are what it gets besides what each child has. `forget` is called at its end.

        `name` is for people, `label` for figures.
        """
        self.module = module
        self.name = name or module.rpartition(".")[2].removesuffix("_process")
        self.label = label or self.name
        self.endpoints = endpoints
        self._environment = environment or {}
        self._descriptors = descriptors or {}
        self._forget = forget
        self.process: ForkedProcess | None = None
        self.restarts = 0
        self.since: datetime | None = None
        self.hung = False  # it was ended for that
        self._starts = Restarts()
        self._silence = Silence()
        self._unreported = Silence()
        self._signs = 0
        self._let_live = -1  # our end of its standard input, which ends it when it closes
        self._heard: AlarmsHeard | None = None

    def start(self, server: ForkServer, settings: Settings, lock: int, now: float = 0.0) -> None:
        """Start it, or another in the place of one that has ended. `now` is by the monotonic clock, as everywhere here.

        Raises StartError.
        """
        self.let_go()
        heard = AlarmsHeard()
        descriptors = {**heard.descriptors, **self._descriptors}
        if lock != NO_LOCK:
            descriptors[_LOCK] = lock
        stdin, self._let_live = os.pipe()
        self.restarts += self.since is not None
        self.since, self.hung, self._signs = datetime.now(UTC), False, 0
        self._silence, self._unreported = Silence(), Silence()
        self._starts.started(now)
        try:
            environment = {SETTINGS: settings.as_json(), **figures_environment(), **self._environment}
            self.process = server.start(self.module, environment, stdin, descriptors)
        finally:
            self._heard = heard
            os.close(stdin)
            heard.child_has_it()

    @property
    def running(self) -> bool:
        """Whether it lives."""
        return self.process is not None and self.process.poll() is None

    @property
    def alarms(self) -> Alarms:
        """What it last told of itself."""
        return {} if self._heard is None else self._heard.now

    @property
    def is_up(self) -> bool:
        """Whether it has told that it does its work."""
        return self._signs > 0

    def look(self, now: float) -> None:
        """Take what it told since. Raises StartError where nobody says that it has ended."""
        heard = self._heard
        if heard is None:
            return
        heard.hear()
        self._silence.look(now, heard=heard.signs != self._signs)
        self._signs = heard.signs
        self._unreported.look(now, heard=not heard.is_over)
        if self._unreported.seconds > REPORTED_WITHIN and self.running:
            raise StartError(f"the {self.name} has ended, and the process that starts the others does not say so")

    def hangs(self) -> str:
        """Why it has to be ended, or an empty text; once."""
        if self.hung or not self.running:
            return ""
        seconds = self._silence.seconds
        if self.is_up and seconds > HANGS:
            return f"has said nothing for {seconds:.0f} seconds"
        if not self.is_up and seconds > STARTS_WITHIN:
            return f"has not come up within {seconds:.0f} seconds"
        return ""

    def end_hanging(self) -> None:
        """End it, stopped or not, without waiting for that."""
        self.hung = True
        if self.process is not None:
            self.process.kill()

    @property
    def state(self) -> State:
        """What it is doing."""
        process = self.process
        if process is None or process.returncode is not None:
            return State.GONE
        if not self.is_up:
            return State.STARTING
        return State.SILENT if self._silence.seconds > TOLD_SILENT else State.UP

    def health(self) -> ProcessHealth:
        """How it is; may be asked by another thread."""
        process, state = self.process, self.state
        if process is None or state is State.GONE:
            return ProcessHealth(self.label, None, None, State.GONE, self.restarts)
        return ProcessHealth(self.label, process.pid, self.since, state, self.restarts)

    def wrong(self) -> Iterator[Wrong]:
        """What is wrong with it; nothing while all is well. May be asked by another thread."""
        state = self.state
        if state is State.GONE:
            yield Wrong(self.label, Kind.GONE, f"{self.name}, which has ended and is started again")
        elif state is State.STARTING:
            yield Wrong(self.label, Kind.STARTING, f"{self.name}, which is starting")
        elif state is State.SILENT:
            pid = 0 if self.process is None else self.process.pid
            silent = f"has said nothing for {self._silence.seconds:.0f} seconds (process {pid})"
            yield Wrong(self.label, Kind.SILENT, f"{self.name}, which {silent}")
        elif not all(_answers_at(endpoint) for endpoint in self.endpoints):
            yield Wrong(
                self.label, Kind.NOT_ANSWERING, f"{self.name}, which goes on, but answered nothing within a second"
            )
        yield from of_alarms(self.label, self.alarms, self.name)

    def ended(self, now: float = 0.0) -> tuple[int, float] | None:
        """The exit code and in how many seconds another is started, once: when it has ended. Nothing is left of it then."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        forget_process(self.process.pid)
        self._forget()
        self.let_go()
        self.process = None
        return code, self._starts.ended(now)

    def may_start(self, now: float) -> bool:
        """Whether it is time to start another in its place."""
        return self.process is None and self._starts.may_start(now)

    @property
    def ended_soon(self) -> int:
        """How many ended soon after their start, one after another."""
        return self._starts.ended_soon

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.let_go()

    def let_go(self) -> None:
        """Close what connects it with this process; it ends by itself then."""
        if self._heard is not None:
            heard, self._heard = self._heard, None
            os.close(self._let_live)
            heard.close()


def _answers_at(endpoint: Endpoint) -> bool:
    with (
        contextlib.suppress(OSError),
        socket.create_connection((endpoint.reachable_host, endpoint.port), timeout=1) as asking,
    ):
        asking.sendall(_QUESTION)
        return asking.recv(5) == b"HTTP/"
    return False
