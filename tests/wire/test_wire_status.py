"""`saywhy status` of a filter that runs: well, with a policy that is broken, and with a supervisor that hangs."""

import json
import os
import signal
import time
from typing import Any

from typer.testing import CliRunner

from saywhy.cli.main import app
from tests.wire.filter_process import POLICY, FilterProcess
from tests.wire.origin import Origin
from tests.wire.test_wire_sealed import opened


def saywhy_status(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["status", *map(str, arguments)], prog_name="saywhy")
    return done.exit_code, done.output


def told(*arguments: object) -> tuple[int, dict[str, Any]]:
    code, said = saywhy_status("--json", *arguments)
    return code, json.loads(said)


def kinds(found: dict[str, Any]) -> list[str]:
    return [one["kind"] for one in found["wrong"]]


def test_one_that_runs_says_how_it_is(running: FilterProcess, origin: Origin) -> None:
    _, before = told("--state", running.state)
    assert b"Blockedtube keeps notes" in opened(running, "/", "blocked.test")
    running.wait_for(  # figures are written ten times a second
        lambda: told("--state", running.state)[1]["since_start"]["blocked"] > before["since_start"]["blocked"],
        "the block to be counted",
    )
    code, found = told("--state", running.state)
    assert found["filter"]["pid"] == running.process.pid
    assert found["filter"]["metrics"] == f"127.0.0.1:{running.metrics_port}"
    assert found["policy"]["revision"] == json.loads((running.state / "policy" / "current").read_text())["revision"]
    assert found["policy"]["by"]
    assert found["since_start"]["plain"] >= 1
    assert found["certificate_ends"] > found["at"]
    assert (code, kinds(found)) == (0, [])
    assert saywhy_status("--metrics", f"127.0.0.1:{running.metrics_port}")[1].startswith("All is well.\n")


def test_what_is_wrong_is_told_while_it_is(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.start()
    state = ("--state", own_filter.state)
    own_filter.write_policy(POLICY.replace("default: allow", "default: alow"))
    own_filter.wait_for(lambda: told(*state)[0] == 1, "the mistake to be told")
    code, said = saywhy_status(*state)
    assert code == 1
    assert said.startswith("A change of the policy is not in force.\n")
    assert "school.yaml:" in said.replace("\n    ", " ")
    assert "alow" in said
    assert "What to do: `saywhy check` names each problem" in said
    own_filter.write_policy(POLICY)
    own_filter.wait_for(lambda: told(*state)[0] == 0, "it to be mended")

    os.kill(own_filter.process.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        code, found = told(*state)
        assert time.monotonic() - began < 10  # it waits for 2 seconds; the machine may be busy
    finally:
        os.kill(own_filter.process.pid, signal.SIGCONT)
    assert code == 3
    assert found["wrong"][0]["kind"] in {"no-figures", "starting"}  # the latter in the first minute
    assert "does not answer within" in found["wrong"][0]["detail"] or "process" in found["wrong"][0]["detail"]
    assert found["policy"]["by"]
