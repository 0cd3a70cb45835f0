"""A child of the supervisor, seen from there: started, asked whether it answers, heard, ended."""

import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping
from typing import Final

from saywhy.observe.expose import figures_environment, forget_process
from saywhy.serve.alarms import Alarms, AlarmsHeard
from saywhy.serve.child import SETTINGS
from saywhy.serve.fork_server import ForkedProcess, ForkServer
from saywhy.serve.ports import NO_LOCK
from saywhy.serve.settings import Endpoint, Settings

PORTAL: Final = "saywhy.serve.portal_process"
WORKER: Final = "saywhy.serve.worker"
_LOCK: Final = "SAYWHY_LOCK"  # held while the child lives; it does nothing with it
_STILL_SECONDS: Final = 10.0  # a worker says once a second that its event loop goes round
_QUESTION: Final = b"HEAD / HTTP/1.0\r\nConnection: close\r\n\r\n"


class ChildProcess:
    """One module of ours in a process of its own, and where it listens by itself."""

    def __init__(
        self,
        module: str,
        endpoints: tuple[Endpoint, ...] = (),
        *,
        name: str = "",
        environment: Mapping[str, str] | None = None,
        descriptors: Mapping[str, int] | None = None,
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        """`environment` and `descriptors` are what it gets besides what each child has. `forget` is called at its end."""
        self.module = module
        self.name = name or module.rpartition(".")[2]
        self.endpoints = endpoints
        self._environment = environment or {}
        self._descriptors = descriptors or {}
        self._forget = forget
        self.process: ForkedProcess | None = None
        self.started = 0.0  # by the monotonic clock
        self._let_live = -1  # our end of its standard input, which ends it when it closes
        self._heard: AlarmsHeard | None = None

    def start(self, server: ForkServer, settings: Settings, lock: int) -> None:
        """Start it, or another in the place of one that has ended.

        Raises StartError.
        """
        self.let_go()
        heard = self._heard = AlarmsHeard()
        descriptors = {**heard.descriptors, **self._descriptors}
        if lock != NO_LOCK:
            descriptors[_LOCK] = lock
        stdin, self._let_live = os.pipe()
        self.started = time.monotonic()
        try:
            environment = {SETTINGS: settings.as_json(), **figures_environment(), **self._environment}
            self.process = server.start(self.module, environment, stdin, descriptors)
        finally:
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

    def hear(self) -> None:
        """Take what it told since."""
        if self._heard is not None:
            self._heard.hear()

    def wrong(self) -> Mapping[str, str]:
        """What is wrong with it, by what it is about; empty while all is well. May be asked by another thread."""
        process, heard = self.process, self._heard
        if process is None or process.returncode is not None or not self.answers():
            return {"not answering": self.name}
        if self.module == WORKER and heard is not None and (silent := heard.silent()) > _STILL_SECONDS:
            still = f"which has stood still for {silent:.0f} seconds (process {process.pid})"
            return {"not answering": f"{self.name}, {still}"}
        return {f"{self.name}, {alarm.value}": text for alarm, text in self.alarms.items()}

    def answers(self) -> bool:
        """Whether the portal answers a request; a worker, whose port is not its own, has told that it takes connections."""
        if self.module == WORKER:
            heard = self._heard
            return heard is not None and heard.is_up
        return all(_answers_at(endpoint) for endpoint in self.endpoints)

    def ended(self) -> int | None:
        """The exit code, once: when it has ended by itself since it was started. Nothing is left of it then."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        forget_process(self.process.pid)
        self._forget()
        self.let_go()
        self.process = None
        return code

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.let_go()

    def let_go(self) -> None:
        """Close what connects it with this process; it ends by itself then."""
        if self._heard is not None:
            os.close(self._let_live)
            self._heard.close()
            self._heard = None


def _answers_at(endpoint: Endpoint) -> bool:
    with (
        contextlib.suppress(OSError),
        socket.create_connection((endpoint.reachable_host, endpoint.port), timeout=1) as asking,
    ):
        asking.sendall(_QUESTION)
        return asking.recv(5) == b"HTTP/"
    return False
