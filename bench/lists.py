"""How large, how fast: 5 million listed names beside a Python frozenset and beside squidGuard.

    .venv/bin/python bench/lists.py                    print the table
    .venv/bin/python bench/lists.py --write            … and put it into docs/performance.md
    .venv/bin/python bench/lists.py --names 100000 --without-squidguard

squidGuard is Debian's package; it is installed by apt-get where it is missing (as root). The names are made up, the same
ones in every run: words of syllables, top-level domains and depths in about the shares that public lists have.
"""

import argparse
import gc
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from addons.lists import taking
from addons.lists.index import ListIndex, open_index
from addons.lists.publish import compile_lists
from addons.lists.store import ListStore, Manifest

PAGE = Path(__file__).parents[1] / "docs/performance.md"
BEGIN, END = "<!-- lists -->", "<!-- /lists -->"
ASKED = 100_000
LISTS = ("adult", "gambling", "games", "proxy", "shopping", "social")
TOP = {
    "com": 480, "net": 60, "org": 40, "ru": 45, "de": 40, "co.uk": 25, "info": 25, "xyz": 25, "fr": 20, "top": 20,
    "nl": 15, "it": 15, "cn": 15, "com.br": 12, "pl": 12, "online": 12, "site": 12, "jp": 10, "tv": 8, "es": 8, "club": 8,
    "biz": 8, "io": 8, "me": 8, "eu": 8, "cz": 6, "ch": 6, "com.au": 6, "blogspot.com": 20, "github.io": 5, "test": 1,
}  # fmt: skip
BELOW = ("www", "m", "mail", "blog", "shop", "cdn", "ads", "api", "news", "en", "forum", "static", "img", "login")


def generated(count: int, seed: int = 4) -> list[str]:
    """That many different names, shuffled."""
    chance = random.Random(seed)
    onsets = (*"bcdfghjklmnprstvwz", "br", "ch", "cl", "dr", "fr", "gr", "pl", "pr", "sh", "st", "th", "tr")
    vowels, codas = "aeiou", ("", "", "", "n", "r", "s", "t", "l", "ck", "ng")
    words = list(
        dict.fromkeys(
            "".join(
                chance.choice(onsets) + chance.choice(vowels) + chance.choice(codas)
                for _ in range(chance.choice((1, 2, 2, 3)))
            )
            for _ in range(60_000)
        )
    )
    zipf = list(accumulate(1 / (rank + 20) for rank in range(len(words))))
    tops, shares = list(TOP), list(accumulate(TOP.values()))
    names: set[str] = set()
    while len(names) < count:
        batch = 50_000
        pick = iter(chance.choices(words, cum_weights=zipf, k=batch * 4))
        for top in chance.choices(tops, cum_weights=shares, k=batch):
            dice = chance.random()
            parts = [next(pick) for _ in range(1 if dice < 0.15 else 2 if dice < 0.75 else 3)]
            label = ("-" if dice * 10 % 1 < 0.2 else "").join(parts)
            if dice * 100 % 1 < 0.12:
                label += str(chance.randrange(1000))
            below = dice * 1000 % 1
            prefix = f"{chance.choice(BELOW)}." if below < 0.1 else f"{next(pick)}." if below < 0.22 else ""
            names.add(f"{prefix}{label}.{top}")
            if len(names) == count:
                break
    shuffled = sorted(names)
    chance.shuffle(shuffled)
    return shuffled


def asked_for(names: list[str]) -> tuple[list[str], list[str]]:
    """Names of four labels: half below listed ones, half below names that are not listed."""
    three = [name for name in names if name.count(".") == 2][:ASKED]
    return [f"www.{name}" for name in three], [f"www.x{name[:-1]}q" for name in three]


def nanoseconds(index: ListIndex, hosts: list[str]) -> float:
    """For one look-up."""
    return measured(lambda host: index.belongings(host, None), hosts)


def frozenset_nanoseconds(listed: frozenset[str], hosts: list[str]) -> float:
    """For one look-up of a name and all names above it."""

    def look_up(host: str) -> bool:
        labels = host.split(".")
        return any(".".join(labels[start:]) in listed for start in range(len(labels)))

    return measured(look_up, hosts)


def measured(look_up: Callable[[str], object], hosts: list[str]) -> float:
    """Nanoseconds for one, over all names five times; of each 500 the best time, as other programs run here as well."""
    best = [float("inf")] * (len(hosts) // 500 + 1)
    for _ in range(5):
        for number, start in enumerate(range(0, len(hosts), 500)):
            some = hosts[start : start + 500]
            started = time.perf_counter_ns()
            for host in some:
                look_up(host)
            best[number] = min(best[number], time.perf_counter_ns() - started)
    return sum(one for one in best if one < float("inf")) / len(hosts)


def memory_kilobytes() -> dict[str, int]:
    """This process's memory as the kernel counts it."""
    fields: dict[str, int] = {}
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split(":")
        fields[name] = int(value.split()[0])
    return fields


def worker_memory(path: Path, hosts: list[str]) -> tuple[int, int]:
    """Kilobytes (private, shared) that opening and asking the index adds to a worker; measured with two at once."""
    asked = path.with_name("asked")
    asked.write_text("\n".join(hosts))
    workers = [
        subprocess.Popen(
            [sys.executable, __file__, "--worker", str(path), str(asked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    said = [worker.communicate("go\n")[0] for worker in workers[:1]]
    workers[1].communicate("go\n")
    private, shared = said[0].split()
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


def squidguard(folder: Path, names: list[str], hosts: list[str]) -> tuple[float, float, float, int]:
    """Seconds to build its database, questions a second one by one and all at once, and how many it blocked."""
    if shutil.which("squidGuard") is None:
        subprocess.run(
            ["apt-get", "install", "-y", "--no-install-recommends", "squidguard"], check=True, stdout=subprocess.DEVNULL
        )
    (folder / "db").mkdir()
    (folder / "db/domains").write_text("".join(f"{name}\n" for name in names))
    (folder / "conf").write_text(
        f"dbhome {folder}/db\nlogdir {folder}\ndest listed {{\n domainlist domains\n}}\n"
        "acl {\n default {\n  pass !listed all\n  redirect http://blocked.test/\n }\n}\n"
    )
    started = time.perf_counter()
    subprocess.run(["squidGuard", "-c", str(folder / "conf"), "-C", "all"], check=True, capture_output=True)
    built = time.perf_counter() - started
    lines = [f"http://{host}/ 192.0.2.1/- - GET\n" for host in hosts]
    questions = "".join(lines)
    (folder / "questions").write_text(questions)
    best, blocked = float("inf"), 0
    for _ in range(3):
        with (folder / "questions").open() as given:
            started = time.perf_counter()
            answered = subprocess.run(
                ["squidGuard", "-c", str(folder / "conf")], stdin=given, capture_output=True, text=True, check=True
            )
            best = min(best, time.perf_counter() - started)
        lines = answered.stdout.splitlines()
        blocked = sum("blocked.test" in line for line in lines)
        assert len(lines) == len(hosts), answered.stderr
    alone = subprocess.Popen(["squidGuard", "-c", str(folder / "conf")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert alone.stdin is not None
    assert alone.stdout is not None
    asking, telling = alone.stdin.fileno(), alone.stdout.fileno()
    encoded = [line.encode() for line in lines]
    os.write(asking, encoded[0])
    os.read(telling, 4096)  # it has started
    started = time.perf_counter()
    for line in encoded:
        os.write(asking, line)
        while not os.read(telling, 4096).endswith(b"\n"):
            pass
    one_by_one = len(hosts) / (time.perf_counter() - started)
    alone.communicate()
    return built, one_by_one, len(hosts) / best, blocked


def rows(count: int, folder: Path, *, beside_squidguard: bool) -> Iterator[tuple[str, str, str]]:
    """What was measured: what, how much, aim."""
    names = generated(count)
    hits, misses = asked_for(names)
    store = ListStore(folder / "lists")
    started = time.perf_counter()
    for number, name in enumerate(LISTS):
        source = folder / f"{name}.txt"
        part = names[number :: len(LISTS)] + (names[: count // 50] if number == 1 else [])  # some are on two lists
        source.write_text("".join(f"{one}\n" for one in part))
        manifest = Manifest(f"bench/{name}", "category", name, str(source))
        taking.add(store, manifest, datetime.now(UTC), progress=lambda _had, _of: None)
    imported = time.perf_counter() - started
    started = time.perf_counter()
    compile_lists(store)
    compiled = time.perf_counter() - started
    size = store.index.stat().st_size
    openings = []
    for _ in range(7):
        started = time.perf_counter()
        index = open_index(store.index)
        openings.append(time.perf_counter() - started)
    yield "names, in 6 lists", f"{count:,}", ""
    yield "import (read, check, store)", f"{imported:.1f} s", ""
    yield "compile and publish", f"{compiled:.1f} s", ""
    yield "index", f"{size / 1e6:.1f} MB, {size / count:.2f} bytes a name", "8 bytes"
    yield "open, every byte checked", f"{sorted(openings)[3] * 1000:.1f} ms", "20 ms"
    assert all(index.belongings(host, None)[0] for host in hits)
    assert not any(index.belongings(host, None)[0] for host in misses)
    hit, miss = nanoseconds(index, hits), nanoseconds(index, misses)
    del index
    private, shared = worker_memory(store.index, hits[:20_000] + misses[:20_000])
    yield "memory of a worker: its own", f"{private / 1000:.1f} MB", ""
    yield "memory shared by all workers", f"{shared / 1000:.1f} MB", ""
    yield "look-up, 4 labels, listed", f"{hit:,.0f} ns", "6,000 ns"
    yield "look-up, 4 labels, not listed", f"{miss:,.0f} ns", "6,000 ns"
    before = memory_kilobytes()["Rss"]
    listed = frozenset([name.encode().decode() for name in names])  # strings of its own
    yield "Python frozenset: memory of each worker", f"{(memory_kilobytes()['Rss'] - before) / 1000:.0f} MB", ""
    yield (
        "Python frozenset: look-up, listed, not listed",
        f"{frozenset_nanoseconds(listed, hits):,.0f} ns, {frozenset_nanoseconds(listed, misses):,.0f} ns",
        "",
    )
    del listed
    if beside_squidguard:
        half = ASKED // 2
        yield from squidguard_rows(folder, names, open_index(store.index), hits[:half], misses[:half])


def squidguard_rows(
    folder: Path, names: list[str], index: ListIndex, hits: list[str], misses: list[str]
) -> Iterator[tuple[str, str, str]]:
    """The same names asked of squidGuard, and of the index."""
    questions = hits + misses
    built, rate, at_once, blocked = squidguard(folder, names, questions)
    ours = 1e9 / nanoseconds(index, questions)
    yield "squidGuard: building its database", f"{built:.1f} s", ""
    yield f"squidGuard: {len(questions):,} names over its pipe, one by one as Squid asks", f"{rate:,.0f} a second", ""
    yield "squidGuard: the same written into its pipe all at once", f"{at_once:,.0f} a second", ""
    yield f"squidGuard: of the {len(hits):,} that are listed, it blocks", f"{blocked:,}", ""
    yield "Saywhy: these names", f"{ours:,.0f} a second, {ours / rate:.1f} times as many as one by one", "10 times"


def main() -> None:
    """Measure, print, and write where asked to."""
    parser = argparse.ArgumentParser(description="Measure the index of lists.")
    parser.add_argument("--names", type=int, default=5_000_000)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--without-squidguard", action="store_true")
    parser.add_argument("--worker", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        be_a_worker(*given.worker)
        return
    lines = ["| what | measured | aim |", "|---|---|---|"]
    with tempfile.TemporaryDirectory(prefix="saywhy-bench-") as folder:
        for what, measured, aim in rows(given.names, Path(folder), beside_squidguard=not given.without_squidguard):
            lines.append(f"| {what} | {measured} | {aim} |")
            print(lines[-1], flush=True)
    processor = next(
        (
            line.partition(": ")[2]
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    lines += ["", f"Python {platform.python_version()}, {processor}, {os.cpu_count()} cores; `bench/lists.py`."]
    if given.write:
        text = PAGE.read_text("utf-8") if PAGE.exists() else "# Performance\n"
        if BEGIN not in text:
            text = f"{text.rstrip()}\n\n## Lists\n\n{BEGIN}\n{END}\n"
        head, _, rest = text.partition(BEGIN)
        PAGE.write_text(f"{head}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
