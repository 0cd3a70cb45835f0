import pytest

from saywhy.policy.codes import Code
from saywhy.policy.problem import Problem, Severity
from saywhy.policy.reading.written import Written
from saywhy.policy.reading.yaml12 import read_yaml
from saywhy.rehearse.accepts import accepted

GOOD = "# saywhy: accept review-soon because we meet on Friday"


def said(text: str, *lines: int, code: Code = Code.REVIEW_SOON) -> list[str]:
    """What is left of findings at these lines, and what is said of the comments: line and code."""
    written = Written({"f.yaml": read_yaml(text.encode(), "f.yaml")}, {"f.yaml": text}, {"f.yaml": "f.yaml"})
    findings = [Problem("f.yaml", line, 1, "what", "", Severity.WARNING, code) for line in lines]
    return sorted(f"{one.line} {one.code}" for one in accepted(findings, written))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"a: 1\nb: 2 {GOOD}\n", []),
        (f"{GOOD}\nb: 2\n", []),
        (f"{GOOD}\n# and more\nb: 2\n", []),
        (f"a: 1 {GOOD}\nb: 2\n", ["1 accept-unused", "2 review-soon"]),
        (f"a: 1\nb: 2\n{GOOD}\n", ["2 review-soon", "3 accept-unused"]),
        ("a: 1\nb: 2 #SAYWHY:ACCEPT review-soon BECAUSE it is so\n", []),
        ("a: 1\nb: 2 # saywhy: accept review-past, review-soon because so\n", ["2 accept-unused"]),
        ("a: 1\nb: 2 # saywhy: accept review-soon because\n", ["2 accept-without-reason", "2 review-soon"]),
        ("a: 1\nb: 2 # saywhy: accept review-soon because ...\n", ["2 accept-without-reason", "2 review-soon"]),
        ("a: 1\nb: 2 # saywhy: accept review-soon, we know\n", ["2 accept-unreadable", "2 review-soon"]),
        ("a: 1\nb: 2 # saywhy: accept\n", ["2 accept-unreadable", "2 review-soon"]),
        ("a: 1\nb: 2 # saywhy: accept everything because so\n", ["2 accept-unknown-code", "2 review-soon"]),
        ("a: 1\nb: 2 # saywhy: accept bad-date because so\n", ["2 accept-unknown-code", "2 review-soon"]),
        (f"a: 1\nb: 'x {GOOD}'\n", ["2 review-soon"]),
        (f"a: |\n  {GOOD}\nb: 2\n", ["2 review-soon"]),
        ("a: 1\nb: x#saywhy:accept review-soon because so\n", ["2 review-soon"]),
    ],
)
def test_a_comment_counts_for_its_line_or_the_one_below(text: str, left: list[str]) -> None:
    assert said(text, 2) == left


def test_comments_may_stand_above_one_another() -> None:
    text = f"{GOOD}\n# saywhy: accept no-alternative because none is known\nb: 2\n"
    assert said(text, 3) == ["2 accept-unused"]


def test_other_comments_are_not_read() -> None:
    assert said("# Saywhy is our filter\n# saywhys: accept\na: 1 # see saywhy: no\n") == []
