"""`saywhy check DIR`: every problem of a policy, each with its place."""

from pathlib import Path
from typing import Annotated

import typer


def check(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that holds the policy.")],
) -> None:
    """Check a policy: exit 0 if it can be used, 1 with every problem and its place if it cannot."""
    from addons.cli.problems import counted, shown
    from addons.policy.load import load_policy
    from addons.policy.problem import PolicyError

    try:
        policy = load_policy(directory)
    except PolicyError as error:
        for line in shown(error.problems):
            typer.echo(line)
        raise typer.Exit(1) from None
    names = sum(any(not one.source.shipped for one in found) for found in policy.catalogue.names.values())
    typer.echo(
        f"{directory}: {counted(())}; {len(policy.rules)} rules, {len(policy.groups)} groups, "
        f"{names} listed names; revision {policy.revision}"
    )
