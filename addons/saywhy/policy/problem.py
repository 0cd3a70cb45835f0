"""A mistake in the policy: where it is, what is wrong and what to write instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps a policy from being used; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. Line and column count from 1; a file that cannot be read has line 1, column 1."""

    file: str
    line: int
    column: int
    what: str
    instead: str = ""
    severity: Severity = Severity.ERROR
    code: str = ""  # a short stable name of the kind of mistake, like "unknown-name"

    def __str__(self) -> str:
        remedy = f"; {self.instead}" if self.instead else ""
        return f"{self.file}:{self.line}:{self.column}: {self.what}{remedy}"


class PolicyError(Exception):
    """A policy that cannot be used, with every problem found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
