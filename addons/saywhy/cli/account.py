"""`saywhy account`: accounts of those who answer requests."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saywhy.cli.defaults import DEFAULTS
from saywhy.cli.store import by_command, changed_store_in

if TYPE_CHECKING:
    from saywhy.exceptions.store import Store

app = typer.Typer(help="Accounts of those who answer requests.", no_args_is_help=True, rich_markup_mode=None)

type Name = Annotated[str, typer.Argument(metavar="NAME", help="The name to sign in with.")]
type State = Annotated[Path, typer.Option(metavar="DIR", help="The state folder of `saywhy run`.")]
# typer does not look into a `type`
Roles = Annotated[
    list[str], typer.Option("--role", metavar="ROLE", help="A role of the policy in force; may be given again.")
]
Policies = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="A policy's folder whose roles count, instead of those of the policy in force."),
]


@app.command()
def add(name: Name, role: Roles, state: State = DEFAULTS.state, policies: Policies = None) -> None:
    """Make an account and print its password, this once."""
    with _store(state) as store:
        _check_roles(role, state, policies)
        _print_password(name, store.accounts.add_account(name, role, by_command()))


@app.command("list")
def list_accounts(state: State = DEFAULTS.state) -> None:
    """List the accounts, each with its roles."""
    with _store(state) as store:
        accounts = store.accounts.every_account()
        if not accounts:
            typer.echo("There are no accounts; `saywhy run` makes one for each role, or: saywhy account add")
        width = max((len(one.name) for one in accounts), default=0)
        for one in accounts:
            typer.echo(f"{one.name:<{width}}  {', '.join(sorted(one.roles)) or 'no role'}")


@app.command()
def roles(name: Name, role: Roles, state: State = DEFAULTS.state, policies: Policies = None) -> None:
    """Give an account these roles and no others. They count at once, also where somebody is signed in."""
    with _store(state) as store:
        _check_roles(role, state, policies)
        store.accounts.change_roles(name, role, by_command())
        typer.echo(f"{_plain(name)} has these roles now: {', '.join(sorted(set(role)))}")


@app.command()
def mail(
    name: Name,
    address: Annotated[
        str | None, typer.Argument(metavar="[ADDRESS]", help="Where it is told what waits for it; left out: nowhere.")
    ] = None,
    state: State = DEFAULTS.state,
) -> None:
    """Give an account a mail address, or take it away. `saywhy mail check` says whether mail is set up."""
    from saywhy.exceptions.mail_address import MailAddress, MailAddressError

    try:
        known = None if address is None else MailAddress.parse(address)
    except MailAddressError as error:
        raise typer.BadParameter(str(error), param_hint="ADDRESS") from None
    with _store(state) as store:
        store.accounts.change_mail(name, known, by_command())
        typer.echo(
            f"{_plain(name)} is told nothing by mail now." if known is None else f"{_plain(name)} is told at {known}."
        )


@app.command()
def remove(name: Name, state: State = DEFAULTS.state) -> None:
    """Take an account away and end its sessions. What it answered stays, with its name."""
    with _store(state) as store:
        store.accounts.remove_account(name, by_command())
        typer.echo(f"{_plain(name)} is taken away and signed out everywhere.")
        if not store.accounts.every_account():
            typer.echo("No account is left; the next start of `saywhy run` makes one for each role.")


@app.command()
def reset(name: Name, state: State = DEFAULTS.state) -> None:
    """Give an account a new password, print it, this once, and end its sessions."""
    with _store(state) as store:
        _print_password(name, store.accounts.reset_password(name, by_command()))


@app.command()
def password(name: Name, state: State = DEFAULTS.state) -> None:
    """Choose a password of one's own. Asks for the old one; whoever has lost it needs `reset`."""
    from saywhy.exceptions.accounts import PasswordError

    if not on_a_terminal():
        typer.echo(
            "saywhy: passwords are asked for on a terminal, and this is none; use the portal, or `reset`", err=True
        )
        raise typer.Exit(2)
    with _store(state) as store:
        old = typer.prompt("Password now", hide_input=True)
        new = typer.prompt(
            "New password (15 characters or more)", hide_input=True, confirmation_prompt="New password, again"
        )
        try:
            changed = store.accounts.change_password(name, old, new)
        except PasswordError as error:
            raise typer.BadParameter(f"{error}; nothing is changed", param_hint="New password") from None
        if not changed:
            typer.echo("saywhy: the password is not right; nothing is changed", err=True)
            raise typer.Exit(1)
        typer.echo(f"The password of {_plain(name)} is changed; it is signed out everywhere.")


def on_a_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty()


def _plain(name: str) -> str:
    return name.strip().lower()


def _print_password(name: str, password: str) -> None:
    typer.echo(f"The password of {_plain(name)}, shown this once: {password}")


def _check_roles(roles: list[str], state: Path, policies: Path | None) -> None:
    """Refuse a role that the policy does not have. Where there is no policy to ask, that is told."""
    from saywhy.policy.suggest import did_you_mean, listed

    known = _roles_in_force(state) if policies is None else _roles_of(policies)
    if known is None:
        named = listed(sorted(set(roles)))
        typer.echo(f"No policy is in force in {state} yet, so nobody has checked that it has: {named}", err=True)
        return
    for role in roles:
        if role not in known:
            meant = did_you_mean(role, known)
            there_are = f"The roles are: {listed(known)}" if known else "The policy names no roles"
            said = f"{meant} {there_are}" if meant.startswith("did") else there_are
            raise typer.BadParameter(f"there is no role {role!r}; {said[:1].lower()}{said[1:]}", param_hint="--role")


def _roles_of(policies: Path) -> list[str]:
    from saywhy.cli.problems import told_problems
    from saywhy.policy.reading.load import load_policy

    with told_problems():
        return list(load_policy(policies).roles)


def _roles_in_force(state: Path) -> list[str] | None:
    """The roles of the policy that is in force in this state folder, None where there is none that can be read."""
    from saywhy.serve.first_start import policy_in_force
    from saywhy.serve.settings import revisions_in

    policy = policy_in_force(revisions_in(state.absolute()))
    return None if policy is None else list(policy.roles)


@contextmanager
def _store(state: Path) -> "Iterator[Store]":
    from saywhy.exceptions.accounts import AccountError

    try:
        with changed_store_in(state) as store:
            yield store
    except AccountError as error:
        raise typer.BadParameter(str(error), param_hint="NAME") from None
