"""What is under way is decided again, within 2 seconds, when a policy, a permit or a time changes. No limit is shortened here."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.reading.load import load_policy
from saywhy.proxy.judged import Judged
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import POLICY, FilterProcess, read_all, read_head
from tests.wire.http2_client import Http2Client
from tests.wire.inside import InsideProxy, inside
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get

WITHIN = 2.0  # seconds
TUESDAY_TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LESSONS = "times: {lessons: {label: Lessons, spans: [{days: mon-fri, from: '11:00', until: '12:00'}]}}\n"
CLOSED = """
  - id: closed-now
    block: {domains: [SITE]}
    why: So it is.
    instead: []
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""
POLICY = POLICY.replace("rules:\n", f"{LESSONS}rules:\n")


def closing(site: str, more: str = "") -> str:
    rule = CLOSED.replace("SITE", site) + (f"    {more}\n" if more else "")
    return POLICY.replace("rules:\n", f"rules:{rule}", 1)


@dataclass
class Clock:
    """A clock that stands until it is set."""

    at: datetime = TUESDAY_TEN

    def __call__(self) -> datetime:
        return self.at


@dataclass
class School:
    """A proxy, its clock, and what can be changed."""

    proxy: InsideProxy
    clock: Clock = field(default_factory=Clock)

    def policy(self, text: str) -> None:
        self.proxy.write_policy(text)
        self.proxy.parts.judge.in_force.engine = Engine(load_policy(self.proxy.policies))

    def grants(self, *grants: Grant) -> None:
        self.proxy.parts.judge.in_force.grants = Grants(grants)


@pytest.fixture
def school(tmp_path: Path, origin: Origin, test_authority: TestAuthority) -> Iterator[School]:
    proxy = inside(tmp_path, origin.port, test_authority.path, POLICY)
    made = School(proxy)
    proxy.now = made.clock
    proxy.start()
    yield made
    origin.slow_may_end.set()
    proxy.stop()


def relayed(proxy: FilterProcess, host: str = "fine.test") -> ssl.SSLSocket:
    """A connection that is relayed, with one request behind it."""
    kept = proxy.tunnel(host)
    kept.sendall(get(f"{host}:{proxy.origin_port}", "/hello"))
    assert f"hello from {host}".encode() in read_all(kept)
    return kept


def a_websocket(proxy: FilterProcess) -> ssl.SSLSocket:
    """A WebSocket that is looked into."""
    kept = proxy.tunnel("good.test")
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
    kept.sendall(f"GET /ws HTTP/1.1\r\nHost: good.test:{proxy.origin_port}\r\n{upgrade}\r\n\r\n".encode())
    assert b" 101 " in read_head(kept)[:20]
    return kept


def a_download(proxy: FilterProcess) -> ssl.SSLSocket:
    """An answer that is looked into, has begun, and is longer than anything takes at once."""
    kept = proxy.tunnel("good.test")
    kept.sendall(get(f"good.test:{proxy.origin_port}", "/big/64"))
    assert b" 200 " in read_head(kept)[:20]
    return kept


def waiting(proxy: FilterProcess) -> ssl.SSLSocket:
    """A request that is looked into, and has no answer yet."""
    kept = proxy.tunnel("good.test")
    kept.sendall(get(f"good.test:{proxy.origin_port}", "/slow"))
    return kept


def an_upload(proxy: FilterProcess) -> ssl.SSLSocket:
    """A request that is looked into, of which more is to come."""
    kept = proxy.tunnel("good.test")
    named = f"good.test:{proxy.origin_port}"
    kept.sendall(f"POST /echo HTTP/1.1\r\nHost: {named}\r\nContent-Length: 1000\r\n\r\nbegun".encode())
    time.sleep(0.5)  # until the filter has it
    return kept


def ends(connection: socket.socket) -> bool:
    """Whether it is ended within the time, whatever comes on it before."""
    until = time.monotonic() + WITHIN + 3  # this machine may be busy
    connection.settimeout(0.2)
    while time.monotonic() < until:
        with suppress(TimeoutError):
            try:
                if not connection.recv(1_048_576):
                    return True
            except OSError as error:
                if isinstance(error, TimeoutError):
                    raise
                return True
    return False


@pytest.mark.parametrize(
    ("begun", "site"),
    [(relayed, "fine.test"), (a_websocket, "good.test"), (a_download, "good.test"), (an_upload, "good.test")],
)
def test_a_policy_that_closes_the_site_ends_it(
    school: School, origin: Origin, begun: Callable[[FilterProcess], ssl.SSLSocket], site: str
) -> None:
    origin.slow_may_end.clear()
    with begun(school.proxy) as kept:
        school.policy(closing(site))
        assert ends(kept)


@pytest.mark.parametrize(("begun", "site"), [(relayed, "fine.test"), (a_websocket, "good.test")])
def test_a_lesson_that_begins_ends_it(
    school: School, begun: Callable[[FilterProcess], ssl.SSLSocket], site: str
) -> None:
    school.policy(closing(site, "when: [lessons]"))
    with begun(school.proxy) as kept:
        school.clock.at = TUESDAY_TEN + timedelta(hours=1)
        assert ends(kept)


def test_a_rule_that_begins_at_a_minute_ends_it(school: School) -> None:
    school.policy(closing("fine.test", "from: 2026-11-24 10:30"))
    with relayed(school.proxy) as kept:
        school.clock.at = TUESDAY_TEN + timedelta(minutes=30)
        assert ends(kept)


def test_what_an_app_speaks_besides_the_web_ends_with_the_app(school: School) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def echo() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                while piece := connection.recv(100):
                    connection.sendall(piece)

        threading.Thread(target=echo, daemon=True).start()
        port = listening.getsockname()[1]
        without = POLICY.replace("ORIGIN_PORT]", f"ORIGIN_PORT, {port}]", 1)
        school.policy(without.replace("apps:\n", "apps:\n  talk: {domains: [fine.test], protocols: [anything]}\n", 1))
        with school.proxy.connect() as kept:
            kept.sendall(f"CONNECT fine.test:{port} HTTP/1.1\r\nHost: fine.test:{port}\r\n\r\n".encode())
            assert b" 200 " in read_head(kept)[:20]
            kept.sendall(b"ED\x00\x01")
            assert kept.recv(10) == b"ED\x00\x01"
            school.policy(without)
            assert ends(kept)


APP = "apps:\n  talk: {domains: [fine.test, push.test], protocols: [talk]}\n"
TALKING = POLICY.replace("apps:\n", APP, 1)


@pytest.mark.parametrize(
    "policy",
    [
        TALKING.replace("rules:\n", f"rules:{CLOSED.replace('SITE', 'push.test')}", 1),
        TALKING.replace(", push.test]", "]"),
        TALKING.replace("protocols: [talk]", "protocols: [other]"),
        POLICY,
    ],
    ids=["the name is closed", "the name is the app's no more", "the app speaks otherwise", "the app is gone"],
)
def test_a_relay_by_another_name_of_its_app_ends_where_it_would_not_begin(school: School, policy: str) -> None:
    school.policy(TALKING)
    with school.proxy.tunnel("fine.test", sni="push.test", alpn=["talk"]) as kept:
        kept.sendall(get(f"push.test:{school.proxy.origin_port}", "/hello"))
        assert b"hello from push.test" in read_all(kept)
        school.policy(TALKING.replace("rules:\n", f"rules:{CLOSED.replace('SITE', 'else.test')}", 1))
        time.sleep(1)  # it is looked at, and goes on
        kept.sendall(get(f"push.test:{school.proxy.origin_port}", "/hello"))
        assert b"hello from push.test" in read_all(kept)
        school.policy(policy)
        assert ends(kept)


@pytest.mark.parametrize("how", ["over", "withdrawn"])
def test_a_permit_that_is_over_or_withdrawn_ends_what_it_opened(school: School, how: str) -> None:
    permit = Grant(
        "g1", GrantScope(frozenset({"year9"})), GrantTarget(site="fine.test"), TUESDAY_TEN,
        TUESDAY_TEN + timedelta(minutes=30), weighed=frozenset({ANY_RULE}),
    )  # fmt: skip
    school.policy(closing("fine.test"))
    school.grants(permit)
    with relayed(school.proxy) as kept:
        if how == "over":
            school.clock.at = TUESDAY_TEN + timedelta(minutes=30)
        else:
            school.grants()
        assert ends(kept)


@pytest.mark.parametrize("how", ["policy", "lesson"])
def test_a_request_that_waits_for_its_answer_gets_the_page_at_once(school: School, origin: Origin, how: str) -> None:
    origin.slow_may_end.clear()
    if how == "lesson":
        school.policy(closing("good.test", "when: [lessons]"))
    with waiting(school.proxy) as kept:
        school.proxy.wait_for(lambda: origin.bytes_for("good.test"), "the origin to have it")
        if how == "policy":
            school.policy(closing("good.test"))
        else:
            school.clock.at = TUESDAY_TEN + timedelta(hours=1)
        kept.settimeout(WITHIN + 3)
        answer = read_all(kept)
        assert b" 403 " in answer[:20]
        assert b"So it is." in answer


def test_over_http2_the_other_streams_go_on(school: School, origin: Origin) -> None:
    with Http2Client(school.proxy, "h2.test") as client:
        held = client.ask("/silent")
        school.proxy.wait_for(lambda: b"/silent" in origin.bytes_for("h2.test"), "the origin to have it")
        school.policy(closing("h2.test").replace("domains: [h2.test]", 'urls: ["h2.test/silent"]'))
        assert client.answer(held).status == 403
        assert client.answer(client.ask("/hello")).status == 200


def test_what_may_not_be_looked_into_any_more_is_looked_into_no_more(school: School) -> None:
    with school.proxy.tunnel("good.test") as kept:
        kept.sendall(get(f"good.test:{school.proxy.origin_port}", "/hello"))
        assert b"hello from good.test" in read_all(kept)
        school.policy(POLICY.replace("rules:\n", "inspection: {never: {domains: [good.test]}}\nrules:\n", 1))
        assert ends(kept)


def test_what_cannot_be_decided_on_again_is_ended(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    with relayed(school.proxy) as relay, a_websocket(school.proxy) as websocket:

        def broken(*_: object) -> None:
            raise RuntimeError

        monkeypatch.setattr(school.proxy.parts.judge, "judge", broken)
        school.policy(POLICY)
        assert ends(relay)
        assert ends(websocket)


def test_what_cannot_be_decided_on_again_while_its_origin_is_reached_does_not_begin(
    school: School, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = school.proxy.parts.judge
    asked: list[object] = []

    def broken_afterwards(judged: Judged, peer: str) -> Judged | None:
        asked.append(peer)
        if len(asked) == 1:
            return judged
        raise RuntimeError

    monkeypatch.setattr(judge, "judged_now", broken_afterwards)
    with school.proxy.connect() as kept:
        target = f"fine.test:{school.proxy.origin_port}"
        kept.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        assert b" 200 " in read_head(kept)[:20]
        into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        with suppress(ssl.SSLWantReadError):
            ssl.create_default_context().wrap_bio(into, out, server_hostname="fine.test").do_handshake()
        kept.sendall(out.read())
        assert ends(kept)
    assert len(asked) == 2


def test_what_is_allowed_as_before_goes_on(school: School, origin: Origin) -> None:
    origin.slow_may_end.clear()
    with relayed(school.proxy) as relay, a_websocket(school.proxy) as socket, waiting(school.proxy) as request:
        school.policy(closing("blocked.test", "when: [lessons]"))
        school.clock.at = TUESDAY_TEN + timedelta(hours=1)
        time.sleep(WITHIN)
        relay.sendall(get(f"fine.test:{origin.port}", "/hello"))
        assert b"hello from fine.test" in read_all(relay)
        socket.sendall(b"\x81\x82\0\0\0\0hi")
        assert socket.recv(4) == b"\x81\x02hi"
        origin.slow_may_end.set()
        assert b" 200 " in read_head(request)[:20]


def test_a_kept_connection_stays_and_its_next_request_is_refused_with_a_page(school: School) -> None:
    with school.proxy.tunnel("good.test") as kept:
        kept.sendall(get(f"good.test:{school.proxy.origin_port}", "/hello"))
        assert b"hello from good.test" in read_all(kept)
        school.policy(closing("good.test"))
        kept.sendall(get(f"good.test:{school.proxy.origin_port}", "/hello"))
        answer = read_all(kept)
        assert b" 403 " in answer[:20]
        assert b"So it is." in answer
