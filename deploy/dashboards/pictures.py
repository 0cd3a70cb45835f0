"""A dashboard drawn from what a Prometheus has, for docs/pictures: panel by panel as Grafana lays them out, in its plainest form."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from deploy.dashboards.grafana import laid_out
from deploy.dashboards.panels import AMBER, GREEN, RED, Dashboard, Panel, Shape

# Labels and values over time (Unix seconds), for an expression with its variables replaced.
type Asks = Callable[[str], list[tuple[Mapping[str, str], list[tuple[float, float]]]]]

_COLOURS: Final = {GREEN: "#2e7d32", AMBER: "#b26a00", RED: "#b71c1c"}
_LINES: Final = (
    "#0b3d91",
    "#b26a00",
    "#2e7d32",
    "#7b1fa2",
    "#b71c1c",
    "#00838f",
    "#5d4037",
    "#616161",
    "#c2185b",
    "#455a64",
)
_STYLES: Final = ("-", "--", "-.", ":")
_UNIT: Final = 0.33  # inches, of a row of the layout
_SPANS: Final = ((86_400, "days"), (3_600, "hours"), (60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs"))


def draw(board: Dashboard, asks: Asks, into: Path) -> None:
    """Write it as SVG."""
    import matplotlib as mpl

    mpl.use("Agg")
    with mpl.rc_context(
        {"svg.hashsalt": "saywhy", "svg.fonttype": "none", "font.size": 8, "font.family": "sans-serif"}
    ):
        _draw(board, asks, into)


def _draw(board: Dashboard, asks: Asks, into: Path) -> None:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    places = laid_out(board)
    rows = max(place.y + place.h for place in places)
    figure = plt.figure(figsize=(15, rows * _UNIT + 0.5))
    figure.suptitle(board.title, x=0.01, y=0.995, ha="left", va="top", fontsize=13, fontweight="bold")
    top = rows * _UNIT / (rows * _UNIT + 0.5)
    for panel, place in zip(board.panels, places, strict=True):
        left, width = place.x / 24, place.w / 24
        height = top * place.h / rows
        bottom = top * (1 - (place.y + place.h) / rows)
        whole = (left + 0.004, bottom + 0.004, width - 0.008, height - 0.008)
        figure.add_artist(mpl.patches.Rectangle(whole[:2], *whole[2:], fill=False, edgecolor="#cccccc", linewidth=0.8))
        figure.text(left + 0.01, bottom + height - 0.012, panel.title, va="top", fontweight="bold", fontsize=7.5)
        found = [
            (named(query.legend, labels), over) for query in panel.queries for labels, over in asks(query.expression)
        ]
        if panel.shape is Shape.NUMBER:
            value = found[0][1][-1][1]
            middle = left + width / 2, bottom + 0.4 * height
            figure.text(*middle, told(panel, value), ha="center", va="center", fontsize=17, color=_colour(panel, value))
            continue
        inside = (left + (0.09 if panel.shape is Shape.BARS else 0.035), bottom + 0.14 * height)
        axes = figure.add_axes((*inside, left + width - 0.015 - inside[0], 0.68 * height))
        axes.spines[["top", "right"]].set_visible(False)
        _SHAPES[panel.shape](axes, panel, sorted(found))
    figure.savefig(into, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)


def named(legend: str, labels: Mapping[str, str]) -> str:
    """How a legend names a series with these labels."""
    return re.sub(r"\{\{(\w+)\}\}", lambda label: labels[label[1]], legend)


def told(panel: Panel, value: float) -> str:
    """A value as a person reads it."""
    words = dict(panel.words)
    if value in words:
        return words[int(value)]
    match panel.unit:
        case "percentunit":
            return f"{100 * value:.3g} %"
        case "s":
            span, unit = next(((span, unit) for span, unit in _SPANS if value >= span), _SPANS[-1])
            return f"{_short(value / span)} {unit}" if value else "0"
        case "Bps" | "reqps" | "ops":
            return f"{_short(value)}{' B' if panel.unit == 'Bps' else ''}/s"
        case _:
            return _short(value) if panel.decimals is None else f"{value:,.{panel.decimals}f}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _colour(panel: Panel, value: float) -> str:
    fits = [colour for at, colour in panel.steps if value >= at]
    return _COLOURS[fits[-1]] if fits else "#222222"


def _bars(axes: Any, panel: Panel, found: list[tuple[str, list[tuple[float, float]]]]) -> None:
    largest_last = sorted(found, key=lambda one: (one[1][-1][1], [-ord(letter) for letter in one[0]]))
    names, values = [name for name, _ in largest_last], [over[-1][1] for _, over in largest_last]
    colours = [_colour(panel, value) if panel.steps else _LINES[0] for value in values]
    axes.barh(names, values, color=colours, height=0.6)
    for row, value in enumerate(values):
        axes.annotate(told(panel, value), (value, row), (3, 0), textcoords="offset points", va="center", fontsize=7)
    axes.set_xlim(0, max([*values, 1e-9]) * 1.2)
    axes.set_ylim(min(len(values), 4) - 4.6, len(values) - 0.4)  # a few stand at the top
    axes.set_xticks([])
    axes.tick_params(axis="y", labelsize=7, length=0)


def _lines(axes: Any, panel: Panel, found: list[tuple[str, list[tuple[float, float]]]]) -> None:
    last = max(over[-1][0] for _, over in found)
    for number, (name, over) in enumerate(found):
        axes.plot(
            [(at - last) / 60 for at, _ in over], [value for _, value in over], label=name, linewidth=1.2,
            color=_LINES[number % len(_LINES)], linestyle=_STYLES[number // len(_LINES) % len(_STYLES)],
        )  # fmt: skip
    axes.set_ylim(0, max(1.35 * axes.get_ylim()[1], 1e-9))  # with room for the legend
    axes.yaxis.set_major_locator(_ticks())
    axes.yaxis.set_major_formatter(lambda value, _: told(panel, value))
    axes.xaxis.set_major_formatter(lambda minutes, _: f"{minutes:g} min")
    axes.tick_params(labelsize=6.5)
    axes.grid(axis="y", color="#eeeeee")
    axes.legend(fontsize=6, loc="upper left", frameon=False, ncols=2)


def _ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(4)


_SHAPES: Final = {Shape.BARS: _bars, Shape.LINES: _lines}
