"""Faults played on a real filter that a real Prometheus scrapes: the right alert, the right line of `saywhy status`, `ready`, and no other.

What alerts wait for is left out (promtool tests it): an alert is looked at by its expression.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from saywhy.lists.store import ListStore
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess
from tests.wire.origin import Origin
from tests.wire.prometheus import FOLDER, Prometheus
from tests.wire.test_wire_alarms import GAMBLING, listed, sealed, told, well
from tests.wire.test_wire_health import process
from tests.wire.test_wire_trouble import answer, fill

EXPRESSIONS: Final[dict[str, str]] = {
    rule["alert"]: rule["expr"]
    for group in yaml.safe_load((FOLDER / "saywhy.rules.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
}
SETTLED_SECONDS: Final = 40


@dataclass(frozen=True)
class Fault:
    """How it is played and undone. `lasting`: alerts that go on for ten minutes after it."""

    name: str
    play: Callable[["School"], None]
    undo: Callable[["School"], None]
    alerts: set[str]
    kinds: set[str]  # of `saywhy status`
    unready: set[str] = field(default_factory=set)  # kinds of /healthz/ready that make it 503
    lasting: set[str] = field(default_factory=set)


class School:
    """The filter, and whoever watches it."""

    def __init__(self, proxy: FilterProcess, prometheus: Prometheus) -> None:
        self.proxy = proxy
        self.prometheus = prometheus
        self.lasting: set[str] = set()

    def alerts(self) -> set[str]:
        at = self.prometheus.await_scrape()
        return {name for name, expression in EXPRESSIONS.items() if self.prometheus.query(expression, at)}

    def status(self) -> tuple[int, set[str]]:
        command = [str(Path(sys.executable).with_name("saywhy")), "status", "--json", "--state", str(self.proxy.state)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.stdout, done.stderr
        return done.returncode, {one["kind"] for one in json.loads(done.stdout)["wrong"]}

    def unready(self) -> set[str]:
        status, found = told(self.proxy)
        assert (status == 200) == found["ready"]
        return set() if found["ready"] else {one["kind"] for one in found["wrong"]}

    def becomes(self, what: str, look: Callable[[], Any], wanted: Any) -> None:
        deadline = time.monotonic() + SETTLED_SECONDS
        while (found := look()) != wanted:
            assert time.monotonic() < deadline, (
                f"{what}: {found} in the place of {wanted}\n{self.proxy.output[-2_000:]}"
            )
            time.sleep(0.2)


def rewritten(proxy: FilterProcess, source: str, checked: str = "") -> None:
    """The list as if it came from elsewhere."""
    store = ListStore(proxy.state / "lists")
    path = proxy.state / "lists" / "mine" / "bets" / "list.json"
    path.write_text(replace(store.manifest("mine/bets"), source=source, checked=checked).as_json())


def grow_stale(school: School) -> None:
    long_ago = (datetime.now(UTC) - timedelta(hours=49)).isoformat()
    rewritten(school.proxy, "https://lists.example/bets.txt", long_ago)


def come_from_here(school: School) -> None:
    rewritten(school.proxy, str(school.proxy.folder / "bets.txt"))


def near_its_end(school: School) -> None:
    """Another certificate lies where the school's own is; what runs goes on with its own."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test School")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now).not_valid_after(now + timedelta(days=30))
    file = school.proxy.ca
    file.rename(file.with_suffix(".away"))
    file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def as_before(school: School) -> None:
    school.proxy.ca.with_suffix(".away").rename(school.proxy.ca)


def break_policy(school: School) -> None:
    school.proxy.write_policy(GAMBLING.replace("default: allow", "default: perhaps"))


def mend_policy(school: School) -> None:
    school.proxy.write_policy(GAMBLING)


def break_glass(school: School) -> None:
    school.proxy.write_policy(
        GAMBLING.replace("rules:\n", "rules:\n  - {id: break-glass, allow: {domains: [open.test]}}\n", 1)
    )


def lose_lists(school: School) -> None:
    (school.proxy.state / "lists" / "index").rename(school.proxy.state / "away")


def find_lists(school: School) -> None:
    (school.proxy.state / "away").rename(school.proxy.state / "lists" / "index")


def fill_the_disk(school: School) -> None:
    fill(school.proxy.state)
    answer(school.proxy, "blocked.test")  # a line that cannot be kept


def make_room(school: School) -> None:
    (school.proxy.state / "full").unlink()


def stop_a_worker(school: School) -> None:
    os.kill(process(school.proxy, "worker-1")["pid"], signal.SIGSTOP)


def nothing(school: School) -> None:
    """It is mended by itself."""


def lose_lists_and_a_worker(school: School) -> None:
    lose_lists(school)
    os.kill(process(school.proxy, "worker-2")["pid"], signal.SIGKILL)


# In this order: what lasts comes last.
FAULTS: Final = (
    Fault("a policy with mistakes", break_policy, mend_policy, {"SaywhyPolicyNotTaken"}, {"policy-not-taken"}, {"policy-not-taken"}),
    Fault("break-glass", break_glass, mend_policy, {"SaywhyBreakGlassOpen"}, {"break-glass"}),
    Fault("a list that is stale", grow_stale, come_from_here, {"SaywhyListStale"}, {"list-stale"}),
    Fault("a certificate near its end", near_its_end, as_before, {"SaywhyCertificateEnds"}, {"certificate-ends"}),
    Fault("lists that are lost", lose_lists, find_lists, {"SaywhyListsLost"}, {"lists"}, {"lists"}),
    Fault("a full disk", fill_the_disk, make_room, {"SaywhyLogLinesDropped"}, {"log-lines-dropped"}, lasting={"SaywhyLogLinesDropped"}),
    Fault(
        "a worker that hangs", stop_a_worker, nothing, {"SaywhyProcessReplaced"}, {"replaced"}, lasting={"SaywhyProcessReplaced"}
    ),
    Fault(
        "everything refused", lose_lists_and_a_worker, find_lists,
        {"SaywhyRefusesEverything", "SaywhyListsLost", "SaywhyProcessReplaced"}, {"refusing", "lists", "replaced"}, {"refusing", "lists"},
        lasting={"SaywhyProcessReplaced"},
    ),
)  # fmt: skip
LASTING_KINDS: Final = {"SaywhyLogLinesDropped": "log-lines-dropped", "SaywhyProcessReplaced": "replaced"}


@pytest.fixture(scope="module")
def school(
    shared_origin: Origin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[School]:
    folder = tmp_path_factory.mktemp("faults")
    proxy = FilterProcess(folder, shared_origin.port, test_authority.path, GAMBLING, workers=2)
    proxy.environment = {"SAYWHY_SELF_TEST": ""}
    proxy.state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(proxy.state)], check=True)
    try:
        proxy.write_policy(GAMBLING)
        listed(proxy, "bet.example")
        sealed(proxy)
        proxy.start()
        prometheus = Prometheus(folder / "prometheus", proxy.metrics_port)
        try:
            proxy.wait_for(prometheus.ready, "two scrapes", 30)
            yield School(proxy, prometheus)
        finally:
            prometheus.close()
            proxy.stop()
    finally:
        subprocess.run(["umount", "--lazy", str(proxy.state)], check=True)


def test_while_all_is_well_nothing_is_told(school: School) -> None:
    school.proxy.wait_for(well(school.proxy), "all to be well")
    school.becomes("alerts", school.alerts, set())
    school.becomes("status", school.status, (0, set()))
    assert school.unready() == set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_told_as_what_it_is_and_as_nothing_else(school: School, fault: Fault) -> None:
    before, kinds = school.lasting, {LASTING_KINDS[one] for one in school.lasting}
    fault.play(school)
    school.becomes("alerts", school.alerts, fault.alerts | before)
    school.becomes("status", school.status, (1, fault.kinds | kinds))
    school.becomes("ready", school.unready, fault.unready)
    fault.undo(school)
    school.lasting = before | fault.lasting
    kinds = {LASTING_KINDS[one] for one in school.lasting}
    school.becomes("alerts afterwards", school.alerts, school.lasting)
    school.becomes("status afterwards", school.status, (1 if kinds else 0, kinds))
    school.becomes("ready afterwards", school.unready, set())
