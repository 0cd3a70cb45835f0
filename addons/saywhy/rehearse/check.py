"""A folder checked: what makes it unusable, or else the policy and what is unwise in it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from saywhy.decide.engine import Engine
from saywhy.lists.index import ListIndex
from saywhy.policy.policy import Policy
from saywhy.policy.problem import PolicyError, Problem, Severity
from saywhy.policy.reading.load import load_policy
from saywhy.policy.reading.written import read_written
from saywhy.rehearse.cases import load_cases
from saywhy.rehearse.lint import lint


@dataclass(frozen=True, slots=True)
class Checked:
    """The policy, None where it cannot be used, and every problem in the order of files, lines and columns."""

    policy: Policy | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> int:
        """How many problems are errors."""
        return sum(one.severity is Severity.ERROR for one in self.problems)

    @property
    def warnings(self) -> int:
        """How many problems are warnings."""
        return len(self.problems) - self.errors


def check_policy(directory: Path, now: datetime, lists: ListIndex | None = None) -> Checked:
    """Check a folder as of a moment (aware), with the lists beside it. Never raises for what stands in its files."""
    try:
        policy = load_policy(directory)
    except PolicyError as error:
        return Checked(None, error.problems)
    engine = Engine(policy, lists)
    _, in_tests = load_cases(directory, engine)
    return Checked(policy, (*in_tests, *lint(engine, read_written(directory), now)))
