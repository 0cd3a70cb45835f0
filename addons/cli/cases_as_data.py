"""`saywhy test` for programs: JSON, and XML in the form that JUnit made usual."""

import json
import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from addons.cli.cases_as_text import address_of, moment_in_words, who_in_words
from addons.cli.inquiry import inquire
from addons.cli.words import step_in_words
from addons.policy.policy import Policy
from addons.policy.problem import Problem
from addons.policy.rule import Rule
from addons.rehearse.cases import Answer, Difference, Result

# What XML 1.0 section 2.2 does not take, not even escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_json(
    directory: Path,
    policy: Policy | None,
    results: Sequence[Result],
    problems: Sequence[Problem],
    missed: Sequence[Rule] | None,
) -> str:
    """The report as indented JSON; its keys are in docs/command-line.md."""
    report: dict[str, Any] = {
        "passed": sum(one.passed for one in results),
        "failed": sum(not one.passed for one in results),
        "revision": None if policy is None else policy.revision,
        "problems": [
            {"file": one.file, "line": one.line, "column": one.column, "what": one.what, "instead": one.instead}
            for one in problems
        ],
        "tests": [_result(directory, policy, one) for one in results if policy is not None],
    }
    if missed is not None:
        report["unreached"] = [
            {"rule": one.id, "file": str(directory / one.source.file), "line": one.source.line} for one in missed
        ]
    return json.dumps(report, indent=2, ensure_ascii=False)


def as_junit(results: Sequence[Result], problems: Sequence[Problem]) -> bytes:
    """The report as a `testsuites` document: a suite for each file; what could not be read is an error in one."""
    root = Element("testsuites", name="saywhy")
    for file, grouped in groupby(results, key=lambda one: one.case.file):
        of_file = list(grouped)
        suite = _suite(root, file, len(of_file), failures=sum(not one.passed for one in of_file))
        for result in of_file:
            case = _case(suite, result.case.name, file, result.case.line)
            if not result.passed:
                told = [_in_words(one) for one in result.failures]
                first = "; ".join(_difference(one) for one in result.failures[0].differences)
                SubElement(case, "failure", message=_xml(first), type="expectation").text = _xml("\n".join(told))
    for file, of_problems in groupby(problems, key=lambda one: one.file):
        found = list(of_problems)
        suite = _suite(root, file, len(found), errors=len(found))
        for one in found:
            case = _case(suite, f"line {one.line}, column {one.column}", file, one.line)
            SubElement(case, "error", message=_xml(one.what), type="problem").text = _xml(str(one))
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    indent(root)
    return bytes(tostring(root, "utf-8", xml_declaration=True)) + b"\n"


def _suite(root: Element, file: str, tests: int, *, failures: int = 0, errors: int = 0) -> Element:
    counts = {"tests": str(tests), "failures": str(failures), "errors": str(errors), "skipped": "0"}
    return SubElement(root, "testsuite", {"name": _xml(file), **counts})


def _case(suite: Element, name: str, file: str, line: int) -> Element:
    return SubElement(
        suite, "testcase", {"name": _xml(name), "classname": _xml(Path(file).stem), "file": _xml(file), "line": str(line)}
    )  # fmt: skip


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _in_words(answer: Answer) -> str:
    asked = f"{address_of(answer.access)} for {who_in_words(answer.access)}, {moment_in_words(answer.access)}"
    rule = answer.decision.rule
    by = "reach" if rule is None else f"{rule.id} ({rule.source.file}:{rule.source.line})"
    return f"{asked}\n  {'; '.join(_difference(one) for one in answer.differences)}\n  decided by {by}"


def _difference(one: Difference) -> str:
    return f"{one.key}: expected {one.expected}, but it is {one.actual}" + (f" ({one.why})" if one.why else "")


def _result(directory: Path, policy: Policy, result: Result) -> dict[str, Any]:
    return {
        "name": result.case.name,
        "file": result.case.file,
        "line": result.case.line,
        "passed": result.passed,
        "questions": len(result.answers),
        "failures": [_answer(directory, policy, one) for one in result.failures],
    }


def _answer(directory: Path, policy: Policy, answer: Answer) -> dict[str, Any]:
    inquiry = inquire(directory, policy, answer.access)
    decision = answer.decision
    return {
        "url": address_of(answer.access),
        "who": who_in_words(answer.access),
        "groups": list(answer.access.subject.named_groups),
        "place": answer.access.subject.place,
        "at": answer.access.at.isoformat(timespec="seconds"),
        "effect": decision.effect.value,
        "reason": decision.reason.value,
        "rule": None if decision.rule is None else decision.rule.id,
        "differences": [
            {"key": one.key, "expected": one.expected, "actual": one.actual, "why": one.why}
            for one in answer.differences
        ],
        "trace": [
            {
                "rule": step.rule.id,
                "number": step.rule.number,
                "mismatch": step.mismatch.value,
                "because": step_in_words(inquiry, step),
            }
            for step in inquiry.trace
        ],
    }
