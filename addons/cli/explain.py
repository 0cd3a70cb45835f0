"""`saywhy explain URL --as GROUP`: what would be decided, and why. No proxy is needed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from addons.cli.defaults import DEFAULTS

if TYPE_CHECKING:
    from addons.decide.access import Target


def explain(
    url: Annotated[str, typer.Argument(metavar="URL", help="The address, or a host alone for its first page.")],
    asker: Annotated[
        str,
        typer.Option(
            "--as", metavar="GROUP", help="Who asks: GROUP, GROUP,GROUP (the most telling first), or an IP address."
        ),
    ],
    at: Annotated[
        str,
        typer.Option(
            metavar="TIME", help="When: 10:00, 'monday 10:00', 2026-11-23T10:00 (the school's time). Default: now."
        ),
    ] = "",
    policies: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder that holds the policy.")
    ] = DEFAULTS.policies,
    lists: Annotated[Path, typer.Option(metavar="DIR", help="The folder of the lists.")] = DEFAULTS.lists_folder,
    host_only: Annotated[
        bool, typer.Option("--host-only", help="Decide on the name alone, as before encryption.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (its keys: docs/command-line.md).")] = False,
) -> None:
    """Explain a decision: exit 0 whatever it is, 1 if the policy has problems."""
    from addons.cli.asker import parse_asker
    from addons.cli.inquiry import inquire
    from addons.cli.listed import with_lists
    from addons.cli.moment import parse_moment
    from addons.cli.problems import shown
    from addons.decide.access import Access
    from addons.policy.address import AddressError
    from addons.policy.load import load_policy
    from addons.policy.problem import PolicyError

    try:
        target = parse_target(url, host_only=host_only)
    except AddressError as error:
        raise typer.BadParameter(str(error), param_hint="URL") from None
    try:
        policy = load_policy(policies)
    except PolicyError as error:
        for line in shown(error.problems):
            typer.echo(line, err=True)
        raise typer.Exit(1) from None
    now = datetime.now(UTC)
    try:
        subject = parse_asker(asker, policy)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--as") from None
    try:
        moment = parse_moment(at, now, policy.school.timezone) if at else now.astimezone(policy.school.timezone)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--at") from None
    inquiry = inquire(policies, with_lists(policy, lists), Access(subject, target, moment))
    if as_json:
        from addons.cli.as_json import as_json_text

        typer.echo(as_json_text(inquiry))
    else:
        from addons.cli.as_text import lines

        for line in lines(inquiry):
            typer.echo(line)


def parse_target(text: str, *, host_only: bool) -> "Target":
    """The target of a URL, or of a host alone. Raises AddressError."""
    from addons.decide.access import Target, target_of_host, target_of_url

    plain = text.strip()
    if plain.count(":") > 1 and not plain.startswith("[") and "/" not in plain:
        return target_of_host(plain) if host_only else target_of_url(f"https://[{plain}]/")
    target = target_of_url(plain)
    return Target(target.host, target.port) if host_only else target
