"""A child of the supervisor, seen from there: started, asked whether it answers, heard, ended."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Final

from saywhy.observe.expose import forget_process
from saywhy.serve.alarms import Alarms, AlarmsHeard
from saywhy.serve.child import KEY_LOGS, SETTINGS
from saywhy.serve.ports import NO_LOCK
from saywhy.serve.settings import Endpoint, Settings

PORTAL: Final = "saywhy.serve.portal_process"
WORKER: Final = "saywhy.serve.worker"
_QUESTION: Final = b"HEAD / HTTP/1.0\r\nConnection: close\r\n\r\n"


class ChildProcess:
    """One module of ours in a process of its own, and where it listens."""

    def __init__(self, module: str, endpoints: tuple[Endpoint, ...]) -> None:
        self.module = module
        self.endpoints = endpoints
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0  # by the monotonic clock
        self._heard: AlarmsHeard | None = None

    def start(self, settings: Settings, lock: int) -> None:
        """Start it, or another in the place of one that has ended, of which nothing is left then."""
        if self.process is not None:
            forget_process(self.process.pid)
            self._let_go()
        heard = self._heard = AlarmsHeard()
        environment = {name: value for name, value in os.environ.items() if name not in KEY_LOGS}
        environment |= {SETTINGS: settings.as_json(), **heard.environment}
        self.started = time.monotonic()
        try:
            self.process = subprocess.Popen(  # noqa: S603 — our own modules, no shell
                [sys.executable, "-P", "-m", self.module],  # -P: a folder of that name where it is started is not run
                env=environment,
                stdin=subprocess.PIPE,
                pass_fds=(heard.writing,) if lock == NO_LOCK else (heard.writing, lock),
            )
        finally:
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
        """What is wrong with it, by what it is about; empty while all is well."""
        name = self.module.rpartition(".")[2]
        if not (self.running and self.answers()):
            return {"not answering": name}
        return {f"{name}, {alarm.value}": text for alarm, text in self.alarms.items()}

    def answers(self) -> bool:
        """Whether it takes connections everywhere; the portal, whether it answers a request as well."""
        return all(self._answers_at(endpoint) for endpoint in self.endpoints)

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self._let_go()

    def _let_go(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
        if self._heard is not None:
            self._heard.close()
            self._heard = None

    def _answers_at(self, endpoint: Endpoint) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((endpoint.reachable_host, endpoint.port), timeout=1) as asking,
        ):
            if self.module != PORTAL:
                return True
            asking.sendall(_QUESTION)
            return asking.recv(5) == b"HTTP/"
        return False
