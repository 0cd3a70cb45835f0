"""`saywhy log`: what was decided, by host, rule, group, device, reference and time; live; and decided again."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from saywhy.cli.basis import State

if TYPE_CHECKING:
    from saywhy.cli.logged import Log

_Many = list[str] | None


def log(  # noqa: PLR0913, PLR0917 — the options of the command
    host: Annotated[_Many, typer.Option(metavar="HOST", help="This host and what lies below it.")] = None,
    rule: Annotated[_Many, typer.Option(metavar="ID", help="What this rule decided.")] = None,
    group: Annotated[_Many, typer.Option(metavar="GROUP", help="Of this group.")] = None,
    device: Annotated[_Many, typer.Option(metavar="ADDRESS", help="Of this device, or network: 10.30.7.0/24.")] = None,
    ref: Annotated[_Many, typer.Option("--ref", metavar="CODE", help="With this reference.")] = None,
    effect: Annotated[_Many, typer.Option(metavar="EFFECT", help="allow, caution or block.")] = None,
    way: Annotated[_Many, typer.Option(metavar="WAY", help="relay, inspect, plain or refuse.")] = None,
    category: Annotated[_Many, typer.Option(metavar="CATEGORY", help="What belongs to this category.")] = None,
    app: Annotated[_Many, typer.Option(metavar="APP", help="What belongs to this app.")] = None,
    since: Annotated[
        str,
        typer.Option(
            "--from", metavar="TIME", help="today (the default), yesterday, 15m, 2h, 3d, 'monday 10:00', 2026-11-23."
        ),
    ] = "",
    until: Annotated[str, typer.Option("--to", metavar="TIME", help="Until then; a day is meant as a whole.")] = "",
    page: Annotated[
        _Many, typer.Option(metavar="HOST", help="What pages of this host asked others for and did not get.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    replay: Annotated[
        bool, typer.Option("--replay", help="Decide each again by its own revision; exit 1 if any differs.")
    ] = False,
    state: State = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the lines as they stand in the log.")] = False,
) -> None:
    """Show what was decided, from the log of decisions."""
    from saywhy.cli.logged import Filters, opened_log

    filters = Filters(
        host or [], page or [], rule or [], group or [], device or [], ref or [], effect or [], way or [], category or [], app or [],
        since, until,
    )  # fmt: skip
    given = {"--follow": follow, "--page": bool(page), "--replay": replay}
    if sum(given.values()) > 1:
        first, second = [name for name, one in given.items() if one][:2]
        raise typer.BadParameter(f"this and {second} do not go together; leave one of them out", param_hint=first)
    found = opened_log(filters, state, datetime.now(UTC), follow=follow)
    try:
        _told(found, follow=follow, page=bool(page), replay=replay, as_json=as_json)
    except OSError as error:
        typer.echo(f"saywhy: the decision log cannot be read: {error}", err=True)
        raise typer.Exit(1) from None


def _told(found: "Log", *, follow: bool, page: bool, replay: bool, as_json: bool) -> None:
    from saywhy.cli.logged import followed, shown, shown_again, shown_of_page

    if follow:
        followed(found, as_json=as_json)
    elif page and not as_json:
        shown_of_page(found)
    elif replay:
        if shown_again(found, as_json=as_json):
            raise typer.Exit(1)
    else:
        shown(found, as_json=as_json)
