"""What /healthz, /healthz/live and /healthz/ready say while things go wrong, and that who hangs is replaced."""

import json
import os
import signal
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess
from tests.wire.origin import Origin
from tests.wire.test_wire_alarms import GAMBLING, alarm, health, listed, sealed, told, well
from tests.wire.test_wire_reload import metric
from tests.wire.workers import asked, at_every_worker, close, worker_of


@pytest.fixture(scope="module")
def two(
    shared_origin: Origin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FilterProcess]:
    """Two workers, with a list and a sealed list, for the whole module: each test leaves it well."""
    folder = tmp_path_factory.mktemp("health")
    process = FilterProcess(folder, shared_origin.port, test_authority.path, GAMBLING, workers=2)
    process.write_policy(GAMBLING)
    listed(process, "bet.example")
    sealed(process)
    process.start()
    yield process
    process.stop()


@pytest.fixture(autouse=True)
def _well_before_and_after(two: FilterProcess) -> Iterator[None]:
    two.wait_for(well(two), "all to be well")
    yield
    two.wait_for(well(two), "all to be well again")


def wrong(proxy: FilterProcess) -> set[tuple[str, str]]:
    return {(one["process"], one["kind"]) for one in told(proxy)[1]["wrong"]}


def unready(proxy: FilterProcess, *wanted: tuple[str, str]) -> Callable[[], bool]:
    def is_so() -> bool:
        status, found = told(proxy)
        kinds = {(one["process"], one["kind"]) for one in found["wrong"]}
        return status == 503 and found["ready"] is False and kinds >= set(wanted)

    return is_so


def process(proxy: FilterProcess, name: str) -> dict[str, Any]:
    (found,) = (one for one in told(proxy)[1]["processes"] if one["name"] == name)
    assert isinstance(found, dict)
    return found


def test_each_process_is_told_and_the_policy_in_force(two: FilterProcess) -> None:
    status, found = told(two)
    assert (status, found["ready"], found["wrong"]) == (200, True, [])
    pids = {one["name"]: one["pid"] for one in found["processes"]}
    assert set(pids) == {"portal", "worker-1", "worker-2"}
    assert {pids["worker-1"], pids["worker-2"]} == two.worker_pids()
    assert pids["portal"] == two.child_pid("portal")
    assert {one["state"] for one in found["processes"]} == {"up"}
    assert found["policy"]["revision"] == json.loads((two.state / "policy" / "current").read_text())["revision"]
    assert found["policy"]["since"].endswith("+00:00")
    assert told(two, "live")[0] == 200


def test_a_worker_that_hangs_is_found_told_and_replaced_while_the_other_goes_on(two: FilterProcess) -> None:
    before, held = process(two, "worker-1"), at_every_worker(two, path="/headers")
    os.kill(before["pid"], signal.SIGSTOP)
    stopped = time.monotonic()
    two.wait_for(unready(two, ("worker-1", "silent")), "it to be told")
    assert told(two, "live")[0] == 200
    assert "not answering: worker 1, which has said nothing for" in health(two)[1]
    for _ in range(5):
        with two.connect() as another:
            assert b" 200 " in asked(two, another, path="/headers")[:20]
            assert worker_of(two, another) != before["pid"]
    two.wait_for(lambda: not Path(f"/proc/{before['pid']}").exists(), "it to be ended")
    assert time.monotonic() - stopped < 6  # 4 s where nothing else runs on this machine
    assert f"the worker 1 (process {before['pid']}) has said nothing for 4 seconds: it hangs" in two.output
    two.wait_for(lambda: process(two, "worker-1")["state"] == "up", "another to be up")
    after = process(two, "worker-1")
    assert (after["pid"] != before["pid"], after["restarts"]) == (True, before["restarts"] + 1)
    assert metric(two, 'saywhy_process_restarts_total{process="worker-1",reason="silent"}') == 1
    for pid, connections in held.items():
        assert all((asked(two, one, path="/headers") == b"") == (pid == before["pid"]) for one in connections)
    close(held)


def test_a_portal_that_hangs_is_replaced(two: FilterProcess) -> None:
    before = process(two, "portal")
    os.kill(before["pid"], signal.SIGSTOP)
    two.wait_for(unready(two, ("portal", "silent")), "it to be told")
    two.wait_for(lambda: process(two, "portal")["restarts"] == before["restarts"] + 1, "another to be started")
    two.wait_for(lambda: process(two, "portal")["state"] == "up", "it to be up")
    with urllib.request.urlopen(f"http://127.0.0.1:{two.portal_port}/", timeout=20) as answer:
        assert answer.status == 200
    assert metric(two, 'saywhy_process_restarts_total{process="portal",reason="silent"}') == 1


def test_a_policy_with_mistakes_is_told_and_what_was_in_force_stays(two: FilterProcess) -> None:
    revision = told(two)[1]["policy"]
    two.write_policy(GAMBLING.replace("default: allow", "default: perhaps"))
    two.wait_for(unready(two, ("supervisor", "policy-not-taken")), "it to be told")
    found = told(two)[1]
    (one,) = found["wrong"]
    assert "school.yaml" in one["text"]
    assert "saywhy check" in one["do"]
    assert found["policy"] == revision
    assert health(two)[0] == 200
    assert told(two, "ready?except=policy-not-taken")[0] == 200
    two.write_policy(GAMBLING)


def test_lists_and_sealed_lists_that_are_lost_are_told(two: FilterProcess) -> None:
    index, register = two.state / "lists" / "index", two.state / "lists" / ".sealed" / "register"
    register_was = register.read_bytes()
    index.rename(two.folder / "away")
    register.write_text("cut")
    both = [(name, kind) for name in ("worker-1", "worker-2", "portal") for kind in ("lists", "sealed")]
    two.wait_for(unready(two, *both), "all of them to be told")
    assert told(two, "ready?except=lists,sealed")[0] == 200
    (two.folder / "away").rename(index)
    register.write_bytes(register_was)
    sealed(two)


def test_a_store_that_cannot_be_used_is_told_and_the_filter_is_ready(two: FilterProcess) -> None:
    def renamed(what: str, then: str) -> None:
        with closing(sqlite3.connect(two.state / "saywhy.sqlite3", timeout=20)) as store:
            store.execute(f"ALTER TABLE {what} RENAME TO {then}")

    renamed("counters", "away")
    everywhere = {(name, "store") for name in ("worker-1", "worker-2")}
    two.wait_for(lambda: wrong(two) >= everywhere, "it to be told")
    status, found = told(two)
    assert (status, found["ready"]) == (200, True)
    assert health(two)[0] == 200
    assert "worker 1, store: " in health(two)[1]
    two.wait_for(lambda: alarm(two, "store") == 1, "the figure")
    with two.connect() as connection:
        assert b" 200 " in asked(two, connection, path="/headers")[:20]
    renamed("away", "counters")


def test_one_that_starts_and_refuses_everything_is_told_as_that(two: FilterProcess) -> None:
    index = two.state / "lists" / "index"
    index.rename(two.folder / "away")
    os.kill(process(two, "worker-2")["pid"], signal.SIGKILL)
    two.wait_for(unready(two, ("worker-2", "refusing"), ("worker-2", "lists")), "the next one to refuse everything")
    assert ("worker-1", "refusing") not in wrong(two)
    (two.folder / "away").rename(index)
