"""`saywhy account`: accounts of those who answer requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saywhy.cli.defaults import DEFAULTS

if TYPE_CHECKING:
    from saywhy.exceptions.store import Store

app = typer.Typer(help="Accounts of those who answer requests.", no_args_is_help=True, rich_markup_mode=None)

type Name = Annotated[str, typer.Argument(metavar="NAME", help="The name to sign in with.")]
type State = Annotated[Path, typer.Option(metavar="DIR", help="The state folder of `saywhy run`.")]


@app.command()
def add(
    name: Name,
    role: Annotated[list[str], typer.Option(metavar="ROLE", help="A role of the policy; may be given again.")],
    state: State = DEFAULTS.state,
    policies: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder that holds the policy, which names the roles.")
    ] = DEFAULTS.policies,
) -> None:
    """Make an account and print its password, this once."""
    _check_roles(role, policies)
    with _store(state) as store:
        _print_password(name, store.accounts.add_account(name, role))


@app.command()
def reset(name: Name, state: State = DEFAULTS.state) -> None:
    """Give an account a new password, print it, this once, and end its sessions."""
    with _store(state) as store:
        _print_password(name, store.accounts.reset_password(name))


def _print_password(name: str, password: str) -> None:
    typer.echo(f"The password of {name.strip().lower()}, shown this once: {password}")


def _check_roles(roles: list[str], policies: Path) -> None:
    from saywhy.cli.problems import shown
    from saywhy.policy.problem import PolicyError
    from saywhy.policy.reading.load import load_policy
    from saywhy.policy.suggest import did_you_mean

    try:
        known = load_policy(policies).roles
    except PolicyError as error:
        for line in shown(error.problems):
            typer.echo(line, err=True)
        raise typer.Exit(1) from None
    for role in roles:
        if role not in known:
            raise typer.BadParameter(f"there is no role {role!r}; {did_you_mean(role, known)}", param_hint="--role")


@contextmanager
def _store(state: Path) -> "Iterator[Store]":
    from saywhy.exceptions.accounts import AccountError
    from saywhy.exceptions.database import StoreUnavailable
    from saywhy.exceptions.store import Store

    if not state.is_dir():
        raise typer.BadParameter(f"there is no folder {state}; `saywhy run` makes it", param_hint="--state")
    store = Store(replace(DEFAULTS, state=state.absolute()).database)
    try:
        store.migrate()
        yield store
    except AccountError as error:
        raise typer.BadParameter(str(error), param_hint="NAME") from None
    except StoreUnavailable as error:
        typer.echo(f"saywhy: {error}", err=True)
        raise typer.Exit(1) from None
    finally:
        store.close()
