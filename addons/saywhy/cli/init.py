"""`saywhy init DIR`: a first policy for a kind of school, to be made one's own."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from saywhy.rehearse.starting import Kind

_KINDS = "primary, secondary or all-through"


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder to make; one that is there has to be empty.")
    ],
    kind: Annotated[
        str, typer.Option(metavar="KIND", help=f"The kind of school: {_KINDS}. Asked for on a terminal.")
    ] = "",
) -> None:
    """Write a first policy that works, with tests, and say what to change in it. Nothing is overwritten."""
    from saywhy.rehearse.starting import StarterError, starter, to_change, write_starter

    files = starter(_kind(kind), datetime.now(UTC).astimezone().date())
    try:
        write_starter(files, directory)
    except StarterError as error:
        typer.echo(f"saywhy: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{directory} holds a first policy: {', '.join(files)}.")
    typer.echo("\nIt works as it is. These are examples; before real use, change:")
    for one in to_change(files):
        typer.echo(f"  {directory / one.file}:{one.line}: {one.what}")
    named = quote(str(directory))
    typer.echo("\nThen, and after each change:")
    typer.echo(f"  saywhy check {named}")
    typer.echo(f"  saywhy test {named}")
    typer.echo("and, to start the filter:")
    typer.echo(f"  saywhy run --policies {named}")


def _kind(written: str) -> "Kind":
    if written:
        try:
            return _read(written)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--kind") from None
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"say what kind of school it is: {_KINDS}", param_hint="--kind")
    while True:
        try:
            return _read(typer.prompt(f"What kind of school? ({_KINDS})"))
        except ValueError as error:
            typer.echo(str(error))


def _read(text: str) -> "Kind":
    """The kind that is meant. Raises ValueError with what may be written."""
    from saywhy.policy.suggest import did_you_mean
    from saywhy.rehearse.starting import Kind

    plain = text.strip().lower().replace("_", "-").replace(" ", "-")
    try:
        return Kind(plain)
    except ValueError:
        raise ValueError(f"{text!r} is no kind of school; {did_you_mean(plain, map(str, Kind))}") from None
