"""`saywhy history`, `saywhy rollback`, `saywhy accept`: what was in force, and what shall be."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from saywhy.cli.defaults import DEFAULTS
from saywhy.policy.visible import visible

if TYPE_CHECKING:
    from saywhy.serve.revisions import Revisions

_WAIT = 5.0  # seconds; a change is in force within them
_POLL = 0.1

type State = Annotated[Path, typer.Option(metavar="DIR", help="The state folder of `saywhy run`.")]


def history(
    state: State = DEFAULTS.state,
    most: Annotated[int, typer.Option("--last", min=1, metavar="N", help="How many changes to show.")] = 30,
) -> None:
    """List what was in force, the newest first: when, which revision, who changed it, and what."""
    with _revisions(state) as revisions:
        entries = revisions.history()
        current = revisions.current()
        kept = set(revisions.kept_revisions())
        if not entries:
            typer.echo("No policy was in force yet.")
        in_force = current.revision if current else ""
        for entry in entries[:most]:
            marks = []
            if entry.revision == in_force:
                marks.append("in force by a rollback" if current and current.pinned else "in force")
                in_force = ""  # only the newest line of it
            if entry.revision not in kept:
                marks.append("its files are not kept any more")
            mark = typer.style(f" [{', '.join(marks)}]", bold=True) if marks else ""
            typer.echo(f"{_when(entry.at)}  {entry.revision}  {visible(entry.who)}{mark}")
            typer.echo(f"    {visible(entry.what)}")
        if len(entries) > most:
            typer.echo(f"and {len(entries) - most} earlier (--last shows more)")
        _tell_standing(revisions)


def rollback(
    revision: Annotated[
        str | None,
        typer.Argument(metavar="[REVISION]", help="The revision to return to, or its beginning; else the one before."),
    ] = None,
    state: State = DEFAULTS.state,
    release: Annotated[
        bool, typer.Option("--release", help="End a rollback: follow the policy's files again.")
    ] = False,
) -> None:
    """Return to an earlier policy, on a running filter within 5 seconds. The policy's files are not touched."""
    from saywhy.serve.authorship import this_user
    from saywhy.serve.rollback import end_rollback, roll_back

    if release and revision is not None:
        raise typer.BadParameter("give a revision or --release, not both", param_hint="--release")
    now = datetime.now(UTC)
    with _revisions(state) as revisions:
        if release:
            left = end_rollback(revisions, this_user(), now)
            typer.echo("The rollback is ended; the policy's files are followed again.")
            _wait(state, revisions, lambda revision: revision != left.revision)
            return
        done = roll_back(revisions, revision, this_user(), now)
        typer.echo(f"Revision {done.revision} is put into force again, instead of {done.left}.")
        typer.echo(f"Against {done.left}: {visible(done.what)}.")
        if _is_running(state):
            typer.echo("The filter is running: every part of it follows within 5 seconds.")
        else:
            typer.echo("The filter is not running: it begins with this revision.")
        folder = revisions.folder_state.folder or "the policy's folder"
        stored = revisions.folder(done.revision)
        typer.echo(
            f"\nThe files in {visible(folder)} are left as they are. They are not taken until one of them changes."
        )
        typer.echo("To mend them, see what differs, change what is wrong and save; a good change is taken by itself:")
        typer.echo(f"  diff -r {quote(str(stored))} {quote(folder)}")
        typer.echo("To take them as they are after all:")
        typer.echo(f"  saywhy rollback --release --state {quote(str(state))}")


def accept(state: State = DEFAULTS.state) -> None:
    """Confirm a change that was refused because much of the policy is gone with it. Only exactly that change is taken."""
    from saywhy.serve.rollback import confirm

    with _revisions(state) as revisions:
        folder_state = confirm(revisions)
        typer.echo("Confirmed:")
        for problem in folder_state.problems:
            typer.echo(f"  {visible(problem.file)}: {visible(problem.what)}")
        if folder_state.what:
            typer.echo(f"The whole change: {visible(folder_state.what)}.")
        _wait(state, revisions, lambda revision: revision == folder_state.content)


def _is_running(state: Path) -> bool:
    from saywhy.serve.running import running_filter

    return running_filter(state) is not None


def _wait(state: Path, revisions: "Revisions", is_wanted: Callable[[str], bool]) -> None:
    if not _is_running(state):
        typer.echo("The filter is not running: the files are read when it starts.")
        return
    deadline = time.monotonic() + _WAIT
    while True:
        current = revisions.current()
        if (current is not None and is_wanted(current.revision)) or time.monotonic() > deadline:
            break
        time.sleep(_POLL)
    typer.echo(f"Revision {current.revision if current else 'none'} is in force now.")
    _tell_standing(revisions)


def _tell_standing(revisions: "Revisions") -> None:
    folder_state = revisions.folder_state
    current = revisions.current()
    if folder_state.since is not None:
        typer.echo(f"\nThe files in {visible(folder_state.folder)} have problems since {_when(folder_state.since)}:")
        for problem in folder_state.problems:
            typer.echo(f"  {visible(str(problem))}")
        typer.echo("What is in force stays until they are mended.")
    if current is not None and current.pinned:
        typer.echo("\nA rollback is in force. The policy's files are taken again when one of them changes,")
        typer.echo("or after: saywhy rollback --release")


def _when(moment: datetime) -> str:
    """In the time zone of this machine, like "Mon 23 Nov 2026 14:05:09"."""
    local = moment.astimezone()
    return f"{local:%a} {local.day:>2} {local:%b %Y %H:%M:%S}"


@contextmanager
def _revisions(state: Path) -> "Iterator[Revisions]":
    from saywhy.serve.revisions import RevisionError, Revisions
    from saywhy.serve.settings import revisions_in

    root = revisions_in(state.absolute())
    try:
        if not root.is_dir():
            said = f"there is no policy in {state} yet; `saywhy run` keeps it there"
            raise typer.BadParameter(said, param_hint="--state")
        yield Revisions(root)
    except RevisionError as error:
        typer.echo(f"saywhy: {error}", err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"saywhy: {root}: {error.strerror or error}; run this as the user of the filter", err=True)
        raise typer.Exit(1) from None
