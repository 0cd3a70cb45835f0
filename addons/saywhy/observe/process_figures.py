"""What each process holds open beside its limits, and which policy it goes by: by process, so that one that differs is seen."""

import os
import threading
from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

# Stored with the time of each load as value, from which `expose` tells the newest of each process.
PROCESS_POLICY: Final = "saywhy_process_policy_info"
_EVERY: Final = 2.0  # seconds


class ProcessFigures:
    """Of one process, by its name (portal, worker-1 and so on), which one started in its place has as well."""

    def __init__(
        self,
        registry: CollectorRegistry,
        process: str,
        files_limit: int,
        connections_limit: int | None = None,
    ) -> None:
        self._process = process
        self._files = Gauge(
            "saywhy_open_files",
            "Files and sockets that a process has open.",
            ("process",),
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        limit = Gauge(
            "saywhy_open_files_limit",
            "How many a process may have open.",
            ("process",),
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        limit.labels(process).set(files_limit)
        connections = Gauge(
            "saywhy_connections_limit",
            "Client connections that a worker takes at the same time.",
            ("process",),
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        if connections_limit is not None:
            connections.labels(process).set(connections_limit)
        self._policy = Gauge(
            PROCESS_POLICY,
            "The policy that a process goes by, by its revision.",
            ("process", "revision"),
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._revision = ""
        self._stop = threading.Event()

    def look(self, revision: str, at: float) -> None:
        """Set what is open now; `revision` is of the policy that is gone by at this time (Unix seconds), "" for none."""
        self._files.labels(self._process).set(open_files())
        if revision and revision != self._revision:
            self._revision = revision
            self._policy.labels(self._process, revision).set(at)

    def start(self, revision: Callable[[], str], now: Callable[[], float]) -> None:
        """Look again and again from now on, in a thread: counting files takes its time where there are many."""

        def run() -> None:
            while not self._stop.is_set():
                self.look(revision(), now())
                self._stop.wait(_EVERY)

        threading.Thread(target=run, name="process figures", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()


def open_files() -> int:
    """How many files this process has open (proc(5)): as the folder's size where the kernel tells it (Linux 6.2)."""
    try:
        return os.stat("/proc/self/fd").st_size or len(os.listdir("/proc/self/fd"))  # noqa: PTH116, PTH208
    except OSError:  # none is left for it, or there is no /proc
        return 0
