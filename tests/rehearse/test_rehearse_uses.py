"""Rules for files and posting in the policy's own tests, in what a change says, in the log, and beside other rules."""

from dataclasses import replace
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.policy.criterion import Key
from saywhy.policy.reading.load import load_policy
from saywhy.policy.rule import Effect
from saywhy.policy.uses import NO_USES, uses_of
from saywhy.rehearse.cases import load_cases, run_case
from saywhy.rehearse.diff_rules import edits, said
from saywhy.rehearse.replay import read_line
from saywhy.rehearse.shadowing import Cover, Shadowing, Situation
from tests.decide.conftest import engine as engine_of
from tests.decide.conftest import policy, rule
from tests.rehearse.conftest import POLICY, write_tests

RULES = """
  - id: no-programs
    block: everything
    files: [programs]
    for: [students]
    why: Programs can harm a computer.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
  - id: read-only
    block: {domains: [forum.example]}
    posting: true
    why: It is for reading.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
rules:
"""


@pytest.fixture
def school(tmp_path: Path) -> Engine:
    (tmp_path / "school.yaml").write_text(POLICY.replace("rules:\n", f"rules:{RULES.removesuffix('rules:\n')}", 1))
    return Engine(load_policy(tmp_path))


@pytest.mark.parametrize(
    ("test", "passes"),
    [
        ("open: https://forum.example/, expect: allow", True),
        ("open: https://forum.example/, method: POST, expect: {effect: block, rule: read-only}", True),
        ("open: https://forum.example/, uploads: true, expect: block", True),
        ("open: https://a.example/x, file: setup.exe, expect: {effect: block, rule: no-programs}", True),
        ("open: https://a.example/x, type: application/x-msdownload, expect: block", True),
        ("open: https://a.example/setup.exe, expect: block", True),
        ("open: https://a.example/setup.exe, type: text/html, expect: allow", True),
        ("open: https://a.example/x, file: notes.pdf, expect: block", False),
    ],
)
def test_a_test_says_what_is_done(school: Engine, tmp_path: Path, test: str, passes: bool) -> None:
    write_tests(tmp_path, f"tests:\n  - {{name: one, who: year7, {test}}}\n")
    cases, problems = load_cases(tmp_path, school)
    assert problems == ()
    assert run_case(school, cases[0]).passed is passes


@pytest.mark.parametrize("wrong", ["method: P OST", "type: zip", "uploads: perhaps"])
def test_what_cannot_be_done_is_a_problem(school: Engine, tmp_path: Path, wrong: str) -> None:
    write_tests(tmp_path, f"tests:\n  - {{name: one, who: year7, open: a.example, {wrong}, expect: allow}}\n")
    cases, problems = load_cases(tmp_path, school)
    assert cases == ()
    assert len(problems) == 1


NO_PROGRAMS = replace(rule("p", everything=True, groups=frozenset({"year9"})), uses=uses_of(files=("programs",)))
READ_ONLY = replace(rule("r", domains=("a.example",)), uses=uses_of(posting=True))


def test_what_such_a_rule_says_in_words() -> None:
    assert said(NO_PROGRAMS) == "blocks files that are programs everywhere for year9"
    assert said(READ_ONLY) == "blocks posting at a.example"
    was, now = engine_of([READ_ONLY]), engine_of([replace(READ_ONLY, uses=NO_USES)])
    assert "`posting`" in next(iter(edits(was.policy, now.policy))).sentence


@pytest.mark.parametrize(
    ("first", "second", "covered"),
    [
        (NO_USES, uses_of(posting=True), True),
        (uses_of(posting=True), NO_USES, False),
        (uses_of(posting=True), uses_of(uploads=True), True),
        (uses_of(uploads=True), uses_of(posting=True), False),
        (uses_of(files=("programs", "video")), uses_of(files=("video",)), True),
        (uses_of(files=("video",)), uses_of(files=("programs", "video")), False),
    ],
)
def test_a_rule_for_some_uses_overrules_no_rule_for_others(
    first: frozenset[Key], second: frozenset[Key], covered: bool
) -> None:
    above = replace(rule("above", Effect.ALLOW, domains=("a.example",)), uses=first)
    below = replace(rule("below", domains=("a.example",)), uses=second)
    found = policy([above, below])
    rules = found.rules
    assert Shadowing(found).overruled(rules[1], Situation(), Cover()) is covered


LINE = (
    b'{"time":"2026-11-23T10:00:00.000Z","groups":[],"place":null,"device":null,"method":"METHOD","scheme":"https",'
    b'"host":"a.example","port":443,"path":"/x","effect":"block","reason":"rule","categories":[]MORE}'
)


@pytest.mark.parametrize(
    ("method", "more", "certain", "settled"),
    [
        (b"GET", b"", NO_USES, False),
        (b"POST", b"", uses_of(posting=True), False),
        (b"GET", b',"uses":["file:programs"]', uses_of(files=("programs",)), True),
        (b"GET", b',"uses":[7,"nonsense"]', NO_USES, False),
    ],
)
def test_the_log_tells_what_was_done(method: bytes, more: bytes, certain: frozenset[Key], settled: bool) -> None:
    logged = read_line(LINE.replace(b"METHOD", method).replace(b"MORE", more))
    assert logged is not None
    assert (logged.use.certain, logged.use.settled) == (certain, settled)
