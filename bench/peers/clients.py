"""The load generator: a few processes, each one client, told over a pipe what to do and when."""

import multiprocessing
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Self

from bench.peers.client import WrongAnswerError
from bench.peers.tasks import Task


@dataclass(frozen=True, slots=True)
class Done:
    """What one client did: when it was done with its last step, and how long each took, in seconds."""

    ended: float
    operations: int
    taken: tuple[float, ...]


class FailedError(Exception):
    """A client met a wrong answer; the text says which."""


def _work(task: Task, pipe: Connection) -> None:
    """Prepare, say so, wait for (end, most steps), do it, tell; when told that it was counted, finish and say so."""
    task.prepare()
    pipe.send(None)
    until, most = pipe.recv()
    taken: list[float] = []
    operations = 0
    before = time.perf_counter()
    while before < until and len(taken) < most:
        operations += task.step()
        after = time.perf_counter()
        taken.append(after - before)
        before = after
    pipe.send(Done(before, operations, tuple(taken)))
    pipe.recv()
    task.finish()
    pipe.send(None)


def _be_a_client(pipe: Connection) -> None:
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        try:
            _work(task, pipe)
        except EOFError:
            return
        except (WrongAnswerError, OSError, ValueError) as error:
            pipe.send(f"{type(error).__name__}: {error}")
        except Exception:  # noqa: BLE001 — told to whoever runs it
            pipe.send(traceback.format_exc())


class Clients:
    """All clients. The clock is `time.perf_counter`, the same in all processes of a machine."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._running: list[tuple[BaseProcess, Connection]] = []

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("fork")
        for _ in range(self.count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_be_a_client, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._running.append((process, ours))
        return self

    def __exit__(self, *_: object) -> None:
        for process, pipe in self._running:
            pipe.close()
            process.terminate()

    def run[Figure](
        self, tasks: Sequence[Task], seconds: float, most: int, look: Callable[[], Figure], settle: float = 0.05
    ) -> tuple[list[Done], float, Figure, Figure]:
        """Let as many clients as there are tasks work for that long or until each did so many steps.

        What they did, the seconds it took, and what `look` saw when all were ready and, a moment after the last was done
        (so that the proxy has closed what they closed), before anybody let go of what it held. Raises FailedError.
        """
        pipes = [pipe for _, pipe in self._running[: len(tasks)]]
        for pipe, task in zip(pipes, tasks, strict=True):
            pipe.send(task)
        ready = [pipe.recv() for pipe in pipes]
        if any(ready):
            self._let_go([pipe for pipe, said in zip(pipes, ready, strict=True) if said is None])
            raise FailedError(next(said for said in ready if said))
        before, began = look(), time.perf_counter()
        for pipe in pipes:
            pipe.send((began + seconds, most))
        done = [pipe.recv() for pipe in pipes]
        time.sleep(settle)
        after = look()
        holding = [pipe for pipe, said in zip(pipes, done, strict=True) if isinstance(said, Done)]
        for pipe in holding:
            pipe.send(None)
        failed = [
            said for said in (*(one for one in done if not isinstance(one, Done)), *(p.recv() for p in holding)) if said
        ]
        if failed:
            raise FailedError(failed[0])
        return done, max(one.ended for one in done) - began, before, after

    @staticmethod
    def _let_go(pipes: Sequence[Connection]) -> None:
        """Clients that are ready have nothing to do, as others could not get ready."""
        for pipe in pipes:
            pipe.send((0.0, 0))
            pipe.recv()
            pipe.send(None)
            pipe.recv()
