"""What is kept open stays so on the wire, while a list and a lesson close its category, and under a change of policy."""

from tests.wire.filter_process import FilterProcess
from tests.wire.origin import Origin
from tests.wire.test_wire_alarms import GAMBLING, listed
from tests.wire.test_wire_sealed import opened

KEPT = GAMBLING.replace(
    "  - id: staff-may\n",
    """  - id: all-day
    block: everything
    when: [always]
    why: {risk: It is an exam.}
    instead: [watch]
    decided: {by: Governors, on: 2026-09-01}
    review_by: 2027-09-01
    owner: it
  - id: open
    allow: {domains: [good.test, fine.test, locked.test]}
    keep_open: true
  - id: staff-may
""",
    1,
).replace("default: allow", "times: {always: [{days: every day, from: 00:00, until: 24:00}]}\ndefault: allow", 1)


def test_nothing_closes_it_but_what_is_locked(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.policy = KEPT
    own_filter.write_policy(KEPT)
    listed(own_filter, "good.test", "big.test")
    own_filter.start()
    assert b" 200 " in opened(own_filter, "/headers")[:20]
    assert b" 403 " in opened(own_filter, "/headers", "big.test")[:20]
    assert b" 403 " in opened(own_filter, "/", "locked.test")[:20]
    before = len(origin.connections)
    with own_filter.tunnel("fine.test") as relayed:  # as it is: the certificate is the origin's own
        assert relayed.getpeercert()["subject"] != ()  # type: ignore[index]
        assert "Saywhy" not in str(relayed.getpeercert())
    assert len(origin.connections) == before + 1
    own_filter.write_policy(KEPT.replace("an exam", "another exam"))
    own_filter.wait_for(lambda: own_filter.output.count("was accepted") == 1, "the change")
    assert b" 200 " in opened(own_filter, "/headers")[:20]
    own_filter.write_policy(KEPT.replace("    keep_open: true\n", ""))
    own_filter.wait_for(lambda: b" 403 " in opened(own_filter, "/headers")[:20], "the floor to be taken away")
    assert '"reason":"keep-open"' in own_filter.decisions.replace(" ", "")
