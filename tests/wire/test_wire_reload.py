"""Changes to the policy of a running filter: a good one is taken, a bad one never is."""

import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.wire.filter_process import POLICY, FilterProcess, read_all
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get
from tests.wire.test_wire_lifecycle import listens


def status(own_filter: FilterProcess, host: str) -> int:
    named = f"{host}:{own_filter.origin_port}"
    with own_filter.connect() as connection:
        connection.sendall(get(named, f"http://{named}/hello"))
        return int(read_all(connection).split(b" ")[1])


def metric(own_filter: FilterProcess, name: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{own_filter.metrics_port}/metrics", timeout=10) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith((f"{name} ", f"{name}{{")):
                return float(line.rpartition(" ")[2])
    return 0.0


def test_a_saved_change_is_taken_and_a_broken_one_is_not(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.start()
    assert (status(own_filter, "good.test"), status(own_filter, "blocked.test")) == (200, 403)

    own_filter.write_policy(POLICY.replace("block: {apps: [blocked]}", "block: {domains: [good.test]}"))
    own_filter.wait_for(lambda: status(own_filter, "good.test") == 403, "the change to be taken", 5)
    assert status(own_filter, "blocked.test") == 200

    for broken in ("rules: [", "", POLICY.replace("block: {apps: [blocked]}", "blokc: {apps: [blocked]}")):
        before = metric(own_filter, "saywhy_policy_reload_failures_total")
        own_filter.write_policy(broken)
        own_filter.wait_for(
            lambda before=before: metric(own_filter, "saywhy_policy_reload_failures_total") > before,
            "the broken policy to be noticed",
            10,
        )
        assert (status(own_filter, "good.test"), status(own_filter, "blocked.test")) == (403, 200)
    assert metric(own_filter, "saywhy_policy_last_reload_successful") == 0
    assert "school.yaml:" in own_filter.output

    shutil.rmtree(own_filter.policies)
    own_filter.wait_for(lambda: "policies" in own_filter.output.rpartition("blokc")[2], "the missing folder", 10)
    assert (status(own_filter, "good.test"), status(own_filter, "blocked.test")) == (403, 200)

    own_filter.write_policy(POLICY)
    own_filter.wait_for(lambda: status(own_filter, "good.test") == 200, "the mended policy to be taken", 10)
    assert status(own_filter, "blocked.test") == 403
    assert metric(own_filter, "saywhy_policy_last_reload_successful") == 1


def test_started_with_a_broken_policy_everything_is_refused_until_it_is_mended(
    own_filter: FilterProcess, origin: Origin
) -> None:
    own_filter.policy = POLICY.replace("default: allow", "defualt: allow")
    own_filter.start()
    assert "EVERYTHING IS REFUSED" in own_filter.output
    assert "defualt" in own_filter.output
    assert status(own_filter, "good.test") == 503
    assert origin.connections == []

    own_filter.write_policy(POLICY)
    own_filter.wait_for(lambda: status(own_filter, "good.test") == 200, "the mended policy to be taken", 10)


def test_the_last_good_policy_survives_a_restart_with_a_broken_file(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.start()
    own_filter.process.kill()
    own_filter.process.wait()
    own_filter.wait_for(lambda: not listens(own_filter.listen_port), "the children to end", 20)
    own_filter.output = ""
    own_filter.policy = POLICY.replace("default: allow", "defualt: allow")
    own_filter.start()
    assert "EVERYTHING IS REFUSED" not in own_filter.output
    assert "the last that was" in own_filter.output
    assert own_filter.output.count("unknown key 'defualt'") == 1
    assert (status(own_filter, "good.test"), status(own_filter, "blocked.test")) == (200, 403)
    assert metric(own_filter, "saywhy_policy_last_reload_successful") == 0
    assert metric(own_filter, "saywhy_policy_reload_failures_total") == 1


def saywhy(own_filter: FilterProcess, *arguments: str) -> str:
    command = [str(Path(sys.executable).parent / "saywhy"), *arguments, "--state", str(own_filter.state)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout


def test_a_rollback_reaches_a_running_filter_and_so_does_its_end(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.start()
    own_filter.write_policy(POLICY.replace("block: {apps: [blocked]}", "block: {domains: [good.test]}"))
    own_filter.wait_for(lambda: status(own_filter, "good.test") == 403, "the change to be taken", 5)

    assert "The filter is running" in saywhy(own_filter, "rollback")
    own_filter.wait_for(lambda: status(own_filter, "good.test") == 200, "the rollback", 5)
    assert status(own_filter, "blocked.test") == 403
    own_filter.wait_for(lambda: metric(own_filter, "saywhy_policy_rolled_back") == 1, "the figure", 5)
    assert "in force by a rollback" in saywhy(own_filter, "history")

    assert "is in force now" in saywhy(own_filter, "rollback", "--release")
    own_filter.wait_for(lambda: status(own_filter, "good.test") == 403, "the end of the rollback", 5)
    own_filter.wait_for(lambda: metric(own_filter, "saywhy_policy_rolled_back") == 0, "the figure", 5)


def test_a_policy_that_lost_most_of_its_rules_waits_for_a_word(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.start()
    own_filter.write_policy(POLICY[: POLICY.index("  - id: staff-may")])
    own_filter.wait_for(lambda: "only 1 of 5 rules are left" in own_filter.output, "the loss to be told", 5)
    assert status(own_filter, "blocked.test") == 403
    assert "is in force now" in saywhy(own_filter, "accept")
    own_filter.wait_for(lambda: status(own_filter, "blocked.test") != 403, "the change to be taken", 5)
    assert metric(own_filter, "saywhy_policy_last_reload_successful") == 1
