"""`saywhy test DIR`: the policy's own tests, tried on it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from addons.cli.defaults import DEFAULTS

if TYPE_CHECKING:
    from addons.policy.policy import Policy
    from addons.policy.problem import Problem
    from addons.rehearse.cases import Case


def try_cases(
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The folder that holds the policy; its tests are in DIR/tests.")
    ] = DEFAULTS.policies,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a report in the form of JUnit (XML) as well.")
    ] = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="Say which rules no test reaches.")] = False,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="Print text, or JSON for tools.")] = "text",
) -> None:
    """Try the policy's own tests: exit 0 if all pass, 1 if one fails or if there are problems or no tests."""
    from addons.cli import cases_as_data, cases_as_text
    from addons.rehearse.cases import run_case, unreached

    policy, cases, problems = _loaded(directory)
    results = [] if policy is None or problems else [run_case(policy, case) for case in cases]
    missed = unreached(policy, results) if policy is not None and coverage and not problems else ()
    if junit is not None:
        try:
            junit.write_bytes(cases_as_data.as_junit(results, problems))
        except OSError as error:
            said = error.strerror or str(error)
            raise typer.BadParameter(f"{junit} cannot be written: {said}", param_hint="--junit") from None
    if form == "json":
        typer.echo(cases_as_data.as_json(directory, policy, results, problems, missed if coverage else None))
    else:
        for line in cases_as_text.lines(directory, policy, results, problems, missed if coverage else None):
            typer.echo(line)
    if problems or not results or not all(one.passed for one in results):
        raise typer.Exit(1)


def _loaded(directory: Path) -> "tuple[Policy | None, tuple[Case, ...], tuple[Problem, ...]]":
    from addons.policy.load import load_policy
    from addons.policy.problem import PolicyError
    from addons.rehearse.cases import load_cases

    try:
        policy = load_policy(directory)
    except PolicyError as error:
        return None, (), error.problems
    return policy, *load_cases(directory, policy)
