"""Random policies, lists, permits and requests: the proxy on the wire, explain, page, test, diff and replay agree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from shutil import rmtree
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saywhy.cli.inquiry import Inquiry, inquire
from saywhy.decide.access import Access, subject_at, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.explain.explanation import Kind
from saywhy.lists.held_back import Confirmed
from saywhy.lists.publish import compile_lists
from saywhy.lists.store import ListStore, Manifest
from saywhy.lists.taking import add
from saywhy.observe.daily_log import DailyLog
from saywhy.observe.decision_log import DecisionRecord
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.reading.load import load_policy
from saywhy.rehearse.cases import load_cases, run_case
from saywhy.rehearse.diff import Comparer
from saywhy.rehearse.diff_log import compare_log
from saywhy.rehearse.diff_tally import Tally
from saywhy.rehearse.replay import read_line
from saywhy.serve.basis import Basis, open_lists
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import read_all
from tests.wire.inside import InsideProxy, inside
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOSTS = ("good.test", "blocked.test", "www.blocked.test", "paths.test")
PATHS = ("/", "/hello", "/shorts", "/bets/1", "/read?page=http://blocked.test/")
HEAD = """
school: {name: Test School, timezone: Europe/London}
roles: {it: IT support}
groups: {year9: {reader: secondary}, staff: {reader: staff}}
places: [{network: 127.0.0.0/8, groups: [year9]}]
reach: {ports: [80, PORT], addresses: [127.0.0.0/8]}
purposes:
  read: {label: Read, alternatives: [{name: A, url: "http://good.test/", trusted: Ours.}]}
categories: {betting: {domains: [nothing.test]}, games: {urls: ["good.test/shorts"]}}
apps: {tube: {domains: [blocked.test]}}
carriers: {reader: {domains: [paths.test], addresses: ["/read?page={address}"]}}
"""
WHY = "instead: [read], why: So it is., decided: {by: IT, on: 2026-09-03}, review_by: 2027-03-01, owner: it"
ABOUT = (
    "everything", "{categories: [betting]}", "{categories: [games]}", "{apps: [tube]}", "{domains: [www.blocked.test]}",
    "{domains: [good.test]}", '{urls: ["paths.test/shorts", "good.test/bets/*"]}', "{categories: [betting], domains: [paths.test]}",
)  # fmt: skip
ENTRIES = ("good.test", "www.blocked.test", "paths.test/bets", "blocked.test/shorts")

rules = st.lists(
    st.tuples(st.sampled_from(ABOUT), st.booleans(), st.sampled_from(["", "year9", "staff"]), st.booleans()),
    min_size=1,
    max_size=4,
)
permits = st.lists(
    st.builds(
        lambda what, who: Grant(
            "7", GrantScope(groups=frozenset({who})), what, NOW - timedelta(hours=1), NOW + timedelta(hours=1),
            weighed=frozenset({ANY_RULE}),
        ),
        st.sampled_from(
            [GrantTarget(site="blocked.test"), GrantTarget(app="tube"), GrantTarget(page=parse_pattern("good.test/shorts"))]
        ),
        st.sampled_from(["year9", "staff"]),
    ),
    max_size=2,
)  # fmt: skip
requests = st.lists(st.tuples(st.sampled_from(HOSTS), st.sampled_from(PATHS)), min_size=1, max_size=6, unique=True)


def policy_text(drawn: list[tuple[str, bool, str, bool]], port: int, *, default: str) -> str:
    lines = []
    for number, (about, allows, group, locked) in enumerate(drawn):
        people = f", for: [{group}]" if group else ""
        if allows:
            lines.append(f"  - {{id: r{number}, allow: {about}{people}}}")
        else:
            lines.append(f"  - {{id: r{number}, block: {about}{people}, locked: {str(locked).lower()}, {WHY}}}")
    fallback = f"{{effect: block, {WHY}}}" if default == "block" else "allow"
    return "\n".join([HEAD.replace("PORT", str(port)), f"default: {fallback}", "rules:", *lines])


@pytest.fixture(scope="module")
def proxy(
    shared_origin: Origin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[InsideProxy]:
    made = inside(tmp_path_factory.mktemp("random"), shared_origin.port, test_authority.path)
    made.start()
    judge = made.parts.judge
    judge._now, judge._log = lambda: NOW, cast("DailyLog", _Kept())
    yield made
    made.stop()


written: list[DecisionRecord] = []


class _Kept:
    """What would be written down, in its order."""

    @staticmethod
    def write(record: DecisionRecord) -> None:
        written.append(record)


def lists_of(folder: Path, entries: list[str]) -> Path:
    source, store = folder / "source", ListStore(folder / "lists")
    for made in (source, store.folder):
        rmtree(made, ignore_errors=True)
        made.mkdir()
    if entries:
        (source / "domains").write_text("".join(f"{one}\n" for one in entries if "/" not in one))
        (source / "urls").write_text("".join(f"{one}\n" for one in entries if "/" in one))
        manifest = Manifest("bets", "category", "betting", str(source))
        add(store, manifest, NOW, confirmed=Confirmed(any_host=True), progress=lambda *_: None)
        compile_lists(store)
    return store.folder


def on_the_wire(proxy: InsideProxy, address: str) -> int:
    with proxy.connect() as connection:
        connection.sendall(get(address.split("/")[2], address))
        return int(read_all(connection).split(b" ")[1])


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(rules, st.sampled_from(["allow", "block"]), st.lists(st.sampled_from(ENTRIES), unique=True), permits, requests)
def test_every_tool_answers_what_the_proxy_does(
    proxy: InsideProxy,
    tmp_path: Path,
    drawn: list[tuple[str, bool, str, bool]],
    default: str,
    entries: list[str],
    held: list[Grant],
    asked: list[tuple[str, str]],
) -> None:
    folder = tmp_path / "policies"
    folder.mkdir(exist_ok=True)
    (folder / "school.yaml").write_text(policy_text(drawn, proxy.origin_port, default=default))
    engine = Engine(load_policy(folder), open_lists(lists_of(tmp_path, entries)))
    in_force = proxy.parts.judge.in_force
    in_force.engine, in_force.grants = engine, Grants(held)
    written.clear()
    cases = []
    for host, path in asked:
        address = f"http://{host}:{proxy.origin_port}{path}"
        status = on_the_wire(proxy, address)
        inquiry = inquire(WithPermits(engine, folder, "a test", None, held), at_ten(engine, address))
        assert inquiry.decision.allowed == (status == 200), (address, status)
        assert (inquiry.explanation.kind is Kind.OPEN) == (status == 200)
        line = written[-1]
        assert (line.effect, line.reason, line.rule) == (
            inquiry.decision.effect,
            inquiry.decision.reason,
            rule_of(inquiry),
        )
        alone = inquire(WithPermits(engine, folder, "a test", None, []), inquiry.access).decision
        cases.append(
            f'  - {{name: "{address}", who: 127.0.0.1, when: monday 10:00, open: "{address}", expect: {alone.effect}}}'
        )
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "tests" / "all.yaml").write_text("\n".join(["tests:", *cases]))
    found, _ = load_cases(folder, engine)
    assert [one.passed for one in (run_case(engine, case) for case in found)] == [True] * len(asked)
    replayed(engine, written)


@dataclass(frozen=True, slots=True)
class WithPermits(Basis):
    """A basis whose permits are in no store."""

    held: Sequence[Grant] = ()

    def __init__(self, engine: Engine, folder: Path, told: str, state: Path | None, held: Sequence[Grant]) -> None:
        Basis.__init__(self, engine, folder, told, state)
        object.__setattr__(self, "held", held)

    def permits(self, at: datetime, host: str | None = None) -> tuple[list[Grant] | None, str]:
        del at, host
        return list(self.held), ""


def rule_of(inquiry: Inquiry) -> str | None:
    return None if inquiry.decision.rule is None else inquiry.decision.rule.id


def at_ten(engine: Engine, address: str) -> Access:
    return Access(subject_at(engine, ip_address("127.0.0.1")), target_of_url(address), NOW)


def replayed(engine: Engine, written: list[DecisionRecord]) -> None:
    """The log, replayed: nothing changes from a policy to itself, and each line comes out as it was."""
    comparer, tally = Comparer(engine, Engine(engine.written, engine.lists)), Tally()
    lines = [found for one in written if (found := read_line(one.line())) is not None]
    assert len(lines) == len(written)
    compare_log(comparer, lines, tally)
    assert (tally.considered, tally.changed) == (len(written), 0)
    for line, record in zip(lines, written, strict=True):
        if record.grant is None and "read" not in line.path:  # no log keeps what follows a `?`
            again = decide(engine, NO_GRANTS, at_ten(engine, f"{line.scheme}://{line.host}:{line.port}{line.path}"))
            assert (again.effect, None if again.rule is None else again.rule.id) == (record.effect, record.rule)
