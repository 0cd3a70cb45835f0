"""Tests of another school, as they stay behind when somebody writes a policy where an example was: one problem, not dozens."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Final

from saywhy.policy.codes import Code
from saywhy.policy.problem import Problem
from saywhy.policy.reading.yaml12 import Document

_FEWEST: Final = 3  # tests; what is wrong with fewer is told one by one
_MOST_SHOWN: Final = 4


def told_once(folder: str, documents: Sequence[Document], problems: Sequence[Problem]) -> list[Problem]:
    """The problems of a folder's tests, those of unknown names as one where two in three tests have such a name."""
    lines = {one.file: [node.line for node in one.node_at("tests").inner.values()] for one in documents}
    unknown = [one for one in problems if one.code is Code.UNKNOWN_NAME and one.file in lines]
    foreign = {(one.file, bisect_right(lines[one.file], one.line)) for one in unknown}
    tests = sum(map(len, lines.values()))
    if len(foreign) < _FEWEST or len(foreign) * 3 < tests * 2:
        return list(problems)
    names = Counter(one.what.removeprefix("unknown ") for one in unknown)
    shown = ", ".join(name for name, _ in names.most_common(_MOST_SHOWN)) + (", …" if len(names) > _MOST_SHOWN else "")
    what = f"{len(foreign)} of {tests} tests here are about what this policy does not have: {shown}"
    instead = "take out those that came with an example, or write the names of this policy in them"
    once = Problem(folder, 1, 1, what, instead, code=Code.FOREIGN_TESTS)
    return [once, *(one for one in problems if one not in unknown)]
