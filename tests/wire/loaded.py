"""`saywhy`, forked from a process that has loaded its code: a start takes a quarter of the CPU. What runs is the same."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

from saywhy.serve.fork_server import CODE, ForkedProcess, ForkServer, load, serve
from tests.wire import moved_clock

_ROOT = Path(__file__).parents[2]
_LOADED = ("saywhy.cli.main", "saywhy.cli.run", "saywhy.serve.supervisor", *CODE, __name__)
_ARGUMENTS, _OUTPUT = "TESTS_ARGUMENTS", "TESTS_OUTPUT"


class Command:
    """A command that runs, with what the tests use of `subprocess.Popen`."""

    def __init__(self, forked: ForkedProcess, stdout: IO[str]) -> None:
        self.pid = forked.pid
        self.stdout = stdout
        self._forked = forked

    @property
    def returncode(self) -> int | None:
        return self._forked.returncode

    def poll(self) -> int | None:
        return self._forked.poll()

    def wait(self, timeout: float = 60) -> int:
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("saywhy", timeout)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self._forked.kill()


def start(arguments: Sequence[str], environment: Mapping[str, str]) -> Command:
    """Run `saywhy` with these arguments; its output and its errors are one stream."""
    reading, writing = os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        told = {**environment, _ARGUMENTS: json.dumps(arguments)}
        forked = _server().start(__name__, told, nothing, {_OUTPUT: writing})
    finally:
        os.close(writing)
        os.close(nothing)
    return Command(forked, os.fdopen(reading))


@cache
def _server() -> ForkServer:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    path = os.pathsep.join([str(_ROOT), str(_ROOT / "addons")])
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(theirs.fileno())],
        pass_fds=(theirs.fileno(),),
        env={**os.environ, "PYTHONPATH": path},
        cwd=_ROOT,
    )
    theirs.close()
    server = ForkServer(ours, process.pid, 100)  # it loads the code first
    atexit.register(server.close)
    return server


def main() -> None:
    """In the process that was forked."""
    output = int(os.environ.pop(_OUTPUT))
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    sys.argv = ["saywhy", *json.loads(os.environ.pop(_ARGUMENTS))]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    moved = os.environ.pop(moved_clock.PATH, "")
    if moved:
        moved_clock.move_with(Path(moved))
    from saywhy.cli.main import run

    run()


if __name__ == "__main__":
    load(_LOADED)
    serve(socket.socket(fileno=int(sys.argv[1])))
