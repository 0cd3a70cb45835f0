"""What dashboards are described by: panels, each a question and the queries that answer it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GREEN: Final = "green"
AMBER: Final = "orange"
RED: Final = "red"

# A stretch of a dashboard's whole time, and one that Grafana makes long enough for a rate.
WHOLE: Final = "[$__range]"
RATE: Final = "[$__rate_interval]"


class Shape(StrEnum):
    """How a panel shows what it found."""

    NUMBER = "number"
    BARS = "bars"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL, and how each of its series is named: `{{label}}` stands for a label's value."""

    expression: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """`says` is read by whoever wants to know more. `unit` is one of Grafana's. Width in 24ths of a row.

    `steps` colour a number: from each value on; `words` are told instead of a value.
    """

    title: str
    says: str
    queries: tuple[Query, ...]
    shape: Shape = Shape.LINES
    unit: str = "short"
    width: int = 8
    steps: tuple[tuple[float, str], ...] = ()
    words: tuple[tuple[int, str], ...] = ()
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`uid` stays what it is, so that links go on to lead there. `since` is what it shows at first."""

    uid: str
    title: str
    says: str
    since: str
    panels: tuple[Panel, ...]


def number(title: str, says: str, expression: str, unit: str = "short", **more: object) -> Panel:
    """A panel with one number."""
    return Panel(title, says, (Query(expression),), Shape.NUMBER, unit, **{"width": 4, **more})  # type: ignore[arg-type]


def bars(title: str, says: str, expression: str, legend: str, unit: str = "short", **more: object) -> Panel:
    """A panel that compares, for the dashboard's whole time or for now; the largest first, and counts without a fraction."""
    found = Query(f"sort_desc({expression})", legend)
    return Panel(title, says, (found,), Shape.BARS, unit, **{"decimals": 0 if unit == "short" else None, **more})  # type: ignore[arg-type]


def lines(title: str, says: str, unit: str, *queries: Query, **more: object) -> Panel:
    """A panel that shows how something changes."""
    return Panel(title, says, queries, Shape.LINES, unit, **more)  # type: ignore[arg-type]
