"""What every child process of the supervisor does: read its settings, log, and end when it is told to."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final

from saywhy.serve.settings import Settings

SETTINGS: Final = "SAYWHY_SETTINGS"
NUMBER: Final = "SAYWHY_WORKER"  # which worker it is, from 0
# mitmproxy would write every session's keys to the file that these name.
_KEY_LOGS: Final = ("SSLKEYLOGFILE", "MITMPROXY_SSLKEYLOGFILE")


def settings_from_parent() -> Settings:
    """The settings that the supervisor put into the environment."""
    return Settings.from_json(os.environ[SETTINGS])


def forget_key_logs() -> None:
    """Take the names of key logs out of the environment; to be called before mitmproxy is imported."""
    for name in _KEY_LOGS:
        os.environ.pop(name, None)


def log_to_stderr(name: str) -> None:
    """Plain lines, warnings and worse; our own rooms from info on."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format=f"%(asctime)s {name} %(levelname)s %(message)s"
    )
    logging.getLogger("saywhy").setLevel(logging.INFO)


def end_when_told(end: Callable[[], None]) -> None:
    """Call `end` (from another thread) on SIGTERM, and when the supervisor is gone: its end of our stdin closes."""
    told: SimpleQueue[None] = SimpleQueue()  # not an Event: a handler may put into it wherever it interrupts
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor sees to us
    signal.signal(signal.SIGTERM, lambda *_: told.put(None))

    def wait_for_parent() -> None:
        while os.read(0, 1024):  # not sys.stdin: its lock would be held when the interpreter ends
            pass
        told.put(None)

    def wait() -> None:
        told.get()
        end()

    threading.Thread(target=wait_for_parent, name="parent", daemon=True).start()
    threading.Thread(target=wait, name="end", daemon=True).start()
