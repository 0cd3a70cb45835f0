"""Measuring: the proxies take turns within each round, so that a busy moment of the machine meets them all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.peers.accounting import cpu_seconds
from bench.peers.clients import Clients, FailedError
from bench.peers.peer import Peer
from bench.peers.scenarios import Scenario

_LONG: Final = 15.0  # seconds of a round after which a proxy has no further one: a gigabyte can take long


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one proxy: CPU seconds of its processes, seconds it took, and how long each step took, in seconds."""

    operations: int
    cpu: float
    seconds: float
    taken: tuple[float, ...]

    @property
    def cpu_per_thousand(self) -> float:
        """CPU seconds for 1,000 operations."""
        return self.cpu * 1000 / self.operations

    @property
    def rate(self) -> float:
        """Operations a second."""
        return self.operations / self.seconds


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a proxy has no figures in a scenario."""

    why: str


type Outcome = list[Sample] | Failure
type Outcomes = dict[str, dict[str, Outcome]]  # by scenario, by proxy


def measure(
    scenario: Scenario, peers: Sequence[Peer], clients: Clients, rounds: int, scale: float, tell: Callable[[str], None]
) -> dict[str, Outcome]:
    """Some rounds of a scenario for all that can do it, after one short round that is not counted."""
    outcome: dict[str, Outcome] = {}
    left = [peer for peer in peers if scenario.key in peer.can]
    for number in range(-1 if not scenario.bulk else 0, min(rounds, scenario.rounds or rounds)):
        for peer in list(left):
            seconds = scenario.seconds * scale
            if number < 0:
                seconds = min(1.0, seconds)
            try:
                sample = once(scenario, peer, clients, seconds)
            except FailedError as error:
                outcome[peer.key] = Failure(str(error).strip().splitlines()[-1])
                tell(f"  {peer.label}: {error}{'' if peer.alive else ' (it has ended)'}")
                left.remove(peer)
                continue
            if number >= 0:
                samples = outcome.setdefault(peer.key, [])
                assert isinstance(samples, list)
                samples.append(sample)
                tell(
                    f"  {peer.label}: {sample.cpu_per_thousand:.3f} CPU s per 1,000, {sample.rate:,.1f} {scenario.unit} a second"
                )
                if sample.seconds > _LONG:
                    left.remove(peer)
    return outcome


def once(scenario: Scenario, peer: Peer, clients: Clients, seconds: float) -> Sample:
    """One round of one proxy. Raises FailedError."""
    count = min(scenario.clients, clients.count)
    tasks = [scenario.make(peer, number, count) for number in range(count)]
    done, took, cpu = clients.run(tasks, seconds, scenario.most, lambda: cpu_seconds(peer.pid))
    operations = sum(one.operations for one in done)
    return Sample(operations, cpu, took, tuple(time for one in done for time in one.taken))
