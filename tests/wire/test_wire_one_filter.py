"""One filter a state: a second one is refused before it changes anything; what a killed one left behind stops nobody."""

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from saywhy.serve.running import find_running, running_filter
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import POLICY, FilterProcess
from tests.wire.mitmdump_process import Mitmdump
from tests.wire.origin import Origin
from tests.wire.test_wire_lifecycle import asked_slowly, listens
from tests.wire.test_wire_sealed import opened

OTHER = POLICY.replace("Blockedtube keeps notes about you.", "This is only tried out.")


class Second(FilterProcess):
    """Another filter with another policy and addresses of its own, on the state of the first."""

    @property
    def policies(self) -> Path:
        return self.folder / "tried-out"


def second_of(first: FilterProcess) -> Second:
    return Second(first.folder, first.origin_port, first.upstream_ca, OTHER)


def saywhy(*arguments: object) -> str:
    command = [str(Path(sys.executable).with_name("saywhy")), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_second_filter_on_the_same_state_is_refused_and_changes_nothing(
    own_filter: FilterProcess, origin: Origin
) -> None:
    own_filter.start()
    current = (own_filter.state / "policy" / "current").read_bytes()
    second = second_of(own_filter)
    with pytest.raises(AssertionError):
        second.start()
    assert second.process.wait(20) == 1
    assert f"{own_filter.state} is held by the filter of process {own_filter.process.pid}" in second.output
    assert f"listens on 127.0.0.1:{own_filter.listen_port}" in second.output
    assert "Traceback" not in second.output
    assert (own_filter.state / "policy" / "current").read_bytes() == current
    assert b"Blockedtube keeps notes" in opened(own_filter, "/", "blocked.test")
    assert running_filter(own_filter.state) in find_running()


def test_nor_may_mitmdump_beside_it(
    own_filter: FilterProcess, origin: Origin, test_authority: TestAuthority, tmp_path: Path
) -> None:
    own_filter.start()
    second = Mitmdump(tmp_path, origin.port, test_authority.path)
    second.start()
    assert second.process.wait(20) != 0
    assert f"is held by the filter of process {own_filter.process.pid}" in second.output


def test_nor_may_a_filter_beside_mitmdump(origin: Origin, test_authority: TestAuthority, tmp_path: Path) -> None:
    first = Mitmdump(tmp_path, origin.port, test_authority.path)
    first.start()
    try:
        second = second_of(first)
        with pytest.raises(AssertionError):
            second.start()
        assert f"is held by the filter of process {first.process.pid}" in second.output
    finally:
        first.stop()


def test_commands_work_on_the_state_of_a_filter_that_runs(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.start()
    state = ("--state", own_filter.state)
    first = json.loads((own_filter.state / "policy" / "current").read_text())["revision"]
    own_filter.write_policy(OTHER)
    own_filter.wait_for(lambda: b"only tried out" in opened(own_filter, "/", "blocked.test"), "the change", 10)
    assert "The filter is running" in saywhy("rollback", *state)
    own_filter.wait_for(lambda: b"keeps notes" in opened(own_filter, "/", "blocked.test"), "the rollback", 10)
    assert f"{first}" in saywhy("history", *state)
    assert "is in force now" in saywhy("rollback", "--release", *state)
    listed = own_filter.folder / "bets.txt"
    listed.write_text("good.test\n")
    saywhy("lists", "add", "mine/bets", listed, "--category", "gambling", "--lists", own_filter.state / "lists")
    saywhy("account", "add", "ann", "--role", "it", *state, "--policies", own_filter.policies)
    assert "Traceback" not in own_filter.output


def test_after_it_was_killed_the_next_starts_while_its_children_end(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.start()
    own_filter.process.kill()
    own_filter.process.wait()
    assert (own_filter.state / "running.json").exists()
    own_filter.output = ""
    own_filter.start()
    assert b"Blockedtube keeps notes" in opened(own_filter, "/", "blocked.test")
    found = running_filter(own_filter.state)
    assert found is not None
    assert found.pid == own_filter.process.pid


def test_a_restart_waits_for_what_the_one_before_has_begun(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.start()
    asking, answers = asked_slowly(own_filter)
    own_filter.wait_for(lambda: origin.connections_for("good.test"), "the request to reach the origin")
    own_filter.process.send_signal(signal.SIGTERM)
    own_filter.wait_for(lambda: not listens(own_filter.listen_port), "the port to close")
    after = replace(own_filter, output="")
    starting = threading.Thread(target=after.start)
    starting.start()
    after.wait_for(lambda: "waiting for the filter of process" in after.output, "the second to wait")
    origin.slow_may_end.set()
    asking.join(20)
    assert b"hello from good.test" in answers[0]
    starting.join(30)
    try:
        assert b"Blockedtube keeps notes" in opened(after, "/", "blocked.test")
    finally:
        after.stop()


def test_folders_with_our_names_where_it_is_started_are_not_run(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.started_in = own_filter.folder / "somebody-else-s"
    for name in ("addons", "saywhy", "json", "logging"):
        package = own_filter.started_in / name
        package.mkdir(parents=True)
        marker = own_filter.folder / f"{name} was run"
        (package / "__init__.py").write_text(f"open({str(marker)!r}, 'w'); raise SystemExit\n")
    own_filter.environment = {"PYTHONPATH": os.environ.get("PYTHONPATH", str(own_filter.folder / "none"))}
    own_filter.start()
    assert b"Blockedtube keeps notes" in opened(own_filter, "/", "blocked.test")
    assert list(own_filter.folder.glob("*was run")) == []
