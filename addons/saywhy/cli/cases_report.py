"""What `saywhy test` found out, before it is printed in one form or another."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from saywhy.policy.problem import Problem
from saywhy.policy.rule import Rule
from saywhy.rehearse.cases import Result
from saywhy.serve.basis import Basis


@dataclass(frozen=True, slots=True)
class Report:
    """The tests of a folder, run; or the problems because of which none was.

    `seconds` are as many as `results`. `missed` are the rules that no test reaches, None where nobody asked. The basis has no permits: they are not policy.
    """

    directory: Path
    basis: Basis | None
    problems: Sequence[Problem] = ()
    results: Sequence[Result] = ()
    seconds: Sequence[float] = ()
    missed: Sequence[Rule] | None = None

    @property
    def good(self) -> bool:
        """Whether there are tests, and all of them pass."""
        return not self.problems and bool(self.results) and all(one.passed for one in self.results)
