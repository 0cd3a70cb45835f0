"""What may not be read, is missing or was meddled with: said by /healthz, a figure, the log and, to staff, the portal."""

import json
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.second_user import as_service, give, not_theirs, two_users
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import POLICY, FilterProcess
from tests.wire.mitmdump_process import Mitmdump
from tests.wire.origin import Origin
from tests.wire.test_wire_reload import metric
from tests.wire.test_wire_sealed import opened, saywhy

GAMBLING = POLICY.replace(
    "rules:\n",
    """rules:
  - id: bets
    block: {categories: [gambling]}
    why: {risk: Bets cost money.}
    instead: [watch]
    decided: {by: Governors, on: 2026-09-01}
    review_by: 2027-09-01
    owner: safeguarding
""",
    1,
)


def health(proxy: FilterProcess) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{proxy.metrics_port}/healthz", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def told(proxy: FilterProcess, path: str = "ready") -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{proxy.metrics_port}/healthz/{path}", timeout=20) as answer:
            assert answer.headers["Content-Type"] == "application/json"
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def ill(proxy: FilterProcess, *words: str) -> Callable[[], bool]:
    def is_ill() -> bool:
        status, text = health(proxy)
        return status == 503 and all(word in text for word in words)

    return is_ill


def well(proxy: FilterProcess) -> Callable[[], bool]:
    return lambda: health(proxy) == (200, "ok\n")


def alarm(proxy: FilterProcess, kind: str) -> float:
    return metric(proxy, f'saywhy_alarm{{kind="{kind}"}}')


def await_alarms(proxy: FilterProcess, **wanted: int) -> None:
    """The portal may have told health before the worker counts."""
    proxy.wait_for(lambda: all(alarm(proxy, kind) == figure for kind, figure in wanted.items()), "the figures", 5)


def seen_by_staff(proxy: FilterProcess) -> str:
    """The page of requests, to somebody who signs in."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    portal = f"http://127.0.0.1:{proxy.portal_port}"
    form = browser.open(f"{portal}/sign-in", timeout=20).read().decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token is not None
    data = {"name": "it", "password": proxy.password("it"), "csrf_token": token[1]}
    request = urllib.request.Request(
        f"{portal}/sign-in", urllib.parse.urlencode(data).encode(), {"Origin": portal, "Referer": f"{portal}/sign-in"}
    )
    page: str = browser.open(request, timeout=20).read().decode()
    return page


@pytest.fixture
def service(origin: Origin, test_authority: TestAuthority) -> Iterator[FilterProcess]:
    """A filter whose user is not root: what is closed to it, it cannot read."""
    with TemporaryDirectory(prefix="saywhy-service-") as name:  # pytest's own folders are for who runs the tests alone
        folder = Path(name)
        shutil.copy(test_authority.path, folder / "upstream.pem")
        process = FilterProcess(folder, origin.port, folder / "upstream.pem", GAMBLING, inside_of=as_service())
        process.write_policy(GAMBLING)
        process.state.mkdir(mode=0o700)
        give(folder)
        yield process
        if hasattr(process, "process") and process.process.poll() is None:
            process.stop()


def listed(proxy: FilterProcess, *names: str) -> None:
    source = proxy.folder / "bets.txt"
    source.write_text("".join(f"{name}\n" for name in names))
    lists = proxy.state / "lists"
    saywhy("lists", "add", "mine/bets", source, "--category", "gambling", "--lists", lists, "--even-if-shorter")


def sealed(proxy: FilterProcess, *more: str) -> None:
    source = proxy.folder / "sealed.txt"
    source.write_text(f"http://good.test:{proxy.origin_port}/hello\n")
    saywhy("lists", "seal", "iwf", source, "--kind", "urls", "--state", proxy.state, *more)


@two_users
def test_what_root_adds_is_read_by_the_filter_of_another_user(service: FilterProcess, origin: Origin) -> None:
    listed(service, "bet.example")
    sealed(service)
    shown = subprocess.run(
        [Path(sys.executable).with_name("saywhy"), "account", "add", "ann", "--role", "it", "--state", service.state,
         "--policies", service.policies],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "shown this once" in shown.stdout
    assert not_theirs(service.state) == []
    service.start()
    assert b" 403 " in opened(service, "/hello")[:20]
    assert b" 200 " in opened(service, "/headers")[:20]
    assert well(service)()
    listed(service, "good.test")
    service.wait_for(lambda: b" 403 " in opened(service, "/headers")[:20], "root's list to be in force", 10)
    sealed(service)
    saywhy("lists", "update", "--lists", service.state / "lists")
    saywhy("lists", "remove", "mine/bets", "--lists", service.state / "lists")
    service.wait_for(lambda: b" 200 " in opened(service, "/headers")[:20], "the list to be gone", 10)
    service.write_policy(GAMBLING.replace("Bets cost", "Bets always cost"))
    service.wait_for(lambda: service.output.count("was accepted") == 2, "the change", 10)
    saywhy("rollback", "--state", service.state)
    service.wait_for(lambda: service.output.count("is in force: ") == 3, "the rollback", 10)
    assert well(service)()
    assert not_theirs(service.state) == []
    assert "ALARM" not in service.output
    assert "Traceback" not in service.output


@two_users
def test_a_filter_that_root_runs_once_leaves_nothing_that_the_service_cannot_use(
    service: FilterProcess, origin: Origin
) -> None:
    service.inside_of = ()
    sealed(service)
    service.start()
    assert b" 403 " in opened(service, "/hello")[:20]
    service.wait_for(lambda: service.decisions, "a line in the log")
    assert not_theirs(service.state) == []
    service.stop()
    service.inside_of, service.output = as_service(), ""
    service.start()
    assert b" 403 " in opened(service, "/hello")[:20]
    service.wait_for(lambda: service.decisions.count("\n") == 2, "another line in the log of the day")
    assert well(service)()


def test_lists_that_may_not_be_read_are_told_as_that_and_taken_once_they_may(
    service: FilterProcess, origin: Origin
) -> None:
    listed(service, "good.test")
    index = service.state / "lists" / "index"
    index.chmod(0o000)
    service.start()
    assert b" 503 " in opened(service, "/headers")[:20]
    service.wait_for(ill(service, "worker, refusing", f"{index} may not be read by"), "health to fail", 5)
    await_alarms(service, refusing=1, lists=1, sealed=0)
    assert f"ALARM: the lists were not taken, EVERYTHING IS REFUSED until they can be read: {index}" in service.output
    assert "saywhy lists compile" not in service.output
    assert "EVERYTHING IS REFUSED" in seen_by_staff(service)
    index.chmod(0o600)
    service.wait_for(well(service), "all to be well", 10)
    assert b" 403 " in opened(service, "/headers")[:20]
    await_alarms(service, refusing=0, lists=0)
    assert "wrong with the filter" not in seen_by_staff(service)


def test_lists_that_are_lost_while_the_filter_is_down_open_nothing(service: FilterProcess, origin: Origin) -> None:
    listed(service, "good.test")
    service.start()
    assert b" 403 " in opened(service, "/headers")[:20]
    service.stop()
    (service.state / "lists").rename(service.folder / "away")
    service.output = ""
    service.start()
    await_alarms(service, refusing=1, lists=1)
    assert b" 503 " in opened(service, "/headers")[:20]
    assert "the lists that were in force are gone" in service.output
    (service.folder / "away").rename(service.state / "lists")
    await_alarms(service, refusing=0, lists=0)
    assert b" 403 " in opened(service, "/headers")[:20]


def test_lists_that_are_lost_under_a_running_filter_stay_in_force_and_are_told(
    service: FilterProcess, origin: Origin
) -> None:
    listed(service, "good.test")
    service.start()
    assert b" 403 " in opened(service, "/headers")[:20]
    (service.state / "lists" / "index").rename(service.folder / "away")
    service.wait_for(ill(service, "those in force stay", "no index"), "health to fail", 5)
    assert b" 403 " in opened(service, "/headers")[:20]
    service.wait_for(lambda: alarm(service, "lists") == 1, "the figure", 5)  # the portal may have told health first
    await_alarms(service, refusing=0)
    service.wait_for(lambda: "Something is wrong with the filter" in seen_by_staff(service), "staff to be told", 10)
    page = seen_by_staff(service)
    assert "those in force stay" in page
    (service.folder / "away").rename(service.state / "lists" / "index")
    service.wait_for(well(service), "all to be well", 10)


@pytest.mark.parametrize("what", ["folder", "files"])
def test_sealed_lists_that_may_not_be_read_are_no_meddling(service: FilterProcess, origin: Origin, what: str) -> None:
    sealed(service)
    folders = [service.state / "lists" / ".sealed", service.state / "sealed-copy"]
    closed = folders if what == "folder" else [path for one in folders for path in one.iterdir()]
    modes = {path: path.stat().st_mode for path in closed}
    for path in closed:
        path.chmod(0o000)
    service.start()
    assert b" 503 " in opened(service, "/headers")[:20]
    service.wait_for(ill(service, "worker, sealed", "may not be", "nothing has to be sealed again"), "health", 5)
    assert "--anew" not in service.output + health(service)[1]
    await_alarms(service, sealed=1)
    for path in closed:
        path.chmod(modes[path])
    service.wait_for(well(service), "all to be well", 10)
    assert b" 403 " in opened(service, "/hello")[:20]
    assert b" 200 " in opened(service, "/headers")[:20]
    assert metric(service, 'saywhy_faults_total{kind="sealed"}') == 1


@pytest.mark.parametrize(
    ("meddle", "said"),
    [
        (lambda content: content[:-1] + bytes([content[-1] ^ 1]), ("was changed", "find out who was there")),
        (lambda content: content[:-7], ("is cut short", "Seal any list again")),
    ],
    ids=["altered", "damaged"],
)
def test_sealed_lists_that_were_meddled_with_are_told_until_they_are_sealed_again(
    service: FilterProcess, origin: Origin, meddle: Callable[[bytes], bytes], said: tuple[str, ...]
) -> None:
    sealed(service)
    (held,) = (service.state / "lists" / ".sealed").glob("iwf.*")
    service.start()
    held.write_bytes(meddle(held.read_bytes()))
    service.wait_for(ill(service, "worker, sealed", "what was sealed last stays in force", *said), "health", 5)
    assert b" 403 " in opened(service, "/hello")[:20]
    assert b" 200 " in opened(service, "/headers")[:20]
    await_alarms(service, refusing=0)
    sealed(service)
    service.wait_for(well(service), "all to be well", 10)


def test_a_worker_that_is_started_again_says_what_is_so_now(service: FilterProcess, origin: Origin) -> None:
    listed(service, "good.test")
    service.start()
    index = service.state / "lists" / "index"
    index.chmod(0o000)
    service.wait_for(ill(service, "those in force stay"), "health to fail", 5)
    subprocess.run(["kill", "-9", str(service.worker_pid())], check=True)
    service.wait_for(ill(service, "worker, refusing: EVERYTHING IS REFUSED"), "the next one to refuse everything")
    await_alarms(service, refusing=1, lists=1)
    index.chmod(0o600)
    subprocess.run(["kill", "-9", str(service.worker_pid())], check=True)
    service.wait_for(well(service), "all to be well")
    await_alarms(service, refusing=0, lists=0)


def test_a_filter_without_any_policy_is_not_well(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.policy = POLICY.replace("default: allow", "default: perhaps")
    own_filter.start()
    own_filter.wait_for(ill(own_filter, "worker, refusing", "no policy is in force"), "health to fail", 5)
    assert "ALARM: EVERYTHING IS REFUSED" in own_filter.output
    own_filter.write_policy(POLICY)
    own_filter.wait_for(well(own_filter), "all to be well", 10)
    assert "the alarm is over: refusing" in own_filter.output


def test_a_revision_that_cannot_be_followed_is_told(service: FilterProcess, origin: Origin) -> None:
    service.start()
    revisions = service.state / "policy" / "revisions"
    (first,) = revisions.iterdir()
    shutil.copytree(first, service.folder / "whole")
    (first / "school.yaml").write_text("cut")
    current = (service.state / "policy" / "current").read_text()
    subprocess.run(["kill", "-9", str(service.worker_pid())], check=True)
    service.wait_for(ill(service, "worker, policy", "EVERYTHING IS REFUSED"), "health to fail")
    await_alarms(service, policy=1)
    shutil.copy(service.folder / "whole" / "school.yaml", first / "school.yaml")
    service.wait_for(well(service), "all to be well", 10)
    assert (service.state / "policy" / "current").read_text() == current


def test_under_mitmdump_alarms_are_heard_as_well(mitmdump: Mitmdump, origin: Origin) -> None:
    sealed(mitmdump)
    listed(mitmdump, "bet.example")
    mitmdump.start()
    assert well(mitmdump)()
    status, found = told(mitmdump)
    assert (status, found["wrong"]) == (200, [])
    assert [(one["name"], one["pid"], one["state"]) for one in found["processes"]] == [
        ("mitmdump", mitmdump.process.pid, "up"),
        ("portal", mitmdump.process.pid, "up"),
    ]
    assert found["policy"]["revision"] == json.loads((mitmdump.state / "policy" / "current").read_text())["revision"]
    assert told(mitmdump, "live")[0] == 200
    (mitmdump.state / "lists" / ".sealed" / "register").write_text("cut")
    (mitmdump.state / "lists" / "index").unlink()
    mitmdump.wait_for(ill(mitmdump, "the register of sealed lists is cut short", "those in force stay"), "health", 10)
    both = {("mitmdump", "lists"), ("mitmdump", "sealed")}  # the portal may have told health before

    def both_told() -> bool:
        status, found = told(mitmdump)
        return status == 503 and both <= {(one["process"], one["kind"]) for one in found["wrong"]}

    mitmdump.wait_for(both_told, "the proxy to tell both", 10)
    await_alarms(mitmdump, lists=1, sealed=1)
    mitmdump.wait_for(lambda: mitmdump.output.count("ALARM: ") >= 2, "the log", 5)
    assert mitmdump.output.count("ALARM: ") == 2


def test_mitmdump_ends_when_it_starts_with_what_cannot_be_used(mitmdump: Mitmdump, origin: Origin) -> None:
    sealed(mitmdump)
    for folder in ("lists/.sealed", "sealed-copy"):
        (mitmdump.state / folder / "register").write_text("{}\nnothing")
    mitmdump.start()
    assert mitmdump.process.wait(20) != 0
    assert "ALARM: the register of sealed lists is cut short; EVERYTHING IS REFUSED" in mitmdump.output
    assert origin.connections == []
