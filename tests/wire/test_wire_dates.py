"""Rules that have ended, have begun, and are yet to begin, on the wire."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from saywhy.proxy.door.open_connections import Limits
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import POLICY, FilterProcess, read_all
from tests.wire.inside import inside
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get
from tests.wire.test_wire_sealed import opened

ENDED, BEGUN, TO_COME = -2, -1, 60  # minutes from now

RULES = """rules:
  - id: ended
    allow: {domains: [blocked.test]}
    until: ENDED
  - id: begun
    block: {domains: [fine.test]}
    from: BEGUN
    until: TO_COME
    why: {risk: An exam is on.}
    instead: [watch]
    decided: {by: Governors, on: 2026-09-01}
    review_by: 2027-09-01
    owner: it
  - id: to-come
    block: {domains: [good.test]}
    from: TO_COME
    why: {risk: An exam is on.}
    instead: [watch]
    decided: {by: Governors, on: 2026-09-01}
    review_by: 2027-09-01
    owner: it
"""


def test_a_rule_holds_from_its_beginning_to_its_end(own_filter: FilterProcess, origin: Origin) -> None:
    now = datetime.now(ZoneInfo("Europe/London"))
    dated = RULES
    for word, minutes in (("ENDED", ENDED), ("BEGUN", BEGUN), ("TO_COME", TO_COME)):
        dated = dated.replace(word, f"{now + timedelta(minutes=minutes):%Y-%m-%d %H:%M}")
    own_filter.policy = POLICY.replace("rules:\n", dated, 1)
    own_filter.start()
    assert b" 403 " in opened(own_filter, "/hello", "blocked.test")[:20]
    assert b" 403 " in opened(own_filter, "/hello", "fine.test")[:20]
    assert b" 200 " in opened(own_filter, "/hello", "good.test")[:20]


def test_a_rule_begins_and_ends_while_the_filter_runs_and_a_relay_ends_with_it(
    origin: Origin, test_authority: TestAuthority, tmp_path: Path
) -> None:
    at = datetime(2026, 11, 30, 9, 59, 30, tzinfo=UTC)
    clock = [at]
    dated = RULES.replace("ENDED", "2026-11-30 10:00").replace("BEGUN", "2026-11-30 10:00")
    proxy = inside(tmp_path, origin.port, test_authority.path, POLICY.replace("rules:\n", dated, 1))
    proxy.policy = proxy.policy.replace("TO_COME", "2026-11-30 10:30")
    proxy.limits = Limits(sweep_seconds=0.2)
    proxy.now = lambda: clock[0]
    proxy.start()
    try:
        with proxy.tunnel("fine.test") as relayed:
            relayed.sendall(get(f"fine.test:{origin.port}", "/hello"))
            assert b"hello from fine.test" in read_all(relayed)
            assert b" 200 " in opened(proxy, "/hello", "blocked.test")[:20]
            clock[0] = at + timedelta(minutes=1)  # one rule has ended, another has begun
            relayed.settimeout(10)
            with suppress(ConnectionResetError):
                assert relayed.recv(1) == b""
        assert b" 403 " in opened(proxy, "/hello", "fine.test")[:20]
        assert b" 403 " in opened(proxy, "/hello", "blocked.test")[:20]
        clock[0] = at + timedelta(hours=1)
        assert b" 200 " in opened(proxy, "/hello", "fine.test")[:20]
        assert b" 403 " in opened(proxy, "/hello", "good.test")[:20]
    finally:
        proxy.stop()
