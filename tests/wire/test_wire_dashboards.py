"""The dashboards' queries, asked of a real Prometheus that scraped a real filter under load: each tells what clients counted themselves."""

import os
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509

from deploy.dashboards.panels import Panel, Query
from deploy.dashboards.pictures import draw, named
from deploy.dashboards.write import DASHBOARDS
from saywhy.decide.engine import Engine
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.store import Store
from saywhy.observe.labels import ALARMS, REQUEST_STATES, SITE_KINDS
from saywhy.policy.reading.load import load_policy
from tests.exceptions.conftest import IT, hire, refusal, say_yes, submission
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess
from tests.wire.origin import Origin
from tests.wire.prometheus import Prometheus
from tests.wire.school_day import HOSTS, POLICY, STAFF, YEAR_3, YEAR_9, SchoolDay, lay_out
from tests.wire.test_wire_reload import metric
from tests.wire.test_wire_sealed import saywhy

DAY: Final = timedelta(days=1)
WINDOW: Final = 300  # seconds, of which a rate is: longer than all of it takes
PANELS: Final = {f"{board.uid}: {panel.title}": panel for board in DASHBOARDS for panel in board.panels}
PICTURED: Final = 60  # waves of a school, for pictures
OPEN: Final = 3  # connections that are held
LISTED: Final = ("a.example", "b.example", "c.example")

type Told = dict[str, Any]  # the values of a query, by how each series is named


@dataclass(frozen=True, slots=True)
class Between:
    """What a clock tells, or a quantile, which lies somewhere within a bucket."""

    low: float
    high: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and self.low <= other <= self.high

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Seen:
    """A day that is over: what was done in it, what Prometheus has of it, and when the last scrape was."""

    day: SchoolDay
    prometheus: Prometheus
    at: float
    started: float
    connections: Mapping[str, int]  # that the origin had, by the name that TLS asked for
    files: Mapping[str, int]
    healthy: Mapping[str, str]  # alerts before anything was done

    def tells(self, query: Query) -> Told:
        expression = query.expression.replace("$__range", f"{WINDOW}s").replace("$__rate_interval", f"{WINDOW}s")
        found = self.prometheus.query(expression, self.at)
        return {named(query.legend, labels): value for labels, value in found}


def ask_and_answer(proxy: FilterProcess, now: datetime) -> None:
    """Requests of the days before: six answered, one of them long ago; two that wait, one of them too long."""
    engine = Engine(load_policy(proxy.policies))
    store = Store(f"sqlite:///{proxy.state / 'saywhy.sqlite3'}")
    store.migrate()
    hire(store, IT)

    def asked(form: str, at: datetime) -> int:
        refused = refusal(
            "www.tiktok.com",
            rule="tiktok",
            groups=("year9", "students"),
            place="This machine",
            device="127.0.0.77",
            at=at,
        )
        return store.submit(engine, submission(refused), form, at).id

    for number in range(4):
        store.refuse(
            asked(f"no {number}", now - 3 * DAY), engine, IT, "It is not for a lesson.", now - (2 + number / 10) * DAY
        )
    long_ago = now - 40 * DAY
    until = f"{now + 3 * DAY:%Y-%m-%d}"
    say_yes(store, engine, asked("long ago", long_ago), Chosen("device", "site", "date", date=until), long_ago + DAY)
    say_yes(store, engine, asked("now", now - DAY), Chosen("device", "site", "date", date=until), now - DAY / 2)
    asked("waits too long", now - 20 * DAY)
    asked("waits", now - timedelta(minutes=1))
    store.close()


def use_the_filter(day: SchoolDay) -> None:
    day.opens(YEAR_9, 30)
    day.opens(YEAR_3, 10, body=b"x" * 3_000)
    day.opens(YEAR_9, 5, body=b"y" * 500)
    day.opens_by_http2(4)
    day.opens_without_tls(STAFF, 6)
    day.relays(YEAR_9, "fine.test", 5)
    day.relays(STAFF, "discord.com", 3, "rule", "social-networks-staff")
    day.is_refused(YEAR_9, "www.tiktok.com", 12, "tiktok")
    day.is_refused(YEAR_3, "www.tiktok.com", 7, "tiktok")
    day.is_refused(STAFF, "bet365.com", 2, "gambling")
    day.is_refused(YEAR_9, "bet365.com", 1, "gambling")
    day.meets_a_bad_certificate(2)
    day.distrusts(2)
    day.goes_on()
    day.fails_to_sign_in(2)


def day_in_little(day: SchoolDay, wave: int) -> None:
    """Some seconds of a school, busier and quieter."""
    busy = 1 + wave % 5
    day.opens(YEAR_9, 8 * busy)
    day.opens(YEAR_3, 3 * busy, body=b"x" * 3_000)
    day.opens_by_http2(2 * busy)
    day.opens_without_tls(STAFF, busy)
    day.relays(STAFF, "fine.test", 2 + busy)
    day.is_refused(YEAR_9, "www.tiktok.com", 2 * busy, "tiktok")
    day.is_refused(YEAR_3, "bet365.com", 1, "gambling")
    if wave % 4 == 0:
        day.meets_a_bad_certificate(1)
        day.distrusts(1)
    time.sleep(1)


@pytest.fixture(scope="module")
def seen(
    shared_origin: Origin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("dashboards")
    hosts = "".join(f"127.0.0.1 {name}\n" for name in HOSTS)
    proxy = FilterProcess(folder, shared_origin.port, test_authority.path, POLICY, hosts, workers=2)
    lay_out(proxy)
    proxy.write_policy(POLICY)
    proxy.state.mkdir()
    listed = folder / "games.txt"
    listed.write_text("".join(f"{name}\n" for name in LISTED))
    saywhy("lists", "add", "mine/games", listed, "--category", "games", "--lists", proxy.state / "lists")
    ask_and_answer(proxy, datetime.now(UTC))
    started = time.time()
    proxy.start()
    prometheus = Prometheus(folder / "prometheus", proxy.metrics_port)
    try:
        proxy.wait_for(prometheus.ready, "Prometheus")
        proxy.wait_for(lambda: metric(proxy, "saywhy_should_stay_open_sites") > 0, "the portal's figures")
        prometheus.await_scrape()
        healthy = prometheus.alerts()
        before = len(shared_origin.connections)
        day = SchoolDay(proxy, shared_origin)
        use_the_filter(day)
        held = [proxy.connect() for _ in range(OPEN)]
        for one in held:
            one.sendall(b"G")  # so that a worker has it
        proxy.wait_for(lambda: metric(proxy, "saywhy_connections") == OPEN, "all others to be closed")
        time.sleep(0.3)  # workers write what they counted each tenth of a second
        connections = Counter(one.sni or "" for one in shared_origin.connections[before:])
        files = {"portal": open_files(proxy.child_pid("portal"))}
        at = prometheus.await_scrape()
        yield Seen(day, prometheus, at, started, connections, files, healthy)
        for one in held:
            one.close()
    finally:
        prometheus.close()
        proxy.stop()


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def rates(counted: Mapping[str, float]) -> Told:
    return {name: count / WINDOW for name, count in counted.items()}


def summed(counted: Mapping[Any, int], *places: int) -> Told:
    """The sums by some of the labels, named as a legend names them."""
    found: Counter[str] = Counter()
    for labels, count in counted.items():
        found[", ".join(labels[place] for place in places)] += count
    return {name: float(count) for name, count in found.items()}


def only(counted: Mapping[tuple[str, str], int], second: str) -> Told:
    return {first: float(count) for (first, other), count in counted.items() if other == second}


def within(seconds: list[float]) -> Between:
    """Where the time of some of these may lie: within the bucket of the longest that a client measured."""
    return Between(1e-6, next(end for end in (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0) if max(seconds) <= end))


def expected(seen: Seen) -> dict[str, tuple[Told, ...]]:
    """What each panel's queries have to tell, by its title. What is 0 may be left out."""
    day, now = seen.day, seen.at
    decisions, closed = day.decisions.total(), sum(n for (effect, *_), n in day.decisions.items() if effect != "allow")
    closed_by_group = summed({key: n for key, n in day.decisions.items() if key[0] != "allow"}, 2)
    by_group = summed(day.decisions, 2)
    certificate = x509.load_pem_x509_certificate(day.proxy.ca.read_bytes())
    ends = certificate.not_valid_after_utc.timestamp()
    since_start = Between(now - seen.started - 10, now - seen.started + 2)
    faults = {kind: float(n) for kind, n in day.faults.items()}
    ways = {way: float(n) for way, n in day.ways.items()}
    tiktok = day.rules["tiktok", "block"]
    return {
        # well
        "Does Saywhy tell its figures?": ({"": 1.0},),
        "How many alerts fire?": ({"": 0.0},),  # none may: see the test below, and deploy/prometheus/saywhy.test.yml
        "Was the policy taken?": ({"": 1.0},),
        "How many problems has the policy?": ({"": 0.0},),  # with any, the school day would not be this one
        "For how long has this policy been in force?": ({"": since_start},),
        "How long is our certificate good?": ({"": Between(ends - now - 2, ends - now + 2)},),
        "What is wrong now?": (dict.fromkeys(ALARMS, 0.0),),  # nothing is
        "How old is each list?": ({"mine/games": Between(0, now - seen.started + 30)},),
        "How many names has each list?": ({"mine/games": float(len(LISTED))},),
        "Which lists were not updated?": ({"mine/games": 0.0},),
        "Which faults were met?": (faults,),
        "Why do devices end the handshake?": ({alert: float(n) for alert, n in day.alerts.items()},),
        "How many lines of the log were lost?": ({"": 0.0},),  # the disk is not full
        # blocked
        "How many requests were decided on?": ({"": float(decisions)},),
        "How many were closed?": ({"": float(closed)},),
        "What part is that?": ({"": closed / decisions},),
        "When is how much blocked?": (rates(summed(day.decisions, 0)),),
        "Which rules blocked most?": (only(day.rules, "block"),),
        "What kinds of site were blocked most?": (
            {"gambling": float(day.rules["gambling", "block"]), "social-networks": float(tiktok)},
        ),
        "Why was it blocked?": ({"rule": closed - day.rules["file-sharing", "caution"]},),
        "For which groups is most blocked?": ({group: closed_by_group[group] / by_group[group] for group in by_group},),
        "Which pages were shown, and for whom were they written?": (summed(day.pages, 0, 1),),
        "Where did people go on after a caution?": ({rule: float(n) for rule, n in day.goes.items()},),
        "What that should stay open is closed?": ({**dict.fromkeys(SITE_KINDS, 0.0), "museums": 1.0},),
        "How much is looked into?": (ways,),
        # speed
        "How many requests come in?": (rates(day.requests),),
        "How much data goes through?": (rates(summed(day.carried, 0, 1)),),
        "What becomes of connections?": (rates(ways),),
        "How many places asked for fail?": (rates(faults),),
        "How many connections are open?": ({"open": float(OPEN)},),
        "How many names are in the lists?": ({"names": float(len(LISTED))},),
        # asking
        "How many requests wait for an answer?": ({"": 2.0},),
        "How many wait longer than they should?": ({"": 1.0},),
        "How long has the oldest waited?": ({"": Between(20 * 86_400, 20 * 86_400 + 300)},),
        "How long do people wait for an answer?": ({"": Between(0.7 * 86_400, 86_400 + 60)},),
        "And nine in ten of them?": ({"": Between(0.9 * 86_400, 86_400 + 60)},),
        "How many ended without a reason?": ({"": 0.0},),  # nothing can make one
        "How many people have to agree to what waits?": ({"one": 2.0},),
        "How does the pile of requests grow?": ({"one": 2.0},),
        "What became of requests?": (
            {**dict.fromkeys(REQUEST_STATES, 0.0), "refused": 4.0, "granted": 2.0, "open": 2.0},
        ),
        "How many permits are there?": (
            {"in force or to come": 2.0}, {"end within 7 days": 2.0}, {"unused for 30 days": 1.0},
        ),
        "What happens in the portal?": ({kind: float(n) for kind, n in day.portal.items()},),
        "How many messages wait to be sent?": ({"": 0.0},),  # no mail is set up, so there are none
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(PANELS))
def test_each_panel_tells_what_was_counted(seen: Seen, name: str) -> None:
    panel = PANELS[name]
    found = tuple(map(seen.tells, panel.queries))
    assert all(found), f"a query that finds nothing: {panel.queries}"
    special = SPECIAL.get(panel.title)
    if special is not None:
        special(seen, panel, found)
        return
    wanted = expected(seen)[panel.title]
    for query, told, right in zip(panel.queries, found, wanted, strict=True):
        assert right, query
        assert told.keys() >= {name for name, value in right.items() if value}, (query, told, right)
        for series, value in told.items():
            good = right.get(series, 0.0)
            assert value == (good if isinstance(good, Between) else pytest.approx(good, rel=1e-3, abs=1e-9)), (
                query,
                series,
            )


def same_policy(seen: Seen, panel: Panel, found: tuple[Told, ...]) -> None:
    del panel
    told = subprocess.run(
        ["curl", "-s", f"http://127.0.0.1:{seen.day.proxy.metrics_port}/metrics"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    revision = re.search(r'saywhy_policy_info\{revision="(\w+)"\}', told)
    assert revision is not None
    assert found == ({f"{process}: {revision[1]}": 1.0 for process in ("portal", "worker-1", "worker-2")},)


def near_limits(seen: Seen, panel: Panel, found: tuple[Told, ...]) -> None:
    del panel
    connections, files = found
    limit = metric(seen.day.proxy, "saywhy_connections_limit")
    assert connections == {"connections": pytest.approx(OPEN / (2 * limit))}
    assert all(0 < value < 0.1 for value in files.values())
    assert files.keys() == {f"files of {process}" for process in ("portal", "worker-1", "worker-2")}


def as_many_files(seen: Seen, panel: Panel, found: tuple[Told, ...]) -> None:
    del panel
    (files,) = found
    assert files.keys() == {"portal", "worker-1", "worker-2"}
    assert abs(files["portal"] - seen.files["portal"]) <= 10, "looked at two seconds ago at the most"


def handshakes(seen: Seen, panel: Panel, found: tuple[Told, ...]) -> None:
    del panel
    (told,) = found
    counts = {name: value * WINDOW for name, value in told.items()}
    made = seen.connections["good.test"] + seen.connections["h2.test"]
    assert counts["client, full"] + counts["client, resumed"] == pytest.approx(seen.day.clients.total())
    assert counts["client, resumed"] == pytest.approx(seen.day.clients["resumed"])
    assert counts["origin, full"] + counts["origin, resumed"] == pytest.approx(made)
    assert counts["origin, kept"] == pytest.approx(seen.day.inside - made)


def as_long_as_clients_waited(seen: Seen, panel: Panel, found: tuple[Told, ...]) -> None:
    del panel
    (told,) = found
    assert told.keys() == {"thin", "layers"}
    for lane, seconds in told.items():
        assert seconds == within(seen.day.seconds[lane]), lane


def as_quick_as_deciding_is(seen: Seen, panel: Panel, found: tuple[Told, ...]) -> None:
    """The log tells how long each decision took, in whole microseconds."""
    del panel
    (told,) = found
    longest = max(int(one) for one in re.findall(r'"microseconds":(\d+)', seen.day.proxy.decisions)) / 1e6
    assert told.keys() == {"thin", "layers", "relay"}
    assert all(0 < value <= max(2 * longest, 5e-4) for value in told.values()), (told, longest)


def no_longer_than_the_answer(seen: Seen, panel: Panel, found: tuple[Told, ...]) -> None:
    del panel
    assert found == ({"pages": within(seen.day.seconds["thin"])},)


SPECIAL: Final = {
    "Which policy does each process go by?": same_policy,
    "How near are connections and files to their limits?": near_limits,
    "How many files does each process have open?": as_many_files,
    "How many handshakes are there, and how many are saved?": handshakes,
    "How long does half of the requests take at the most?": as_long_as_clients_waited,
    "How long do 95 in 100 requests take at the most?": as_long_as_clients_waited,
    "How long does deciding take?": as_quick_as_deciding_is,
    "How long does making a page take?": no_longer_than_the_answer,
}


def test_all_rules_are_there_and_none_fires_while_all_is_well(seen: Seen) -> None:
    """One request waits too long on this day, on purpose: its alert will fire in a quarter of an hour."""
    for states in (seen.healthy, seen.prometheus.alerts()):
        assert len(states) >= 14
        assert {name for name, state in states.items() if state != "inactive"} <= {"SaywhyRequestOverdue"}
        assert "firing" not in states.values()


def test_promtool_has_nothing_to_say_about_this_scrape(seen: Seen) -> None:
    url = f"http://127.0.0.1:{seen.day.proxy.metrics_port}/metrics"
    scraped = subprocess.run(["curl", "-sf", url], capture_output=True, text=True, check=True).stdout
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=scraped, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    assert sum(not line.startswith("#") for line in scraped.splitlines()) <= 500


PICTURES: Final = os.environ.get("SAYWHY_PICTURES", "")  # a folder: make dashboards-pictures


def test_they_can_be_drawn(seen: Seen, tmp_path: Path) -> None:
    """One of them, of what was counted; where pictures are wanted all, of some minutes of a school more."""
    folder, boards, since = tmp_path, DASHBOARDS[-1:], seen.started
    if PICTURES:
        folder, boards, since = Path(PICTURES), DASHBOARDS, time.time()
        for wave in range(PICTURED):
            day_in_little(seen.day, wave)
    until = seen.prometheus.await_scrape()
    variables = {"$__range": f"{until - since:.0f}s", "$__rate_interval": "15s"}

    def asks(expression: str) -> list[tuple[Mapping[str, str], list[tuple[float, float]]]]:
        for variable, value in variables.items():
            expression = expression.replace(variable, value)
        found = seen.prometheus.query_range(expression, since, until, 2.0)
        return [(one["metric"], [(at, float(value)) for at, value in one["values"] if value != "NaN"]) for one in found]

    for board in boards:
        into = folder / f"{board.uid}.svg"
        draw(board, asks, into)
        text = into.read_text("utf-8")
        assert [panel.title for panel in board.panels if panel.title not in text] == []
