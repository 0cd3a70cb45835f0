"""Rules that have ended, have begun, and are yet to begin, on the wire."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.wire.filter_process import POLICY, FilterProcess
from tests.wire.origin import Origin
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
