"""Every check of a file that reads what was written, beside the schema."""

from collections.abc import Iterator

from saywhy.policy.problem import Problem
from saywhy.policy.reading.control_checks import control_problems
from saywhy.policy.reading.need_checks import need_problems
from saywhy.policy.reading.rule_checks import rule_problems
from saywhy.policy.reading.twice import said_twice
from saywhy.policy.reading.yaml12 import Document


def problems_of_wholes(document: Document) -> Iterator[Problem]:
    """What no single key can tell: of rules, of controls, of needs, of lists."""
    yield from rule_problems(document)
    yield from control_problems(document)
    yield from need_problems(document)
    yield from said_twice(document)
