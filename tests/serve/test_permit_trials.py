"""What might be given, tried on a real log of the example school's week, beside the page that asks."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions.request import Proposal, Refusal
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.reading.load import load_policy
from saywhy.portal.dossier.sources import Progress, Trial
from saywhy.serve import permit_trials
from saywhy.serve.permit_trials import PermitTrials
from tests.exceptions.conftest import refusal
from tests.serve.week_of_decisions import PAGES, write_week

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday
COUNT = 50_000
DEVICES = [ip_address(f"10.30.{year}.{number}") for year in (7, 9) for number in range(1, 31)]
YEAR9, STUDENTS = (GrantScope(groups=frozenset({one})) for one in ("year9", "students"))
REDDIT = "www.reddit.com"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(load_policy(ROOT / "policies"))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Path:
    path = tmp_path_factory.mktemp("log") / "decisions.jsonl"
    write_week(engine, path, NOW, DEVICES, COUNT)
    return path


def nobody_has_a_permit(_: datetime) -> Iterable[Grant]:
    return ()


def proposal(who: GrantScope = YEAR9, until: timedelta = timedelta(days=7), **what: object) -> Proposal:
    target = GrantTarget(**what) if what else GrantTarget(site=REDDIT)  # type: ignore[arg-type]
    return Proposal(who, target, NOW + until, frozenset({ANY_RULE}))


def asked_for(host: str = REDDIT) -> Refusal:
    return refusal(host, "/r/askscience/", "social-media")


def worked_out(trials: PermitTrials, engine: Engine, proposals: dict[str, Proposal]) -> dict[str, Trial]:
    first = trials.look(engine, asked_for(), proposals, NOW)
    assert {one.progress for one in first.values()} == {Progress.WORKING}
    assert trials.work()
    return dict(trials.look(engine, asked_for(), proposals, NOW))


def test_a_week_is_told_apart_by_what_whom_and_how_long(engine: Engine, log: Path) -> None:
    found = worked_out(
        PermitTrials(log, nobody_has_a_permit),
        engine,
        {
            "page": proposal(page=parse_pattern("https://www.reddit.com/r/askscience/comments")),
            "site": proposal(),
            "hour": proposal(until=timedelta(hours=1)),
            "device": proposal(GrantScope(device="10.30.9.1")),
            "everybody": proposal(STUDENTS),
            "app": proposal(app="reddit"),
        },
    )
    each = COUNT // len(PAGES)  # of each page
    assert {name: one.progress for name, one in found.items()} == dict.fromkeys(found, Progress.DONE)
    assert found["page"].decisions == pytest.approx(each / 2, abs=60)
    assert found["site"].decisions == pytest.approx(2 * each / 2, abs=60)
    assert found["everybody"].decisions == pytest.approx(2 * each, abs=60)
    assert found["app"].decisions == pytest.approx(3 * each / 2, abs=60)
    assert found["hour"].decisions == pytest.approx(found["site"].decisions / 7 / 24, abs=30)
    assert 0 < found["device"].decisions < found["site"].decisions / 20
    assert found["site"].groups == (("year9", 30),)
    assert found["site"].others == ()
    assert found["app"].others == ("i.redd.it",)
    assert found["device"].devices is None
    assert found["site"].since == date(2026, 11, 16)
    assert not found["site"].cut


def test_the_page_that_asks_never_waits_and_the_same_is_worked_out_once(engine: Engine, log: Path) -> None:
    trials = PermitTrials(log, nobody_has_a_permit)
    first = worked_out(trials, engine, {"site": proposal()})
    again = trials.look(engine, asked_for(), {"other name": proposal()}, NOW + timedelta(minutes=59))
    assert again["other name"] == first["site"]
    later = trials.look(engine, asked_for(), {"site": proposal()}, NOW + timedelta(hours=1))
    assert later["site"].progress is Progress.WORKING


def test_another_policy_is_another_trial(engine: Engine, log: Path) -> None:
    trials = PermitTrials(log, nobody_has_a_permit)
    worked_out(trials, engine, {"site": proposal()})
    other = Engine(replace(engine.written, revision="another"))
    assert trials.look(other, asked_for(), {"site": proposal()}, NOW)["site"].progress is Progress.WORKING


def test_too_many_that_wait_are_told_so_and_taken_up_later(engine: Engine, log: Path) -> None:
    trials = PermitTrials(log, nobody_has_a_permit)

    def look(number: int) -> Progress:
        one = proposal(GrantScope(device=f"10.30.9.{number}"))
        return trials.look(engine, asked_for(), {"one": one}, NOW)["one"].progress

    progress = [look(number) for number in range(1, 20)]
    assert progress.count(Progress.WORKING) == 16
    assert progress[16:] == [Progress.BUSY] * 3
    trials.work()
    assert look(19) is Progress.WORKING
    assert look(1) is Progress.DONE


@pytest.mark.parametrize("ago", [timedelta(days=30), None])
def test_without_a_log_of_that_week_it_says_so(
    engine: Engine, tmp_path: Path, log: Path, ago: timedelta | None
) -> None:
    path = tmp_path / "decisions.jsonl"
    now = NOW
    if ago is not None:
        path, now = log, NOW + ago
    trials = PermitTrials(path, nobody_has_a_permit)
    one = {"site": replace(proposal(), ends=now + timedelta(days=1))}
    trials.look(engine, asked_for(), one, now)
    trials.work()
    assert trials.look(engine, asked_for(), one, now)["site"] == Trial(Progress.NO_LOG)


def test_what_is_read_is_bounded_and_the_page_says_so(
    engine: Engine, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permit_trials, "_MOST_DECISIONS", 1_000)
    found = worked_out(PermitTrials(log, nobody_has_a_permit), engine, {"site": proposal()})["site"]
    assert found.cut
    assert 0 < found.decisions <= 1_000
    assert found.since is not None
    assert found.since > date(2026, 11, 16)


def test_lines_that_cannot_be_read_are_passed_over(engine: Engine, log: Path, tmp_path: Path) -> None:
    for file in log.parent.glob("*.jsonl"):
        torn = b'{"host":"www.reddit.com"\n' + file.read_bytes() + b'\xff\x00{"host":"www.reddit.com"'
        (tmp_path / file.name).write_bytes(torn)
    whole = worked_out(PermitTrials(log, nobody_has_a_permit), engine, {"site": proposal()})
    assert worked_out(PermitTrials(tmp_path / log.name, nobody_has_a_permit), engine, {"site": proposal()}) == whole


def test_a_fault_is_told_and_ends_nothing(engine: Engine, log: Path, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: datetime) -> Iterable[Grant]:
        raise RuntimeError("the store is gone")

    trials = PermitTrials(log, broken)
    with caplog.at_level(logging.ERROR):
        assert worked_out(trials, engine, {"site": proposal()})["site"] == Trial(Progress.FAILED)
    assert "could not be tried" in caplog.text


def test_a_permit_that_is_there_already_changes_nothing(engine: Engine, log: Path) -> None:
    def in_force(now: datetime) -> Iterable[Grant]:
        scope, what = proposal().who, proposal().what
        return [Grant("there", scope, what, now - timedelta(days=8), now + timedelta(days=1), weighed=frozenset({"*"}))]

    assert worked_out(PermitTrials(log, in_force), engine, {"site": proposal()})["site"].decisions == 0


def test_it_works_in_a_thread_and_ends(engine: Engine, log: Path) -> None:
    trials = PermitTrials(log, nobody_has_a_permit)
    trials.look(engine, asked_for(), {"site": proposal()}, NOW)
    trials.start()
    trials.stop()
    trials._thread.join(60)
    assert not trials._thread.is_alive()
    assert trials.look(engine, asked_for(), {"site": proposal()}, NOW)["site"].progress is Progress.DONE
