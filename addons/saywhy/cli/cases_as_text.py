"""`saywhy test` for people: each file, each failure with what was expected and why it came out otherwise, the count."""

import shlex
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import typer

from saywhy.cli.basis import told
from saywhy.cli.cases_report import Report
from saywhy.cli.inquiry import Inquiry, inquire
from saywhy.cli.problems import shown
from saywhy.cli.words import step_in_words
from saywhy.decide.access import Access
from saywhy.decide.decision import Mismatch, Step
from saywhy.policy.rule import Rule
from saywhy.policy.visible import visible
from saywhy.rehearse.cases import FOLDER, DecidedAccess, Result
from saywhy.rehearse.cases_schema import MONDAY
from saywhy.serve.basis import Basis

_MOST_SHOWN: Final = 3  # failures of one test that are told in full
_MOST_NAMED: Final = 6


def lines(report: Report) -> Iterator[str]:
    """The lines to print. Styled; `typer.echo` plains them in a pipe."""
    directory, basis, results = report.directory, report.basis, report.results
    if report.problems or basis is None:
        yield from shown(report.problems)
        yield "No test was run."
        return
    if not results:
        yield f"There are no tests in {directory / FOLDER}. Write one, for example {directory / FOLDER}/school.yaml:"
        yield from ("", *(f"    {line}" for line in _EXAMPLE.splitlines()))
        return
    for result in results:
        if not result.passed:
            yield from _failure(basis, result)
    for file, of_file in groupby(results, key=lambda one: one.case.file):
        yield f"{file}: {_counted(list(of_file))}"
    if report.missed is not None:
        yield from _coverage(basis, report.missed)
    yield from told(basis)
    colour = typer.colors.GREEN if report.good else typer.colors.RED
    asked = sum(len(one.answers) for one in results)
    yield (
        typer.style(_counted(results), fg=colour, bold=True) + f" ({asked} questions; revision {basis.engine.revision})"
    )


_EXAMPLE: Final = """\
tests:
  - name: TikTok is closed in lessons
    who: year9
    when: monday 10:00
    open: https://www.tiktok.com/
    expect: block"""


def moment_in_words(access: Access) -> str:
    """The moment of a test: the day of the week alone where the test named no date."""
    in_any_week = 0 <= (access.at.date() - MONDAY).days < 7
    return f"{access.at:%A at %H:%M}" if in_any_week else f"{access.at:%A %d %B %Y at %H:%M}"


def who_in_words(access: Access) -> str:
    """Who asks in a test, in the words of the test."""
    subject = access.subject
    who = str(subject.device) if subject.device is not None else " + ".join(subject.named_groups) or "nobody"
    return who + (f" at {subject.place}" if subject.place else "")


def address_of(access: Access) -> str:
    """The address of a test, query included."""
    url = access.target.url
    assert url is not None  # tests ask for whole URLs
    return url.without_query + (f"?{url.query}" if url.query else "")


def _counted(results: Sequence[Result]) -> str:
    passed = sum(one.passed for one in results)
    failed = len(results) - passed
    return f"{passed} passed" if not failed else f"{failed} failed, {passed} passed"


def _failure(basis: Basis, result: Result) -> Iterator[str]:
    case, failures = result.case, result.failures
    yield typer.style("FAILED", fg=typer.colors.RED, bold=True) + f" {case.file}:{case.line}: {visible(case.name)}"
    for answer in failures[:_MOST_SHOWN]:
        yield from answer_lines(basis, answer)
    if len(failures) > _MOST_SHOWN:
        yield f"  and {len(failures) - _MOST_SHOWN} more of its {len(result.answers)} questions"
    yield ""


def answer_lines(basis: Basis, answer: DecidedAccess) -> Iterator[str]:
    """One question whose answer is not as expected: what is, and how it came about. Styled."""
    inquiry = inquire(basis, answer.access)
    yield f"  {address_of(answer.access)} for {who_in_words(answer.access)}, {moment_in_words(answer.access)}"
    for one in answer.differences:
        expected = typer.style(one.expected, fg=typer.colors.GREEN)
        actual = typer.style(one.actual, fg=typer.colors.RED)
        yield f"    {one.key}: expected {expected}, but it is {actual}" + (f" ({one.why})" if one.why else "")
    yield f"    decided by {_decided_by(inquiry)}"
    if answer.instead_of is not None:
        yield f"    {_expected_rule(inquiry, answer.instead_of)}"
    belongs = [f"{one.told} ({inquiry.place_of(one.source)})" for one in inquiry.decision.membership.because]
    yield f"    this address is: {', '.join(belongs) or 'nothing that the policy lists'}"
    if inquiry.trace:
        yield "    passed over before that:"
        yield from (f"      {line}" for line in _passed_over(inquiry))
    command = _command(basis.folder, answer.access)
    if command:
        yield f"    more: {command}"


def _decided_by(inquiry: Inquiry) -> str:
    rule = inquiry.decision.rule
    if rule is None:
        return f"`reach` [{inquiry.decision.reason}]"
    return f"{_named(inquiry, rule)} [{inquiry.decision.reason}]"


def _named(inquiry: Inquiry, rule: Rule) -> str:
    place = inquiry.place_of(rule.source)
    total = len(inquiry.engine.policy.rules)
    return f"the default ({place})" if rule.number == 0 else f"rule {rule.number} of {total}, {rule.id} ({place})"


def _expected_rule(inquiry: Inquiry, step: Step) -> str:
    decided = inquiry.decision.rule
    words = step_in_words(inquiry, step)
    if step.mismatch is Mismatch.OVERRULED and decided is not None:
        words = f"it matches too, but {_named(inquiry, decided)} " + _stronger_because(decided)
    return f"{_named(inquiry, step.rule)} did not decide: {words}"


def _stronger_because(decided: Rule) -> str:
    if decided.locked:
        return "is locked"
    return "is kept open" if decided.keep_open else "comes first"


def _passed_over(inquiry: Inquiry) -> Iterator[str]:
    """The rules before the one that decided; those in a row that are about other addresses share a line."""
    for other, grouped in groupby(inquiry.trace, key=lambda step: step.mismatch is Mismatch.TARGET):
        steps = list(grouped)
        if not other or len(steps) == 1:
            yield from (f"{one.rule.number}  {one.rule.id}: {step_in_words(inquiry, one)}" for one in steps)
            continue
        names = [one.rule.id for one in steps]
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        numbers = f"{steps[0].rule.number} to {steps[-1].rule.number}"
        yield f"{numbers}  about other addresses: {', '.join(names[:_MOST_NAMED])}{more}"


def _command(directory: Path, access: Access) -> str:
    """`saywhy explain` for the same question; empty where it cannot be asked there (a group at a place)."""
    subject = access.subject
    if subject.place is not None and subject.device is None:
        return ""
    who = ",".join(subject.named_groups) if subject.device is None else str(subject.device)
    at = f"{access.at:%Y-%m-%dT%H:%M}"
    return shlex.join(["saywhy", "explain", address_of(access), "--as", who, "--at", at, "--policies", str(directory)])


def _coverage(basis: Basis, missed: Sequence[Rule]) -> Iterator[str]:
    total = len(basis.engine.written.rules) + 1
    yield ""
    yield f"Coverage: {total - len(missed)} of {total} rules (the default is one) decide a test."
    for rule in missed:
        yield f"  not reached: {rule.id} ({basis.folder / rule.source.file}:{rule.source.line})"
    yield ""
