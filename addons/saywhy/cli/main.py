"""The command line put together, and what happens to an error that nobody expected."""

import sys
import traceback
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Final

import typer

from saywhy.cli.account import app as account
from saywhy.cli.as_policy import app as permits
from saywhy.cli.audit import app as audit
from saywhy.cli.cases import try_cases
from saywhy.cli.catalogue import apps, categories
from saywhy.cli.check import check
from saywhy.cli.diff import diff
from saywhy.cli.explain import explain
from saywhy.cli.gallery import gallery
from saywhy.cli.handshakes import handshakes
from saywhy.cli.init import init
from saywhy.cli.lists import app as lists
from saywhy.cli.log import log
from saywhy.cli.lookup import lookup
from saywhy.cli.mail import app as mail
from saywhy.cli.output import OutputEnded, guard_output, let_go_of_output
from saywhy.cli.overblocking import overblocking
from saywhy.cli.page import page
from saywhy.cli.review import review
from saywhy.cli.revisions import accept, history, rollback
from saywhy.cli.run import run as serve
from saywhy.cli.schema import schema
from saywhy.cli.selfcheck import selfcheck
from saywhy.cli.status import status
from saywhy.cli.upcoming import upcoming

FAULT: Final = 3

app = typer.Typer(
    name="saywhy",
    help="A web filter for schools that never just says no.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(init)
app.command()(check)
app.command()(explain)
app.command()(apps)
app.command()(categories)
app.command()(page)
app.command()(gallery)
app.command("test")(try_cases)
app.command()(diff)
app.command("run")(serve)
app.command()(status)
app.command()(schema)
app.command()(overblocking)
app.command()(upcoming)
app.command()(review)
app.command()(handshakes)
app.command()(log)
app.command()(selfcheck)
app.command()(history)
app.command()(rollback)
app.command()(accept)
app.command()(lookup)
app.add_typer(account, name="account")
app.add_typer(mail, name="mail")
app.add_typer(audit, name="audit")
app.add_typer(lists, name="lists")
app.add_typer(permits, name="permits")


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    try:
        typer.echo(f"saywhy {version('saywhy')}")
    except PackageNotFoundError:
        typer.echo("saywhy, not installed: running from its source")
    raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an unexpected error comes from.")] = False,
) -> None:
    pass


def run() -> None:
    """Run the command line: what the script `saywhy` calls."""
    guard_output()
    try:
        try:
            app()
        except Exception as error:  # noqa: BLE001 — the last place where it can be told in a line
            if "--debug" in sys.argv[1:]:
                traceback.print_exc()
            said = " ".join(str(error).split()) or "no further words"
            unexpected = f"unexpected error: {type(error).__name__}: {said} (saywhy --debug … shows where)"
            typer.echo(f"saywhy: {unexpected}", err=True)
            sys.exit(FAULT)
        finally:
            sys.stdout.flush()
    except OutputEnded as ended:
        let_go_of_output()
        if ended.said:
            typer.echo(f"saywhy: {ended.said}", err=True)
        sys.exit(ended.code)
