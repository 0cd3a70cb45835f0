"""`saywhy apps` and `saywhy categories`: what is known by name, the policy's own on top of Saywhy's catalogue."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saywhy.cli.basis import AsJson, Lists, Policies, State, basis_for, told

if TYPE_CHECKING:
    from saywhy.cli.catalogue_facts import Shelf

_ID = typer.Argument(metavar="ID", help="One of them, with all that is known. Left out: all of them, a line each.")
_BUILTIN = typer.Option("--shipped", help="Only what comes with Saywhy; no policy is read.")


def apps(
    identity: Annotated[str, _ID] = "",
    policies: Policies = None,
    builtin: Annotated[bool, _BUILTIN] = False,
    state: State = None,
    lists: Lists = None,
    as_json: AsJson = False,
) -> None:
    """Show the apps that rules can name: hosts, what to know, what people use them for."""
    _show("app", identity, _shelf(policies, state, lists, builtin=builtin), as_json=as_json)


def categories(
    identity: Annotated[str, _ID] = "",
    policies: Policies = None,
    builtin: Annotated[bool, _BUILTIN] = False,
    state: State = None,
    lists: Lists = None,
    as_json: AsJson = False,
) -> None:
    """Show the categories that rules can name: what belongs there, the risk, what people may want instead."""
    _show("category", identity, _shelf(policies, state, lists, builtin=builtin), as_json=as_json)


def _shelf(policies: Path | None, state: Path | None, lists: Path | None, *, builtin: bool) -> "Shelf":
    from saywhy.cli.catalogue_facts import Shelf
    from saywhy.policy.reading.builtin import builtin_catalogue

    if builtin:
        return Shelf(builtin_catalogue())
    basis = basis_for(policies, state, lists)
    return Shelf(basis.engine.policy.catalogue, basis)


def _show(kind: str, identity: str, shelf: "Shelf", *, as_json: bool) -> None:
    import json

    from saywhy.cli.catalogue_facts import facts, plural
    from saywhy.cli.catalogue_text import one_in_full, table
    from saywhy.policy.suggest import did_you_mean, quoted

    known = shelf.known(kind)
    if not identity:
        every = [facts(shelf, kind, one) for one in known]
        if as_json:
            typer.echo(json.dumps({plural(kind): every}, indent=2, ensure_ascii=False))
        else:
            for line in (*table(kind, every), *(told(shelf.basis) if shelf.basis else ())):
                typer.echo(line)
        return
    if identity not in known:
        message = f"unknown {kind} {quoted(identity)}; {did_you_mean(identity, known)}"
        raise typer.BadParameter(message, param_hint="ID")
    found = facts(shelf, kind, identity)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        for line in (*one_in_full(found), *(told(shelf.basis) if shelf.basis else ())):
            typer.echo(line)
