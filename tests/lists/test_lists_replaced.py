"""Another process replaces the index again and again; who reads it never gets a wrong answer."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from saywhy.lists.compile import Compilation, ListWords
from saywhy.lists.index import ListIndex, open_index
from saywhy.policy.catalogue import Belonging
from saywhy.serve.list_watch import ListWatch

TIMES = 1_000
EACH = 3_000  # names of each generation; a half of them are common to both

# Publishes what two files hold in turn, in the way of `saywhy lists`, as fast as it can.
REPLACE = """
import sys
from pathlib import Path
from saywhy.lists.compile import Compilation, ListWords
index, times = Path(sys.argv[1]), int(sys.argv[2])
made = []
for generation, names in enumerate(sys.argv[3:]):
    compilation = Compilation()
    compilation.add(
        ListWords(f"generation-{generation}", "category", "gambling", ""),
        (["c", "names:1", name] for name in Path(names).read_text().split()),
    )
    made.append(compilation)
print("ready", flush=True)
sys.stdin.readline()
for number in range(times):
    made[(number + 1) % 2].write(index)
print("done", flush=True)
"""


def names_of(generation: int) -> list[str]:
    own = [f"name{number}.generation{generation}.example" for number in range(EACH // 2)]
    return own + [f"name{number}.common.example" for number in range(EACH // 2)]


def publish(path: Path, generation: int) -> None:
    compilation = Compilation()
    words = ListWords(f"generation-{generation}", "category", "gambling", "")
    compilation.add(words, (["c", "names:1", name] for name in names_of(generation)))
    compilation.write(path)


def replacing(folder: Path, times: int) -> "subprocess.Popen[str]":
    """A process that is ready to replace the index in this folder that many times, when told to."""
    for generation in (0, 1):
        (folder / f"names{generation}").write_text("\n".join(names_of(generation)))
    command = [
        sys.executable,
        "-c",
        REPLACE,
        str(folder / "index"),
        str(times),
        *(str(folder / f"names{one}") for one in (0, 1)),
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def generation_of(index: ListIndex, number: int) -> int:
    """Ask about one name of each kind; every answer has to be that of one and the same generation. Which one it was."""
    said = [
        index.belongings(f"www.name{number}.{kind}.example", None)[0]
        for kind in ("generation0", "generation1", "common", "nowhere")
    ]
    listed = [bool(one) for one in said]
    assert listed in ([True, False, True, False], [False, True, True, False]), (number, said)
    generation = listed.index(True)
    for belongings, host in ((said[generation], f"generation{generation}"), (said[2], "common")):
        (one,) = belongings
        assert isinstance(one, Belonging)
        assert (one.id, one.entry) == ("gambling", f"name{number}.{host}.example")
        assert one.source.file == f"generation-{generation}"
    return generation


def test_every_answer_is_of_one_generation_while_another_process_replaces_the_index(tmp_path: Path) -> None:
    publish(tmp_path / "index", 0)
    first = open_index(tmp_path / "index")  # never opened again: it stays what it was
    process = replacing(tmp_path, TIMES)
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    met: Counter[int] = Counter()
    reads = 0
    while process.poll() is None:
        index = open_index(tmp_path / "index")
        for _ in range(20):
            number = reads % (EACH // 2)
            met[generation_of(index, number)] += 1
            assert generation_of(first, number) == 0
            reads += 1
    assert process.communicate()[0] == "done\n"
    assert process.returncode == 0
    assert generation_of(open_index(tmp_path / "index"), 0) == TIMES % 2
    assert min(met[0], met[1]) > 100, met  # both were seen, many times


class Records:
    """Counts faults."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, kind: str) -> None:
        self.faults.append(kind)

    def listed(self, count: int) -> None:
        assert count == EACH

    def list_updates_failed(self, count: int) -> None:
        raise AssertionError(count)


def test_a_worker_that_follows_takes_whole_generations_alone(tmp_path: Path) -> None:
    publish(tmp_path / "index", 0)
    taken: list[ListIndex] = []
    records = Records()

    def take(index: ListIndex | None) -> None:
        assert index is not None
        taken.append(index)

    watch = ListWatch(tmp_path, take, records)
    watch.poll()
    process = replacing(tmp_path, 300)
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    polls = 0
    while process.poll() is None:
        watch.poll()
        generation_of(taken[-1], polls % (EACH // 2))
        polls += 1
    process.communicate()
    watch.poll()
    assert records.faults == []
    assert len(taken) > 20
    assert [generation_of(one, 7) for one in taken[:1]] == [0]
    assert generation_of(taken[-1], 8) == 0  # the last of 300


@pytest.mark.parametrize("cut", [0, 100, 5_000])
def test_a_file_that_is_still_being_written_in_place_is_refused(tmp_path: Path, cut: int) -> None:
    """Nothing of ours writes so; a copy by hand may."""
    publish(tmp_path / "index", 0)
    whole = (tmp_path / "index").read_bytes()
    index = open_index(tmp_path / "index")
    beside = tmp_path / "beside"
    beside.write_bytes(whole[:cut])
    beside.replace(tmp_path / "index")
    taken: list[object] = []
    records = Records()
    ListWatch(tmp_path, taken.append, records).poll()
    assert (taken, records.faults) == ([], ["lists"])
    assert generation_of(index, 1) == 0
