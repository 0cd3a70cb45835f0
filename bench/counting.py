"""What counting costs a request, and a scrape: `make bench-counting`.

All that is counted of a request, as a worker counts it, with its part of the writing; all figures of three workers and the portal.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from figures import machine, measure, put_into, table, told
from schools import AT

from saywhy.decide.access import Access, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.observe.expose import serve_metrics, share_figures
from saywhy.observe.metrics import Metrics
from saywhy.policy.reading.load import load_policy

ROOT = Path(__file__).parents[1]
MOST_MICROSECONDS = 5.0
MOST_MILLISECONDS = 20.0
PROCESSES = 4  # three workers and the portal
WRITTEN_AFTER = 100  # requests: a thousand a second at one worker
AS_ONE_PROCESS = "--as-one-process"
SITES = (
    "https://www.tiktok.com/@someone",
    "https://www.bbc.co.uk/bitesize",
    "https://www.youtube.com/watch",
    "https://cdn.example.org/app.js",
    "https://bet365.com/",
)


def requests(metrics: Metrics) -> Callable[[], None]:
    """Count requests of several groups to several sites, one at each call, and write what was counted now and then."""
    policy = load_policy(ROOT / "policies")
    engine = Engine(policy)
    asked = [
        Access(subject_in(policy, (group,)), target_of_url(site), AT)
        for group in sorted(policy.groups)
        for site in SITES
    ]
    decided = cycle([(one.subject.group, decide(engine, NO_GRANTS, one)) for one in asked])
    metrics.gather()
    metrics.policy_loaded("a1", AT, policy.groups)
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

    return once


def main() -> None:
    """Measure both."""
    with TemporaryDirectory(dir="/dev/shm") as folder:
        share_figures(Path(folder))
        (taken,) = measure([requests(Metrics())])
    with TemporaryDirectory(dir="/dev/shm") as folder:
        share_figures(Path(folder))
        for _ in range(PROCESSES):
            subprocess.run([sys.executable, __file__, AS_ONE_PROCESS], check=True, env=dict(os.environ))
        server = serve_metrics("127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.port}/metrics"
        (scraped,) = measure([lambda: urlopen(url, timeout=10).read()], times=1)
        server.close()
    milliseconds = [one / 1_000 for one in scraped]
    text = table(["figures", "median (middle half of 101 rounds)"], [
        ["all of a request", f"{told(taken)} µs"],
        [f"a scrape of {PROCESSES} processes", f"{told(milliseconds)} ms"],
    ])  # fmt: skip
    print(text)
    put_into(ROOT / "docs" / "performance.md", "counting", f"{machine()}.\n\n{text}")
    if (median := statistics.median(taken)) > MOST_MICROSECONDS:
        sys.exit(f"not met: {median:.1f} µs for a request; {MOST_MICROSECONDS:.0f} is the most")
    if (median := statistics.median(milliseconds)) > MOST_MILLISECONDS:
        sys.exit(f"not met: {median:.1f} ms for a scrape; {MOST_MILLISECONDS:.0f} is the most")


if __name__ == "__main__":
    if sys.argv[1:] == [AS_ONE_PROCESS]:
        once = requests(Metrics())
        for _ in range(10 * WRITTEN_AFTER):
            once()
    else:
        main()
