"""The store of a state folder, for commands that look into it or change it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from saywhy.cli.defaults import DEFAULTS

if TYPE_CHECKING:
    from saywhy.exceptions.store import Store
    from saywhy.serve.trail_anchor import AnchorFile


def by_command() -> str:
    """Who does it, as the audit trail says: the user of this machine."""
    from saywhy.serve.authorship import this_user

    return f"{this_user()} (command line)"


def anchor_in(state: Path) -> "AnchorFile":
    """The anchor of the audit trail in a state folder. Raises SecretError."""
    from saywhy.serve.secret import TRAIL, derived, read_secret
    from saywhy.serve.trail_anchor import AnchorFile

    settings = replace(DEFAULTS, state=state.absolute())
    return AnchorFile(settings.trail_anchor, derived(read_secret(settings.secret), TRAIL))


@contextmanager
def store_in(state: Path) -> "Iterator[Store]":
    """The store, brought up to date. What is wrong with the folder or the store is told, and ends the command."""
    from saywhy.exceptions.database import StoreUnavailable
    from saywhy.exceptions.store import Store

    settings = replace(DEFAULTS, state=state.absolute())
    try:
        settings.secret.stat()
    except PermissionError:
        typer.echo(
            f"saywhy: {state} is not for you to look into; run this as the user of the filter, or as root", err=True
        )
        raise typer.Exit(1) from None
    except OSError:
        there = "is no state folder" if state.is_dir() else "is not there"
        said = f"{state} {there}; name that of the filter, or start the filter first: `saywhy run` makes one"
        raise typer.BadParameter(said, param_hint="--state") from None
    store = None
    try:
        store = Store(lambda: settings.database)
        store.migrate()
        yield store
    except StoreUnavailable as error:
        typer.echo(f"saywhy: {error}", err=True)
        raise typer.Exit(1) from None
    finally:
        if store is not None:
            store.close()


@contextmanager
def changed_store_in(state: Path) -> "Iterator[Store]":
    """The store, for a change: its audit trail's anchor moves on at the end."""
    from saywhy.serve.clock import wall_clock
    from saywhy.serve.secret import SecretError

    with store_in(state) as store:
        try:
            anchor = anchor_in(state)
        except SecretError as error:
            typer.echo(f"saywhy: {error}", err=True)
            raise typer.Exit(1) from None
        yield store
        anchor.move_on(store, wall_clock())
