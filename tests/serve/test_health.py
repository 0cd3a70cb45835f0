"""What stands in /healthz and below it, for each thing that can be wrong."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from saywhy.serve.alarms import Alarm
from saywhy.serve.health import Health, Kind, PolicyInForce, ProcessHealth, State, Wrong, kinds_in, of_alarms

AT = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
WELL = Health((ProcessHealth("worker-1", 71, AT, State.UP, 0),), (), PolicyInForce("0123456789ab", AT))


def test_the_shape() -> None:
    ill = replace(
        WELL,
        processes=(*WELL.processes, ProcessHealth("portal", None, None, State.GONE, 3)),
        wrong=(Wrong("portal", Kind.GONE, "portal, which has ended and is started again"),),
    )
    assert json.loads(json.dumps(ill.as_json())) == {
        "ready": False,
        "processes": [
            {"name": "worker-1", "pid": 71, "since": "2026-09-01T08:30:00+00:00", "state": "up", "restarts": 0},
            {"name": "portal", "pid": None, "since": None, "state": "gone", "restarts": 3},
        ],
        "wrong": [
            {
                "process": "portal",
                "kind": "gone",
                "text": "portal, which has ended and is started again",
                "do": "Wait: it is started again by itself. Where that happens again and again, the filter's last lines say why.",
            }
        ],
        "policy": {"revision": "0123456789ab", "since": "2026-09-01T08:30:00+00:00"},
    }
    assert replace(WELL, policy=None).as_json()["policy"] is None
    assert WELL.as_json()["ready"] is True


@pytest.mark.parametrize(
    ("kind", "ready", "well"),
    [
        (Kind.STARTING, False, False),
        (Kind.SILENT, False, False),
        (Kind.GONE, False, False),
        (Kind.NOT_ANSWERING, False, False),
        (Kind.QUEUE_FULL, False, False),
        (Kind.SELF_TEST, False, False),
        (Kind.POLICY_NOT_TAKEN, False, True),
        (Kind.REFUSING, False, False),
        (Kind.LISTS, False, False),
        (Kind.SEALED, False, False),
        (Kind.POLICY, False, False),
        (Kind.TRAIL, True, False),
        (Kind.STORE, True, True),
    ],
)
def test_what_each_kind_means(kind: Kind, ready: bool, well: bool) -> None:
    one = Wrong("worker-2", kind, "what it is", "worker 2")
    health = replace(WELL, wrong=(one,))
    assert health.ready is ready
    assert one.do
    is_well, text = health.as_text()
    assert is_well is well
    assert text.splitlines()[-1].endswith("what it is")
    assert (text.splitlines()[0] == "ok") is well
    assert health.without({kind.value}).ready


def test_the_kinds_are_all_told_of_here_and_every_alarm_is_one() -> None:
    assert {alarm.value for alarm in Alarm} <= set(Kind)


def test_a_line_names_the_process_as_people_do() -> None:
    (told,) = of_alarms("worker-2", {Alarm.LISTS: "they are gone"}, "worker 2")
    assert told.line == "worker 2, lists: they are gone"
    assert (
        Wrong("portal", Kind.STARTING, "portal, which is starting").line == "not answering: portal, which is starting"
    )


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", set()),
        ("verbose=1", set()),
        ("except=", set()),
        ("except=lists", {"lists"}),
        ("except=policy-not-taken,starting&except=store", {"policy-not-taken", "starting", "store"}),
    ],
)
def test_what_a_request_leaves_out(query: str, kinds: set[str]) -> None:
    assert kinds_in(query) == kinds


def test_a_kind_that_there_is_not_is_said() -> None:
    with pytest.raises(ValueError, match="there is no kind polcy; there are audit-trail, gone, "):
        kinds_in("except=polcy,lists")
