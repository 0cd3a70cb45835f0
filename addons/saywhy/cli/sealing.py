"""`saywhy lists seal` and `unseal`: lists that nobody may read or open."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saywhy.cli.defaults import DEFAULTS

if TYPE_CHECKING:
    from saywhy.lists.sealed_store import SealedStore

_MOST_SHOWN = 10

type Name = Annotated[str, typer.Argument(metavar="NAME", help="What to call the list.")]
type Folder = Annotated[
    Path | None, typer.Option("--lists", metavar="DIR", help="The folder of the lists. Default: in the state folder.")
]
type State = Annotated[Path, typer.Option(metavar="DIR", help="The state folder of `saywhy run`, which has the key.")]


def seal(
    name: Name,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The list, one entry a line.")
    ],
    kind: Annotated[str, typer.Option(metavar="KIND", help="urls, or sha256 of canonical URLs.")],
    anew: Annotated[
        bool, typer.Option("--anew", help="Begin anew with this list alone, where those before were meddled with.")
    ] = False,
    lists: Folder = None,
    state: State = DEFAULTS.state,
) -> None:
    """Put a list under seal: no rule, grant or role opens what it holds, and nobody can read it back."""
    from saywhy.lists.sealed_folder import SealError

    try:
        lines = file.read_text("utf-8-sig").splitlines()
        entries, bad = _store(lists, state).seal(name, kind, lines, anew=anew)
    except UnicodeDecodeError:
        raise typer.BadParameter("it is not written in UTF-8", param_hint="FILE") from None
    except (SealError, OSError) as error:
        typer.echo(f"saywhy: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{name}: {entries} entries are under seal. Delete {file} now: it is the only readable copy here.")
    if bad:
        shown = ", ".join(map(str, bad[:_MOST_SHOWN])) + (" …" if len(bad) > _MOST_SHOWN else "")
        typer.echo(f"saywhy: {len(bad)} lines are no such entries and were left out: {shown}", err=True)
        raise typer.Exit(1)


def unseal(name: Name, lists: Folder = None, state: State = DEFAULTS.state) -> None:
    """Take a sealed list away for good."""
    from saywhy.lists.sealed_folder import SealError

    try:
        _store(lists, state).unseal(name)
    except SealError as error:
        typer.echo(f"saywhy: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{name} is taken away.")


def _store(lists: Path | None, state: Path) -> "SealedStore":
    from saywhy.atomic_files import make_folder
    from saywhy.lists.sealed_store import SealedStore
    from saywhy.serve.secret import SEALED_LISTS, SecretError, derived, ensure_secret

    try:
        make_folder(state)
        secret = ensure_secret(state / "secret.key")
    except SecretError as error:
        typer.echo(f"saywhy: {error}", err=True)
        raise typer.Exit(1) from None
    settings = replace(DEFAULTS, state=state, lists=lists)
    return SealedStore(settings.lists_folder, derived(secret, SEALED_LISTS), settings.sealed_copy)
