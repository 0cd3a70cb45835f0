"""A million bent inputs: `make fuzz`, or `python -m tests.fuzz.run --inputs 1000000 --seed 1`.

Ends with 1, and the bytes of each, when something raised that should not. The same seed number gives the same inputs.
"""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from random import Random

from tests.fuzz.driving import settings
from tests.fuzz.mutating import bent
from tests.fuzz.subjects import SUBJECTS, Subject

_BATCH = 5_000
_MOST_FINDS = 20


@dataclass(frozen=True, slots=True)
class Find:
    """An input that something fell over."""

    subject: str
    number: int
    data: bytes
    error: str


def input_for(subject: Subject, seed: int, number: int) -> tuple[bytes, Random]:
    """The bytes with that number, and the chance by which they are tried."""
    chance = Random(f"{seed}:{subject.name}:{number}")  # repeatable, not secret
    return bent(subject.seeds, subject.words, chance), chance


def tried(subject: Subject, seed: int, numbers: range) -> list[Find]:
    """Try these inputs, and tell what fell over."""
    finds = []
    with settings() as options:
        for number in numbers:
            data, chance = input_for(subject, seed, number)
            try:
                subject.run(data, chance, options)
            except Exception:  # noqa: BLE001  # that is what is looked for
                finds.append(Find(subject.name, number, data, traceback.format_exc(limit=-4)))
    return finds


def _batches(inputs: int) -> Iterator[tuple[int, range]]:
    each = inputs // len(SUBJECTS)
    for start in range(0, each, _BATCH):
        for index in range(len(SUBJECTS)):
            yield index, range(start, min(each, start + _BATCH))


def _work(index: int, seed: int, numbers: range) -> list[Find]:
    return tried(SUBJECTS[index], seed, numbers)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=1_000_000, help="in all, shared between the subjects")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    started, done, finds = time.monotonic(), 0, []
    with ProcessPoolExecutor(asked.processes) as pool:
        batches = list(_batches(asked.inputs))
        results = pool.map(_work, *zip(*((index, asked.seed, numbers) for index, numbers in batches), strict=True))
        for (_, numbers), found in zip(batches, results, strict=True):
            done += len(numbers)
            finds += found
            if len(finds) >= _MOST_FINDS:
                pool.shutdown(cancel_futures=True)
                break
    for find in finds[:_MOST_FINDS]:
        print(f"{find.subject} {find.number}: {find.data!r}\n{find.error}", file=sys.stderr)  # noqa: T201 — its output
    print(  # noqa: T201 — its output
        f"{done:,} inputs, seed {asked.seed}, {time.monotonic() - started:.0f} s: {len(finds)} fell over"
    )
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
