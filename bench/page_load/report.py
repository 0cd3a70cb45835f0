"""What came out, in words and tables (Markdown), and as JSON."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from bench.figures import machine, table
from bench.page_load.browser import Load, Visit
from bench.page_load.pages import LAYOUTS, VISITED
from bench.peers.report import between
from bench.peers.summary import spread

HTTP_1: Final = "filter-http1"
HTTP_2: Final = "filter-http2"
FRONT: Final = "filter-http2-front"


@dataclass(frozen=True, slots=True)
class Outcome:
    """All visits of a layout over a link, by way, in the order in which they took turns.

    `round_trip` is what was asked for, in milliseconds, `connecting` what opening a connection to the origin took.
    """

    layout: str
    round_trip: int
    connecting: float
    visits: Mapping[str, Sequence[Visit]]


def report(outcomes: Sequence[Outcome], labels: Mapping[str, str], visits: int) -> str:
    """All that goes into the document. `labels` by way, whichever have a CPU figure first."""
    parts = [f"{visits} visits each. {machine()}. The median (lowest to highest)."]
    for layout, words in LAYOUTS.items():
        of = [one for one in outcomes if one.layout == layout]
        if of:
            parts += [f"### {words}", *(_table(one, labels) for one in of)]
    for way, words in ((HTTP_1, "HTTP/1.1 towards the browser"), (FRONT, "HTTP/2 with the thin lane behind")):
        if compared := _compared(outcomes, way):
            parts += [f"### {words}, divided by HTTP/2 end to end", compared]
    return "\n\n".join(parts)


def as_json(outcomes: Sequence[Outcome]) -> str:
    """Every single load."""
    return json.dumps([asdict(one) for one in outcomes], indent=1)


def _table(outcome: Outcome, labels: Mapping[str, str]) -> str:
    """One line for each way."""
    heads = [
        f"round trip {outcome.round_trip} ms (connecting took {outcome.connecting:.1f} ms)",
        *(f"{name} page, ms" for name in VISITED),
        *(f"filter's CPU, {name} page, ms" for name in VISITED),
        *(f"connections opened, {name} page" for name in VISITED),
    ]
    rows = []
    for way, visits in outcome.visits.items():
        pages = list(zip(*visits, strict=True))
        spent = any(load.cpu for visit in visits for load in visit)
        rows.append([
            labels[way],
            *(between(spread([one.milliseconds for one in loads])) for loads in pages),
            *(between(spread([one.cpu * 1000 for one in loads])) if spent else "" for loads in pages),
            *(_count([one.connections for one in loads]) for loads in pages),
        ])  # fmt: skip
    return table(heads, rows)


def _compared(outcomes: Sequence[Outcome], way: str) -> str:
    """One line for each layout and round trip where this way and HTTP/2 end to end were measured, turn by turn."""
    whats: list[Callable[[Load], float]] = [lambda one: one.milliseconds, lambda one: one.cpu]
    rows = []
    for one in outcomes:
        if {way, HTTP_2} <= one.visits.keys():
            turns = list(zip(one.visits[way], one.visits[HTTP_2], strict=True))
            ratios = [
                [what(this[page]) / what(http2[page]) for this, http2 in turns if what(http2[page])]
                for what in whats
                for page in range(len(VISITED))
            ]
            told = [between(spread(some)) if some else "" for some in ratios]
            rows.append([LAYOUTS[one.layout], f"{one.round_trip} ms", *told])
    heads = ["", "round trip", *(f"{what}, {name} page" for what in ("time", "CPU") for name in VISITED)]
    return table(heads, rows) if rows else ""


def _count(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low} to {high}"
