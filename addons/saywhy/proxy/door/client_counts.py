"""What each client takes of all workers together: a table in memory that they share, without locks.

An address has two rows, by its hash; what is read is the smaller of both, so another address that falls into one of them
counts against nobody (a count-min sketch: Cormode and Muthukrishnan, 2005). Each worker adds to a column of its own, which is
emptied when it has ended. When an address may come again is kept once for all workers: two that write it at the same
moment can lose one connection of many, which makes the limit no stricter and hardly laxer.
"""

from typing import Final

_ROWS: Final = 16_384  # a power of two
_COUNT: Final = 4  # bytes of a count, written and read at one stroke, as is a time
_TIME: Final = 8


def size_for(workers: int) -> int:
    """How many bytes the table of so many workers has."""
    return _ROWS * (_TIME + workers * _COUNT)


class ClientCounts:
    """The table, as one worker sees it. All who share it are forked from one process: `hash` is the same in all of them."""

    def __init__(self, memory: memoryview | None = None, worker: int = 0, workers: int = 1) -> None:
        """`memory` has `size_for(workers)` bytes, at first zeros; None: nobody shares it. `worker` counts from 0."""
        whole = memoryview(bytearray(size_for(workers))) if memory is None else memory
        times = _ROWS * _TIME
        self._times = whole[:times].cast("d")
        columns = [
            whole[start : start + _ROWS * _COUNT].cast("I") for start in range(times, size_for(workers), _ROWS * _COUNT)
        ]
        self._own = columns.pop(worker)
        self._others = columns

    def came(self, address: str) -> None:
        """Count a connection in."""
        for row in _rows(address):
            self._own[row] += 1

    def gone(self, address: str) -> None:
        """Count it out."""
        for row in _rows(address):
            self._own[row] -= 1

    def elsewhere(self, address: str) -> int:
        """How many connections an address has open at the other workers."""
        return min(sum(column[row] for column in self._others) for row in _rows(address)) if self._others else 0

    def until(self, address: str) -> float:
        """The moment that was kept last for an address, in seconds of a clock that all share; 0 at first."""
        return min(self._times[row] for row in _rows(address))

    def keep_until(self, address: str, moment: float) -> None:
        """Keep a moment."""
        for row in _rows(address):
            self._times[row] = max(self._times[row], moment)

    def forget(self) -> None:
        """The worker whose view this is has ended, and all that it had open with it."""
        self._own[:] = memoryview(bytes(_ROWS * _COUNT)).cast("I")


def _rows(address: str) -> tuple[int, ...]:
    number = hash(address)
    first, second = number % _ROWS, (number >> 32) % _ROWS
    return (first,) if first == second else (first, second)
