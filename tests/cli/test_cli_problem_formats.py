import json

from saywhy.cli.problem_formats import as_github, as_json
from saywhy.policy.problem import Problem, Severity
from saywhy.rehearse.check import Checked

ODD = Problem("a,b:c.yaml", 3, 7, "100 % of\nthis", "write that", Severity.WARNING, "review-soon")


def test_github_is_given_nothing_that_it_would_read_as_its_own() -> None:
    (line,) = as_github([ODD])
    assert line == ("::warning file=a%2Cb%3Ac.yaml,line=3,col=7,title=review-soon::100 %25 of%0Athis; write that")
    assert next(as_github([Problem("f", 1, 1, "what")])) == "::error file=f,line=1,col=1,title=::what"


def test_json_counts_errors_and_warnings_apart() -> None:
    told = json.loads(as_json(Checked(None, (ODD, Problem("f", 1, 1, "ä", code="bad-name")))))
    assert (told["errors"], told["warnings"], told["usable"]) == (1, 1, False)
    assert told["problems"][1] == {
        "file": "f", "line": 1, "column": 1, "severity": "error", "code": "bad-name", "what": "ä", "instead": "",
    }  # fmt: skip
