"""What Saywhy is meant to reach beside its peers, and whether it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bench.peers.rounds import Failure, Outcome, Outcomes, Sample
from bench.peers.scenarios import IDLE, IDLE_CONNECTIONS
from bench.peers.summary import cpu, rate, ratio

IDLE_BYTES: Final = 200_000_000


@dataclass(frozen=True, slots=True)
class Aim:
    """Saywhy's figure, or that of the peer `mine`, is at most, or at least, so many times a peer's."""

    scenario: str
    peer: str
    what: Callable[[Sample], float]
    times: float
    at_most: bool = True
    mine: str = "saywhy"


AIMS: Final = (
    Aim("relayed-new", "squid", cpu, 0.7),
    Aim("relayed-kept", "squid", cpu, 0.9),
    Aim("bulk-relayed", "squid", rate, 1.0, at_most=False),
    Aim("inspected-new", "mitmdump", cpu, 0.5),
    Aim("inspected-new", "squid-bump", cpu, 0.5),
    Aim("inspected-kept", "mitmdump", cpu, 0.5),
    Aim("inspected-kept", "squid-bump", cpu, 0.7),
    Aim("plain-kept", "squid", cpu, 0.8),
    Aim("block-pages-plain", "e2guardian", cpu, 1.0),
    Aim("block-pages", "e2guardian", cpu, 0.04),
    Aim("block-pages", "e2guardian", rate, 3.0, at_most=False),
    Aim("school-day", "squid-bump", cpu, 0.6),
    Aim("inspected-kept", "saywhy", rate, 1.8, at_most=False, mine="saywhy-two"),
    Aim("inspected-kept", "saywhy", cpu, 1.25, mine="saywhy-files"),
    Aim("bulk-inspected", "saywhy", rate, 0.95, at_most=False, mine="saywhy-files"),
)


def verdict(value: float, bound: float, *, at_most: bool = True) -> str:
    """Met, or missed by how much of the bound."""
    if value <= bound if at_most else value >= bound:
        return "met"
    return f"missed by {abs(value / bound - 1):.0%}"


def rows(outcomes: Outcomes, titles: Mapping[str, str], labels: Mapping[str, str]) -> list[list[str]]:
    """Aim, wanted, measured (lowest to highest of the rounds), verdict; for the scenarios that were run."""
    table = []
    for aim in AIMS:
        of = outcomes.get(aim.scenario, {})
        measured = ratio(of.get(aim.mine), of.get(aim.peer), aim.what)
        kind = "CPU" if aim.what is cpu else "rate"
        kind += f" of {labels[aim.mine]}" if aim.mine != "saywhy" else ""
        said = [
            f"{titles[aim.scenario]}: {kind} beside {labels[aim.peer]}",
            f"{'at most' if aim.at_most else 'at least'} {aim.times:g} times",
        ]
        if measured is None:
            table.append([*said, "", _why(of, aim.mine, aim.peer)])
        else:
            shown = f"{measured.median:.2f} times ({measured.low:.2f} to {measured.high:.2f})"
            table.append([*said, shown, verdict(measured.median, aim.times, at_most=aim.at_most)])
    return [*table, _idle(outcomes.get(IDLE, {}))]


def _why(of: Mapping[str, Outcome], *keys: str) -> str:
    for key in keys:
        outcome = of.get(key)
        if isinstance(outcome, Failure):
            return f"not measured: {key} failed"
    return "not measured"


def _idle(of: Mapping[str, Outcome]) -> list[str]:
    said = [f"{IDLE_CONNECTIONS:,} idle connections: memory of all processes", f"at most {IDLE_BYTES / 1e6:.0f} MB"]
    outcome = of.get("saywhy")
    if not outcome or isinstance(outcome, Failure) or outcome[0].memory is None:
        return [*said, "", _why(of, "saywhy")]
    before, after = (one.pss for one in outcome[0].memory)
    held = outcome[0].operations
    total = before + (after - before) * IDLE_CONNECTIONS / held
    shown = f"{total / 1e6:.0f} MB" + ("" if held == IDLE_CONNECTIONS else f" (from {held:,})")
    return [*said, shown, verdict(total, IDLE_BYTES)]
