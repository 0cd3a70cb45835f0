"""`saywhy audit`: the trail of every step, shown and checked; what is kept of one person, handed out and erased."""

import json
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from saywhy.cli.basis import AsJson
from saywhy.cli.defaults import DEFAULTS
from saywhy.cli.store import anchor_in, by_command, changed_store_in, store_in
from saywhy.policy.visible import visible

if TYPE_CHECKING:
    from saywhy.exceptions.checking import Checked, Remembered
    from saywhy.exceptions.forgetting import Person

app = typer.Typer(
    help="The audit trail, of every step: shown, checked; what is kept of one person, handed out and erased.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_FIRST_NUMBER: Final = 1000
type State = Annotated[Path, typer.Option(metavar="DIR", help="The state folder of `saywhy run`.")]
# typer does not look into a `type`
Receipt = Annotated[str, typer.Option(metavar="CODE", help="The receipt of a request, as its address has it.")]
Device = Annotated[str, typer.Option(metavar="ADDRESS", help="A device, by its IP address.")]
AccountName = Annotated[str, typer.Option(metavar="NAME", help="An account.")]


@app.command()
def verify(
    state: State = DEFAULTS.state,
    expect: Annotated[
        list[str] | None,
        typer.Option(
            "--expect", metavar="HASH", help="A last line's hash that was noted down earlier; may be given again."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that no line of the audit trail was edited, deleted, moved or cut off, and that no request ended without a reason.

    Ends with 1 where something is not as it should be.
    """
    from saywhy.exceptions.checking import Fault, Remembered

    known = [Remembered(_hash(one), "--expect") for one in expect or ()]
    with store_in(state) as store:
        anchor, trouble = _anchored(state)  # before the lines: there may be more by then, never fewer
        checked = store.check_trail(*known, *anchor)
    faults = [*checked.faults, *(Fault(one) for one in trouble if checked.lines)]
    if as_json:
        typer.echo(json.dumps(_as_data(checked, faults), indent=2))
    else:
        for one in faults:
            typer.echo(visible(one.said))
        for line in _summary(checked, len(faults)):
            typer.echo(line)
    if faults:
        raise typer.Exit(1)


@app.command()
def show(
    state: State = DEFAULTS.state,
    request: Annotated[str, typer.Option(metavar="NUMBER", help="Steps of one request: R-1042.")] = "",
    account: Annotated[str, typer.Option(metavar="NAME", help="Steps of one account, or about it.")] = "",
    since: Annotated[
        str, typer.Option(metavar="TIME", help="From this day or moment on: 2026-11-23, 2026-11-23T10:00.")
    ] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Before this moment; a day is whole.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show the audit trail, the oldest line first: when, what, of which request, by whom."""
    from saywhy.exceptions.chosen_lines import ChosenLines

    chosen = ChosenLines(
        request=_request(request),
        account=account.strip().lower(),
        since=_moment(since, "--since", ends=False),
        until=_moment(until, "--until", ends=True),
    )
    with store_in(state) as store:
        if as_json:
            typer.echo(json.dumps(list(store.trail_lines(chosen)), indent=2, ensure_ascii=False))
            return
        none = True
        for line in store.trail_lines(chosen):
            none = False
            typer.echo(_line(line))
        if none:
            typer.echo("No line of the audit trail is like that.")


@app.command()
def export(
    state: State = DEFAULTS.state, receipt: Receipt = "", device: Device = "", account: AccountName = ""
) -> None:
    """Print all that is kept of one person, as JSON. That it was handed out is a line of the audit trail."""
    person = _person(receipt, device, account)
    from saywhy.serve.clock import wall_clock

    with changed_store_in(state) as store:
        found = store.export(person, by_command(), wall_clock())
    _nobody(found["requests"] or found.get("steps") or found.get("went_on"))
    typer.echo(json.dumps(found, indent=2, ensure_ascii=False))


@app.command()
def erase(
    state: State = DEFAULTS.state,
    receipt: Receipt = "",
    device: Device = "",
    account: AccountName = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
) -> None:
    """Delete all that one person asked: open requests are taken back, permits end. It cannot be undone.

    That something was erased, when and by whom is a line of the audit trail, which stays whole.
    """
    person = _person(receipt, device, account)
    from saywhy.exceptions.request import number_of
    from saywhy.serve.clock import wall_clock

    with changed_store_in(state) as store:
        if not yes:
            typer.confirm("This deletes requests with all that was said to them, for good. Go on?", abort=True)
        removed = store.erase(person, by_command(), wall_clock())
        still = any(one.name == person.account for one in store.accounts.every_account())
    if still:
        typer.echo(
            f"{person.account} may still sign in; what was done to the account stays until: saywhy account remove"
        )
    _nobody(removed.requests or removed.lines or removed.goes or removed.left)
    numbers = ", ".join(map(number_of, removed.requests)) or "no request"
    texts = f"what {_lines(removed.lines)} of the audit trail said"
    typer.echo(f"Erased: {numbers}; {texts}. Permits that ended by it: {removed.ended}.")
    if removed.left:
        typer.echo(f"Taken out of requests of others: {removed.left}.")
    if removed.goes:
        typer.echo(f"Erased as well: what the device went on to, {removed.goes} times.")
    typer.echo("The decision log keeps what devices opened for 30 days; its files go by themselves.")


def _nobody(found: object) -> None:
    if not found:
        typer.echo("saywhy: nothing is kept of this person", err=True)
        raise typer.Exit(1)


def _person(receipt: str, device: str, account: str) -> "Person":
    from saywhy.exceptions.forgetting import Person
    from saywhy.exceptions.readable import plain_code

    if sum(map(bool, (receipt, device, account))) != 1:
        raise typer.BadParameter("name one person, by one of --receipt, --device and --account")
    if device:
        try:
            return Person(device=str(ip_address(device.strip())))
        except ValueError:
            raise typer.BadParameter(f"{device!r} is no IP address", param_hint="--device") from None
    return Person(receipt=plain_code(receipt)) if receipt else Person(account=account.strip().lower())


def _hash(text: str) -> str:
    plain = text.strip().lower()
    if len(plain) != 64 or set(plain) - set("0123456789abcdef"):
        raise typer.BadParameter(f"{text!r} is no hash; they have 64 digits from 0 to f", param_hint="--expect")
    return plain


def _anchored(state: Path) -> "tuple[list[Remembered], list[str]]":
    """What the anchor remembers; and what is wrong with it, where lines are there."""
    from saywhy.exceptions.checking import Remembered
    from saywhy.serve.secret import SecretError
    from saywhy.serve.trail_anchor import AnchorError

    try:
        file = anchor_in(state)
        anchor = file.read()
    except (AnchorError, SecretError) as error:
        return [], [str(error)]
    if anchor is None:
        return [], [f"{file.path} is not there, so nobody can tell whether the end was cut off"]
    return [Remembered(anchor.hash, f"the anchor of {anchor.at:%d %B %Y, %H:%M} UTC", anchor.number)], []


def _summary(checked: "Checked", faults: int) -> Iterator[str]:
    if faults:
        yield f"{faults} {'thing is not as it' if faults == 1 else 'things are not as they'} should be, in {_lines(checked.lines)}."
    else:
        yield f"The audit trail is whole: {_lines(checked.lines)}, and no request ended without a reason."
    yield f"Its last line: {checked.head}"
    if not faults:
        yield "Note this down somewhere else; `saywhy audit verify --expect HASH` finds it again, whatever happens here."


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"


def _as_data(checked: "Checked", faults: list[Any]) -> dict[str, Any]:
    from saywhy.exceptions.request import number_of

    return {
        "whole": not faults,
        "lines": checked.lines,
        "head": checked.head,
        "faults": [
            {
                "said": one.said,
                "line": one.line or None,
                "request": None if one.request is None else number_of(one.request),
            }
            for one in faults
        ],
    }


def _line(line: dict[str, Any]) -> str:
    at = datetime.fromisoformat(line["at"])
    parts = [f"{line['line']:>6}  {at:%Y-%m-%d %H:%M:%S}", f"{line['what']:<15}", f"{line['request'] or '-':<7}"]
    if line["by"]:
        parts.append(f"by {visible(line['by'])}")
    if line["about"]:
        parts.append(f"about {visible(line['about'])}")
    if roles := line["more"].get("roles"):
        parts.append(f"roles: {visible(', '.join(roles))}")
    if line["note"]:
        parts.append(f"“{visible(line['note'])}”")
    if line["taken_away"]:
        parts.append("(what it said of people was taken away)")
    return "  ".join(parts)


def _request(text: str) -> int | None:
    plain = text.strip().upper().removeprefix("R-")
    if not plain:
        return None
    if not plain.isascii() or not plain.isdigit() or not _FIRST_NUMBER < int(plain) < 2**31:
        raise typer.BadParameter(f"{text!r} is no number of a request; write it as R-1042", param_hint="--request")
    return int(plain) - _FIRST_NUMBER


def _moment(text: str, option: str, *, ends: bool) -> datetime | None:
    from datetime import UTC, timedelta

    plain = text.strip()
    if not plain:
        return None
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError:
        said = f"{text!r} is no day and no moment; write 2026-11-23 or 2026-11-23T10:00"
        raise typer.BadParameter(said, param_hint=option) from None
    if len(plain) == len("2026-11-23") and ends:
        moment += timedelta(days=1)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
