"""How a filter is: what its state folder says where none runs, and what is missing where it may not be read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from saywhy.observe.wrong import Wrong
from saywhy.policy.problem import Problem
from saywhy.serve import status
from saywhy.serve.asking_figures import Answers, NoAnswerError
from saywhy.serve.folder_state import FolderState
from saywhy.serve.history import Entry, Kind
from saywhy.serve.revisions import Current, Revisions
from saywhy.serve.running import RunningFilter
from saywhy.serve.settings import Endpoint, Settings
from saywhy.serve.status import InForce, look
from tests.observe.scraping import scraped

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
FIRST, SECOND = "0123456789ab", "cdef01234567"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "state").mkdir()
    endpoint = Endpoint("127.0.0.1", 1)
    return Settings(Path("/etc/hillside"), tmp_path / "state", (endpoint,), endpoint, endpoint)


@pytest.fixture
def revisions(settings: Settings) -> Revisions:
    """Two changes, of which the second was rolled back and the rollback ended."""
    kept = Revisions(settings.revisions)
    kept.prepare()
    for days, revision, kind, who in (
        (4, FIRST, Kind.ACCEPTED, "Kim (commit 3f2a1c9)"),
        (3, SECOND, Kind.ACCEPTED, "Sam"),
        (2, FIRST, Kind.ROLLBACK, "root"),
        (1, FIRST, Kind.RELEASED, "root"),
    ):
        entry = Entry(NOW - timedelta(days=days), revision, kind, who, "1 rule changed")
        kept.change(Current(revision), entry)
    return kept


def running(settings: Settings, seconds: float = 3_600) -> RunningFilter:
    listen = ("127.0.0.1:8080",)
    since = NOW - timedelta(seconds=seconds)
    return RunningFilter(
        7, since, settings.state, settings.policies, settings.lists_folder, listen, metrics="127.0.0.1:1"
    )


def kinds(found: status.Status) -> list[str]:
    return [one.kind for one in found.wrong]


def test_where_none_runs_the_state_folder_is_told_of(settings: Settings, revisions: Revisions) -> None:
    problem = Problem("rules.yaml", 3, 5, "there is no group year14", "did you mean year12?")
    revisions.folder_state = FolderState("/etc/hillside", "x", NOW, (problem, problem))
    found = look(settings, None, "", NOW)
    assert not found.known
    assert kinds(found) == [Wrong.NOT_RUNNING, Wrong.NOT_TAKEN]
    assert found.wrong[0].detail == f"looked at {settings.state}"
    assert found.wrong[1].detail == "rules.yaml:3:5: there is no group year14; did you mean year12? (and 1 more)"
    assert found.policy == InForce(
        FIRST, NOW - timedelta(days=2), "root", "1 rule changed", problems=(str(problem),) * 2, problem_count=2
    )
    assert found.state is not None
    assert found.figures is None


@pytest.mark.parametrize("state", ["not-there", "."])
def test_where_nothing_is_nothing_is_told(settings: Settings, state: str) -> None:
    found = look(replace(settings, state=settings.state / state), None, "", NOW)
    assert kinds(found) == [Wrong.NOT_RUNNING]
    assert found.policy is None


def test_one_that_runs_is_told_of_by_its_figures(
    settings: Settings, revisions: Revisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "ask", lambda _: Answers(scraped(), None))
    found = look(settings, running(settings), "127.0.0.1:1", datetime.fromtimestamp(1_795_929_402, UTC))
    assert found.known
    assert found.wrong == ()
    assert found.notes == ("it does not say how each process is",)
    assert found.policy is not None
    assert found.policy.by == "root"


@pytest.mark.parametrize(
    ("seconds", "ending", "expected"),
    [
        (3_600, False, [Wrong.NO_FIGURES]),
        (20, False, [Wrong.STARTING]),
        (20, True, [Wrong.NO_FIGURES, Wrong.ENDING]),
    ],
)
def test_one_that_does_not_answer(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    ending: bool,
    expected: list[Wrong],
) -> None:
    def no_answer(address: Endpoint) -> Answers:
        raise NoAnswerError(f"{address} does not answer within 2 seconds")

    monkeypatch.setattr(status, "ask", no_answer)
    found = look(settings, replace(running(settings, seconds), ending=ending), "127.0.0.1:1", NOW)
    assert kinds(found) == expected
    assert "process" in found.wrong[0].detail


def test_one_of_an_older_version_does_not_say_where_to_ask(settings: Settings) -> None:
    found = look(settings, replace(running(settings), metrics=""), "", NOW)
    assert kinds(found) == [Wrong.NO_FIGURES]
    assert "--metrics" in found.wrong[0].detail
