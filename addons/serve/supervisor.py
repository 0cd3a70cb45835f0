"""`saywhy run`: starts the processes, watches over them and ends them."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final

from addons.observe.expose import forget_process, serve_metrics, share_figures
from addons.observe.metrics import Metrics
from addons.serve.child import KEY_LOGS, SETTINGS, log_to_stderr
from addons.serve.first_start import Prepared, StartError, prepare
from addons.serve.open_files import raise_open_files
from addons.serve.screen import welcome
from addons.serve.settings import DRAIN_SECONDS, Endpoint, Settings

_STARTING_SECONDS: Final = 30.0
_RESTART_SECONDS: Final = 1.0
_POLL: Final = 0.1
_PORTAL: Final = "addons.serve.portal_process"
_QUESTION: Final = b"HEAD / HTTP/1.0\r\nConnection: close\r\n\r\n"


@dataclass(slots=True)
class _Child:
    module: str
    endpoint: Endpoint
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0

    def start(self, settings: Settings) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in KEY_LOGS}
        environment[SETTINGS] = settings.as_json()
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 — our own modules, no shell
            [sys.executable, "-m", self.module], env=environment, stdin=subprocess.PIPE
        )

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def answers(self) -> bool:
        """Whether it takes a connection; the portal, whether it answers a request as well."""
        with (
            contextlib.suppress(OSError),
            socket.create_connection((self.endpoint.reachable_host, self.endpoint.port), timeout=1) as asking,
        ):
            if self.module != _PORTAL:
                return True
            asking.sendall(_QUESTION)
            return asking.recv(5) == b"HTTP/"
        return False


class Supervisor:
    """Two children, the proxy and the portal, and one address for metrics in this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._children = [
            _Child(_PORTAL, settings.portal),
            _Child("addons.serve.worker", settings.listen),
        ]
        self._ending = threading.Event()

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; the exit code."""
        settings = self._settings
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        log_to_stderr("policy")
        raise_open_files()
        prepared = prepare(settings, datetime.now(UTC))
        for endpoint in (settings.listen, settings.portal, settings.metrics):
            _refuse_taken(endpoint)
        # in memory: a full disk must not end a process that counts
        memory = Path("/dev/shm")  # noqa: S108 — a folder of our own is made in it, for our user alone
        with tempfile.TemporaryDirectory(prefix="saywhy-", dir=memory if memory.is_dir() else None) as figures:
            share_figures(Path(figures))
            return self._run_children(prepared)

    def _run_children(self, prepared: Prepared) -> int:
        settings = self._settings
        metrics = serve_metrics(settings.metrics.host, settings.metrics.port, health=self._health)
        try:
            prepared.keeper.start(Metrics())
            for child in self._children:
                child.start(settings)
            self._wait_until_up()
            if not self._ending.is_set():
                print(welcome(settings, prepared), flush=True)  # noqa: T201 — the screen is the command's output
            while not self._ending.wait(_POLL):
                self._restart_the_dead()
        finally:
            prepared.keeper.stop()
            self._stop_children()
            metrics.close()
        return 0

    def _end(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._ending.set()

    def _health(self) -> str:
        """What is wrong, or an empty text."""
        down = [child.module.rpartition(".")[2] for child in self._children if not (child.running and child.answers())]
        return f"not answering: {', '.join(down)}" if down else ""

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + _STARTING_SECONDS
        for child in self._children:
            while not child.answers() and not self._ending.is_set():
                if not child.running or time.monotonic() > deadline:
                    raise StartError(f"{child.module} did not start on {child.endpoint}; what it said stands above")
                time.sleep(_POLL)

    def _restart_the_dead(self) -> None:
        for child in self._children:
            if child.running or time.monotonic() - child.started < _RESTART_SECONDS:
                continue
            if child.process is not None:
                print(  # noqa: T201 — for whoever watches the console
                    f"{child.module} ended by itself ({child.process.returncode}); starting it again",
                    file=sys.stderr,
                    flush=True,
                )
                forget_process(child.process.pid)
            child.start(self._settings)

    def _stop_children(self) -> None:
        for child in self._children:
            if child.process is not None and child.running:
                child.process.terminate()
        deadline = time.monotonic() + DRAIN_SECONDS + 5
        for child in self._children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            if child.process.stdin is not None:
                child.process.stdin.close()


def _refuse_taken(endpoint: Endpoint) -> None:
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((endpoint.host, endpoint.port))
        except OSError as error:
            raise StartError(
                f"{endpoint} cannot be listened on ({error.strerror}); end what listens there, or choose another address"
            ) from None


def run(settings: Settings) -> int:
    """Run Saywhy. The exit code: 0 when ended by a signal, 1 when it could not start (the reason is on stderr)."""
    try:
        return Supervisor(settings).run()
    except StartError as error:
        print(f"saywhy: {error}", file=sys.stderr)  # noqa: T201 — the command's output
        return 1
