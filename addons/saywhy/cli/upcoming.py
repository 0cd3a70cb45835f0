"""`saywhy upcoming`: what begins, ends and falls due, by day."""

from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from saywhy.cli.basis import AsJson, Lists, Policies, State, basis_for, told
from saywhy.policy.period import day_in_words

if TYPE_CHECKING:
    from saywhy.lists.store import Manifest
    from saywhy.serve.basis import Basis


def upcoming(
    days: Annotated[
        int, typer.Option("--days", min=0, max=3_660, metavar="N", help="How many days to look ahead.")
    ] = 30,
    policies: Policies = None,
    state: State = None,
    lists: Lists = None,
    as_json: AsJson = False,
) -> None:
    """Show what begins, ends and falls due: rules, reviews, permits and lists, by day."""
    import json

    from saywhy.rehearse.upcoming import upcoming as look_ahead

    basis = basis_for(policies, state, lists)
    now = datetime.now(UTC)
    today = now.astimezone(basis.engine.policy.school.timezone).date()
    grants, note = basis.permits(now)
    found = look_ahead(basis.engine.policy, grants or (), _manifests(basis), now, days)
    if as_json:
        listed = [
            {
                "day": str(one.day),
                "at": None if one.at is None else f"{one.at:%H:%M}",
                "event": one.event,
                "about": one.about,
                "told": one.told,
                "overdue": one.day < today,
            }
            for one in found
        ]
        notes = [*basis.notes, *([note] if note else [])]
        typer.echo(json.dumps({"answered_from": basis.told, "notes": notes, "upcoming": listed}, indent=2))
        return
    for day, events in groupby(found, key=lambda one: one.day):
        typer.echo(typer.style(_named(day, today), bold=True))
        for one in events:
            typer.echo(f"  {'     ' if one.at is None else f'{one.at:%H:%M}'}  {one.told}")
    if not found:
        typer.echo(f"Nothing begins, ends or falls due within {days} days.")
    for line in told(basis):
        typer.echo(line)
    if note:
        typer.echo(f"Note: {note}.")


def _manifests(basis: "Basis") -> "tuple[Manifest, ...]":
    from saywhy.lists.store import ListError, ListStore

    if basis.lists is None or not basis.lists.is_dir():
        return ()
    try:
        store = ListStore(basis.lists)
        return tuple(store.manifest(name) for name in store.names())
    except (ListError, OSError) as error:
        typer.echo(f"saywhy: the lists were not looked at: {error}", err=True)
        return ()


def _named(day: date, today: date) -> str:
    said = day_in_words(day)
    if day == today:
        return f"Today, {said}"
    return f"{said}, overdue" if day < today else said
