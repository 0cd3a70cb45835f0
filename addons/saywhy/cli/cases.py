"""`saywhy test DIR`: the policy's own tests, tried on it."""

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from saywhy.cli.basis import Lists, State, folder_basis
from saywhy.cli.defaults import DEFAULTS

if TYPE_CHECKING:
    from saywhy.cli.cases_report import Report


def try_cases(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder that holds the policy; its tests are in DIR/tests.")
    ] = DEFAULTS.policies,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a report in the form of JUnit (XML) as well.")
    ] = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="Say which rules no test reaches.")] = False,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="Print text, or JSON for tools.")] = "text",
    state: State = None,
    lists: Lists = None,
) -> None:
    """Try the policy's own tests: exit 0 if all pass, 1 if one fails or if there are problems or no tests."""
    from saywhy.cli import cases_as_data, cases_as_text

    report = _tried(directory, state, lists, coverage=coverage)
    if junit is not None:
        try:
            junit.write_bytes(cases_as_data.as_junit(report))
        except OSError as error:
            said = error.strerror or str(error)
            raise typer.BadParameter(f"{junit} cannot be written: {said}", param_hint="--junit") from None
    for line in [cases_as_data.as_json(report)] if form == "json" else cases_as_text.lines(report):
        typer.echo(line)
    if not report.good:
        raise typer.Exit(1)


def _tried(directory: Path, state: Path | None, lists: Path | None, *, coverage: bool) -> "Report":
    from saywhy.cli.cases_report import Report
    from saywhy.policy.problem import PolicyError
    from saywhy.rehearse.cases import FOLDER, load_cases, run_case, unreached

    if directory.name == FOLDER and not (directory / FOLDER).is_dir() and any(directory.parent.glob("*.yaml")):
        said = f"{directory} holds the tests; name the folder of the policy, {directory.parent}"
        raise typer.BadParameter(said, param_hint="DIR")
    try:
        basis = replace(folder_basis(directory, state, lists), state=None)
    except PolicyError as error:
        return Report(directory, None, error.problems)
    cases, problems = load_cases(directory, basis.engine)
    if problems:
        return Report(directory, basis, problems)
    results, seconds = [], []
    for case in cases:
        started = time.perf_counter()
        results.append(run_case(basis.engine, case))
        seconds.append(time.perf_counter() - started)
    missed = unreached(basis.engine.written, results) if coverage else None
    return Report(directory, basis, (), results, seconds, missed)
