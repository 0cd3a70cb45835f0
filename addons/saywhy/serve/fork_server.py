"""A process that has loaded the code of all children and runs no thread: what it forks has nothing to load.

The supervisor loads the code (`load`) and forks it before anything else, since a process with threads must not fork, and asks
it for each child; so all share the memory of what is loaded. It ends when the supervisor is gone, and its children do by themselves
(`child`).
"""

import contextlib
import importlib
import json
import os
import select
import signal
import socket
import threading
import traceback
from collections.abc import Mapping, Sequence
from gc import collect, freeze
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Final, Self

from saywhy.observe.expose import choose_figures
from saywhy.policy.reading.builtin import builtin
from saywhy.proxy.memory import trim
from saywhy.serve.child import forget_key_logs
from saywhy.serve.first_start import StartError
from saywhy.serve.immortal import make_immortal

CODE: Final = ("saywhy.serve.worker", "saywhy.serve.portal_process", "saywhy.serve.store_process")
_LONGEST: Final = 64 * 1024  # bytes of one order: the settings, mainly
_MOST_DESCRIPTORS: Final = 253  # of one message (SCM_MAX_FD, unix(7))
_LONGEST_NAME: Final = 15  # bytes of the name that the system shows of a process


class ForkedProcess:
    """A child of the fork server, with what `subprocess.Popen` has of one."""

    def __init__(self, pid: int, ended: int) -> None:
        """`ended` is a descriptor to read the exit code from."""
        self.pid = pid
        self.returncode: int | None = None
        self._ended = ended

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._look(0)

    def wait(self) -> int:
        """Come back once it has ended."""
        code = self._look(None)
        assert code is not None
        return code

    def terminate(self) -> None:
        """Ask it to end, if it has not ended."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it, if it has not ended."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _look(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._ended], [], [], seconds)[0]:
            told = os.read(self._ended, 16)
            os.close(self._ended)
            if not told:  # the fork server was killed: nobody watches over this one any more
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)
            self.returncode = int(told or -signal.SIGKILL)
        return self.returncode


class ForkServer:
    """The process, as the supervisor has it."""

    def __init__(self, orders: socket.socket, pid: int, answers_within: float = 10.0) -> None:
        """`orders` is a socket that keeps messages apart; `serve` is at its other end, and answers within so many seconds."""
        orders.settimeout(answers_within)
        self.pid = pid
        self._orders = orders
        self._lock = threading.Lock()  # each order has its own answer

    @classmethod
    def forked(cls) -> Self:
        """Fork it: before any thread is started, and before anything is opened that no child should hold."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            try:
                ours.close()
                serve(theirs)
            except ConnectionError:  # the supervisor was gone before it had its answer
                pass
            except BaseException:  # noqa: BLE001 — said here, or nobody would know why nothing starts
                traceback.print_exc()
            finally:
                os._exit(0)
        theirs.close()
        return cls(ours, pid)

    def start(
        self, module: str, environment: Mapping[str, str], stdin: int, descriptors: Mapping[str, int]
    ) -> ForkedProcess:
        """Run a module's `main` in a process of its own, which reads from `stdin` and has the other `descriptors`.

        It finds their numbers in its environment, under their names, and `environment` beside what the fork server has.
        Raises StartError where the fork server has ended, or does not answer.
        """
        order = json.dumps([module, dict(environment), list(descriptors)]).encode()
        reading, writing = os.pipe()
        why = "has ended"
        try:
            with self._lock:
                socket.send_fds(self._orders, [order], [writing, stdin, *descriptors.values()])
                answer = self._orders.recv(16)
        except TimeoutError:
            answer, why = b"", "does not answer"
        except OSError:
            answer = b""
        finally:
            os.close(writing)
        if not answer:
            os.close(reading)
            raise StartError(f"the process that starts the others {why}, so that none can be started again")
        return ForkedProcess(int(answer), reading)

    def close(self) -> None:
        """End it; children that live go on."""
        self._orders.close()
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def load(code: Sequence[str] = CODE) -> None:
    """Load modules, let each make what all who are forked later can share (`before_fork`), and keep all that for good."""
    forget_key_logs()
    shared = [getattr(importlib.import_module(module), "before_fork", None) for module in code]
    for make in (builtin, *shared):
        if make is not None:
            with contextlib.suppress(Exception):  # who needs it says so
                make()
    collect()
    make_immortal()
    freeze()  # what all share stays as it is: the garbage collector would write to every page
    trim()


def serve(orders: socket.socket) -> None:
    """Fork until nobody is there to ask for it."""
    _called("saywhy forks")
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor sees to the end
    forget_key_logs()
    forking = get_context("fork")
    children: dict[int, tuple[ForkProcess, int]] = {}
    while True:
        for ready in wait([orders, *children]):
            if isinstance(ready, int):
                child, ended = children.pop(ready)
                child.join()
                with contextlib.suppress(BrokenPipeError):
                    os.write(ended, str(child.exitcode).encode())
                os.close(ended)
                continue
            order, received, *_ = socket.recv_fds(orders, _LONGEST, _MOST_DESCRIPTORS)
            if not order:
                return
            ended, *for_child = received
            not_for_child = [orders.fileno(), ended, *(one for _, one in children.values())]
            child = forking.Process(target=_run, args=(*json.loads(order), for_child, not_for_child))
            child.start()
            for descriptor in for_child:
                os.close(descriptor)
            children[child.sentinel] = child, ended
            orders.send(str(child.pid).encode())


def _run(
    module: str, environment: Mapping[str, str], names: Sequence[str], received: Sequence[int], others: Sequence[int]
) -> None:
    for other in others:
        os.close(other)
    stdin, *descriptors = received
    os.dup2(stdin, 0)
    os.close(stdin)
    os.environ.update(environment)
    os.environ.update({name: str(number) for name, number in zip(names, descriptors, strict=True)})
    choose_figures()
    _called(f"saywhy {module.rpartition('.')[2].removesuffix('_process')}")
    importlib.import_module(module).main()


def _called(name: str) -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name[:_LONGEST_NAME])
