"""The self-test: every check through each port that devices use, once a minute, in a thread of the supervisor.

Nothing waits for it, and one run is over before the next begins. SAYWHY_SELF_TEST=off in the environment leaves it out.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from saywhy.observe.selftest_figures import SelfTestFigures
from saywhy.proxy.tls.authority import CERTIFICATE
from saywhy.serve.selfcheck.checks import Check, Result, tried
from saywhy.serve.selfcheck.through_proxy import ThroughProxy
from saywhy.serve.settings import Settings

logger = logging.getLogger(__name__)

SELF_TEST: Final = "SAYWHY_SELF_TEST"
EVERY: Final = 60.0  # seconds
LATE: Final = 300.0  # seconds after which one that has not run is told as wrong
_SURE: Final = 2  # runs in a row after which a failure is told: a worker may just be started again

type Try = Callable[[Check, ThroughProxy], Result]


class SelfTest:
    """`clock` gives monotonic seconds, `unix` seconds of the wall clock."""

    def __init__(
        self,
        ports: Sequence[ThroughProxy],
        try_one: Try = tried,
        *,
        clock: Callable[[], float] = time.monotonic,
        unix: Callable[[], float] = time.time,
    ) -> None:
        self._ports = ports
        self._try = try_one
        self._clock = clock
        self._unix = unix
        self._began = clock()
        self._ended: float | None = None
        self._failed: Mapping[Check, int] = {}  # runs in a row
        self._wrong: Mapping[Check, Result] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="self-test", daemon=True)
        self.last: SelfTestFigures | None = None

    def run_once(self) -> None:
        """Try all."""
        started = self._clock()
        found = [self._try(check, port) for check in Check for port in self._ports]
        wrong = {one.check: one for one in found if one.wrong}  # of several ports the last
        wrong |= {one.check: one for one in found if one.let_through}
        self._tell(wrong)
        self._failed = {check: self._failed.get(check, 0) + 1 for check in wrong}
        self._wrong = wrong
        self._ended = self._clock()
        passed = {check.value: check not in wrong for check in Check}
        let_through = sum(one.let_through for one in wrong.values())
        self.last = SelfTestFigures(passed, let_through, self._unix(), self._ended - started)

    def wrong(self) -> Mapping[str, str]:
        """What is wrong, by what it is about: at once what was let through, the rest once it has failed twice."""
        now, since = self._clock(), self._began if self._ended is None else self._ended
        if now - since > LATE:
            return {"self-test": f"it has not run for {now - since:.0f} seconds"}
        failed, wrong = self._failed, self._wrong
        return {
            f"self-test, {check}": one.wrong
            for check, one in wrong.items()
            if one.let_through or failed.get(check, 0) >= _SURE
        }

    def start(self) -> None:
        """Run now, and then again and again, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Run no more; a run under way is not waited for."""
        self._stop.set()

    def _tell(self, wrong: Mapping[Check, Result]) -> None:
        for check, one in wrong.items():
            if one.let_through or not (check in self._wrong or self._stop.is_set()):  # what is ending answers no more
                level = logging.CRITICAL if one.let_through else logging.WARNING
                logger.log(level, "ALARM: self-test, %s: %s", check, one.wrong)
        for check in self._wrong.keys() - wrong.keys():
            logger.warning("the alarm is over: self-test, %s", check)

    def _run(self) -> None:
        for _ in _turns(self._stop):
            try:
                self.run_once()
            except Exception:
                logger.exception("the self-test raised; it is tried again")


def _turns(stop: threading.Event) -> Iterator[None]:
    while not stop.is_set():
        yield
        stop.wait(EVERY)


def self_test(settings: Settings) -> SelfTest | None:
    """That of a filter; None where somebody has switched it off."""
    if os.environ.get(SELF_TEST, "on") == "off":
        return None
    return SelfTest(ports_of(settings))


def ports_of(settings: Settings) -> tuple[ThroughProxy, ...]:
    """Where devices reach the filter, from this machine, with the school's authority as the only one that is trusted."""
    roots = settings.authority / CERTIFICATE
    return tuple(ThroughProxy(one.reachable_host, one.port, roots) for one in settings.listen)
