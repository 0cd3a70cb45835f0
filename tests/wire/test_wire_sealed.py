"""Sealed lists on a busy filter: through changes of the policy, of the lists and of the seals, not one answer is wrong."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from saywhy.serve.selfcheck.checks import Check, tried
from saywhy.serve.selfcheck.through_proxy import ThroughProxy
from tests.wire.filter_process import POLICY, FilterProcess, read_all
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get
from tests.wire.test_wire_load import Quick, numbered, quick  # noqa: F401 — a fixture
from tests.wire.test_wire_reload import metric

_PAUSE = 0.02
_ROUNDS = 5


def saywhy(*arguments: object) -> None:
    command = [str(Path(sys.executable).with_name("saywhy")), *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def opened(proxy: FilterProcess, path: str, host: str = "good.test") -> bytes:
    named = f"{host}:{proxy.origin_port}"
    with proxy.connect() as connection:
        connection.sendall(get(named, f"http://{named}{path}"))
        return read_all(connection)


@dataclass
class Visitors:
    """They ask for what is sealed, in several spellings, and for what is not; and note what should not have happened."""

    proxy: FilterProcess
    wrong: list[str] = field(default_factory=list)
    answered: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        for path, status in (
            ("/secret-page?id=7", b" 403 "),
            ("/x/..//secret%2Dpage?id=7", b" 403 "),
            ("/secret-page?id=8", b" 200 "),
            ("/hello", b" 200 "),
        ):
            self.threads.append(threading.Thread(target=self._visit, args=(path, status)))
            self.threads[-1].start()

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)

    def _visit(self, path: str, status: bytes) -> None:
        while not self.stopping.wait(_PAUSE):
            try:
                answer = opened(self.proxy, path)
            except OSError as error:
                self.wrong.append(f"{path}: {error!r}")
                continue
            self.answered += 1
            if status not in answer[:20]:
                self.wrong.append(f"{path}: {answer[:80]!r}")
            if status == b" 403 " and (b"good.test" in answer or b"secret" in answer):
                self.wrong.append(f"{path} is named: {answer!r}")


def allowing(number: int) -> str:
    """A policy that allows the site before every other rule."""
    return numbered(number).replace("rules:", "rules:\n  - {id: mine, allow: {domains: [good.test]}}", 1)


def test_what_is_sealed_stays_closed_through_everything(
    quick: Quick,  # noqa: F811 — the fixture
    origin: Origin,
) -> None:
    page = f"http://good.test:{quick.origin_port}/secret-page?id=7"
    source, bets = quick.folder / "sealed.txt", quick.folder / "bets.txt"
    source.write_text(f"{page}\n")
    seal = ("lists", "seal", "iwf", source, "--kind", "urls", "--state", quick.state)
    saywhy(*seal)
    quick.wait_for(lambda: b" 403 " in opened(quick, "/secret-page?id=7")[:20], "the sealed list to be taken", 10)
    had = origin.bytes_for("good.test").count(b"secret-page?id=7")
    visitors = Visitors(quick)
    visitors.start()
    try:
        for number in range(1, _ROUNDS + 1):
            quick.write_policy((allowing if number % 2 else numbered)(number))
            wanted = f"Reason number {number}.".encode()
            quick.wait_for(lambda wanted=wanted: wanted in opened(quick, "/", "blocked.test"), f"policy {number}", 20)
            bets.write_text(f"bet{number}.example\nmore{number}.example\n")
            saywhy("lists", "add", "mine/bets", bets, "--category", "gambling", "--lists", quick.state / "lists")
            if number == _ROUNDS // 2:
                (quick.state / "lists/.sealed").rename(quick.folder / "taken-away")  # at one stroke: one alarm
                quick.wait_for(lambda: "ALARM" in quick.output, "the alarm", 10)
            saywhy(*seal)  # again: a member's list comes anew every day
            assert visitors.wrong == []
    finally:
        visitors.stop()
    assert visitors.wrong == []
    assert visitors.answered > 100
    assert origin.bytes_for("good.test").count(b"secret-page?id=7") == had  # no byte of it reached the site
    assert metric(quick, 'saywhy_faults_total{kind="sealed"}') == 1  # sealing anew is no meddling
    written = quick.decisions
    assert '"reason":"locked"' in written
    assert "secret-page" not in "".join(line for line in written.splitlines() if '"reason":"locked"' in line)
    assert "secret-page" not in quick.output
    assert "Traceback" not in quick.output
    kept = b"".join(
        path.read_bytes() for path in quick.state.rglob("*") if path.is_file() and "decisions" not in path.name
    )
    assert b"secret-page" not in kept


@pytest.mark.parametrize("left", ["the copy", "the lists"])
def test_started_after_one_of_both_was_removed_what_was_sealed_is_closed(
    own_filter: FilterProcess, origin: Origin, left: str
) -> None:
    source = own_filter.folder / "sealed.txt"
    source.write_text(f"http://good.test:{own_filter.origin_port}/hello\n")
    saywhy("lists", "seal", "iwf", source, "--kind", "urls", "--state", own_filter.state)
    shutil.rmtree(own_filter.state / ("lists" if left == "the copy" else "sealed-copy"))
    own_filter.start()
    assert b" 403 " in opened(own_filter, "/hello")[:20]
    assert b" 200 " in opened(own_filter, "/hello?other")[:20]
    assert ("ALARM" in own_filter.output) is (left == "the copy")


def test_digests_close_an_address_wherever_it_is(own_filter: FilterProcess, origin: Origin) -> None:
    from hashlib import sha256

    page = f"good.test:{own_filter.origin_port}/hello"
    source = own_filter.folder / "sealed.txt"
    source.write_text(f"{sha256(f'http://{page}'.encode()).hexdigest().upper()}\n")
    saywhy("lists", "seal", "police", source, "--kind", "sha256", "--state", own_filter.state)
    own_filter.start()
    for path, status in (("/hello", 403), ("/hello/", 403), ("/%68ello", 403), ("/hello?x", 200), ("/headers", 200)):
        assert f" {status} ".encode() in opened(own_filter, path)[:20], path
    assert b" 200 " in opened(own_filter, "/hello", "fine.test")[:20]
    tested = tried(Check.SEALED, ThroughProxy("127.0.0.1", own_filter.listen_port, own_filter.ca))
    assert tested.wrong == ""
    assert tested.found.came is not None
    assert "against the law" in tested.found.came.body  # the rule about sealed lists closes it, and not its name


def _within(seconds: float, check: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not (held := check()) and time.monotonic() < until:
        time.sleep(0.1)
    return held


def test_with_both_meddled_with_everything_is_refused_until_a_list_is_sealed_anew(
    own_filter: FilterProcess, origin: Origin
) -> None:
    source = own_filter.folder / "sealed.txt"
    source.write_text(f"http://good.test:{own_filter.origin_port}/hello\n")
    seal = ("lists", "seal", "iwf", source, "--kind", "urls", "--state", own_filter.state)
    saywhy(*seal)
    for folder in ("lists/.sealed", "sealed-copy"):
        (own_filter.state / folder / "register").write_text("{}\nnothing")
    own_filter.policy = POLICY
    own_filter.start()
    assert b" 200 " not in opened(own_filter, "/headers")[:20]
    assert "EVERYTHING IS REFUSED" in own_filter.output
    saywhy(*seal, "--anew")
    assert _within(10, lambda: b" 200 " in opened(own_filter, "/headers")[:20])
    assert b" 403 " in opened(own_filter, "/hello")[:20]
