"""Problems of a policy on a screen: where, what, what to do instead, and the line with a mark under the place."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import typer

from saywhy.policy.problem import PolicyError, Problem, Severity
from saywhy.policy.visible import visible

_WIDEST: Final = 100  # characters of a source line that are shown
_COLOURS: Final = {Severity.ERROR: typer.colors.RED, Severity.WARNING: typer.colors.YELLOW}


def shown(problems: Sequence[Problem]) -> Iterator[str]:
    """The lines to print for these problems, with a count at the end. Styled; `typer.echo` plains them in a pipe."""
    for problem in problems:
        colour = _COLOURS[problem.severity]
        place = typer.style(f"{visible(problem.file)}:{problem.line}:{problem.column}:", bold=True)
        warning = typer.style("warning: ", fg=colour) if problem.severity is Severity.WARNING else ""
        remedy = f"; {visible(problem.instead)}" if problem.instead else ""
        code = "  " + typer.style(f"[{problem.code}]", dim=True) if problem.code else ""
        yield f"{place} {warning}{visible(problem.what)}{remedy}{code}"
        found = line_of(problem)
        if found is not None:
            text, column = found
            yield f"    {text}"
            yield "    " + " " * column + typer.style("^", fg=colour, bold=True)
    yield counted(problems)


@contextmanager
def told_problems() -> Iterator[None]:
    """Problems of a policy are printed on standard error, and end the command with 1."""
    try:
        yield
    except PolicyError as error:
        for line in shown(error.problems):
            typer.echo(line, err=True)
        raise typer.Exit(1) from None


def coloured() -> bool | None:
    """Whether to colour: never where NO_COLOR is set (no-color.org); None leaves it to whether this is a terminal."""
    return False if os.environ.get("NO_COLOR") else None


def counted(problems: Sequence[Problem]) -> str:
    """How many there are, in words."""
    warnings = sum(problem.severity is Severity.WARNING for problem in problems)
    parts = [
        f"{count} {word}" if count == 1 else f"{count} {word}s"
        for count, word in ((len(problems) - warnings, "problem"), (warnings, "warning"))
        if count
    ]
    return ", ".join(parts) or "no problems"


def line_of(problem: Problem) -> tuple[str, int] | None:
    """The source line of a problem, cut around its place, and how far in (from 0) the mark goes."""
    try:
        content = Path(problem.file).read_bytes()
    except (OSError, ValueError):
        return None
    lines = re.split(r"\r\n|\r|\n", content.decode("utf-8-sig", "replace"))
    if not 0 < problem.line <= len(lines):
        return None
    line = visible(lines[problem.line - 1])
    if not line.strip():
        return None
    column = min(max(problem.column - 1, 0), len(line))
    start = max(0, column - _WIDEST // 2) if len(line) > _WIDEST else 0
    end = start + _WIDEST
    before, after = "…" if start else "", "…" if end < len(line) else ""
    return before + line[start:end] + after, len(before) + column - start
