"""How large, how fast: 5 million listed names beside a Python frozenset and beside squidGuard: `make bench-lists`.

    PYTHONPATH=. .venv/bin/python bench/lists.py                    measure, and write the table into docs/performance.md
    PYTHONPATH=. .venv/bin/python bench/lists.py --names 100000 --without-squidguard --print   a quick look

bench/made_up_names.py says what names these are.
"""

import argparse
import gc
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from figures import machine, put_into, table
from made_up_names import asked_for, made_up
from squidguard import ask

from saywhy.lists import taking
from saywhy.lists.index import open_index
from saywhy.lists.publish import compile_lists
from saywhy.lists.store import ListStore, Manifest

ROOT = Path(__file__).parents[1]
ASKED = 100_000
BLOCK = 500
ROUNDS = 7
LISTS = ("adult", "gambling", "games", "proxy", "shopping", "social")
MOST_BYTES, MOST_MILLISECONDS, MOST_NANOSECONDS, TIMES_SQUIDGUARD = 8.0, 20.0, 6_000.0, 10.0


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, how much it came to, what it should be, and whether it is (None: there is no aim)."""

    what: str
    measured: str
    aim: str = ""
    met: bool | None = None


def nanoseconds(look_up: Callable[[str], object], hosts: list[str]) -> float:
    """For one look-up, over all hosts in several rounds; of each block the best, as other programs run here as well.

    All hosts are asked before one comes again, so that the caches of the processor hold none of it from the round before.
    """
    best = [float("inf")] * (len(hosts) // BLOCK + 1)
    for _ in range(ROUNDS):
        for number, start in enumerate(range(0, len(hosts), BLOCK)):
            some = hosts[start : start + BLOCK]
            started = time.perf_counter_ns()
            for host in some:
                look_up(host)
            best[number] = min(best[number], time.perf_counter_ns() - started)
    return sum(one for one in best if one < float("inf")) / len(hosts)


def in_a_frozenset(listed: frozenset[str]) -> Callable[[str], bool]:
    """A look-up of a name and all names above it, the plain way."""

    def look_up(host: str) -> bool:
        labels = host.split(".")
        return any(".".join(labels[start:]) in listed for start in range(len(labels)))

    return look_up


def memory_kilobytes() -> dict[str, int]:
    """This process's memory as the kernel counts it (proc_pid_smaps_rollup(5))."""
    fields: dict[str, int] = {}
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split(":")
        fields[name] = int(value.split()[0])
    return fields


def worker_memory(path: Path, hosts: list[str]) -> tuple[int, int]:
    """Kilobytes (private, shared) that opening and asking the index adds to a worker; measured with two at once."""
    asked = path.with_name("asked")
    asked.write_text("\n".join(hosts))
    command = [sys.executable, __file__, "--worker", str(path), str(asked)]
    workers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    private, shared = workers[0].communicate("go\n")[0].split()
    workers[1].communicate("go\n")
    return int(private), int(shared)


def be_a_worker(path: Path, asked: Path) -> None:
    """Open and ask; then, when told to, print what that added to this process's memory."""
    hosts = asked.read_text().splitlines()
    gc.collect()
    before = memory_kilobytes()
    index = open_index(path)
    for host in hosts:
        index.belongings(host, None)
    print("ready", flush=True)
    sys.stdin.readline()
    after = memory_kilobytes()
    for kind in ("Private", "Shared"):
        print(sum(after[one] - before[one] for one in (f"{kind}_Dirty", f"{kind}_Clean")), flush=True)


def build_rows(store: ListStore, names: list[str], folder: Path) -> Iterator[Row]:
    """Import the names as six lists and compile them."""
    count = len(names)
    started = time.perf_counter()
    for number, name in enumerate(LISTS):
        source = folder / f"{name}.txt"
        part = names[number :: len(LISTS)] + (names[::50] if number == 1 else [])  # one in fifty is on two lists
        source.write_text("".join(f"{one}\n" for one in part))
        manifest = Manifest(f"bench/{name}", "category", name, str(source))
        taking.add(store, manifest, datetime.now(UTC), progress=lambda _had, _of: None)
    yield Row(f"import of {count:,} names in 6 lists: read, checked, stored", f"{time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    compile_lists(store)
    yield Row("build: compiled, tried and published", f"{time.perf_counter() - started:.1f} s")
    size = store.index.stat().st_size
    each = size / count
    yield Row("file", f"{size / 1e6:.1f} MB, {each:.2f} bytes a name", "8 bytes", each <= MOST_BYTES)
    openings = []
    for _ in range(9):
        started = time.perf_counter()
        open_index(store.index)
        openings.append((time.perf_counter() - started) * 1000)
    opened = statistics.median(openings)
    yield Row(
        "open, every byte checked", f"{opened:.1f} ms", f"{MOST_MILLISECONDS:.0f} ms", opened <= MOST_MILLISECONDS
    )


def rows(count: int, folder: Path, *, beside_squidguard: bool) -> Iterator[Row]:
    """All that is measured."""
    names = made_up(count)
    hits, misses = asked_for(names, ASKED)
    store = ListStore(folder / "lists")
    yield from build_rows(store, names, folder)
    private, shared = worker_memory(store.index, hits[:20_000] + misses[:20_000])
    yield Row("memory of each worker", f"{private / 1000:.1f} MB")
    yield Row("memory shared by all workers", f"{shared / 1000:.1f} MB")
    index = open_index(store.index)
    assert all(index.belongings(host, None)[0] for host in hits)
    assert not any(index.belongings(host, None)[0] for host in misses)
    for what, hosts in (("listed", hits), ("not listed", misses)):
        took = nanoseconds(lambda host: index.belongings(host, None), hosts)
        met = took <= MOST_NANOSECONDS
        yield Row(f"look-up, 4 labels, {what}", f"{took / 1000:.2f} µs", f"{MOST_NANOSECONDS / 1000:.0f} µs", met)
    few = (hits[: BLOCK // 2] + misses[: BLOCK // 2]) * 20
    took = nanoseconds(lambda host: index.belongings(host, None), few)
    yield Row(f"look-up of the same {BLOCK} names again and again, half of them listed", f"{took / 1000:.2f} µs")
    before = memory_kilobytes()["Rss"]
    plain = in_a_frozenset(frozenset(name.encode().decode() for name in names))  # strings of its own
    yield Row("Python frozenset: memory of each worker", f"{(memory_kilobytes()['Rss'] - before) / 1000:.0f} MB")
    for what, hosts in (("listed", hits), ("not listed", misses)):
        yield Row(f"Python frozenset: look-up, {what}", f"{nanoseconds(plain, hosts) / 1000:.2f} µs")
    del plain
    if beside_squidguard:
        half = min(ASKED // 2, len(hits), len(misses))
        questions = hits[:half] + misses[:half]
        random.Random(5).shuffle(questions)
        answered = ask(folder, names, questions)
        ours = 1e9 / nanoseconds(lambda host: index.belongings(host, None), questions)
        times = ours / answered.one_by_one
        yield Row("squidGuard: building its database", f"{answered.built:.1f} s")
        yield Row(
            f"squidGuard: {len(questions):,} names over its pipe, one by one as Squid asks",
            f"{answered.one_by_one:,.0f} a second",
        )
        yield Row(f"squidGuard: of the {half:,} listed ones among them, it blocks", f"{answered.blocked:,}")
        yield Row("squidGuard: all of them written into its pipe at once", f"{answered.at_once:,.0f} a second")
        yield Row(
            "Saywhy: the same names, one by one",
            f"{ours:,.0f} a second: {times:.1f} times squidGuard's rate",
            f"{TIMES_SQUIDGUARD:.0f} times",
            times >= TIMES_SQUIDGUARD,
        )
        yield Row("Saywhy beside squidGuard asked all at once", f"{ours / answered.at_once:.1f} times its rate")


def main() -> None:
    """Measure, print, write; exit with 1 where an aim is missed."""
    parser = argparse.ArgumentParser(description="Measure the index of lists.")
    parser.add_argument("--names", type=int, default=5_000_000)
    parser.add_argument("--print", action="store_true", help="write nothing into docs/performance.md")
    parser.add_argument("--without-squidguard", action="store_true")
    parser.add_argument("--worker", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        be_a_worker(*given.worker)
        return
    done: list[Row] = []
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="saywhy-bench-") as folder:
        for row in rows(given.names, Path(folder), beside_squidguard=not given.without_squidguard):
            done.append(row)
            print(f"{row.what}: {row.measured}" + (f" (aim: {row.aim})" if row.aim else ""), flush=True)
    missed = [row.what for row in done if row.met is False]
    if not given.print:
        shown = [
            (row.what, row.measured, row.aim + {None: "", True: ": met", False: ": missed"}[row.met]) for row in done
        ]
        text = (
            f"{machine()}; load of the machine at the start: {load:.1f}.\n\n{table(('what', 'measured', 'aim'), shown)}"
        )
        put_into(ROOT / "docs" / "performance.md", "lists", text)
    if missed:
        raise SystemExit(f"aims missed: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
