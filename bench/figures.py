"""Medians and how far they spread, and a place in a document for them."""

import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def measure(works: Sequence[Callable[[], object]], *, rounds: int = 101, times: int = 200) -> list[list[float]]:
    """Microseconds for one call of each, in several rounds; the works take turns, so that a busy moment meets them all."""
    taken: list[list[float]] = [[] for _ in works]
    for work in works:
        work()
    for _ in range(rounds):
        for number, work in enumerate(works):
            started = time.perf_counter_ns()
            for _ in range(times):
                work()
            taken[number].append((time.perf_counter_ns() - started) / times / 1_000)
    return taken


def told(taken: Sequence[float]) -> str:
    """The median and, in brackets, the middle half of the rounds."""
    low, median, high = statistics.quantiles(taken, n=4)
    return f"{median:.2f} ({low:.2f} to {high:.2f})"


def growth(taken: Sequence[Sequence[float]]) -> float:
    """How many times the smallest the largest costs. Compared within each round, where all sizes ran side by side."""
    ratios = [statistics.median(one / first for one, first in zip(some, taken[0], strict=True)) for some in taken]
    return max(ratios) / min(ratios)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """What it ran on, in a few words."""
    import os

    return f"{os.cpu_count()} cores, {platform.python_implementation()} {platform.python_version()}"


def put_into(document: Path, mark: str, text: str) -> None:
    """Write the text between the marks `<!-- mark -->` and `<!-- /mark -->`."""
    before, _, rest = document.read_text("utf-8").partition(f"<!-- {mark} -->")
    _, _, after = rest.partition(f"<!-- /{mark} -->")
    if not rest:
        raise SystemExit(f"{document} has no <!-- {mark} -->")
    document.write_text(f"{before}<!-- {mark} -->\n\n{text}\n\n<!-- /{mark} -->{after}", "utf-8")
