"""The store of the state folder that a command answers from."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from saywhy.policy.visible import visible

if TYPE_CHECKING:
    from saywhy.exceptions.store import Store
    from saywhy.serve.basis import Basis


@contextmanager
def store_of(basis: "Basis") -> "Iterator[Store]":
    """The store beside a basis. Where there is none, or it cannot be used, the command ends with 1."""
    from saywhy.exceptions.database import StoreUnavailable
    from saywhy.exceptions.store import Store
    from saywhy.serve.database_url import database_in, has_store

    state = None if basis.state is None else basis.state.absolute()
    if state is None or not has_store(state):
        where = "there is no state folder" if basis.state is None else f"there are no requests in {basis.state}"
        typer.echo(f"saywhy: {visible(where)}; --state names the folder of `saywhy run`", err=True)
        raise typer.Exit(1)
    try:
        store = Store(lambda: database_in(state))
        try:
            yield store
        finally:
            store.close()
    except StoreUnavailable as error:
        typer.echo(f"saywhy: {visible(str(error))}", err=True)
        raise typer.Exit(1) from None
