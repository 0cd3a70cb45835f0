"""What a proxy costs: CPU and memory of its whole tree of processes, as the kernel counts them."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Stat:
    """What one /proc/PID/stat says (proc(5)): all threads of the process, and its children that have ended."""

    pid: int
    parent: int
    ticks: int


def read_stat(text: str) -> Stat:
    """Read the text of /proc/PID/stat; the name in brackets may itself hold spaces and brackets."""
    pid, _, rest = text.partition(" (")
    fields = rest.rpartition(") ")[2].split()  # from the third field on: state, ppid, …
    return Stat(int(pid), int(fields[1]), sum(map(int, fields[11:15])))  # utime, stime, cutime, cstime


def tree(stats: Iterable[Stat], root: int) -> list[Stat]:
    """The process and everything below it."""
    by_parent: dict[int, list[Stat]] = {}
    found: list[Stat] = []
    for one in stats:
        by_parent.setdefault(one.parent, []).append(one)
        if one.pid == root:
            found.append(one)
    for one in found:
        found.extend(by_parent.get(one.pid, ()))
    return found


def processes(root: int) -> list[Stat]:
    """The tree as it stands now."""
    stats = []
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            with suppress(OSError):  # it has just ended
                stats.append(read_stat(Path(entry.path, "stat").read_text("utf-8", "replace")))
    return tree(stats, root)


def cpu_seconds(root: int) -> float:
    """User and system time of the tree so far, in seconds, in steps of a tick (10 ms)."""
    return sum(one.ticks for one in processes(root)) / TICKS_A_SECOND


@dataclass(frozen=True, slots=True)
class Memory:
    """In bytes. `pss` shares out what several processes map; `uss` is what one process alone maps."""

    pss: int
    uss: int

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(self.pss + other.pss, self.uss + other.uss)


def read_rollup(text: str) -> Memory:
    """Read the text of /proc/PID/smaps_rollup."""
    kilobytes = {
        name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in text.splitlines()[1:]) if rest
    }
    return Memory(kilobytes["Pss"] * 1024, (kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]) * 1024)


def memory(root: int) -> Memory:
    """Memory of the tree now. What the kernel holds for sockets is in no process's figure."""
    total = Memory(0, 0)
    for one in processes(root):
        with suppress(OSError):
            total += read_rollup(Path(f"/proc/{one.pid}/smaps_rollup").read_text("ascii"))
    return total
