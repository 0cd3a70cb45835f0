"""The store of the state folder that a command answers from."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
    from saywhy.serve.settings import database_in

    url = "" if basis.state is None else database_in(basis.state.absolute())
    if not url or not Path(url.removeprefix("sqlite:///")).is_file():
        where = "there is no state folder" if basis.state is None else f"there are no requests in {basis.state}"
        typer.echo(f"saywhy: {visible(where)}; --state names the folder of `saywhy run`", err=True)
        raise typer.Exit(1)
    try:
        store = Store(url)
        try:
            yield store
        finally:
            store.close()
    except StoreUnavailable as error:
        typer.echo(f"saywhy: {visible(str(error))}", err=True)
        raise typer.Exit(1) from None
