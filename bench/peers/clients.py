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
    """Prepare, say so, wait for (begin, end, most steps), do it, answer."""
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
    task.finish()


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

    def run(
        self, tasks: Sequence[Task], seconds: float, most: int, around: Callable[[], float]
    ) -> tuple[list[Done], float, float]:
        """Let as many clients as there are tasks work for that long or until each did so many steps.

        `around` is called before and after, when all are ready and when all are done. Gives what they did, the seconds
        it took, and by how much `around` grew. Raises FailedError.
        """
        pipes = [pipe for _, pipe in self._running[: len(tasks)]]
        for pipe, task in zip(pipes, tasks, strict=True):
            pipe.send(task)
        ready = [pipe.recv() for pipe in pipes]
        if any(ready):
            for pipe, said in zip(pipes, ready, strict=True):
                if said is None:
                    pipe.send((0.0, 0))
                    pipe.recv()
            raise FailedError(next(said for said in ready if said))
        before, began = around(), time.perf_counter()
        for pipe in pipes:
            pipe.send((began + seconds, most))
        done = [pipe.recv() for pipe in pipes]
        time.sleep(0.05)  # let the proxy close what the clients closed
        after = around()
        failed = [one for one in done if not isinstance(one, Done)]
        if failed:
            raise FailedError(failed[0])
        return done, max(one.ended for one in done) - began, after - before
