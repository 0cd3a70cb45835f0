"""What counting costs a request: `make bench-counting`. All that is counted of one, as a worker counts it, with its part of the writing."""

import statistics
import sys
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from figures import machine, measure, put_into, table, told
from schools import AT

from saywhy.decide.access import Access, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.observe.expose import share_figures
from saywhy.observe.metrics import Metrics
from saywhy.policy.reading.load import load_policy

ROOT = Path(__file__).parents[1]
MOST_MICROSECONDS = 5.0
WRITTEN_AFTER = 100  # requests: a thousand a second at one worker
SITES = (
    "https://www.tiktok.com/@someone",
    "https://www.bbc.co.uk/bitesize",
    "https://www.youtube.com/watch",
    "https://cdn.example.org/app.js",
    "https://bet365.com/",
)


def main() -> None:
    """Count requests of several groups to several sites, and write what was counted now and then."""
    policy = load_policy(ROOT / "policies")
    engine = Engine(policy)
    asked = [
        Access(subject_in(policy, (group,)), target_of_url(site), AT)
        for group in sorted(policy.groups)
        for site in SITES
    ]
    decided = cycle([(one.subject.group, decide(engine, NO_GRANTS, one)) for one in asked])
    with TemporaryDirectory(dir="/dev/shm") as folder:
        share_figures(Path(folder))
        metrics = Metrics(policy.groups)
        metrics.gather()
        metrics.traffic.take(policy)
        count = 0

        def once() -> None:
            nonlocal count
            group, decision = next(decided)
            metrics.requested("https")
            metrics.decided(decision.effect, decision.reason, group)
            metrics.lanes.decided("thin", 1e-5)
            metrics.traffic.decided(decision)
            metrics.lanes.relayed("thin", "up", 400)
            metrics.lanes.relayed("thin", "down", 20_000)
            metrics.lanes.kept()
            metrics.lanes.answered("thin", 0.05)
            count += 1
            if count % WRITTEN_AFTER == 0:
                metrics.write()

        (taken,) = measure([once])
    text = table(["figures of a request", "µs: median (middle half of 101 rounds of 200)"], [["all", told(taken)]])
    print(text)
    put_into(ROOT / "docs" / "performance.md", "counting", f"{machine()}.\n\n{text}")
    if (median := statistics.median(taken)) > MOST_MICROSECONDS:
        sys.exit(f"not met: {median:.1f} µs for a request; {MOST_MICROSECONDS:.0f} is the most")


if __name__ == "__main__":
    main()
