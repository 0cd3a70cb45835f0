"""How long one decision takes, by the number of rules and of grants: `make bench-decide`.

Each mix is measured at every size within one run, the sizes taking turns; what counts is the ratio between the largest
and the smallest, because a machine may be busy. The worst figures are asserted: a decision that grows fails the run.
"""

import statistics
import sys
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path

from figures import growth, machine, measure, put_into, table, told
from schools import AT, GRANT_KINDS, MIXES, SITES, grants, school

from saywhy.decide.access import Access, Target, subject_in, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.policy.reading.load import load_policy
from saywhy.policy.rule import Effect

ROOT = Path(__file__).parents[1]
RULES = (10, 100, 1_000, 10_000)
GRANTS = (0, 100, 1_000, 10_000)
MOST_GROWTH = 1.5  # the largest costs at most so many times the smallest
MOST_WITH_GRANTS = 2.0  # a decision that looks grants up costs at most so many times one where there are none
MOST_MICROSECONDS = 15.0  # for a whole URL, at the median
HOSTS_NOT_SEEN = 20_000

type Work = Callable[[], object]


def work(engine: Engine, held: Grants, target: Target, group: str = "year9") -> Work:
    """One decision, its Access made anew as for each request."""
    subject = subject_in(engine.policy, (group,), place=engine.policy.places[0].name, device=ip_address("10.30.9.21"))
    return lambda: decide(engine, held, Access(subject, target, AT))


def work_from_text(engine: Engine, held: Grants, text: str, group: str = "year9") -> Work:
    """One decision with the reading of its URL."""
    subject = subject_in(engine.policy, (group,), place=engine.policy.places[0].name, device=ip_address("10.30.9.21"))
    return lambda: decide(engine, held, Access(subject, target_of_url(text), AT))


def work_not_seen(engine: Engine, held: Grants, text: str) -> Work:
    """One decision on a host that the engine has not met before, or so long ago that it does not remember."""
    subject = subject_in(engine.policy, ("year9",), place=engine.policy.places[0].name, device=ip_address("10.30.9.21"))
    known = target_of_url(text)
    assert known.url is not None
    targets = [Target(f"h{n}.{known.host}", known.port, known.url) for n in range(HOSTS_NOT_SEEN)]
    at = 0

    def once() -> object:
        nonlocal at
        at = (at + 1) % HOSTS_NOT_SEEN
        return decide(engine, held, Access(subject, targets[at], AT))

    return once


def row(name: str, works: Sequence[Work]) -> tuple[list[str], float]:
    """A line of the table and its growth."""
    taken = measure(works)
    grown = growth(taken)
    line = [name, *map(told, taken), f"{grown:.2f}"]
    print(" | ".join(line), flush=True)
    return line, grown


def by_rules() -> tuple[str, float]:
    """The table by the number of rules."""
    rows: list[list[str]] = []
    worst = 0.0
    for mix, (make, default) in MIXES.items():
        engines = [school(make, size, default) for size in RULES]
        for site, text in SITES.items():
            host = target_of_host(target_of_url(text).host)
            for name, works in {
                "whole URL": [work(one, NO_GRANTS, target_of_url(text)) for one in engines],
                "host alone": [work(one, NO_GRANTS, host) for one in engines],
                "host not seen before": [work_not_seen(one, NO_GRANTS, text) for one in engines],
            }.items():
                line, grown = row(f"{mix}; {site}; {name}", works)
                rows.append(line)
                worst = max(worst, grown)
    return table(["rules by", *(f"{size:,}" for size in RULES), "largest ÷ smallest"], rows), worst


def by_grants() -> tuple[str, float, float]:
    """The table by the number of grants, on a closed page: only then are grants looked at.

    Beside it the worst growth from few to many, and from none to many: looking any up takes a moment by itself.
    """
    make, _ = MIXES["one domain a rule"]
    engine = school(make, 1_000, Effect.BLOCK)
    target = target_of_url("https://www.play.example/shop/7")
    rows: list[list[str]] = []
    worst = worst_with_any = 0.0
    for kind in GRANT_KINDS:
        taken = measure([work(engine, Grants(grants(size, "play.example", kind)), target) for size in GRANTS])
        grown, with_any = growth(taken[1:]), growth(taken)
        rows.append([f"grants for {kind}", *map(told, taken), f"{grown:.2f}", f"{with_any:.2f}"])
        print(" | ".join(rows[-1]), flush=True)
        worst, worst_with_any = max(worst, grown), max(worst_with_any, with_any)
    heads = ["on a closed page", *(f"{size:,}" for size in GRANTS), "many ÷ few", "many ÷ none"]
    return table(heads, rows), worst, worst_with_any


def example_school() -> tuple[str, float]:
    """The table for the example school: what a real policy costs, with and without reading the URL."""
    engine = Engine(load_policy(ROOT / "policies"))
    engine.prepare()
    texts = (
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL7",
        "https://www.tiktok.com/@someone/video/7300000000000000000",
        "https://www.bbc.co.uk/bitesize/topics/zcvy6yc/articles/z6wfqfr",
        "https://cdn.static.example.org/assets/app.3f9c1.js?v=12",
    )
    rows: list[list[str]] = []
    worst = 0.0
    for text in texts:
        taken = measure(
            [
                work(engine, NO_GRANTS, target_of_url(text)),
                work(engine, NO_GRANTS, target_of_host(target_of_url(text).host)),
                work_from_text(engine, NO_GRANTS, text),
            ]
        )
        rows.append([f"`{text}`", *map(told, taken)])
        worst = max(worst, *(statistics.median(one) for one in taken[:2]))  # deciding; reading is told beside it
        print(" | ".join(rows[-1]), flush=True)
    return table(["address", "whole URL, read", "host alone", "reading the URL and deciding"], rows), worst


def main() -> None:
    """Measure, print, write docs/performance.md and say whether the goals are met."""
    real, slowest = example_school()
    rules, rules_worst = by_rules()
    held, grants_worst, with_any = by_grants()
    text = "\n\n".join((f"Microseconds: median (middle half of 101 rounds of 200). {machine()}.", real, rules, held))
    put_into(ROOT / "docs" / "performance.md", "decide", text)
    print(
        f"slowest {slowest:.1f} µs, growth with rules {rules_worst:.2f}, with grants {grants_worst:.2f}, any ÷ none {with_any:.2f}"
    )
    if slowest > MOST_MICROSECONDS or max(rules_worst, grants_worst) > MOST_GROWTH or with_any > MOST_WITH_GRANTS:
        sys.exit("not met: see the figures above")


if __name__ == "__main__":
    main()
