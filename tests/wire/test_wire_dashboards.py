"""The dashboards' queries, asked of a real Prometheus that scraped a real filter under load: each tells what clients counted themselves."""

import os
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from deploy.dashboards.panels import Panel
from deploy.dashboards.pictures import draw
from deploy.dashboards.write import DASHBOARDS
from saywhy.decide.engine import Engine
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.store import Store
from saywhy.observe.buckets import DECISION_BUCKETS
from saywhy.policy.reading.load import load_policy
from tests.exceptions.conftest import IT, hire, refusal, say_yes, submission
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess
from tests.wire.origin import Origin
from tests.wire.panels_told import LISTED, OPEN, WINDOW, Between, Seen, Told, expected, within
from tests.wire.prometheus import Prometheus
from tests.wire.school_day import HOSTS, POLICY, STAFF, YEAR_3, YEAR_9, SchoolDay, lay_out
from tests.wire.test_wire_reload import metric
from tests.wire.test_wire_sealed import saywhy

DAY: Final = timedelta(days=1)
PANELS: Final = {f"{board.uid}: {panel.title}": panel for board in DASHBOARDS for panel in board.panels}
PICTURED: Final = 45  # waves of a school, for pictures


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
    day.comes_back()
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
    listed_at = time.time()
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
        well_at, healthy = time.time(), prometheus.alerts()
        before = len(shared_origin.connections)
        day = SchoolDay(proxy, shared_origin)
        use_the_filter(day)
        held = [day.stays(STAFF) for _ in range(OPEN)]
        proxy.wait_for(lambda: metric(proxy, "saywhy_connections") == OPEN, "all others to be closed")
        time.sleep(0.3)  # workers write what they counted each tenth of a second
        connections = Counter(one.sni or "" for one in shared_origin.connections[before:])
        files = {"portal": open_files(proxy.child_pid("portal"))}
        at = prometheus.await_scrape()
        yield Seen(day, prometheus, at, listed_at, started, well_at, connections, files, healthy)
        for one in held:
            one.close()
    finally:
        prometheus.close()
        proxy.stop()


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


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
    assert (
        counts
        == pytest.approx(
            {
                "client, full": seen.day.clients["full"],
                "client, resumed": seen.day.clients["resumed"],
                "origin, full": made,
                "origin, resumed": 0,  # this origin makes new keys for each; tests/wire/test_wire_lane_sessions.py has one that does not
                "origin, kept": seen.day.inside - made,
            }
        )
    )


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
    end = next(end for end in DECISION_BUCKETS if longest < end)
    assert all(0 < value <= end for value in told.values()), (told, longest)


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
    """One request waits too long on this day, on purpose: its alert will fire in a quarter of an hour. There is no self-test here."""
    assert len(seen.healthy) >= 14
    assert {name for name, state in seen.healthy.items() if state != "inactive"} <= {
        "SaywhyRequestOverdue",
        "SaywhySelfTestStopped",
    }
    assert "firing" not in (*seen.healthy.values(), *seen.prometheus.alerts().values())


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
    folder, boards = tmp_path, DASHBOARDS[-1:]
    if PICTURES:
        folder, boards = Path(PICTURES), DASHBOARDS
        for wave in range(PICTURED):
            day_in_little(seen.day, wave)
    since, until = seen.well_at, seen.prometheus.await_scrape()
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
