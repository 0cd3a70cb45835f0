"""`saywhy test` for programs: JSON, and XML in the form that JUnit made usual."""

import json
import re
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from saywhy.cli.cases_as_text import address_of, answer_lines, who_in_words
from saywhy.cli.cases_report import Report
from saywhy.cli.inquiry import inquire
from saywhy.cli.words import step_in_words
from saywhy.rehearse.cases import DecidedAccess, Result
from saywhy.rehearse.expectation import Difference
from saywhy.serve.basis import Basis

_STYLE: Final = re.compile(r"\x1b\[[0-9;]*m")
# What XML 1.0 section 2.2 does not take, not even escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_json(report: Report) -> str:
    """The report as indented JSON; its keys are in docs/command-line.md."""
    directory, basis = report.directory, report.basis
    values: dict[str, Any] = {
        "passed": sum(one.passed for one in report.results),
        "failed": sum(not one.passed for one in report.results),
        "revision": None if basis is None else basis.engine.revision,
        "from": None if basis is None else basis.told,
        "problems": [
            {"file": one.file, "line": one.line, "column": one.column, "what": one.what, "instead": one.instead}
            for one in report.problems
        ],
        "tests": [_result(basis, one) for one in report.results if basis is not None],
    }
    if report.missed is not None:
        values["unreached"] = [
            {"rule": one.id, "file": str(directory / one.source.file), "line": one.source.line} for one in report.missed
        ]
    return json.dumps(values, indent=2, ensure_ascii=False)


def as_junit(report: Report) -> bytes:
    """The report as a `testsuites` document: a suite for each file; what could not be read is an error in one."""
    root = Element("testsuites", name="saywhy")
    timed = zip(report.results, report.seconds, strict=True)
    for file, grouped in groupby(timed, key=lambda one: one[0].case.file):
        of_file = list(grouped)
        failures = sum(not result.passed for result, _ in of_file)
        suite = _suite(root, file, len(of_file), failures=failures, seconds=sum(took for _, took in of_file))
        for result, took in of_file:
            case = _case(suite, result.case.name, file, result.case.line, took)
            if result.failures and report.basis is not None:
                first = "; ".join(_difference(one) for one in result.failures[0].differences)
                told = [line for one in result.failures for line in answer_lines(report.basis, one)]
                text = _STYLE.sub("", "\n".join(told))
                SubElement(case, "failure", message=_xml(first), type="expectation").text = _xml(text)
    for file, of_problems in groupby(report.problems, key=lambda one: one.file):
        found = list(of_problems)
        suite = _suite(root, file, len(found), errors=len(found))
        for one in found:
            case = _case(suite, f"line {one.line}, column {one.column}: {one.what}", file, one.line, 0)
            SubElement(case, "error", message=_xml(one.what), type="problem").text = _xml(str(one))
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", f"{sum(report.seconds):.3f}")
    indent(root)
    return bytes(tostring(root, "utf-8", xml_declaration=True)) + b"\n"


def _suite(root: Element, file: str, tests: int, *, failures: int = 0, errors: int = 0, seconds: float = 0) -> Element:
    counts = {"tests": str(tests), "failures": str(failures), "errors": str(errors), "skipped": "0"}
    return SubElement(root, "testsuite", {"name": _xml(file), **counts, "time": f"{seconds:.3f}"})


def _case(suite: Element, name: str, file: str, line: int, seconds: float) -> Element:
    values = {"name": _xml(name), "classname": _xml(Path(file).stem), "file": _xml(file), "line": str(line)}
    return SubElement(suite, "testcase", {**values, "time": f"{seconds:.3f}"})


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _difference(one: Difference) -> str:
    return f"{one.key}: expected {one.expected}, but it is {one.actual}" + (f" ({one.why})" if one.why else "")


def _result(basis: Basis, result: Result) -> dict[str, Any]:
    return {
        "name": result.case.name,
        "file": result.case.file,
        "line": result.case.line,
        "passed": result.passed,
        "questions": len(result.answers),
        "failures": [_answer(basis, one) for one in result.failures],
    }


def _answer(basis: Basis, answer: DecidedAccess) -> dict[str, Any]:
    inquiry = inquire(basis, answer.access)
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
