"""How many logged decisions are replayed in a second: `make bench-diff`."""

import json
import random
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from figures import machine, put_into, table

from saywhy.decide.engine import Engine
from saywhy.policy.policy import Policy
from saywhy.policy.reading.load import load_policy
from saywhy.rehearse.diff import Comparer
from saywhy.rehearse.diff_log import compare_log
from saywhy.rehearse.diff_tally import Tally
from saywhy.rehearse.replay import Reading, replayed

ROOT = Path(__file__).parents[1]
LINES = 100_000
MOST_SECONDS = 10.0
ROUNDS = 3
SITES_VISITED = 5_000


def write_log(path: Path, policy: Policy, lines: int) -> None:
    """A week of decisions: listed and other sites, pages of all depths, every place, school hours most."""
    chance = random.Random(7)
    listed = list(policy.catalogue.names)
    hosts = [
        chance.choice(listed) if chance.random() < 0.3 else f"s{n}.site-{n % 900}.example" for n in range(SITES_VISITED)
    ]
    hosts += ["www.youtube.com"] * (SITES_VISITED // 8)
    start = datetime(2026, 11, 16, 8, tzinfo=UTC)
    with path.open("w", encoding="ascii") as file:
        for n in range(lines):
            place = chance.choice(policy.places)
            device = (
                place.network.network_address + chance.randrange(1, 200)
                if place.network.num_addresses > 200
                else place.network[0]
            )
            at = start + timedelta(days=chance.randrange(7), seconds=chance.randrange(9 * 3600))
            record = {
                "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "groups": place.groups,
                "place": place.name,
                "device": str(device),
                "method": "GET",
                "scheme": "https",
                "host": chance.choice(hosts),
                "port": 443,
                "path": f"/{chance.choice(('a', 'watch', 'shorts', 'wiki/Page'))}/{n}",
                "effect": "allow",
                "reason": "default",
                "rule": "default",
                "grant": None,
            }
            file.write(json.dumps(record, separators=(",", ":")) + "\n")


def main() -> None:
    """Replay a generated log between the example school and one that opens and closes some of it."""
    from dataclasses import replace

    was = load_policy(ROOT / "policies")
    now = Engine(replace(was, rules=was.rules[1:-1], revision="changed"))
    with TemporaryDirectory() as folder:
        log = Path(folder) / "decisions.jsonl"
        write_log(log, was, LINES)
        before = Engine(was)
        seconds: list[float] = []
        for _ in range(ROUNDS):
            tally, reading = Tally(), Reading()
            started = time.perf_counter()
            compare_log(Comparer(before, now), replayed([log], reading), tally)
            seconds.append(time.perf_counter() - started)
    taken = statistics.median(seconds)
    row = [f"{LINES:,}", f"{taken:.2f}", f"{LINES / taken:,.0f}", f"{tally.changed:,}"]
    text = table(["logged decisions", "seconds (median of 3)", "decisions a second", "of them changed"], [row])
    print(text)
    put_into(ROOT / "docs" / "performance.md", "diff", f"{machine()}.\n\n{text}")
    if taken > MOST_SECONDS:
        sys.exit(f"not met: {taken:.1f} s for {LINES:,} decisions; {MOST_SECONDS:.0f} is the most")


if __name__ == "__main__":
    main()
