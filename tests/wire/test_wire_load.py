"""100 changes of the policy, half of them broken, while several clients request all the time."""

import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import pytest

from saywhy.serve.revisions import Revisions
from saywhy.serve.settings import Endpoint, Settings
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import POLICY, FilterProcess, read_all
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get

_RUN = (
    "import sys; from saywhy.serve.settings import Settings; from saywhy.serve.supervisor import run; "
    "sys.exit(run(Settings.from_json(sys.argv[1])))"
)
_PAUSE = 0.01


class Quick(FilterProcess):
    """A filter that takes a change after a shorter rest than usual, so that a hundred fit into a test."""

    def command(self, hosts: Path) -> list[str]:
        listen, portal, metrics = (
            Endpoint("127.0.0.1", port) for port in (self.listen_port, self.portal_port, self.metrics_port)
        )
        settings = Settings(
            self.policies, self.state, (listen,), portal, metrics, self.upstream_ca, hosts, policy_settled=0.04
        )
        return [sys.executable, "-c", _RUN, settings.as_json()]


@pytest.fixture
def quick(origin: Origin, test_authority: TestAuthority, tmp_path: Path) -> Iterator[Quick]:
    process = Quick(tmp_path, origin.port, test_authority.path, numbered(0))
    process.start()
    yield process
    process.stop()


def numbered(number: int) -> str:
    """A good policy that says its number in two places of a page."""
    text = POLICY.replace("Blockedtube keeps notes about you.", f"Reason number {number}.")
    return text.replace("A version without accounts.", f"Another number {number}.")


BROKEN: dict[str, Callable[[str], str | None]] = {
    "empty": lambda _: "",
    "half of it": lambda text: text[: len(text) // 2],
    "cut before the rules": lambda text: text[: text.index("rules:")],
    "cut after the first rule": lambda text: text[: text.index("  - id: staff-may")],
    "misspelt": lambda text: text.replace("block:", "blokc:"),
    "places lost": lambda text: text[: text.index("places:")] + text[text.index("reach:") :],
    "gone": lambda _: None,
    "no YAML": lambda _: "rules: [" * 50,
    "zeros": lambda text: "\0" * len(text),
}


@dataclass
class Clients:
    """People who browse all the time, and what should not have happened to them."""

    proxy: FilterProcess
    wrong: list[str] = field(default_factory=list)
    answered: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        for work in (self.browse, self.browse, self.browse, self.stay, self.stay):
            self.threads.append(threading.Thread(target=self._guarded, args=(work,)))
            self.threads[-1].start()

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 — whatever it is, it was met by somebody who browses
            self.wrong.append(repr(error))

    def browse(self) -> None:
        """Every request on a connection of its own."""
        latest = 0
        for host in cycle(("good.test", "blocked.test", "locked.test")):
            if self.stopping.wait(_PAUSE):
                return
            latest = self.check(host, ask(self.proxy, host), latest)

    def stay(self) -> None:
        """All requests on one connection, which has to last through every reload."""
        with self.proxy.connect() as connection:
            latest = 0
            for host in cycle(("blocked.test", "good.test")):
                if self.stopping.wait(_PAUSE):
                    return
                latest = self.check(host, send(self.proxy, connection, host), latest)

    def check(self, host: str, answer: bytes, latest: int) -> int:
        self.answered += 1
        expected = b"HTTP/1.1 200 " if host == "good.test" else b"HTTP/1.1 403 "
        if not answer.startswith(expected):
            self.wrong.append(f"{host}: {answer[:80]!r}")
        if host == "blocked.test":
            found = {int(number) for number in re.findall(rb"(?:Reason|Another) number (\d+)", answer)}
            if len(found) != 1:
                self.wrong.append(f"a page of policies {sorted(found)}: {answer!r}")
                return latest
            number = found.pop()
            if number < latest:
                self.wrong.append(f"policy {number} after {latest}")
            return number
        return latest


def ask(proxy: FilterProcess, host: str) -> bytes:
    with proxy.connect() as connection:
        return send(proxy, connection, host)


def send(proxy: FilterProcess, connection: socket.socket, host: str) -> bytes:
    named = f"{host}:{proxy.origin_port}"
    connection.sendall(get(named, f"http://{named}/hello"))
    return read_all(connection)


def test_nobody_notices_a_hundred_changes(quick: Quick, origin: Origin) -> None:
    revisions = Revisions(quick.state / "policy")
    slow: list[bytes] = []

    def load_slowly() -> None:
        host = f"good.test:{quick.origin_port}"
        with quick.connect() as connection:
            connection.settimeout(120)
            connection.sendall(get(host, f"http://{host}/slow"))
            slow.append(read_all(connection))

    loading = threading.Thread(target=load_slowly)
    loading.start()
    clients = Clients(quick)
    clients.start()
    slowest = 0.0
    try:
        for number, (what, broken) in zip(range(1, 51), cycle(BROKEN.items()), strict=False):
            begun = time.monotonic()
            quick.write_policy(numbered(number))
            wanted = f"Reason number {number}.".encode()
            quick.wait_for(lambda wanted=wanted: wanted in ask(quick, "blocked.test"), f"policy {number}", 20)
            slowest = max(slowest, time.monotonic() - begun)
            quick.wait_for(lambda: revisions.folder_state.since is None, "the folder to be good", 20)
            text = broken(numbered(number + 1000))
            if text is None:
                (quick.policies / "school.yaml").unlink()
            else:
                quick.write_policy(text)
            quick.wait_for(lambda: revisions.folder_state.since is not None, f"{what} to be refused", 20)
            assert clients.wrong == []
    finally:
        origin.slow_may_end.set()
        clients.stop()
        loading.join(30)
    assert clients.wrong == []
    assert clients.answered > 500
    assert b"hello from good.test" in slow[0]  # a download lasts through all of it
    assert slowest < 5
    accepted = [entry.revision for entry in revisions.history()]
    assert len(accepted) == 51
    decided_by = set(re.findall(r'"revision": ?"(\w+)"', quick.decisions))
    assert decided_by
    assert decided_by <= set(accepted)
    assert origin.bytes_for("blocked.test") == b""
    assert origin.bytes_for("locked.test") == b""
    assert "Traceback" not in quick.output
