"""Measuring: the proxies take turns within each round, so that a busy moment of the machine meets them all."""

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.peers.accounting import Memory, cpu_seconds, memory
from bench.peers.clients import Clients, FailedError
from bench.peers.peer import Peer
from bench.peers.scenarios import IDLE, IDLE_CONNECTIONS, Scenario
from bench.peers.tasks import Task

_LONG: Final = 15.0  # seconds of a round after which a proxy has no further one: a gigabyte can take long
_WARM_UP_SECONDS: Final = 1.0
_IDLE_SECONDS: Final = 300.0  # at most, to open them all
_SETTLE_SECONDS: Final = 3.0
_FILES_BESIDES: Final = 1_500  # of a proxy, besides two for each tunnel; Squid keeps some in reserve


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one proxy: CPU seconds of its processes, seconds it took, and how long each step took, in seconds.

    `memory` is that before and after, where connections were held.
    """

    operations: int
    cpu: float
    seconds: float
    taken: tuple[float, ...]
    memory: tuple[Memory, Memory] | None = None

    @property
    def cpu_each(self) -> float:
        """CPU seconds for one operation."""
        return self.cpu / self.operations

    @property
    def rate(self) -> float:
        """Operations a second."""
        return self.operations / self.seconds


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a proxy has no figures in a scenario; `tried` is false where it has no such thing at all."""

    why: str
    tried: bool = True

    def __str__(self) -> str:
        return f"{'failed' if self.tried else 'cannot'}: {self.why[:120]}"


type Outcome = list[Sample] | Failure
type Outcomes = dict[str, dict[str, Outcome]]  # by scenario, by proxy


def measure(
    scenario: Scenario, peers: Sequence[Peer], clients: Clients, rounds: int, scale: float, tell: Callable[[str], None]
) -> dict[str, Outcome]:
    """Some rounds of a scenario for all that can do it, after a short one that is not counted.

    A proxy that gives a wrong answer has no further round and no figures.
    """
    outcome: dict[str, Outcome] = {}
    left = [peer for peer in peers if scenario.key in peer.can]
    for number in range(-1 if scenario.warm_up else 0, min(rounds, scenario.rounds or rounds)):
        for peer in list(left):
            seconds = scenario.seconds * scale if number >= 0 else _WARM_UP_SECONDS
            try:
                sample = (
                    _idle(scenario, peer, clients) if scenario.key == IDLE else _once(scenario, peer, clients, seconds)
                )
            except FailedError as error:
                why = str(error).strip().splitlines()[-1]
                outcome[peer.key] = Failure(why if peer.alive else f"{why}; it has ended")
                tell(f"  {peer.label}: failed: {error}\n{peer.said()[-500:]}")
                left.remove(peer)
                continue
            if number < 0:
                continue
            samples = outcome.setdefault(peer.key, [])
            assert isinstance(samples, list)
            samples.append(sample)
            tell(
                f"  {peer.label}: {sample.cpu_each * 1000:.3f} ms of CPU each, {sample.rate:,.1f} {scenario.unit} a second"
            )
            if sample.seconds > _LONG:
                left.remove(peer)
    return outcome


def _tasks(scenario: Scenario, peer: Peer, clients: Clients) -> list[Task]:
    count = min(scenario.clients, clients.count)
    return [scenario.make(peer, number, count) for number in range(count)]


def _once(scenario: Scenario, peer: Peer, clients: Clients, seconds: float) -> Sample:
    """One round of one proxy. Raises FailedError."""
    done, took, before, after = clients.run(
        _tasks(scenario, peer, clients), seconds, scenario.most, lambda: cpu_seconds(peer.pid)
    )
    operations = sum(one.operations for one in done)
    return Sample(operations, after - before, took, tuple(each for one in done for each in one.taken))


def _idle(scenario: Scenario, peer: Peer, clients: Clients) -> Sample:
    """As many idle connections as this machine's limit of open files lets one process relay, 10,000 at most."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    tasks = _tasks(scenario, peer, clients)
    each = min(IDLE_CONNECTIONS, (limit - _FILES_BESIDES) // 2) // len(tasks)
    done, took, before, after = clients.run(
        tasks, _IDLE_SECONDS, each, lambda: (cpu_seconds(peer.pid), memory(peer.pid)), _SETTLE_SECONDS
    )
    opened = sum(one.operations for one in done)
    if opened < each * len(tasks):
        raise FailedError(f"only {opened:,} connections in {_IDLE_SECONDS:.0f} s")
    time.sleep(_SETTLE_SECONDS)  # until it has closed them all, at its own cost
    taken = tuple(each for one in done for each in one.taken)
    return Sample(opened, after[0] - before[0], took, taken, (before[1], after[1]))
