"""Problems for programs: JSON, and the workflow commands that GitHub shows beside the lines of a change."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from saywhy.policy.problem import Problem, Severity

if TYPE_CHECKING:
    from saywhy.rehearse.check import Checked
    from saywhy.rehearse.few_names import FewNames

_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def as_json(checked: "Checked", few: "Sequence[FewNames]" = ()) -> str:
    """The result of a check as docs/command-line.md describes it."""
    return json.dumps(
        {
            "usable": checked.policy is not None,
            "revision": None if checked.policy is None else checked.policy.revision,
            "errors": checked.errors,
            "warnings": checked.warnings,
            "problems": [
                {
                    "file": one.file,
                    "line": one.line,
                    "column": one.column,
                    "severity": one.severity.value,
                    "code": one.code,
                    "what": one.what,
                    "instead": one.instead,
                }
                for one in checked.problems
            ],
            "few_names": [asdict(one) for one in few],
        },
        ensure_ascii=False,
        indent=2,
    )


def as_github(problems: Iterable[Problem]) -> Iterator[str]:
    """One workflow command for each problem: `::error file=…,line=…,col=…,title=CODE::what; instead`."""
    for one in problems:
        said = f"{one.what}; {one.instead}" if one.instead else one.what
        place = f"file={_property(one.file)},line={one.line},col={one.column},title={_property(one.code)}"
        yield f"::{_COMMANDS[one.severity]} {place}::{_data(said)}"


def _data(text: str) -> str:
    # as actions/toolkit escapes them (packages/core/src/command.ts)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
