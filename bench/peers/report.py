"""The outcomes in words and tables (Markdown)."""

from collections.abc import Mapping, Sequence

from bench.figures import machine, table
from bench.peers import aims
from bench.peers.mix import KINDS, MEAN_REQUESTS, SIZES
from bench.peers.rounds import Failure, Outcome, Outcomes
from bench.peers.scenarios import IDLE, IDLE_CONNECTIONS, SCENARIOS, Scenario
from bench.peers.summary import Spread, cpu, rate, ratio, summary


def figure(value: float) -> str:
    """With about three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def between(spread: Spread) -> str:
    """The median, and in brackets the lowest and the highest."""
    if spread.low == spread.high:
        return figure(spread.median)
    return f"{figure(spread.median)} ({figure(spread.low)} to {figure(spread.high)})"


def _times(spread: Spread | None) -> str:
    return "" if spread is None else f"{spread.median:.2f} times"


def scenario_table(scenario: Scenario, of: Mapping[str, Outcome], labels: Mapping[str, str]) -> str:
    """One line for each proxy that was tried."""
    bulk = scenario.unit == "GB"
    heads = (
        ["", "CPU seconds for 1 GB", "MB a second", "Saywhy's CPU", "Saywhy's rate"]
        if bulk
        else [
            "",
            f"CPU seconds for 1,000 {scenario.unit}",
            "a second",
            "p50, ms",
            "p99, ms",
            "Saywhy's CPU",
            "Saywhy's rate",
        ]
    )
    rows = []
    ours = of.get("saywhy")
    for key, outcome in of.items():
        if isinstance(outcome, Failure):
            rows.append([labels[key], str(outcome), *[""] * (len(heads) - 2)])
            continue
        told = summary(outcome)
        ratios = ["", ""] if key == "saywhy" else [_times(ratio(ours, outcome, what)) for what in (cpu, rate)]
        if bulk:
            each, speed = told.cpu, told.rate
            figures = [
                between(Spread(each.low / 1000, each.median / 1000, each.high / 1000)),
                between(Spread(speed.low * 1000, speed.median * 1000, speed.high * 1000)),
            ]
        else:
            figures = [between(told.cpu), between(told.rate), figure(told.p50), figure(told.p99)]
        rows.append([labels[key], *figures, *ratios])
    return table(heads, rows)


def idle_table(of: Mapping[str, Outcome], labels: Mapping[str, str]) -> str:
    """Memory of all processes of a proxy before and with the connections."""
    heads = ["", "connections", "MB before", "MB with them (of it no other process's)", "kB each", "CPU ms to open one"]
    rows = []
    for key, outcome in of.items():
        if isinstance(outcome, Failure):
            rows.append([labels[key], str(outcome), *[""] * 4])
        elif (held := outcome[0].memory) is not None:
            before, after = held
            count = outcome[0].operations
            rows.append([
                labels[key], f"{count:,}", f"{before.pss / 1e6:.0f}", f"{after.pss / 1e6:.0f} ({after.uss / 1e6:.0f})",
                f"{(after.pss - before.pss) / 1e3 / count:.1f}", f"{outcome[0].cpu_each * 1000:.2f}",
            ])  # fmt: skip
    return table(heads, rows)


def report(outcomes: Outcomes, labels: Mapping[str, str], told: Sequence[str], how: str) -> str:
    """All that goes into the document."""
    titles = {one.key: one.title for one in SCENARIOS}
    measured = (
        f"{how} {machine()}. The median of the rounds (lowest to highest); ratios are Saywhy's figure divided by the "
        "other's, round by round. Latencies are of all rounds together."
    )
    parts = [
        measured,
        table(["aim", "wanted", "measured", ""], aims.rows(outcomes, titles, labels)),
        "![CPU seconds for 1,000 operations, by scenario and proxy](pictures/peers.svg)",
        "\n".join(f"- {one}" for one in told),
    ]
    for scenario in SCENARIOS:
        of = outcomes.get(scenario.key)
        if of:
            shown = idle_table(of, labels) if scenario.key == IDLE else scenario_table(scenario, of, labels)
            words = f"{mix_in_words()}\n\n" if scenario.key == "school-day" else ""
            parts.append(f"### {scenario.title}\n\n{words}{shown}")
    return "\n\n".join(parts)


def mix_in_words() -> str:
    """How a school day is made, from the figures it is made with."""
    kinds = ", ".join(f"{share} {kind}" for kind, share in KINDS.items())
    sizes = ", ".join(f"{share} of {size // 1000:,} kB" for size, share in SIZES.items())
    return f"Of 100 connections {kinds}; {MEAN_REQUESTS} requests over each on average; of 100 answers {sizes}."


def idle_note(limit: int) -> str:
    """Why fewer connections than wanted were held, or an empty text."""
    if limit >= 2 * IDLE_CONNECTIONS + 1000:
        return ""
    return f" A process could open {limit:,} files, so fewer than {IDLE_CONNECTIONS:,} idle connections were held."
