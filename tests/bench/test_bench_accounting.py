"""What a tree of processes costs, read from the kernel's own words."""

import os
import subprocess
import sys

from bench.peers.accounting import TICKS_A_SECOND, Memory, Stat, cpu_seconds, memory, read_rollup, read_stat, tree

STAT = (
    "812 (squid (a) b) S 800 812 812 0 -1 4194560 30 40 0 0 700 60 5 2 20 0 1 0 100 4096 50 "
    "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0"
)
ROLLUP = """55f0-7ffe ---p 00000000 00:00 0                          [rollup]
Rss:               90000 kB
Pss:               40000 kB
Pss_Dirty:         30000 kB
Shared_Clean:      20000 kB
Private_Clean:      1000 kB
Private_Dirty:     29000 kB
"""


def test_all_threads_and_ended_children_are_counted_whatever_the_name() -> None:
    assert read_stat(STAT) == Stat(812, 800, 700 + 60 + 5 + 2)


def test_a_tree_is_the_process_and_all_below_it_and_nobody_else() -> None:
    stats = [Stat(5, 4, 1), Stat(4, 2, 1), Stat(2, 1, 1), Stat(3, 2, 1), Stat(9, 1, 1)]
    assert {one.pid for one in tree(stats, 2)} == {2, 3, 4, 5}
    assert tree(stats, 77) == []


def test_memory_is_shared_out_or_private() -> None:
    assert read_rollup(ROLLUP) == Memory(pss=40_000 * 1024, uss=30_000 * 1024)
    assert Memory(1, 2) + Memory(10, 20) == Memory(11, 22)


def test_what_a_child_of_a_child_does_is_counted_while_it_runs_and_after_it_ended() -> None:
    busy = "import time\nwhile time.process_time() < 0.2: pass"
    shell = subprocess.Popen(
        ["sh", "-c", f'"{sys.executable}" -c "{busy}"; echo done; read end'],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert shell.stdout is not None
    assert shell.stdout.readline() == "done\n"
    assert cpu_seconds(shell.pid) >= 0.2 - 2 / TICKS_A_SECOND
    shell.communicate("end\n")


def test_this_process_has_memory() -> None:
    mine = memory(os.getpid())
    assert 1_000_000 < mine.uss <= mine.pss
