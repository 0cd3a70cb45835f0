"""A PostgreSQL of our own (Debian's), and databases in it that are made in no time."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text

from saywhy.exceptions.store import Store

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]  # where Debian puts them; deploy/system-packages.sh


@dataclass(frozen=True)
class Server:
    """A server that runs: its port, its process, and what has been made in it."""

    port: int
    process: int
    numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str = "postgres") -> str:
        """The address of a database in it."""
        return f"postgresql+psycopg://saywhy@127.0.0.1:{self.port}/{database}"

    def new(self) -> str:
        """A database of its own with the store's tables, copied from one that was migrated once."""
        name = f"test_{next(self.numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE migrated")
        return self.url(name)

    def empty(self) -> str:
        """A database of its own without any table."""
        name = f"test_{next(self.numbers)}"
        self._run(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Take a database away, whoever is connected."""
        self._run(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        engine = create_engine(self.url(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def prepare(self) -> None:
        """Wait until it answers, and make what `new` copies."""
        self._run_when_up("CREATE DATABASE migrated")
        opened = Store(self.url("migrated"))
        opened.migrate()
        opened.close()

    def _run_when_up(self, statement: str) -> None:
        for attempt in range(100):
            try:
                self._run(statement)
            except Exception:
                if attempt == 99:
                    raise
                time.sleep(0.1)  # a server of another program starts
            else:
                return


@contextmanager
def postgresql_server(folder: Path) -> Iterator[Server]:
    """Start one with its data in this folder, which another user can reach: it does not run as root."""
    (binaries,) = BINARIES
    data = folder / "data"
    data.mkdir(mode=0o700)
    within: list[str] = []
    if os.getuid() == 0:
        for place in (folder, data):
            os.chown(place, 65534, 65534)
        within = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    subprocess.run(
        [*within, binaries / "initdb", "-D", data, "-U", "saywhy", "-A", "trust", "-N"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]
    running = subprocess.Popen(
        [*within, binaries / "postgres", "-D", data, "-p", str(port), *options], stderr=subprocess.DEVNULL
    )
    server = Server(port, running.pid)
    try:
        server.prepare()
        yield server
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(20)
