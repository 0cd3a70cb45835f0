"""What the supervisor answers, by moments that are passed in."""

from types import SimpleNamespace
from typing import Any

import pytest

from saywhy.serve.alarms import Alarm
from saywhy.serve.health import PolicyInForce
from saywhy.serve.health_look import HealthLook, PolicyLook
from tests.serve.keeping import BROKEN, GOOD, NOW, School


class Looked:
    """A look without children, whose clock and sockets are the test's."""

    def __init__(self) -> None:
        self.now = 100.0
        self.problem = ""
        self.tested: dict[str, str] = {}
        self.sockets, self.alarms = SimpleNamespace(full=[]), SimpleNamespace(now={})
        sockets: Any = self.sockets
        alarms: Any = self.alarms
        policy: Any = lambda: (PolicyInForce("0123456789ab", None), self.problem)  # noqa: E731
        self.look = HealthLook((), alarms, policy, sockets, lambda: self.tested, lambda: self.now)

    @property
    def kinds(self) -> set[str]:
        return {one.kind.value for one in self.look.health().wrong}


def test_it_is_live_while_the_supervisor_looks_after_its_children() -> None:
    looked = Looked()
    for seconds, live in ((0, True), (9, True), (11, False)):
        looked.now = 100.0 + seconds
        assert looked.look.live("") == (live, {"live": live, "looked_seconds_ago": seconds})
    looked.look.looked(111.0)
    assert looked.look.live("")[0]


def test_a_queue_that_stays_full_is_told_and_a_burst_is_not() -> None:
    looked = Looked()
    looked.sockets.full = ["127.0.0.1:8080"]
    for tenth in range(11):
        looked.look.looked(100 + tenth / 10)
    assert looked.kinds == set()
    looked.look.looked(101.25)
    assert looked.kinds == {"queue-full"}
    assert looked.look.ready("")[0] is False
    assert looked.look.ready("except=queue-full")[0] is True
    looked.sockets.full = []
    looked.look.looked(101.5)
    assert looked.kinds == set()


def test_the_supervisors_own_alarms_and_the_policys_files_are_told() -> None:
    looked = Looked()
    looked.alarms.now = {Alarm.POLICY: "a change of the policy could not be taken"}
    assert looked.look.text() == (False, "supervisor, policy: a change of the policy could not be taken")
    looked.alarms.now, looked.problem = {}, "the policy's files have problems"
    assert looked.look.text() == (True, "ok\nsupervisor, policy-not-taken: the policy's files have problems")
    looked.problem, looked.tested = "", {"self-test, sealed": "it was let through"}
    assert looked.look.text() == (False, "self-test, sealed: it was let through")
    with pytest.raises(ValueError, match="there is no kind"):
        looked.look.ready("except=everything")


def test_the_policy_in_force_is_looked_up_where_it_changed(school: School) -> None:
    look = PolicyLook(school.revisions)
    assert look() == (None, "")
    policy = school.start()
    assert policy is not None
    assert look() == (PolicyInForce(policy.revision, NOW), "")
    school.look(BROKEN)
    in_force, problem = look()
    assert in_force == PolicyInForce(policy.revision, NOW)
    assert problem.startswith("the policy's files have problems and were not taken: ")
    assert problem.endswith(" (and 1 more)")
    school.look(GOOD)
    assert look() == (in_force, "")
