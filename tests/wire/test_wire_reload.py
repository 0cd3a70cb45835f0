"""Changes to the policy of a running filter: a good one is taken, a bad one never is."""

import shutil
import urllib.request

from tests.wire.filter_process import POLICY, FilterProcess, read_all
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get


def status(own_filter: FilterProcess, host: str) -> int:
    named = f"{host}:{own_filter.origin_port}"
    with own_filter.connect() as connection:
        connection.sendall(get(named, f"http://{named}/hello"))
        return int(read_all(connection).split(b" ")[1])


def metric(own_filter: FilterProcess, name: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{own_filter.metrics_port}/metrics", timeout=10) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(name) and not line.startswith("#"):
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
