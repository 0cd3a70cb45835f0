"""The plot: what an operation costs each proxy, on a scale where each line is ten times the one before."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.peers.rounds import Failure, Outcomes
from bench.peers.scenarios import IDLE, SCENARIOS
from bench.peers.summary import summary

# Shape and shade, so that it can be read without colour.
MARKS: Final[Mapping[str, tuple[str, str]]] = {
    "squid": ("s", "#8c8c8c"),
    "squid-bump": ("D", "#8c8c8c"),
    "squid-bump-rsa": ("d", "#c4c4c4"),
    "e2guardian": ("^", "#e08a2e"),
    "mitmdump": ("v", "#555555"),
    "saywhy": ("o", "#0b3d91"),
    "saywhy-files": ("P", "#6f8fc9"),
    "saywhy-two": ("X", "#6f8fc9"),
}


def plot(outcomes: Outcomes, labels: Mapping[str, str], into: Path) -> None:
    """Write the plot as SVG."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "saywhy"
    import matplotlib.pyplot as plt

    shown = [one for one in SCENARIOS if one.key in outcomes and one.key != IDLE]
    figure, axes = plt.subplots(figsize=(9, 1.4 + 0.55 * len(shown)))
    named: dict[str, Any] = {}
    for row, scenario in enumerate(reversed(shown)):
        axes.axhline(row, color="#e6e6e6", linewidth=1, zorder=0)
        for key, outcome in outcomes[scenario.key].items():
            if isinstance(outcome, Failure):
                continue
            told = summary(outcome).cpu
            by = 1000 if scenario.unit == "GB" else 1
            ours = key == "saywhy"
            shape, shade = MARKS[key]
            axes.plot([told.low / by, told.high / by], [row, row], color=shade, linewidth=2, zorder=1)
            (named[key],) = axes.plot(
                told.median / by, row, shape, color=shade, markersize=11 if ours else 8, markeredgecolor="black",
                markeredgewidth=1.4 if ours else 0.6, zorder=3 if ours else 2,
            )  # fmt: skip
            if ours:
                axes.annotate(
                    f"{told.median / by:.2g}", (told.median / by, row), (0, 9), textcoords="offset points", ha="center",
                    fontsize=8, color=shade,
                )  # fmt: skip
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_yticks(range(len(shown)), [one.title for one in reversed(shown)])
    axes.set_ylim(-0.6, len(shown) - 0.3)
    axes.set_xlabel("CPU seconds of the proxy's processes for 1,000 operations, or for 1 GB; further left is better")
    axes.grid(axis="x", color="#e6e6e6")
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    order = [key for key in MARKS if key in named]
    figure.legend(
        [named[key] for key in order], [labels[key] for key in order], loc="upper center", ncols=3, frameon=False,
    )  # fmt: skip
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.75 / figure.get_figheight()))
    figure.savefig(into, metadata={"Date": None})
    plt.close(figure)
