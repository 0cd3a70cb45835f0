"""What happens to an access: decided from one snapshot, reached or not, counted and written down once."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry

from saywhy.decide.access import Target, target_of_url
from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.decide.use import READING, Use
from saywhy.explain.fault import FaultKind
from saywhy.explain.reference import References
from saywhy.explain.render import builtin_renderer
from saywhy.observe.daily_log import DailyLog
from saywhy.observe.decision_log import DecisionRecord
from saywhy.observe.lane_figures import LaneFigures
from saywhy.observe.metrics import Metrics
from saywhy.observe.traffic_figures import TrafficFigures
from saywhy.policy.rule import Effect
from saywhy.policy.uses import POSTING
from saywhy.proxy.in_force import InForce
from saywhy.proxy.judge import Judge
from saywhy.proxy.judged import Judged
from saywhy.proxy.outbound.not_reachable import NotReachableError
from saywhy.proxy.outbound.outbound import Portal
from tests.decide.conftest import MONDAY_TEN, engine, rule

OPEN, CLOSED = engine([]), engine([rule("games", categories=("games",), groups=frozenset({"year9"}))])
PUPIL = "10.30.9.7"
PLAY = target_of_url("https://play.example/a?secret=1")


class Names:
    """Look-ups that answer as they are told to, after something else has happened."""

    def __init__(self) -> None:
        self.error: NotReachableError | None = None
        self.meanwhile: Callable[[], None] | None = None
        self.asked: list[str] = []

    async def addresses(self, host: str, port: int) -> tuple[str, ...]:
        del port
        self.asked.append(host)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        if self.error is not None:
            raise self.error
        return ("192.0.2.1",)


class Kept:
    """A log that keeps its records."""

    def __init__(self) -> None:
        self.records: list[DecisionRecord] = []

    def write(self, record: DecisionRecord) -> None:
        self.records.append(record)


class Counted:
    """Figures that remember."""

    def __init__(self) -> None:
        self.decisions: list[tuple[str, str]] = []
        self.faults: list[str] = []
        self.traffic = TrafficFigures(CollectorRegistry())
        self.lanes = LaneFigures(CollectorRegistry())

    def decided(self, effect: str, reason: str, group: str) -> None:
        del group
        self.decisions.append((effect, reason))

    def fault(self, kind: str) -> None:
        self.faults.append(kind)

    def page_rendered(self, *_: object) -> None:
        pass


class Court:
    """A judge, and all that it touches."""

    def __init__(self, in_force: Engine | None) -> None:
        self.at = MONDAY_TEN
        self.names, self.log, self.figures, self.in_force = Names(), Kept(), Counted(), InForce(in_force)
        self.judge = Judge(
            self.in_force, cast("Any", self.names), builtin_renderer(), References(b"0123456789abcdef"), Portal("why.example", "127.0.0.1", 8081),
            cast("Metrics", self.figures), cast("DailyLog", self.log), lambda: self.at,
        )  # fmt: skip

    def inside(self, target: Target = PLAY, use: Use = READING) -> tuple[Judged | None, FaultKind | None]:
        return asyncio.run(self.judge.judge_inside(PUPIL, target, lambda: use))


def test_without_a_policy_nothing_is_decided() -> None:
    court = Court(None)
    assert court.judge.judge(PUPIL, PLAY) is None
    assert court.inside() == (None, FaultKind.NO_POLICY)
    assert court.names.asked == []


def test_what_is_refused_is_not_looked_up() -> None:
    court = Court(CLOSED)
    judged, fault = court.inside()
    assert judged is not None
    assert (judged.decision.effect, fault, court.names.asked) == (Effect.BLOCK, None, [])


@pytest.mark.parametrize(
    ("error", "reason", "fault"),
    [
        (None, Reason.DEFAULT, None),
        (NotReachableError.PRIVATE, Reason.PRIVATE_ADDRESS, None),
        (NotReachableError.NO_SUCH_NAME, Reason.DEFAULT, FaultKind.NAME_NOT_FOUND),
    ],
)
def test_what_is_allowed_is_looked_up(error: str | None, reason: Reason, fault: FaultKind | None) -> None:
    court = Court(OPEN)
    court.names.error = None if error is None else NotReachableError(error)
    judged, found = court.inside()
    assert judged is not None
    assert (judged.decision.reason, found, court.names.asked) == (reason, fault, ["play.example"])


def test_what_comes_into_force_during_the_look_up_decides() -> None:
    court = Court(OPEN)
    court.names.meanwhile = lambda: setattr(court.in_force, "engine", CLOSED)
    judged, _ = court.inside()
    assert judged is not None
    assert judged.decision.effect is Effect.BLOCK
    assert judged.snapshot is court.in_force.now


def test_a_lesson_that_begins_during_the_look_up_decides() -> None:
    lesson = engine([rule("games", categories=("games",), groups=frozenset({"year9"}), times=("lessons",))])
    court = Court(lesson)
    court.at = MONDAY_TEN.replace(hour=8)

    def begins() -> None:
        court.at = MONDAY_TEN

    court.names.meanwhile = begins
    judged, _ = court.inside()
    assert judged is not None
    assert judged.decision.effect is Effect.BLOCK
    early = court.judge.judge(PUPIL, PLAY.by_name)
    assert early is not None
    court.at = MONDAY_TEN.replace(hour=23)
    later = court.judge.judged_now(early, PUPIL)
    assert later is not None
    assert later.decision.effect is Effect.ALLOW


def test_an_earlier_judgement_holds_while_nothing_else_is_in_force() -> None:
    court = Court(OPEN)
    judged = court.judge.judge(PUPIL, PLAY.by_name)
    assert judged is not None
    assert court.judge.judged_now(judged, PUPIL) is judged
    court.in_force.engine = CLOSED
    again = court.judge.judged_now(judged, PUPIL)
    assert again is not None
    assert again.decision.effect is Effect.BLOCK


def test_what_is_done_is_asked_where_a_rule_is_for_it() -> None:
    posts = rule("posts", categories=("games",), uses=frozenset({POSTING}))
    posting = Use(frozenset({POSTING}))
    for one, effect in ((OPEN, Effect.ALLOW), (engine([posts]), Effect.BLOCK)):
        judged, _ = Court(one).inside(use=posting)
        assert judged is not None
        assert judged.decision.effect is effect


def test_a_refusal_is_counted_and_written_down_once_under_the_code_that_its_page_shows() -> None:
    court = Court(CLOSED)
    judged, _ = court.inside()
    assert judged is not None
    page = court.judge.refused("thin", "GET", judged, {"accept": "application/json"})
    (record,) = court.log.records
    assert (page.status, court.figures.decisions) == (403, [("block", "rule")])
    assert record.reference is not None
    assert record.reference in json.dumps(json.loads(page.body))
    assert (record.path, record.device, record.method) == ("/a", PUPIL, "GET")


def test_what_is_let_out_is_counted_and_what_a_fault_keeps_in_is_written_down_as_refused() -> None:
    court = Court(OPEN)
    judged, _ = court.inside()
    assert judged is not None
    court.judge.let_out("thin", "GET", judged)
    court.judge.kept_in("CONNECT", judged, FaultKind.PROTOCOL_REFUSED)
    assert court.figures.decisions == [("allow", "default")]
    assert [(one.effect, one.reason) for one in court.log.records] == [
        ("allow", "default"),
        ("block", "protocol-refused"),
    ]


def test_a_fault_is_counted_and_names_no_school_where_there_is_none() -> None:
    court = Court(None)
    page = court.judge.faulted(FaultKind.NO_POLICY)
    assert (page.status, court.figures.faults) == (503, ["no-policy"])


def test_nothing_else_decides_and_nothing_else_refuses() -> None:
    proxy = Path(__file__).parents[2] / "addons" / "saywhy" / "proxy"
    sources = {path.name: path.read_text() for path in proxy.rglob("*.py")}
    assert [name for name, text in sources.items() if "import decide\n" in text] == ["judge.py"]
    assert [name for name, text in sources.items() if "DecisionRecord" in text] == ["judge.py"]
    assert [name for name, text in sources.items() if "import explain\n" in text] == ["judge.py"]
