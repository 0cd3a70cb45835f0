"""`saywhy run`: starts the processes, watches over them and ends them."""

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, TextIO

from saywhy.exceptions.database import StoreUnavailable
from saywhy.observe.expose import serve_metrics, share_figures
from saywhy.observe.metrics import Metrics
from saywhy.observe.selftest_figures import SelfTestCollector
from saywhy.observe.state_figures import StateCollector
from saywhy.serve.alarms import Alarm, AlarmWatch, as_kinds
from saywhy.serve.child import NUMBER, log_to_stderr
from saywhy.serve.child_process import PORTAL, WORKER, ChildProcess
from saywhy.serve.end_signals import EndedBeforeStart, EndSignals
from saywhy.serve.first_start import Prepared, StartError, policy_in_force, prepare, roles_of
from saywhy.serve.fork_server import ForkServer, load
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

_STARTING_SECONDS: Final = 30.0
_RESTART_SECONDS: Final = 1.0
_STORE_SECONDS: Final = 5.0  # between two tries of a store that could not be used
_POLL: Final = 0.1


class Supervisor:
    """The children, workers of the proxy and the portal, and one address for metrics in this process."""

    def __init__(self, settings: Settings, server: ForkServer) -> None:
        self._settings = settings
        self._server = server
        self._children: list[ChildProcess] = []
        self._alarms = AlarmWatch({})
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
                environment={NUMBER: str(number)},
                descriptors={**sockets.descriptors, **counts.descriptors},
                forget=partial(counts.forget, number),
            )
            for number in range(settings.workers)
        ]
        self._children = [ChildProcess(PORTAL, (settings.portal,)), *workers]
        state = StateCollector(StateLook(settings))
        also = [state, SelfTestCollector(lambda: None if self._self_test is None else self._self_test.last)]
        server = serve_metrics(settings.metrics.host, settings.metrics.port, health=self._health, also=also)
        metrics = Metrics()
        alarms = AlarmWatch({Alarm.POLICY: lambda: prepared.keeper.trouble}, as_kinds(metrics.alarms))
        self._alarms = alarms
        try:
            prepared.keeper.start(metrics)
            alarms.start()
            for child in self._children:
                child.start(self._server, settings, self._lock)
            self._wait_until_up()
            self._pause(0)
            say(welcome(settings, prepared), sys.stdout)
            self._welcomed = True
            if self._self_test is not None:
                self._self_test.start()
            # without a policy there are no roles, and so no first accounts yet
            is_ready, tried = not prepared.store_problem and prepared.policy is not None, time.monotonic()
            while not self._signals.wait(_POLL):
                self._restart_the_dead()
                for child in self._children:
                    child.hear()
                if not is_ready and time.monotonic() - tried > _STORE_SECONDS:
                    is_ready, tried = self._try_store(prepared), time.monotonic()
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

    def _health(self) -> str:
        """What is wrong, or an empty text."""
        wrong = [f"{about}: {text}" for child in self._children for about, text in child.wrong().items()]
        tested = {} if self._self_test is None else self._self_test.wrong()
        return "\n".join([*wrong, *self._alarms.now.values(), *(f"{about}: {text}" for about, text in tested.items())])

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + _STARTING_SECONDS
        for child in self._children:
            while not child.answers() and not self._signals.count:
                if not child.running or time.monotonic() > deadline:
                    raise StartError(f"the {child.name} did not start; what it said stands above")
                time.sleep(_POLL)
                child.hear()

    def _restart_the_dead(self) -> None:
        for child in self._children:
            if (code := child.ended()) is not None:
                say(f"the {child.name} ended by itself ({code}); starting it again", sys.stderr)
            if child.process is None and time.monotonic() - child.started >= _RESTART_SECONDS:
                child.start(self._server, self._settings, self._lock)

    def _stop_children(self) -> None:
        for child in self._children:
            if child.process is not None and child.running:
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
