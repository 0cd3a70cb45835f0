"""`saywhy run`: starts the processes, watches over them and ends them."""

import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, TextIO

from saywhy.exceptions.database import StoreUnavailable
from saywhy.observe.expose import serve_metrics, share_figures
from saywhy.observe.metrics import Metrics
from saywhy.observe.restart_figures import RestartFigures
from saywhy.observe.selftest_figures import SelfTestCollector
from saywhy.observe.state_figures import StateCollector
from saywhy.serve.alarms import Alarm, AlarmWatch, as_kinds
from saywhy.serve.child import NUMBER, log_to_stderr
from saywhy.serve.child_process import PORTAL, WORKER, ChildProcess
from saywhy.serve.end_signals import EndedBeforeStart, EndSignals
from saywhy.serve.first_start import Prepared, StartError, policy_in_force, prepare, roles_of
from saywhy.serve.fork_server import ForkServer, load
from saywhy.serve.health import State
from saywhy.serve.health_look import HealthLook, PolicyLook
from saywhy.serve.listen_sockets import ListenSockets
from saywhy.serve.open_files import raise_open_files
from saywhy.serve.ports import NO_LOCK, children_of, wait_until_free
from saywhy.serve.running import Held, HeldError, hold
from saywhy.serve.screen import first_accounts, welcome
from saywhy.serve.selfcheck.self_test import self_test
from saywhy.serve.settings import DRAIN_SECONDS, Settings
from saywhy.serve.shared_counts import SharedCounts
from saywhy.serve.state_look import StateLook
from saywhy.serve.store_process import prepare_store_apart

_STORE_SECONDS: Final = 5.0  # between two tries of a store that could not be used
_POLL: Final = 0.1


class Supervisor:
    """The children, workers of the proxy and the portal, and one address for metrics in this process."""

    def __init__(self, settings: Settings, server: ForkServer) -> None:
        self._settings = settings
        self._server = server
        self._children: list[ChildProcess] = []
        self._signals = EndSignals()
        self._lock = NO_LOCK
        self._welcomed = False
        self._self_test = self_test(settings)

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; the exit code."""
        settings = self._settings
        log_to_stderr("policy")
        raise_open_files()
        with (
            contextlib.closing(hold(settings, datetime.now(UTC), pause=self._pause)) as held,
            children_of(settings.state) as self._lock,
            shared_figures(),
        ):
            prepared = prepare(settings, datetime.now(UTC), partial(prepare_store_apart, self._server))
            try:
                for endpoint in (*settings.listen, settings.portal, settings.metrics):
                    wait_until_free(endpoint, self._lock, pause=self._pause)
                self._pause(0)
                with (
                    contextlib.closing(ListenSockets(settings.listen)) as sockets,
                    contextlib.closing(SharedCounts(settings.workers)) as counts,
                ):
                    return self._run_children(prepared, held, sockets, counts)
            finally:
                if (
                    not self._welcomed
                ):  # the accounts are made, and this is the only time that their passwords are known
                    say("\n".join(first_accounts(prepared.passwords, settings)), sys.stdout)

    def _run_children(self, prepared: Prepared, held: Held, sockets: ListenSockets, counts: SharedCounts) -> int:
        settings = self._settings
        workers = [
            ChildProcess(
                WORKER,
                name="worker" if settings.workers == 1 else f"worker {number + 1}",
                label=f"worker-{number + 1}",
                environment={NUMBER: str(number)},
                descriptors={**sockets.descriptors, **counts.descriptors},
                forget=partial(counts.forget, number),
            )
            for number in range(settings.workers)
        ]
        self._children = [ChildProcess(PORTAL, (settings.portal,)), *workers]
        state = StateCollector(StateLook(settings))
        also = [state, SelfTestCollector(lambda: None if self._self_test is None else self._self_test.last)]
        metrics = Metrics()
        self._restarts = RestartFigures(metrics.registry, [child.label for child in self._children])
        alarms = AlarmWatch({Alarm.POLICY: lambda: prepared.keeper.trouble}, as_kinds(metrics.alarms))
        tested = dict[str, str] if self._self_test is None else self._self_test.wrong
        look = HealthLook(self._children, alarms, PolicyLook(prepared.keeper.revisions), sockets, tested)
        probes = {"/healthz/live": look.live, "/healthz/ready": look.ready}
        server = serve_metrics(settings.metrics.host, settings.metrics.port, look.text, also, probes)
        try:
            prepared.keeper.start(metrics)
            alarms.start()
            for child in self._children:
                child.start(self._server, settings, self._lock, time.monotonic())
            self._wait_until_up(look)
            self._pause(0)
            say(welcome(settings, prepared), sys.stdout)
            self._welcomed = True
            if self._self_test is not None:
                self._self_test.start()
            if prepared.store_problem or prepared.policy is None:  # without a policy there are no accounts yet
                threading.Thread(target=self._keep_trying_store, args=(prepared,), name="store", daemon=True).start()
            while not self._signals.wait(_POLL):
                now = time.monotonic()
                for child in self._children:
                    self._look_after(child, now)
                look.looked(now)
        finally:
            held.ending()
            sockets.close()
            if self._self_test is not None:
                self._self_test.stop()
            alarms.stop()
            prepared.keeper.stop()
            self._stop_children()
            server.close()
        return 0

    def _keep_trying_store(self, prepared: Prepared) -> None:
        while not self._signals.wait(_STORE_SECONDS):
            with contextlib.suppress(StartError):  # the supervisor meets it as well
                if self._try_store(prepared):
                    return

    def _try_store(self, prepared: Prepared) -> bool:
        """Make what could not be made at the start. Whether it is all there now."""
        policy = prepared.policy or policy_in_force(self._settings.revisions)
        try:
            passwords = prepare_store_apart(self._server, self._settings, roles_of(policy))
        except StoreUnavailable:
            return False
        if prepared.store_problem and policy is not None:
            say("The store can be used now: requests and permits are kept again.", sys.stdout)
        say("\n".join(first_accounts(passwords, self._settings)), sys.stdout)
        return policy is not None

    def _pause(self, seconds: float) -> None:
        """Wait before anything runs. Raises EndedBeforeStart when told to end meanwhile."""
        if self._signals.wait(seconds):
            raise EndedBeforeStart

    def _wait_until_up(self, look: HealthLook) -> None:
        while not all(child.is_up for child in self._children) and not self._signals.wait(_POLL):
            now = time.monotonic()
            for child in self._children:
                child.look(now)
                if not child.running or child.hangs():
                    raise StartError(f"the {child.name} did not start; what it said stands above")
            look.looked(now)

    def _look_after(self, child: ChildProcess, now: float) -> None:
        """Hear it; end it where it hangs; start another where it has ended."""
        child.look(now)
        if why := child.hangs():
            pid = 0 if child.process is None else child.process.pid
            say(f"the {child.name} (process {pid}) {why}: it hangs, is ended and started again", sys.stderr)
            child.end_hanging()
        if (ended := child.ended(now)) is not None:
            code, pause = ended
            soon = f" in {pause:.0f} seconds: {child.ended_soon} ended soon, one after another" if pause >= 1 else ""
            if not child.hung:
                say(f"the {child.name} ended by itself ({code}); starting it again{soon}", sys.stderr)
            elif soon:
                say(f"the {child.name} is started again{soon}", sys.stderr)
        if child.may_start(now):
            self._restarts.restarted(child.label, hung=child.hung)
            child.start(self._server, self._settings, self._lock, now)

    def _stop_children(self) -> None:
        for child in self._children:
            if child.process is not None and child.state is State.SILENT:
                child.process.kill()  # it hears nothing
            elif child.process is not None and child.running:
                child.process.terminate()
        deadline = time.monotonic() + DRAIN_SECONDS + 5
        while any(child.running for child in self._children) and time.monotonic() < deadline:
            if self._signals.wait(_POLL, 2):  # told a second time: nobody is waited for
                break
        for child in self._children:
            child.kill()


def say(text: str, stream: TextIO) -> None:
    """Print, if anybody takes it: a console that is gone, or a log on a disk that is full, ends nothing."""
    with contextlib.suppress(OSError, ValueError):
        if text:
            print(text, file=stream, flush=True)


@contextlib.contextmanager
def shared_figures() -> Iterator[None]:
    """A folder for the figures of all processes, in memory where that goes. Without one each keeps its own."""
    memory = Path("/dev/shm")  # noqa: S108 — a folder of our own is made in it, for our user alone
    with contextlib.ExitStack() as stack:
        for place in (memory if memory.is_dir() else None, None):
            try:
                share_figures(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="saywhy-", dir=place))))
            except OSError as error:
                say(
                    f"saywhy: no folder for figures can be made in {place or tempfile.gettempdir()}: {error}",
                    sys.stderr,
                )
            else:
                break
        yield


def run(settings: Settings) -> int:
    """Run Saywhy. The exit code: 0 when ended by a signal, 1 when it could not start (the reason is on stderr)."""
    load()
    with contextlib.closing(ForkServer.forked()) as server:  # first of all, and so alone
        try:
            return Supervisor(settings, server).run()
        except EndedBeforeStart as ended:
            say(f"saywhy: {ended}", sys.stderr)
            return 0
        except (HeldError, StartError) as error:
            say(f"saywhy: {error}", sys.stderr)
            return 1
