"""Tests of a policy: which accesses they try, what passes, and what is said of what does not."""

from pathlib import Path

import pytest

from saywhy.decide.decision import Mismatch
from saywhy.decide.engine import Engine
from saywhy.rehearse.cases import MOST_QUESTIONS, Case, Result, load_cases, run_case, unreached
from saywhy.rehearse.cases_schema import MONDAY
from saywhy.rehearse.expectation import Difference
from tests.rehearse.conftest import GOOD, write_tests


def cases_in(folder: Path, engine: Engine, *tests: str) -> tuple[Case, ...]:
    entries = "".join(f"  - {{name: test {number}, {test}}}\n" for number, test in enumerate(tests))
    write_tests(folder, f"tests:\n{entries}")
    cases, problems = load_cases(folder, engine)
    assert problems == ()
    return cases


def run(folder: Path, engine: Engine, test: str) -> Result:
    return run_case(engine, cases_in(folder, engine, test)[0])


def test_a_case_knows_where_it_is_written(folder: Path, engine: Engine) -> None:
    file = write_tests(folder, GOOD)
    cases, _ = load_cases(folder, engine)
    assert [(one.name, one.file, one.line) for one in cases] == [("TikTok is closed", str(file), 3)]


def test_files_are_read_in_the_order_of_their_names(folder: Path, engine: Engine) -> None:
    for name in ("b.yaml", "a.yaml"):
        write_tests(folder, GOOD.replace("TikTok is closed", name), name=name)
    assert [one.name for one in load_cases(folder, engine)[0]] == ["a.yaml", "b.yaml"]


def test_a_folder_without_tests_is_no_problem(folder: Path, engine: Engine) -> None:
    assert load_cases(folder, engine) == ((), ())
    (folder / "tests").mkdir()
    (folder / "tests" / "README.md").write_text("none yet")
    assert load_cases(folder, engine) == ((), ())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("more.yml", b"", "more.yml:1:1: a file whose name does not end in .yaml is not read; rename it to more.yaml"),
        ("more.yaml", b"", "more.yaml:1:1: the file is empty; write a policy in it, or delete it"),
        ("more.yaml", b"\xff", "more.yaml:1:1: a byte that is not UTF-8; save the file as UTF-8"),
        ("more.yaml", b"tests: [", "more.yaml:1:8: a value is missing here; write one, or delete the mark that announces it"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_a_problem_and_the_others_are_read(
    folder: Path, engine: Engine, name: str, content: bytes, said: str
) -> None:
    write_tests(folder, GOOD)
    (folder / "tests" / name).write_bytes(content)
    cases, problems = load_cases(folder, engine)
    assert [str(one).removeprefix(f"{folder / 'tests'}/") for one in problems] == [said]
    assert len(cases) == 1


def test_a_file_in_place_of_the_folder_is_a_problem(folder: Path, engine: Engine) -> None:
    (folder / "tests").write_text("")
    assert [str(one) for one in load_cases(folder, engine)[1]] == [
        f"{folder / 'tests'}:1:1: this is a file; name the folder that holds it"
    ]


@pytest.mark.parametrize(
    ("who", "asked"),
    [
        ("who: year7", [(("year7",), None)]),
        ("who: [year7, staff]", [(("year7",), None), (("staff",), None)]),
        ("who: staff + year7", [(("staff", "year7"), None)]),
        ("who: 10.30.7.9", [(("year7",), "Library")]),
        ("who: 192.0.2.1", [((), None)]),
        ("where: Library", [(("year7",), "Library")]),
        ("where: [Library, Office]", [(("year7",), "Library"), (("staff",), "Office")]),
        ("who: staff, where: Library", [(("staff",), "Library")]),
    ],
)
def test_who_and_where(folder: Path, engine: Engine, who: str, asked: list[tuple[tuple[str, ...], str | None]]) -> None:
    (case,) = cases_in(folder, engine, f"{who}, open: x.example, expect: allow")
    assert [(one.subject.named_groups, one.subject.place) for one in case.accesses] == asked


@pytest.mark.parametrize(
    ("when", "moments"),
    [
        ("", [f"{MONDAY}T10:00:00+00:00"]),
        ("when: tuesday 9:15,", ["2026-01-06T09:15:00+00:00"]),
        ("when: sunday 23:59,", ["2026-01-11T23:59:00+00:00"]),
        ("when: 8:00,", [f"{MONDAY}T08:00:00+00:00"]),
        ("when: [mon 8:00, 2026-07-07T15:29],", [f"{MONDAY}T08:00:00+00:00", "2026-07-07T15:29:00+01:00"]),
    ],
)
def test_when_means_the_same_on_every_day(folder: Path, engine: Engine, when: str, moments: list[str]) -> None:
    (case,) = cases_in(folder, engine, f"who: staff, {when} open: x.example, expect: allow")
    assert [one.at.isoformat() for one in case.accesses] == moments


def test_lists_are_tried_in_every_combination_and_all_have_to_be_so(folder: Path, engine: Engine) -> None:
    test = "who: [year7, staff], when: [mon 10:00, sun 10:00], open: [games.example, bet.example], expect: block"
    result = run(folder, engine, test)
    assert len(result.answers) == 8
    failed = {(one.access.subject.named_groups[0], one.access.at.weekday()) for one in result.failures}
    assert failed == {("year7", 6), ("staff", 0), ("staff", 6)}
    assert not result.passed


def test_a_test_that_asks_too_much_is_a_problem(folder: Path, engine: Engine) -> None:
    many = ", ".join(["x.example"] * (MOST_QUESTIONS + 1))
    write_tests(folder, f"tests:\n  - {{name: much, who: staff, open: [{many}], expect: allow}}\n")
    _, problems = load_cases(folder, engine)
    assert [one.what for one in problems] == ["this test asks 2,001 questions, more than 2,000"]


@pytest.mark.parametrize(
    "test",
    [
        "who: year7, open: tiktok.com, expect: block",
        "who: staff, open: tiktok.com, expect: {effect: allow, rule: default, reason: default}",
        "who: staff, open: bet.example, expect: {rule: gambling, reason: locked, alternatives: []}",
        "who: staff, open: 'https://x.example:99/', expect: {effect: block, reason: port}",
        "who: year7, open: tiktok.com, expect: {alternatives: [BBC Bitesize]}",
        "where: Library, open: games.example, expect: {rule: library}",
    ],
)
def test_what_is_as_expected_passes(folder: Path, engine: Engine, test: str) -> None:
    assert run(folder, engine, test).passed


@pytest.mark.parametrize(
    ("test", "differences"),
    [
        ("who: staff, open: tiktok.com, expect: block", [Difference("effect", "block", "allow")]),
        ("who: year7, open: tiktok.com, expect: {rule: games}", [Difference("rule", "games", "tiktok")]),
        ("who: year7, open: 'http://10.0.0.1/', expect: {rule: games}", [Difference("rule", "games", "none (private-address)")]),
        ("who: year7, open: tiktok.com, expect: {reason: locked}", [Difference("reason", "locked", "rule")]),
        ("who: year7, open: tiktok.com, expect: {alternatives: []}", [Difference("alternatives", "none", "BBC Bitesize")]),
        ("who: staff, open: tiktok.com, expect: {alternatives: [BBC Bitesize]}", [Difference("alternatives", "BBC Bitesize", "none")]),
        (
            "who: year7, open: tiktok.com, expect: {alternatives: [BBC Bitesize, TikTok for schools]}",
            [Difference("alternatives", "TikTok for schools", "BBC Bitesize", "TikTok for schools is closed to this reader itself, by rule tiktok")],
        ),
    ],
)  # fmt: skip
def test_what_is_not_as_expected_says_what_is(
    folder: Path, engine: Engine, test: str, differences: list[Difference]
) -> None:
    (answer,) = run(folder, engine, test).failures
    assert list(answer.differences) == differences


@pytest.mark.parametrize(
    ("test", "why"),
    [
        ("who: staff, open: games.example, expect: {rule: games}", Mismatch.GROUP),
        ("who: year7, when: sun 10:00, open: games.example, expect: {rule: games}", Mismatch.TIME),
        ("where: Library, open: games.example, expect: {rule: games}", Mismatch.OVERRULED),
        ("who: year7, open: games.example, expect: {rule: library}", Mismatch.PLACE),
        ("who: year7, open: tiktok.com, expect: {rule: games}", Mismatch.TARGET),
    ],
)
def test_the_expected_rule_says_why_it_did_not_decide(folder: Path, engine: Engine, test: str, why: Mismatch) -> None:
    (answer,) = run(folder, engine, test).failures
    assert answer.instead_of is not None
    assert answer.instead_of.mismatch is why


def test_coverage_is_the_rules_that_decided_whatever_was_expected(folder: Path, engine: Engine) -> None:
    tests = (
        "who: year7, open: tiktok.com, expect: allow",
        "where: Library, open: games.example, expect: allow",
        "who: staff, open: bet.example, expect: block",
    )
    results = [run_case(engine, case) for case in cases_in(folder, engine, *tests)]
    assert [rule.id for rule in unreached(engine.policy, results)] == ["games", "default"]
    assert len(unreached(engine.policy, [])) == len(engine.policy.rules) + 1
