"""Comments that silence a finding, each with its reason: `# saywhy: accept review-soon because we meet on Friday`.

Such a comment counts for its own line and, where it stands alone, for the line below. Only findings of lint can be
accepted. A comment that cannot be read, gives no reason, names no code or silences nothing is a finding itself.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import yaml

from saywhy.policy.codes import LINT, Code
from saywhy.policy.problem import Problem, Severity
from saywhy.policy.reading.written import Written
from saywhy.policy.suggest import did_you_mean, quoted

_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#\s*saywhy\s*:\s*(.*)$", re.IGNORECASE)
_ACCEPT: Final = re.compile(r"accept\s+([\w-]+(?:\s*,\s*[\w-]+)*)(?:\s*,)?(?:\s+because\b(.*)|\s*)", re.IGNORECASE)
_HOW: Final = "write # saywhy: accept CODE because, and then the reason"
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


@dataclass(slots=True)
class Accept:
    """A comment: its place, the lines that it counts for, its codes and those of them that were needed."""

    file: str
    line: int
    column: int
    lines: frozenset[int]
    codes: tuple[str, ...]
    used: set[str] = field(default_factory=set)

    def warning(self, code: Code, what: str, instead: str) -> Problem:
        """A finding about the comment itself."""
        return Problem(self.file, self.line, self.column, what, instead, Severity.WARNING, code)


def accepted(problems: Sequence[Problem], written: Written) -> Iterator[Problem]:
    """The findings that no comment silences, and those about the comments."""
    accepts: list[Accept] = []
    for name, text in written.texts.items():
        for one in _comments(written.shown[name], text, is_yaml=name in written.documents):
            if isinstance(one, Problem):
                yield one
            else:
                accepts.append(one)
    at: dict[tuple[str, int], list[Accept]] = {}
    for accept in accepts:
        for line in accept.lines:
            at.setdefault((accept.file, line), []).append(accept)
    for problem in problems:
        silencing = [one for one in at.get((problem.file, problem.line), ()) if problem.code in one.codes]
        for accept in silencing:
            accept.used.add(problem.code)
        if not silencing:
            yield problem
    for accept in accepts:
        yield from _unused(accept)


def _unused(accept: Accept) -> Iterator[Problem]:
    for code in accept.codes:
        if code not in accept.used:
            what = f"this accepts {quoted(code)}, and there is no such problem at this line or the line below"
            yield accept.warning(Code.ACCEPT_UNUSED, what, "take the comment out, or put it right above the problem")


def _comments(file: str, text: str, *, is_yaml: bool) -> Iterator[Accept | Problem]:
    lines = _LINE_END.split(text)
    comments = [(index, found) for index, line in enumerate(lines) if (found := _COMMENT.search(line))]
    texts = _scalars(text) if is_yaml and comments else []
    for index, found in comments:
        if any(start <= (index, found.start()) < end for start, end in texts):
            continue
        yield from _read(
            Accept(file, index + 1, found.start() + 1, _reached(lines, index, found.start()), ()), found[1]
        )


def _read(accept: Accept, said: str) -> Iterator[Accept | Problem]:
    form = _ACCEPT.fullmatch(said.strip())
    if form is None:
        what = f"{quoted(said.strip())} is no instruction to saywhy"
        yield accept.warning(Code.ACCEPT_UNREADABLE, what, _HOW)
        return
    names = list(dict.fromkeys(one.strip() for one in form[1].split(",")))
    for name in names:
        if name not in set(LINT):
            known = name in set(Code)
            what = f"the problem {quoted(name)} cannot be accepted" if known else f"unknown code {quoted(name)}"
            instead = "put right what it says" if known else did_you_mean(name, sorted(one.value for one in LINT))
            yield accept.warning(Code.ACCEPT_UNKNOWN_CODE, what, instead)
    if not any(one.isalnum() for one in form[2] or ""):
        yield accept.warning(Code.ACCEPT_WITHOUT_REASON, f"this accepts {quoted(form[1])} without a reason", _HOW)
        return
    accept.codes = tuple(name for name in names if name in set(LINT))
    yield accept


def _reached(lines: Sequence[str], index: int, start: int) -> frozenset[int]:
    """The numbers of the lines that a comment counts for: its own and, where it stands alone, up to the next text."""
    reached = {index + 1}
    if not lines[index][:start].strip():
        for following in range(index + 1, len(lines)):
            reached.add(following + 1)
            if not lines[following].lstrip().startswith("#"):
                break
    return frozenset(reached)


def _scalars(text: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where the texts of a YAML file begin and end, by line and column from 0: a # in them begins no comment."""
    return [
        ((token.start_mark.line, token.start_mark.column), (token.end_mark.line, token.end_mark.column))
        for token in yaml.scan(text, Loader=yaml.CSafeLoader)
        if isinstance(token, yaml.ScalarToken)
    ]
