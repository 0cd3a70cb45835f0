"""The policy's own tests: read from `tests/*.yaml`, tried with the function that decides, and what came out instead."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from saywhy.decide.access import Access, Subject, Target, subject_at, subject_in
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Mismatch, Step
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.decide.matching import facts_of, mismatch
from saywhy.decide.opened import opened_as
from saywhy.policy import obligations
from saywhy.policy.codes import Code
from saywhy.policy.obligations.accounts import OBLIGATION as ACCOUNTS_KIND
from saywhy.policy.policy import Policy
from saywhy.policy.problem import Problem
from saywhy.policy.reading.copies import without_copies
from saywhy.policy.reading.files import Folder, UnreadableError
from saywhy.policy.reading.rule_checks import rule_problems
from saywhy.policy.reading.validation_errors import problems_of
from saywhy.policy.reading.yaml12 import Document, read_yaml
from saywhy.policy.rule import Rule
from saywhy.policy.suggest import quoted
from saywhy.rehearse.cases_schema import DEFAULT_WHEN, CasePart, CasesFile, CasesReading, moment_in_a_test
from saywhy.rehearse.expectation import Difference, Expectation, differences
from saywhy.rehearse.foreign_tests import told_once

FOLDER: Final = "tests"
MOST_QUESTIONS: Final = 2_000  # of one test: lists multiply


@dataclass(frozen=True, slots=True)
class Case:
    """One test: where it is written, who opens what and when, and what should come out of each combination."""

    name: str
    file: str  # as the user named the folder
    line: int
    subjects: tuple[Subject, ...]
    moments: tuple[datetime, ...]
    targets: tuple[Target, ...]
    expect: Expectation

    @property
    def accesses(self) -> tuple[Access, ...]:
        """Every access that it tries. Made when asked for: a file of tests can stand for very many."""
        return tuple(Access(*one) for one in product(self.subjects, self.targets, self.moments))


@dataclass(frozen=True, slots=True)
class DecidedAccess:
    """One access of a test, decided. `instead_of` is the expected rule, and why it did not decide."""

    access: Access
    decision: Decision
    differences: tuple[Difference, ...] = ()
    instead_of: Step | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A test that was run."""

    case: Case
    answers: tuple[DecidedAccess, ...]

    @property
    def failures(self) -> tuple[DecidedAccess, ...]:
        """The answers that are not as expected."""
        return tuple(one for one in self.answers if one.differences)

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""
        return not self.failures


def load_cases(directory: Path, engine: Engine) -> tuple[tuple[Case, ...], tuple[Problem, ...]]:
    """Read `tests/*.yaml` of a policy's folder: the tests, in order, and every problem with its place.

    A folder without tests is no problem. A test with a problem is left out; never raises.
    """
    if not (directory / FOLDER).exists():
        return (), ()
    folder = Folder(directory / FOLDER)
    names, wrong = folder.yaml_names()
    # The last problem of a folder without YAML says that a policy is missing; tests may.
    problems = [one for one in wrong if names or not (directory / FOLDER).is_dir() or one.file != folder.shown()]
    cases: list[Case] = []
    read: dict[str, Document] = {}
    for name in names:
        try:
            read[name] = read_yaml(folder.read(name), folder.shown(name))
        except UnreadableError as error:
            problems.append(folder.problem(name, error.what, error.instead))
    kept, copies = without_copies(read)
    problems.extend(copies)
    for document in kept.values():
        problems.extend(document.problems)
    documents = [document for document in kept.values() if document.root is not None]
    for document in documents:
        cases.extend(_cases(document, engine, problems))
    problems.extend(_same_name(documents))
    return tuple(cases), tuple(sorted(set(told_once(folder.shown(), documents, problems))))


def run_case(engine: Engine, case: Case) -> Result:
    """Decide every access of a test and hold it against what is expected. No grants: they are not policy."""
    return Result(case, tuple(_answered(engine, case.expect, access) for access in case.accesses))


def unreached(policy: Policy, results: Iterable[Result]) -> tuple[Rule, ...]:
    """The rules, the default last, that decided no access of any test."""
    reached = {answer.decision.rule.id for one in results for answer in one.answers if answer.decision.rule is not None}
    return tuple(rule for rule in (*policy.rules, policy.default) if rule.id not in reached)


def names_in(engine: Engine) -> Mapping[str, tuple[str, ...]]:
    """The names that tests may use, by their kind."""
    purposes = engine.policy.catalogue.purposes.values()
    return {
        "group": tuple(engine.policy.groups),
        "place": tuple(dict.fromkeys(place.name for place in engine.policy.places)),
        "rule": (*(rule.id for rule in engine.policy.rules), engine.policy.default.id),
        "service": tuple(one.app for one in engine.policy.catalogue.controls if one.obligation == ACCOUNTS_KIND.key),
        "alternative": tuple(dict.fromkeys(place.name for purpose in purposes for place in purpose.alternatives)),
    }


def _cases(document: Document, engine: Engine, problems: list[Problem]) -> Iterator[Case]:
    assert document.root is not None
    problems.extend(rule_problems(document))  # of a file of tests: keys with nothing behind them
    reading = CasesReading(names_in(engine), all_known=True, zone=engine.policy.school.timezone)
    try:
        file = CasesFile.model_validate(document.root.value, context=reading)
    except ValidationError as error:
        problems.extend(problems_of(document, error, reading))
        return
    for index, part in enumerate(file.tests):
        subjects = tuple(_subjects(part, engine))
        moments = tuple(part.when or [moment_in_a_test(DEFAULT_WHEN, engine.policy.school.timezone)])
        questions = len(subjects) * len(moments) * len(part.open)
        if questions > MOST_QUESTIONS:
            what = f"this test asks {questions:,} questions, more than {MOST_QUESTIONS:,}"
            problems.append(document.problem(("tests", index), what, "make several tests of it", code=Code.TOO_LARGE))
            continue
        line, _ = document.place(("tests", index))
        targets = tuple(
            opened_as(one, method=part.method, uploads=part.uploads, file=part.file, kind=part.type)
            for one in part.open
        )
        yield Case(part.name, document.file, line, subjects, moments, targets, _expectation(part))


def _expectation(part: CasePart) -> Expectation:
    expect = part.expect
    alternatives = None if expect.alternatives is None else tuple(expect.alternatives)
    carried = None
    if expect.obligations is not None:
        written = expect.obligations.model_dump(exclude_unset=True)
        carried = {key: obligations.kinds()[key].read(getattr(expect.obligations, key)) for key in written}
    return Expectation(expect.effect, expect.rule, expect.reason, alternatives, carried, expect.connection)


def _subjects(part: CasePart, engine: Engine) -> Iterator[Subject]:
    places: Sequence[str | None] = part.where or [None]
    for where in places:
        at_place = dict.fromkeys(place.groups for place in engine.policy.places if place.name == where)
        for who in part.who or at_place:
            yield subject_in(engine.policy, who, place=where) if isinstance(who, tuple) else subject_at(engine, who)


def _same_name(documents: Sequence[Document]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for document in documents:
        for index in document.node_at("tests").inner:
            name, loc = document.node_at("tests", index, "name").value, ("tests", index, "name")
            if not isinstance(name, str):
                continue
            place = f"{document.file}:{document.place(loc)[0]}"
            if first.setdefault(name.strip(), place) != place:
                what = f"a second test {quoted(name)}; the first is at {first[name.strip()]}"
                yield document.problem(loc, what, "give each its own name", code=Code.DUPLICATE_NAME)


def _answered(engine: Engine, expect: Expectation, access: Access) -> DecidedAccess:
    decision = decide(engine, NO_GRANTS, access)
    found = tuple(differences(engine, expect, access, decision))
    named = None if expect.rule is None else engine.rule_by_id.get(expect.rule)
    other = named is not None and named is not decision.rule
    return DecidedAccess(access, decision, found, _step(engine, access, decision, named) if other and named else None)


def _step(engine: Engine, access: Access, decision: Decision, rule: Rule) -> Step:
    """Why the rule that was expected did not decide."""
    facts = facts_of(engine, access, unseen=decision.unseen)
    return Step(rule, mismatch(engine, rule, access, facts) or Mismatch.OVERRULED)
