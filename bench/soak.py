"""`make soak`: connections of mixed kinds by the hundred thousand, and what memory and open files come to.

Three workers, one of which is killed in the middle: the others go on, and another takes its place. Visits are those of a
school day (bench/peers/mix.py); of twenty connections one speaks HTTP/2 and two leave in the middle of something.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import ClassVar, Final, override

from bench.figures import put_into, table
from bench.made_up_names import made_up
from bench.peers import client, namespace
from bench.peers.accounting import Memory, memory, processes
from bench.peers.clients import Clients
from bench.peers.http2 import Http2
from bench.peers.mix import hosts
from bench.peers.origin import Origin, hosts_file
from bench.peers.peer import World
from bench.peers.saywhy import Saywhy
from bench.peers.tasks import SchoolDay

ROOT: Final = Path(__file__).parents[1]
CLIENTS: Final = 4
LISTED: Final = 100_000
CONNECTIONS: Final = 200_000
BATCH: Final = 10_000
_OF_TWENTY: Final = ("http2", "leaves", "leaves", *["visit"] * 17)
_PATIENCE: Final = 3_600.0
_BROKEN_MOST: Final = 64  # connections that one client may lose in a batch, when a worker was killed


class SaywhyThree(Saywhy):
    """Three workers, however many cores there are."""

    key = "saywhy-soak"
    port = 3172
    workers: ClassVar[int] = 3


@dataclass(slots=True)
class Soak(SchoolDay):
    """A step is one connection. `broken` may be those that end unanswered, as a worker is killed meanwhile."""

    seed: int = 0
    broken: int = 0
    _chance: random.Random = field(init=False)
    _inspected: Iterator[str] = field(init=False)

    @override
    def prepare(self) -> None:
        super(Soak, self).prepare()
        self._chance = random.Random(self.seed * self.clients + self.number)
        self._inspected = cycle(hosts("inspected"))

    @override
    def step(self) -> int:
        try:
            return self._one()
        except (OSError, client.WrongAnswerError):
            self.broken -= 1
            if self.broken < 0:
                raise
            return 1

    def _one(self) -> int:
        match self._chance.choice(_OF_TWENTY):
            case "http2":
                spoken = Http2(client.Way(self.way.port, self.inside), self._chance.randrange(40), 1)
                spoken.prepare()
                spoken.finish()
            case "leaves":
                self._leave()
            case _:
                super(Soak, self).step()
        return 1

    def _leave(self) -> None:
        """Go in the middle of CONNECT, of the handshake, of a request or of an answer."""
        host = next(self._inspected)
        match self._chance.randrange(4):
            case 0:
                with client.connect(self.way) as connection:
                    connection.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHo".encode())
            case 1:
                with client.connect(self.way) as connection:
                    connection.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
                    connection.recv(4_096)
                    connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
            case 2:
                with client.tunnel(self.way, self._inspecting, host) as tls:
                    tls.sendall(client.request(host, "/page")[:-2])
            case _:
                with client.tunnel(self.way, self._inspecting, host) as tls:
                    tls.sendall(client.request(host, "/1000000"))
                    tls.recv(1_000)


@dataclass(frozen=True, slots=True)
class Seen:
    """After so many connections: memory of all processes, open files of the workers, processes."""

    connections: int
    memory: Memory
    files: int
    processes: int


def look(pid: int, connections: int) -> Seen:
    """As it stands."""
    all_ = processes(pid)
    files = 0
    for one in all_:
        with suppress(OSError):
            files += sum(1 for _ in Path(f"/proc/{one.pid}/fd").iterdir())
    return Seen(connections, memory(pid), files, len(all_))


def kill_a_worker(pid: int) -> None:
    """Kill -9 of the first of them."""
    for one in processes(pid):
        if Path(f"/proc/{one.pid}/comm").read_text() == "saywhy worker\n":
            os.kill(one.pid, signal.SIGKILL)
            return
    raise AssertionError("no worker was found")


def run(connections: int, folder: Path) -> list[Seen]:
    """Start, work, look after each batch."""
    folder.chmod(0o755)
    names, listed = folder / "hosts", folder / "listed"
    names.write_text(hosts_file())
    namespace.set_up(names)
    own = hosts("blocked")
    listed.write_text("".join(f"{name}\n" for name in (*made_up(LISTED - len(own)), *own)))
    with ExitStack() as ending, Clients(CLIENTS) as clients:
        origin = Origin(folder)
        ending.callback(origin.stop)
        origin.start()
        peer = SaywhyThree(World(folder, listed, LISTED, origin.authority.certificate, names), ROOT)
        ending.callback(peer.stop)
        peer.start()
        seen = [look(peer.pid, 0)]
        batches = connections // BATCH
        for number in range(batches):
            killing = number == batches // 2
            if killing:
                kill_a_worker(peer.pid)
            tasks = [
                Soak(peer.way(inspected=False), which, CLIENTS, peer.trust, peer.page_words, number, _BROKEN_MOST * killing)
                for which in range(CLIENTS)
            ]  # fmt: skip
            _, took, _, _ = clients.run(tasks, _PATIENCE, BATCH // CLIENTS, lambda: None, settle=2.0)
            seen.append(look(peer.pid, (number + 1) * BATCH))
            now = seen[-1]
            print(
                f"{now.connections:,} connections, {BATCH / took:,.0f} a second: {now.memory.pss / 1e6:.0f} MB, "
                f"{now.files} files, {now.processes} processes{', after a worker was killed' * killing}",
                flush=True,
            )
    return seen


def report(seen: list[Seen]) -> str:
    """A table with every fourth line, and the last."""
    shown = [*seen[:-1:4], seen[-1]]
    rows = [
        [f"{one.connections:,}", f"{one.memory.pss / 1e6:.0f}", str(one.files), str(one.processes)] for one in shown
    ]
    return table(["connections so far", "MB of all processes (PSS)", "open files", "processes"], rows)


def main() -> None:
    """Enter the namespace, work, print; a whole run writes docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    given = parser.parse_args(sys.argv[1:])
    if not namespace.inside():
        namespace.enter("bench.soak", "names are put into /etc/hosts")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="saywhy-soak-") as temporary:
        text = report(run(given.connections, Path(temporary)))
    print(f"\n{text}\n\n{(time.monotonic() - started) / 60:.1f} minutes")
    if given.connections == CONNECTIONS:
        put_into(ROOT / "docs" / "performance.md", "soak", text)


if __name__ == "__main__":
    main()
