"""`saywhy status`: on one screen how the filter is now, what is wrong, and what to do about it."""

import os
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from saywhy.cli.basis import the_only_one
from saywhy.cli.defaults import DEFAULTS

if TYPE_CHECKING:
    from saywhy.serve.running import RunningFilter
    from saywhy.serve.status import Status

WELL: Final = 0
WRONG: Final = 1
UNKNOWN: Final = 3
_EVERY: Final = 2.0  # seconds
_HOME: Final = "\x1b[H"
_REST_OF_LINE: Final = "\x1b[K"
_REST_OF_SCREEN: Final = "\x1b[J"


def status(
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            readable=False,  # one that is not is told of
            help="The state folder of `saywhy run`. Left out: that of the filter that runs here.",
            show_default=False,
        ),
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Where the figures are, for whoever may not read the state folder.",
            show_default=False,
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look every 2 seconds, until Ctrl-C.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON (its keys: docs/command-line.md).")] = False,
) -> None:
    """Show on one screen how the filter is. Exit 0 all is well, 1 something is wrong, 3 it does not run or does not answer."""
    look = _looking(state, metrics)
    if not watch:
        found = look()
        typer.echo(_told(found, json=json, indent=2), color=_coloured())
        raise typer.Exit(exit_code(found))
    raise typer.Exit(watched(look, json=json, pause=time.sleep))


def exit_code(found: "Status") -> int:
    """How the command ends after this look."""
    if not found.known:
        return UNKNOWN
    return WRONG if found.wrong else WELL


def watched(look: "Callable[[], Status]", *, json: bool, pause: Callable[[float], object]) -> int:
    """Show look after look until somebody presses Ctrl-C; how the last one was, as an exit code."""
    code = UNKNOWN
    before: Status | None = None
    on_screen = sys.stdout.isatty() and os.environ.get("TERM") not in {None, "dumb"} and not json
    try:
        for number in count():
            found = replace(look(), before=before)
            before, code = replace(found, before=None), exit_code(found)
            text = _told(found, json=json)
            if on_screen:
                lines = "\n".join(f"{line}{_REST_OF_LINE}" for line in text.splitlines())  # none more: it would scroll
                typer.echo(f"{_HOME}{lines}{_REST_OF_SCREEN}", nl=False, color=_coloured())
            else:
                typer.echo(text if json or not number else f"\n{text}")
            pause(_EVERY)
    except KeyboardInterrupt:
        if on_screen:
            typer.echo()
    return code


def _told(found: "Status", *, json: bool, indent: int | None = None) -> str:
    from saywhy.cli.status_as_json import as_json
    from saywhy.cli.status_as_text import as_text

    return as_json(found, exit_code(found), indent) if json else "\n".join(as_text(found))


def _coloured() -> bool | None:
    from saywhy.cli.problems import coloured

    return coloured()


def _looking(state: Path | None, metrics: str | None) -> "Callable[[], Status]":
    """What looks once. Raises BadParameter for a folder or an address that is none, and where several filters run."""
    from saywhy.serve.settings import parse_endpoint
    from saywhy.serve.status import look

    if metrics is not None:
        try:
            metrics = str(parse_endpoint(metrics))
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--metrics") from None

    settings = replace(DEFAULTS, state=(state or DEFAULTS.state).absolute())

    def look_now() -> "Status":
        from saywhy.serve.running import running_filter

        nonlocal settings
        running = running_filter(settings.state)
        if running is None and state is None:
            running = _elsewhere(metrics)
        if running is not None:
            settings = replace(settings, state=running.state, lists=running.lists)
        address = metrics or (running.metrics if running is not None else "")
        return look(settings, running, address, datetime.now().astimezone())

    if state is not None and _is_missing(state):
        raise typer.BadParameter(f"there is no folder {state}; {_where_filters_run()}", param_hint="--state")
    return look_now


def _elsewhere(metrics: str | None) -> "RunningFilter | None":
    """The filter that runs with another state folder. Raises BadParameter where it could be one of several."""
    from saywhy.serve.running import find_running

    return the_only_one([one for one in find_running() if metrics is None or one.metrics == metrics])


def _is_missing(folder: Path) -> bool:
    """Whether there is no such folder; one behind another that is closed to this user may be there."""
    try:
        return not stat.S_ISDIR(folder.stat().st_mode)
    except PermissionError:
        return False
    except OSError:
        return True


def _where_filters_run() -> str:
    from saywhy.serve.running import find_running

    running = ", ".join(str(one.state) for one in find_running())
    return f"a filter runs with {running}" if running else "name the one of `saywhy run`"
