"""`saywhy handshakes`: devices that do not trust the school's certificate, and programs that cannot be looked into."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saywhy.cli.basis import AsJson, State, settings_for
from saywhy.policy.suggest import all_of
from saywhy.policy.visible import visible

if TYPE_CHECKING:
    from saywhy.observe.handshake_report import Distrusting, Pinned, Report


def handshakes(
    days: Annotated[
        int, typer.Option("--days", min=1, max=366, metavar="N", help="How many days to look back, today among them.")
    ] = 7,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """Show which devices do not trust the school's certificate, and which programs cannot be looked into."""
    from saywhy.observe.handshake_log import NONE
    from saywhy.observe.handshake_report import report
    from saywhy.observe.handshake_search import handshakes_since, inspected_since

    settings, _ = settings_for(state, None)
    first = datetime.now(UTC).date() - timedelta(days=days - 1)
    records, unreadable = handshakes_since(settings.handshake_log, first, _cut_short)
    found = report(records, inspected_since(settings.decision_log, first, records, _cut_short))
    ended = sum(1 for one in records if one.alert != NONE)
    if as_json:
        shown = asdict(found) | {"days": days, "handshakes": ended, "unreadable": unreadable}
        typer.echo(json.dumps(shown, indent=2, default=str))
        return
    for line in _lines(found, days, ended, settings.authority):
        typer.echo(line)
    if unreadable:
        typer.echo(f"{unreadable:,} lines of the log could not be read and are left out.")


def _cut_short(file: Path, error: Exception) -> None:
    typer.echo(f"saywhy: {file} cannot be read to its end: {error}", err=True)


def _lines(found: "Report", days: int, ended: int, authority: Path) -> Iterator[str]:
    since = "today" if days == 1 else f"in the last {days} days"
    if not (found.distrusting or found.partly or found.pinned):
        yield f"Nothing shows that a device or program refuses the school's certificate {since} ({ended:,} handshakes were ended by clients)."
        return
    if found.distrusting:
        yield typer.style(f"Devices that do not trust the school's certificate {since}", bold=True)
        yield from map(_of_device, found.distrusting)
        yield f"  Install {authority}/saywhy-ca.pem there as an authority; until then no page can be shown to them inside TLS."
    if found.partly:
        yield typer.style(f"Devices on which a program does not trust it, while others do {since}", bold=True)
        yield from map(_of_device, found.partly)
        yield "  A browser with authorities of its own (Firefox) is told to take the device's as well, or is given the school's."
    if found.pinned:
        yield typer.style(f"Hosts whose programs take their own certificate alone {since}", bold=True)
        yield from map(_of_host, found.pinned)
        yield "  Where policy may relay them unseen, name them under `never` of `inspection`, or in an app with `pins: true`."


def _of_device(one: "Distrusting") -> str:
    more = f" and {one.count - len(one.hosts)} more" if one.count > len(one.hosts) else ""
    where = f" ({visible(one.place)})" if one.place else ""
    hosts = f"{', '.join(map(visible, one.hosts))}{more}"
    doubt = " alone, which may be the doing of one program" if one.count == 1 else ""
    return (
        f"  {one.device}{where}: {hosts}{doubt}; it says {all_of(one.alerts)}, last on {one.last:%d %B %Y at %H:%M} UTC"
    )


def _of_host(one: "Pinned") -> str:
    devices = f"{one.devices:,} device{'' if one.devices == 1 else 's'}"
    times = "once" if one.times == 1 else f"{one.times:,} times"
    return f"  {visible(one.host)}: {devices}, {times}; they say {all_of(one.alerts)}, last on {one.last:%d %B %Y at %H:%M} UTC"
