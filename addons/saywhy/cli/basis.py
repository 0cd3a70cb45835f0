"""The options by which commands find what they answer from, and how they say so."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saywhy.cli.defaults import DEFAULTS
from saywhy.policy.visible import visible

if TYPE_CHECKING:
    from saywhy.lists.index import ListIndex
    from saywhy.serve.basis import Basis
    from saywhy.serve.running import RunningFilter
    from saywhy.serve.settings import Settings

Policies = Annotated[
    Path | None,
    typer.Option(
        "--policies",
        metavar="DIR",
        help="A policy's folder. Left out: what is in force; where nothing is, the folder policies.",
        show_default=False,
    ),
]
State = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="DIR",
        help="The state folder of `saywhy run`. Left out: the running filter's; where none runs, state.",
        show_default=False,
    ),
]
Lists = Annotated[
    Path | None,
    typer.Option(
        "--lists", metavar="DIR", help="The folder of the lists. Left out: the state folder's.", show_default=False
    ),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON (its keys: docs/command-line.md).")]


def basis_for(policies: Path | None, state: Path | None, lists: Path | None) -> "Basis":
    """What a command with these options answers from. Problems are printed, and end it with 1."""
    from saywhy.cli.problems import told_problems
    from saywhy.serve.basis import in_force, of_folder

    settings, running = settings_for(state, lists)
    with told_problems(), _told_errors():
        found = in_force(settings, running=running) if policies is None else None
        return found or of_folder(policies or DEFAULTS.policies, settings, running=running)


def folder_basis(folder: Path, state: Path | None, lists: Path | None) -> "Basis":
    """A policy's folder with the lists of what is in force. Raises PolicyError."""
    from saywhy.serve.basis import of_folder

    settings, running = settings_for(state, lists)
    with _told_errors():
        return of_folder(folder, settings, running=running)


def lists_for(state: Path | None, lists: Path | None) -> "tuple[Path, ListIndex | None]":
    """The folder of the lists and what is published there. What cannot be read ends the command with 1."""
    from saywhy.serve.basis import open_lists

    settings, _ = settings_for(state, lists)
    with _told_errors():
        return settings.lists_folder, open_lists(settings.lists_folder)


@contextmanager
def _told_errors() -> Iterator[None]:
    from saywhy.serve.basis import BasisError

    try:
        yield
    except BasisError as error:
        typer.echo(f"saywhy: {visible(str(error))}", err=True)
        raise typer.Exit(1) from None


def settings_for(state: Path | None, lists: Path | None) -> "tuple[Settings, bool]":
    """Where to look, and whether a filter runs there."""
    from saywhy.serve.running import find_running, running_filter

    if state is not None and not state.is_dir():
        raise typer.BadParameter(f"there is no folder {state}; name the one of `saywhy run`", param_hint="--state")
    if lists is not None and not lists.is_dir():
        raise typer.BadParameter(f"there is no folder {lists}", param_hint="--lists")
    found = running_filter(DEFAULTS.state if state is None else state)
    if found is None and state is None:
        found = the_only_one(find_running())
    if found is None:
        return replace(DEFAULTS, state=state or DEFAULTS.state, lists=lists), False
    own = found.lists != found.state / "lists"
    return replace(DEFAULTS, state=found.state, lists=lists or (found.lists if own else None)), True


def the_only_one(running: "Sequence[RunningFilter]") -> "RunningFilter | None":
    """The filter that runs; None where none does. Raises BadParameter where several do."""
    if len(running) > 1:
        folders = ", ".join(str(one.state) for one in running)
        raise typer.BadParameter(f"{len(running)} filters run here; name one of {folders}", param_hint="--state")
    return next(iter(running), None)


def told(basis: "Basis") -> Iterator[str]:
    """What was answered from, and what was missing in it."""
    yield f"Answered from {visible(basis.told)}."
    yield from (f"Note: {visible(note)}." for note in basis.notes)
