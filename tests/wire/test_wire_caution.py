"""Caution on real connections: closed with a page that leads on, open for a while in both lanes, and closed again by itself."""

import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.goes import Go
from saywhy.exceptions.going_on import GoingOn
from saywhy.exceptions.store import Store
from saywhy.policy.caution import Caution
from saywhy.policy.criterion import Criteria
from saywhy.policy.grant import GrantTarget
from saywhy.policy.rule import Effect, Rule
from saywhy.serve.database_url import database_in
from tests.decide.conftest import HERE
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import POLICY, FilterProcess, read_all, read_head
from tests.wire.inside import InsideProxy, inside
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get, over_http2
from tests.wire.test_wire_decided_again import a_websocket, ends, relayed
from tests.wire.test_wire_reload import metric
from tests.wire.workers import asked, at_every_worker, close

TUESDAY_TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TEN = timedelta(minutes=10)
SITES = ("fine.test", "good.test", "h2.test")
CAREFUL = """
  - id: careful
    caution: {domains: [fine.test, good.test, h2.test]}
    quota: 20 minutes a day
    why: What is shared there cannot be taken back.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""
POLICY += CAREFUL.lstrip("\n")  # after the rules that look into good.test and h2.test


@dataclass
class School:
    """A proxy, its clock, and going on as the portal does it."""

    proxy: InsideProxy
    at: datetime = TUESDAY_TEN
    forms: list[str] = field(default_factory=list)

    def go_on(self, site: str) -> Go:
        self.forms.append(site)
        go = went_on(self.proxy, self.proxy.parts.store, site, self.at, f"form {len(self.forms)}")
        self.proxy.parts.grant_watch.poll()
        return go


def went_on(proxy: InsideProxy | None, store: Store, site: str, at: datetime, form: str) -> Go:
    if proxy is not None:
        engine = proxy.parts.judge.in_force.engine
        assert engine is not None
        rule = engine.rule_by_id["careful"]
    else:
        rule = Rule("careful", 1, Effect.CAUTION, Criteria(domains=SITES), HERE, caution=Caution(quota=2 * TEN))
    assert rule.caution is not None
    found = GoingOn(rule, rule.caution, "127.0.0.1", GrantTarget(site=site))
    return store.goes.open(found, "For my project", form, at, ZoneInfo("Europe/London"))


@pytest.fixture
def school(tmp_path: Path, origin: Origin, test_authority: TestAuthority) -> Iterator[School]:
    proxy = inside(tmp_path, origin.port, test_authority.path, POLICY)
    made = School(proxy)
    proxy.now = lambda: made.at
    proxy.start()
    yield made
    origin.slow_may_end.set()
    proxy.stop()


def plain(proxy: FilterProcess, site: str) -> bytes:
    with proxy.connect() as connection:
        return asked(proxy, connection, site)


def inside_tls(proxy: FilterProcess, site: str) -> bytes:
    with proxy.tunnel(site) as connection:
        connection.sendall(get(f"{site}:{proxy.origin_port}", "/hello"))
        return read_all(connection)


def http2(proxy: FilterProcess, site: str) -> bytes:
    status, body = over_http2(proxy, site, "/hello")
    return f"HTTP/2 {status} \r\n\r\n".encode() + body


WAYS = [(plain, "good.test"), (inside_tls, "good.test"), (inside_tls, "fine.test"), (http2, "h2.test")]
IDS = ["plain HTTP", "looked into", "relayed", "HTTP/2"]


@pytest.mark.parametrize("thin", [True, False], ids=["thin lane", "the other lane"])
@pytest.mark.parametrize(("ask", "site"), WAYS, ids=IDS)
def test_it_is_closed_open_for_ten_minutes_and_closed_again(
    tmp_path: Path,
    origin: Origin,
    test_authority: TestAuthority,
    ask: Callable[[FilterProcess, str], bytes],
    site: str,
    thin: bool,
) -> None:
    proxy = inside(tmp_path, origin.port, test_authority.path, POLICY)
    school = School(proxy)
    proxy.now, proxy.thin_lane = (lambda: school.at), thin
    proxy.start()
    try:
        origin.connections.clear()
        closed = ask(proxy, site)
        assert b" 403 " in closed[:20]
        for told in (
            b"Think before you go on",
            b"What is shared there cannot be taken back.",
            b"it opens for 10 minutes",
        ):
            assert told in closed
        assert b"/caution/" in closed
        assert b"/ask/" not in closed
        assert origin.connections == []
        school.go_on(site)
        opened = ask(proxy, site)
        assert b" 200 " in opened[:20]
        assert f"from {site}".encode() in opened
        school.at += TEN - timedelta(seconds=1)
        assert b" 200 " in ask(proxy, site)[:20]
        school.at += timedelta(seconds=1)
        assert b" 403 " in ask(proxy, site)[:20]
        proxy.parts.grant_watch.poll()
        school.at -= timedelta(minutes=5)  # the clock is set back
        proxy.parts.grant_watch.poll()
        assert b" 403 " in ask(proxy, site)[:20], "what is over stays over"
    finally:
        proxy.stop()


def test_only_the_device_that_went_on_and_only_that_site(school: School) -> None:
    school.go_on("good.test")
    assert b" 200 " in plain(school.proxy, "good.test")[:20]
    assert b" 403 " in plain(school.proxy, "fine.test")[:20]
    with school.proxy.connect("127.0.0.9") as other:
        assert b" 403 " in asked(school.proxy, other)[:20]


def a_long_download(proxy: FilterProcess) -> ssl.SSLSocket:
    """An answer that is looked into and that nobody can have read to its end before it is decided on again."""
    kept = proxy.tunnel("good.test")
    kept.sendall(get(f"good.test:{proxy.origin_port}", "/big/4000"))
    assert b" 200 " in read_head(kept)[:20]
    return kept


@pytest.mark.parametrize(
    ("begun", "site"), [(relayed, "fine.test"), (a_websocket, "good.test"), (a_long_download, "good.test")]
)
@pytest.mark.parametrize("how", ["its time is over", "somebody is done"])
def test_what_was_opened_ends_by_itself(
    school: School, begun: Callable[[FilterProcess], ssl.SSLSocket], site: str, how: str
) -> None:
    go = school.go_on(site)
    with begun(school.proxy) as kept:
        if how == "somebody is done":
            school.proxy.parts.store.goes.done(go.id, go.device, school.at + timedelta(minutes=1))
            school.proxy.parts.grant_watch.poll()
        else:
            school.at += TEN
        assert ends(kept)


def test_on_a_kept_connection_the_next_request_gets_the_page(school: School) -> None:
    school.go_on("good.test")
    with school.proxy.tunnel("good.test") as kept:
        named = f"good.test:{school.proxy.origin_port}"
        kept.sendall(get(named, "/hello"))
        assert b"hello from good.test" in read_all(kept)
        school.at += TEN
        kept.sendall(get(named, "/hello"))
        answer = read_all(kept)
        assert b" 403 " in answer[:20]
        assert b"/caution/" in answer


def test_while_the_store_is_down_it_stays_open_to_its_end_and_no_longer(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.go_on("good.test")

    def down(*_: object) -> int:
        raise StoreUnavailable("the disk is gone")

    monkeypatch.setattr(Store, "change_number", down)
    school.proxy.parts.grant_watch.poll()
    assert b" 200 " in plain(school.proxy, "good.test")[:20]
    school.at += TEN
    school.proxy.parts.grant_watch.poll()
    school.at -= TEN / 2
    school.proxy.parts.grant_watch.poll()
    assert b" 403 " in plain(school.proxy, "good.test")[:20]
    monkeypatch.undo()
    school.proxy.parts.grant_watch.poll()
    assert b" 403 " in plain(school.proxy, "good.test")[:20]
    assert school.proxy.parts.store.goes.live(school.at) == (), "the store knows it by now"


def test_every_worker_has_it_within_two_seconds_and_it_is_counted_and_written_down(
    own_filter: FilterProcess, origin: Origin
) -> None:
    own_filter.policy = POLICY.replace("domains: [fine.test, good.test, h2.test]", "domains: [fine.test]")
    own_filter.workers = 2
    own_filter.start()
    held = at_every_worker(own_filter)
    connections = [one for found in held.values() for one in found]
    assert [b" 403 " in asked(own_filter, one, "fine.test")[:20] for one in connections] == [True] * len(connections)
    with closing(Store(database_in(own_filter.state))) as store:
        go = went_on(None, store, "fine.test", datetime.now(UTC), "a form")
    opened = time.monotonic()
    own_filter.wait_for(
        lambda: all(b" 200 " in asked(own_filter, one, "fine.test")[:20] for one in connections), "it to open", 2
    )
    assert time.monotonic() - opened < 2
    close(held)

    def logged() -> list[dict[str, object]]:
        return [json.loads(one) for one in own_filter.decisions.splitlines() if "fine.test" in one]

    own_filter.wait_for(lambda: {one["reason"] for one in logged()} == {"caution", "go"}, "the log")
    assert {(one["effect"], one["reason"], one["rule"], one["grant"]) for one in logged()} == {
        ("caution", "caution", "careful", None),
        ("allow", "go", "careful", go.id),
    }
    for labels in ('effect="caution",group="year9",reason="caution"', 'effect="allow",group="year9",reason="go"'):
        own_filter.wait_for(
            lambda labels=labels: (metric(own_filter, f"saywhy_decisions_total{{{labels}}}") or 0) >= 4, labels
        )
