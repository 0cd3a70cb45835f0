"""How long making a page takes, ours and a school's own beside it; writes docs/performance.md: make bench-pages.

The aim is one millisecond at the median for each of ours. Explaining is not in it: `Judge` does that once for many pages.
"""

import statistics
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.figures import machine, measure, put_into, table, told
from saywhy.decide.engine import Engine
from saywhy.explain.explanation import Explanation
from saywhy.explain.render import PageRenderer
from saywhy.explain.samples import Samples
from saywhy.policy.look import Look
from saywhy.policy.reading.load import load_policy

ROOT: Final = Path(__file__).parents[1]
MOST_MICROSECONDS: Final = 1_000
KINDS: Final = ("app", "care", "caution", "port")
NOW: Final = datetime(2026, 11, 24, 10, 5, tzinfo=UTC)
OWN: Final = "{% block ask %}{{ super() }}<p>{{ page.reference }}</p>{% endblock %}"


def making(renderer: PageRenderer, explanation: Explanation) -> float:
    """The page made once more; its length, so that nothing is left out."""
    return len(renderer.page(explanation))


def main() -> None:
    """Measure, print, write docs/performance.md and say whether the aim is met."""
    engine = Engine(load_policy(ROOT / "policies"))
    plain = PageRenderer()
    ours = plain.wearing(engine.policy.school.look)
    own = PageRenderer().wearing(Look(pages=(("page.html", OWN), ("care.html", "{% block after %}{% endblock %}"))))
    rows: list[list[str]] = []
    worst = 0.0
    for one in Samples(engine, NOW).of(plain.languages, "en", KINDS):
        told_so = one.explanation
        taken = measure([lambda e=told_so: making(ours, e), lambda e=told_so: making(own, e)], rounds=31, times=50)
        rows.append(
            [
                one.kind,
                one.reader.value,
                *map(told, taken),
                f"{statistics.median(taken[1]) / statistics.median(taken[0]):.2f}",
            ]
        )
        worst = max(worst, statistics.median(taken[0]))
        print(" | ".join(rows[-1]), flush=True)
    text = f"Microseconds: median (middle half of 31 rounds of 50). {machine()}.\n\n"
    put_into(
        ROOT / "docs" / "performance.md",
        "pages",
        text + table(["page", "level", "ours", "with a block of the school", "own / ours"], rows),
    )
    if worst > MOST_MICROSECONDS:
        sys.exit(f"not met: {worst:.0f} µs is more than {MOST_MICROSECONDS}")


if __name__ == "__main__":
    main()
