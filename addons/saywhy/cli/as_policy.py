"""`saywhy permits as-policy R-1042`: a permit written as a rule, as a patch for a technician to commit."""

import re
from datetime import UTC, datetime
from typing import Annotated

import typer

from saywhy.cli.basis import AsJson, Lists, Policies, State, basis_for, told
from saywhy.policy.visible import visible

app = typer.Typer(help="What permits amount to.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _permits() -> None:
    pass


@app.command("as-policy")
def as_policy(  # its options
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The number of a request, like R-1042.")],
    group: Annotated[
        str, typer.Option(metavar="ID", help="Whom the rule is for, where the permit is for one device.")
    ] = "",
    patch: Annotated[bool, typer.Option("--patch", help="Print the patch alone, for git apply.")] = False,
    policies: Policies = None,
    state: State = None,
    lists: Lists = None,
    as_json: AsJson = False,
) -> None:
    """Write a permit as a rule of the policy: a patch, and what it changes. Nothing is written to the policy's files."""
    import json

    from saywhy.cli.stored import store_of
    from saywhy.policy.reading.files import Folder
    from saywhy.rehearse.as_policy import CannotBePolicyError
    from saywhy.rehearse.as_policy import as_policy as write
    from saywhy.serve.portal_outside import told_of

    found = re.fullmatch(r"[Rr]-?(\d{4,9})", number.strip())
    if found is None or int(found[1]) <= 1000:
        raise typer.BadParameter(f"{number!r} is no number of a request; one looks like R-1042", param_hint="NUMBER")
    basis = basis_for(policies, state, lists)
    with store_of(basis) as store:
        dossier = store.dossier(int(found[1]) - 1000)
    if dossier is None:
        raise typer.BadParameter(f"there is no request {number}", param_hint="NUMBER")
    try:
        written = write(Folder(basis.folder), basis.engine, dossier, datetime.now(UTC), group)
    except CannotBePolicyError as error:
        typer.echo(f"saywhy: {visible(str(error))}", err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "answered_from": basis.told,
                    "notes": list(basis.notes),
                    "rule": written.rule.id,
                    "above": written.above or None,
                    "file": written.edit.name,
                    "lines": list(written.item),
                    "opens": [{"what": what, "hours": hours} for what, hours in written.opens],
                    "stays": list(written.stays),
                    "patch": written.edit.patch,
                },
                indent=2,
            )
        )
    elif patch:
        typer.echo(written.edit.patch, nl=False)
    else:
        for line in (*told_of(written), "", written.edit.patch, *told(basis)):
            typer.echo(line)
