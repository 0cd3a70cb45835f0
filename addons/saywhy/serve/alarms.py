"""What is wrong in a process now, gathered from the parts that know: for the log, a figure, /healthz and staff."""

import contextlib
import json
import logging
import os
import threading
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Final

logger = logging.getLogger(__name__)

_POLL: Final = 0.5  # seconds
_LONGEST: Final = 900  # signs of one alarm: a line of all of them goes through a pipe at one stroke
_ALIVE: Final = b"alive"
_PIPE: Final = "SAYWHY_ALARMS"


class Alarm(StrEnum):
    """What can be wrong: a closed set."""

    REFUSING = "refusing"  # everything is refused, since no policy is in force
    LISTS = "lists"  # they cannot be read
    SEALED = "sealed"  # sealed lists cannot be read, or were meddled with
    POLICY = "policy"  # the revision in force is not followed, or a change cannot be taken
    TRAIL = "audit-trail"  # it is not what its anchor remembers
    STORE = "store"  # it cannot be used: permits are those last read, and nobody can ask


type Alarms = Mapping[Alarm, str]  # what is wrong, and what to do; empty while all is well
type Sources = Mapping[Alarm, Callable[[], str]]  # each gives an empty text while all is well

NO_POLICY: Final = "EVERYTHING IS REFUSED: no policy is in force"


class AlarmWatch:
    """Asks each part again and again, and tells when something has changed."""

    def __init__(
        self,
        sources: Sources,
        *tell: Callable[[Alarms], None],
        log: logging.Logger = logger,
    ) -> None:
        self.now: Alarms = {}
        self._sources = sources
        self._tell = tell
        self._log = log
        self._told: Alarms | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alarm watch", daemon=True)

    def poll(self) -> None:
        """Look once. Raises what those raise who are told; they are told again then."""
        now = {alarm: text for alarm, source in self._sources.items() if (text := source())}
        if now == self._told:
            return
        if Alarm.REFUSING in now and Alarm.REFUSING not in self.now:  # the parts log what is wrong with them
            self._log.warning("ALARM: %s", now[Alarm.REFUSING])  # an error would end a mitmdump that starts
        for alarm in self.now.keys() - now.keys():
            self._log.warning("the alarm is over: %s", alarm.value)
        self.now = now
        for tell in self._tell:
            tell(now)
        self._told = now

    def start(self) -> None:
        """Look now, and from now on in a thread."""
        self._poll()
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()

    def _poll(self) -> None:
        try:
            self.poll()
        except Exception as error:  # noqa: BLE001 — watching never ends what is watched
            self._log.warning("alarms could not be told, trying again: %s", error)

    def _run(self) -> None:
        while not self._stop.wait(_POLL):
            self._poll()


class AlarmsHeard:
    """What a child process tells of itself through a pipe, until another is started in its place."""

    def __init__(self) -> None:
        self.now: Alarms = {}
        self.signs = 0  # how often it has told that it goes on
        self.is_over = False  # whether all who could tell anything are gone
        self._reading, self.writing = os.pipe()
        os.set_blocking(self._reading, False)
        self._rest = b""

    @property
    def descriptors(self) -> Mapping[str, int]:
        """What the child has to have, by the name under which it finds the number in its environment."""
        return {_PIPE: self.writing}

    def child_has_it(self) -> None:
        """Let go of the child's end."""
        os.close(self.writing)

    def hear(self) -> None:
        """Take what was said since."""
        try:
            while piece := os.read(self._reading, 65_536):
                *lines, self._rest = (self._rest + piece).split(b"\n")
                for line in lines:
                    self._take(line)
            self.is_over = True
        except BlockingIOError:
            pass

    def close(self) -> None:
        """Listen no more."""
        os.close(self._reading)

    def _take(self, line: bytes) -> None:
        if line == _ALIVE:
            self.signs += 1
            return
        try:
            said = json.loads(line)
            self.now = {Alarm(kind): str(text) for kind, text in said.items()}
        except (ValueError, AttributeError):  # a line that was cut
            return


class ToldSupervisor:
    """How a child tells its supervisor; what raises BlockingIOError, or another OSError, was not told."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __call__(self, alarms: Alarms) -> None:
        """Tell what is wrong now."""
        said = json.dumps({alarm: text[:_LONGEST] for alarm, text in alarms.items()})
        os.write(self._descriptor, f"\n{said}\n".encode())  # what was cut before ends with the line

    def is_alive(self) -> None:
        """Tell that it goes on. Where that cannot be told, nothing stops."""
        with contextlib.suppress(OSError):
            os.write(self._descriptor, b"\n%b\n" % _ALIVE)


def tell_supervisor() -> ToldSupervisor:
    """The way that this child's supervisor gave it; to be asked for once."""
    descriptor = int(os.environ.pop(_PIPE))
    os.set_blocking(descriptor, False)
    return ToldSupervisor(descriptor)


def as_kinds(told: Callable[[Collection[str]], None]) -> Callable[[Alarms], None]:
    """For those who want no more than the kinds, such as figures."""
    return lambda alarms: told({alarm.value for alarm in alarms})
