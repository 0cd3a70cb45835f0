"""`saywhy handshakes`: devices that do not trust the school's certificate, and programs that cannot be looked into."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saywhy.cli.basis import AsJson, State, settings_for
from saywhy.policy.suggest import all_of
from saywhy.policy.visible import visible

if TYPE_CHECKING:
    from saywhy.observe.handshake_log import HandshakeRecord
    from saywhy.observe.handshake_report import Distrusting, Pinned, Report


def handshakes(
    days: Annotated[
        int, typer.Option("--days", min=1, max=31, metavar="N", help="How many days to look back, today among them.")
    ] = 7,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """Show which devices do not trust the school's certificate, and which programs cannot be looked into."""
    from saywhy.observe.handshake_report import report

    settings, _ = settings_for(state, None)
    first = datetime.now(UTC).date() - timedelta(days=days - 1)
    ended, unreadable = _ended(settings.handshake_log, first)
    found = report(ended, _looked_into(settings.decision_log, first, {one.device for one in ended}))
    if as_json:
        shown = asdict(found) | {"days": days, "handshakes": len(ended), "unreadable": unreadable}
        typer.echo(json.dumps(shown, indent=2, default=str))
        return
    for line in _lines(found, days, len(ended), settings.authority):
        typer.echo(line)
    if unreadable:
        typer.echo(f"{unreadable:,} lines of the log could not be read and are left out.")


def _ended(path: Path, first: date) -> "tuple[list[HandshakeRecord], int]":
    from saywhy.observe.handshake_log import HandshakeRecord

    found: list[HandshakeRecord] = []
    unreadable = 0
    for line in _lines_since(path, first):
        try:
            found.append(HandshakeRecord.from_json(json.loads(line)))
        except ValueError:
            unreadable += 1
    return found, unreadable


def _looked_into(path: Path, first: date, devices: set[str | None]) -> set[str]:
    """The devices, of these, of which the decision log has a request that came inside TLS."""
    named = {json.dumps(one).encode() for one in devices if one is not None}
    found: set[bytes] = set()
    for line in _lines_since(path, first) if named else ():
        if b'"scheme":"https"' in line and b'"path":"/' in line and b'"method":"CONNECT"' not in line:
            device = line.partition(b'"device":')[2].partition(b",")[0]
            if device in named:
                found.add(device)
    return {json.loads(one) for one in found}


def _lines_since(path: Path, first: date) -> Iterator[bytes]:
    from saywhy.observe.log_search import log_files

    try:
        files = [one for one in log_files(path) if one.day >= first]
        for file in files:
            with gzip.open(file.path) if file.path.suffix == ".gz" else file.path.open("rb") as lines:
                yield from lines
    except (OSError, EOFError, zlib.error) as error:  # what was read before a cut counts
        typer.echo(f"saywhy: the log in {path.parent} cannot be read to its end: {error}", err=True)


def _lines(found: "Report", days: int, ended: int, authority: Path) -> Iterator[str]:
    since = "today" if days == 1 else f"in the last {days} days"
    if not found.distrusting and not found.pinned:
        yield f"No device or program has refused the school's certificate {since} ({ended:,} handshakes were ended by clients)."
        return
    if found.distrusting:
        yield typer.style(f"Devices that do not trust the school's certificate {since}", bold=True)
        yield from map(_of_device, found.distrusting)
        yield f"  Install {authority}/saywhy-ca.pem there as an authority; until then no page can be shown to them inside TLS."
    if found.pinned:
        yield typer.style(f"Hosts whose programs take their own certificate alone {since}", bold=True)
        yield from map(_of_host, found.pinned)
        yield "  Where policy may relay them unseen, name them under `never` of `inspection`, or in an app with `pins: true`."


def _of_device(one: "Distrusting") -> str:
    more = f" and {one.count - len(one.hosts)} more" if one.count > len(one.hosts) else ""
    where = f" ({visible(one.place)})" if one.place else ""
    hosts = f"{', '.join(map(visible, one.hosts))}{more}"
    return f"  {one.device}{where}: {hosts}; it says {all_of(one.alerts)}, last on {one.last:%d %B %Y at %H:%M} UTC"


def _of_host(one: "Pinned") -> str:
    devices = f"{one.devices:,} device{'' if one.devices == 1 else 's'}"
    times = "once" if one.times == 1 else f"{one.times:,} times"
    return f"  {visible(one.host)}: {devices}, {times}; they say {all_of(one.alerts)}, last on {one.last:%d %B %Y at %H:%M} UTC"
