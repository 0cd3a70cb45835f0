"""The first policy: for each kind of school it is complete, wise, tested, and kind to each of its readers."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from saywhy.decide.access import Access, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.explain.explain import explain
from saywhy.policy.reader import Reader
from saywhy.policy.reading.load import load_policy
from saywhy.policy.rule import Effect
from saywhy.rehearse.cases import load_cases, run_case, unreached
from saywhy.rehearse.check import check_policy
from saywhy.rehearse.starting import REVIEWED_AFTER, Kind, StarterError, starter, to_change, write_starter

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LEVELS = {
    Kind.PRIMARY: {Reader.EARLY, Reader.PRIMARY, Reader.ADULT},
    Kind.SECONDARY: {Reader.SECONDARY, Reader.ADULT},
    Kind.ALL_THROUGH: {Reader.EARLY, Reader.PRIMARY, Reader.SECONDARY, Reader.ADULT},
}


@pytest.fixture(params=list(Kind))
def kind(request: pytest.FixtureRequest) -> Kind:
    return Kind(request.param)


@pytest.fixture
def folder(kind: Kind, tmp_path: Path) -> Path:
    write_starter(starter(kind, TODAY), tmp_path / "school")
    return tmp_path / "school"


def test_check_has_nothing_to_say_now_and_asks_for_a_review_before_it_is_due(folder: Path) -> None:
    assert check_policy(folder, NOW).problems == ()
    assert check_policy(folder, NOW + REVIEWED_AFTER - timedelta(days=31)).problems == ()
    later = check_policy(folder, NOW + REVIEWED_AFTER - timedelta(days=29)).problems
    assert {problem.code for problem in later} == {"review-soon"}
    assert len(later) == len(load_policy(folder).rules)


def test_its_own_tests_pass_and_reach_every_rule(folder: Path) -> None:
    policy = load_policy(folder)
    cases, problems = load_cases(folder, Engine(policy))
    assert problems == ()
    results = [run_case(Engine(policy), case) for case in cases]
    assert [result for result in results if result.failures] == []
    assert list(unreached(policy, results)) == []


def test_it_has_groups_for_the_readers_of_such_a_school_and_no_others(folder: Path, kind: Kind) -> None:
    policy = load_policy(folder)
    assert {group.reader for group in policy.groups.values() if group.reader} == LEVELS[kind]
    for rule in policy.rules:
        if rule.why is not None:
            assert set(rule.why.readers) <= LEVELS[kind], rule.id


def test_every_closed_page_offers_places_that_are_open_or_people_to_talk_to(folder: Path) -> None:
    policy = load_policy(folder)
    names = {one.name: one for one in policy.catalogue.corrections.values()}
    urls = [f"https://{name}/" for name in names] + [
        "https://nordvpn.com/",
        "https://tinder.com/",
        "https://chatgpt.com/",
    ]
    closed = 0
    for group in policy.groups:
        for url in (*urls, "https://www.tiktok.com/", "https://www.roblox.com/"):
            access = Access(subject_in(policy, (group,)), target_of_url(url), NOW)
            decision = decide(Engine(policy), NO_GRANTS, access)
            if decision.effect is Effect.BLOCK:
                closed += 1
                told = explain(Engine(policy), NO_GRANTS, access, decision, reference=None, ask_url="https://ask/")
                assert told.help or told.purposes, (group, url)
                assert told.dropped == (), (group, url)
    assert closed > 40


def test_what_is_an_example_is_marked_with_what_belongs_there(folder: Path, kind: Kind) -> None:
    marks = to_change(starter(kind, TODAY))
    assert len(marks) == 7
    for mark in marks:
        line = (folder / mark.file).read_text("utf-8").splitlines()[mark.line - 1]
        assert line.strip() == f"# CHANGE: {mark.what}"
    text = "".join(path.read_text("utf-8") for path in folder.rglob("*.yaml"))
    assert text.count("CHANGE") == len(marks) + 1, "and the one that says what the word means"
    assert not any(word in text for word in ("#only", "TODAY", "REVIEW"))


def test_it_can_be_read_in_one_go(folder: Path) -> None:
    assert sum(path.read_text("utf-8").count("\n") for path in folder.rglob("*.yaml")) < 400


def test_nothing_is_overwritten(folder: Path, kind: Kind) -> None:
    (folder / "school.yaml").write_text("mine")
    with pytest.raises(StarterError, match="is not empty"):
        write_starter(starter(kind, TODAY), folder)
    assert (folder / "school.yaml").read_text() == "mine"


def test_a_folder_under_git_is_taken(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write_starter(starter(Kind.PRIMARY, TODAY), tmp_path)
    assert (tmp_path / "tests" / "first.yaml").exists()


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_where_it_cannot_be_written_nothing_is_left(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StarterError, match="cannot be written"):
        write_starter(starter(Kind.PRIMARY, TODAY), tmp_path / name)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_file_that_cannot_be_finished_leaves_nothing_behind(tmp_path: Path) -> None:
    files = {"a.yaml": "a: 1\n", "a.yaml/b.yaml": "b: 1\n"}
    with pytest.raises(StarterError, match="cannot be written"):
        write_starter(files, tmp_path)
    assert list(tmp_path.iterdir()) == []
