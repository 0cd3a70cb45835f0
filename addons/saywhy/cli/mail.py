"""`saywhy mail`: whether people can be told, and replies that a mail server hands over."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from saywhy.cli.defaults import DEFAULTS
from saywhy.cli.store import changed_store_in

if TYPE_CHECKING:
    from saywhy.notify.settings import Telling

app = typer.Typer(help="Telling people by mail and webhooks.", no_args_is_help=True, rich_markup_mode=None)

# What mail servers understand of a program that they hand a message to (sysexits.h).
_NOT_TAKEN: Final = 69
_NOT_NOW: Final = 75

type State = Annotated[Path, typer.Option(metavar="DIR", help="The state folder of `saywhy run`.")]
type File = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The settings. Default: telling.yaml in the state folder.")
]


@app.command()
def check(
    state: State = DEFAULTS.state,
    telling: File = None,
    to: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Send a message there now, and say what the server answers.")
    ] = None,
) -> None:
    """Say what the settings say, and what is wrong with them."""
    from saywhy.notify.unsent import Unsent

    found = _read(state, telling)
    for line in _told(found):
        typer.echo(line)
    for role in _unknown_roles(found, state):
        typer.echo(f"saywhy: the policy in force has no role {role!r}, so nobody is told for it", err=True)
    if to is None:
        return
    if found.mail is None:
        raise typer.BadParameter("the settings name no mail server", param_hint="--to")
    try:
        _send_test(found, to)
    except Unsent as reason:
        typer.echo(f"saywhy: {reason}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{found.mail.host} took a message for {to}.")


@app.command()
def receive(
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="The address that the message came for.")],
    state: State = DEFAULTS.state,
    telling: File = None,
) -> None:
    """Take one reply from standard input, for a mail server that hands messages to programs.

    Ends with 0 where it was taken, 69 where it never will be, and 75 where it can be tried again.
    """
    try:
        _receive(to, state, telling)
    except typer.Exit as ended:
        raise typer.Exit(ended.exit_code if ended.exit_code in {0, _NOT_TAKEN} else _NOT_NOW) from None
    except typer.BadParameter as error:
        _exit(_NOT_NOW, error.message)


def _receive(to: str, state: Path, telling: Path | None) -> None:
    from saywhy.exceptions.outbox import TooManyReplies
    from saywhy.notify.replies import ReplyTaker
    from saywhy.notify.reply_address import BadReplyAddress
    from saywhy.notify.reply_text import LARGEST, NothingSaid
    from saywhy.serve.clock import wall_clock
    from saywhy.serve.secret import REPLIES, derived, read_secret

    found = _read(state, telling)
    content = sys.stdin.buffer.read(LARGEST + 1)
    if len(content) > LARGEST:
        _exit(_NOT_TAKEN, f"the message is larger than {LARGEST // 1024 // 1024} MB")
    with changed_store_in(state) as store:
        secret = read_secret(replace(DEFAULTS, state=state.absolute()).secret)
        try:
            outcome = ReplyTaker(store, found, derived(secret, REPLIES), wall_clock).take(to, content)
        except (BadReplyAddress, NothingSaid) as reason:
            _exit(_NOT_TAKEN, str(reason))
        except TooManyReplies as reason:
            _exit(_NOT_NOW, str(reason))
        typer.echo(f"This reply was {outcome.value}.")


def _exit(code: int, said: str) -> NoReturn:
    typer.echo(f"saywhy: {said}", err=True)
    raise typer.Exit(code)


def _read(state: Path, telling: Path | None) -> "Telling":
    from saywhy.cli.problems import told_problems
    from saywhy.notify.telling_file import FILE_NAME, read_telling

    with told_problems():
        return read_telling(state / FILE_NAME if telling is None else telling)


def _told(found: "Telling") -> list[str]:
    lines = [f"Links lead to {found.portal}."]
    if found.mail is None:
        lines.append("No mail is sent.")
    else:
        lines.append(f"Mail from {found.mail.sender} goes to {found.mail.host} port {found.mail.port} ({found.mail.security.value}).")  # fmt: skip
    for name, webhook in found.webhooks.items():
        lines.append(f"Webhook {name}: {webhook.shape.value}{', signed' if webhook.secret else ''}.")
    for role, box in found.roles.items():
        lines.append(f"Role {role}: {', '.join([*map(str, box.mail), *box.webhooks]) or 'nobody'}.")
    if found.replies is not None:
        at = found.replies.listening
        where = "by `saywhy mail receive`" if at is None else f"at {at.host} port {at.port}"
        lines.append(f"Replies to request+…@{found.replies.domain} are taken {where}.")
    minutes = int(found.every.total_seconds() // 60)
    lines.append(f"Those who decide get one message in {minutes} minutes at the most.")
    return lines


def _unknown_roles(found: "Telling", state: Path) -> list[str]:
    from saywhy.serve.first_start import policy_in_force
    from saywhy.serve.settings import revisions_in

    policy = policy_in_force(revisions_in(state.absolute()))
    return [] if policy is None else [role for role in found.roles if role not in policy.roles]


def _send_test(found: "Telling", to: str) -> None:
    import secrets

    from saywhy.exceptions.mail_address import MailAddress, MailAddressError
    from saywhy.notify.mail import Envelope, trial_mail
    from saywhy.notify.smtp_sending import send_mail
    from saywhy.serve.clock import wall_clock

    assert found.mail is not None
    try:
        address = MailAddress.parse(to)
    except MailAddressError as error:
        raise typer.BadParameter(str(error), param_hint="--to") from None
    envelope = Envelope(secrets.token_hex(12), found.mail.sender, "to try it", address, wall_clock())
    send_mail(found.mail, trial_mail(envelope))
