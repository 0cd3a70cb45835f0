"""A fork server with a module of the tests', which reports what it was given."""

import importlib
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from saywhy.serve.fork_server import ForkServer

MODULE = """
import json, os, signal, sys
from pathlib import Path

LOADED_IN = os.getpid()

def main():
    alarms = Path(os.environ["REPORT"]).with_name("alarms")
    if alarms.exists():
        from saywhy.serve.alarms import tell_supervisor
        tell_supervisor()(json.loads(alarms.read_text()))
    report = {
        "loaded in": LOADED_IN, "name": Path("/proc/self/comm").read_text().strip(), "environment": dict(os.environ),
        "open": {one.name: os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()},
        "left": "SAYWHY_ALARMS" in os.environ,
    }
    Path(os.environ["REPORT"] + ".new").write_text(json.dumps(report))
    os.rename(os.environ["REPORT"] + ".new", os.environ["REPORT"])
    exec(os.environ.get("THEN", "sys.stdin = open(0); sys.stdin.read()"))
"""


def fork_server(folder: Path) -> ForkServer:
    """One that knows the module `as_child`; PYTHONPATH does not matter to it, what is imported here does."""
    (folder / "as_child.py").write_text(MODULE)
    importlib.import_module("as_child")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the tests' own process has threads
        return ForkServer.forked()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def reported(path: Path) -> Any:
    until(path.exists)
    found = json.loads(path.read_text())
    path.unlink()
    return found
