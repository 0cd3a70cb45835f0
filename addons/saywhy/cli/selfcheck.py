"""`saywhy selfcheck`: the filter tried by hand, from any device and for any group, with a record that a review can keep."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saywhy.cli.basis import AsJson, State, settings_for
from saywhy.policy.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saywhy.policy.address import Url
    from saywhy.serve.basis import Basis
    from saywhy.serve.selfcheck.record import Line, Record
    from saywhy.serve.selfcheck.through_proxy import ThroughProxy
    from saywhy.serve.settings import Settings


def selfcheck(  # noqa: PLR0913, PLR0917 — its options
    via: Annotated[
        str,
        typer.Option(
            "--via",
            metavar="HOST:PORT",
            help="The filter's port for devices. Left out: the proxy of the environment (https_proxy), then the filter that runs here.",
            show_default=False,
        ),
    ] = "",
    ca: Annotated[
        Path | None,
        typer.Option(
            "--ca",
            metavar="FILE",
            help="Certificates to trust (PEM). Left out: the running filter's own; on other devices what the system trusts.",
            show_default=False,
        ),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            "--group",
            metavar="GROUP",
            help="A group to decide for; may be given more than once. Left out: all.",
            show_default=False,
        ),
    ] = None,
    blocked: Annotated[
        list[str] | None,
        typer.Option(
            "--blocked",
            metavar="URL",
            help="An address that has to be blocked on this device; it is asked for.",
            show_default=False,
        ),
    ] = None,
    allowed: Annotated[
        list[str] | None,
        typer.Option(
            "--allowed", metavar="URL", help="An address that has to open on this device.", show_default=False
        ),
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            "--by", metavar="NAME", help="Who checks. Left out: the name of this system's user.", show_default=False
        ),
    ] = "",
    device: Annotated[
        str,
        typer.Option(
            "--device", metavar="DEVICE", help="What kind of device this is. Left out: its name.", show_default=False
        ),
    ] = "",
    place: Annotated[
        str, typer.Option("--place", metavar="PLACE", help="Where it is, such as Library.", show_default=False)
    ] = "",
    record: Annotated[
        Path | None,
        typer.Option(
            "--record", metavar="FILE", help="Add the record to a file, as one line of JSON.", show_default=False
        ),
    ] = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """Try whether the filter closes what it has to and opens what it may. Ends with 1 where anything is not as expected."""
    import getpass
    import socket

    from saywhy.serve.selfcheck.record import Record

    wanted = _addresses(blocked, "--blocked"), _addresses(allowed, "--allowed")
    settings, running = settings_for(state, None)
    through = _through(via, ca, settings, running=running)
    basis = _basis(settings, running=running, wanted=bool(group))
    groups = _groups(basis, group)
    lines = [*_on_the_wire(through, *wanted), *_decided(basis, groups, every=not group)]
    found = Record(
        datetime.now(UTC).astimezone(),
        by or getpass.getuser(),
        device or socket.gethostname(),
        place,
        str(through),
        "" if basis is None else basis.told,
        tuple(lines),
    )
    kept = _kept(found, record)
    if as_json:
        typer.echo(json.dumps(found.as_dict(), indent=2, ensure_ascii=False))
    else:
        for line in _as_text(found):
            typer.echo(line)
        if record is not None and kept:
            typer.echo(f"The record was added to {record}.")
    if found.wrong or not kept:
        raise typer.Exit(1)


def _addresses(written: list[str] | None, option: str) -> "list[Url]":
    from saywhy.policy.address import AddressError, canonical_url

    found = []
    for one in written or []:
        try:
            found.append(canonical_url(one if "://" in one else f"https://{one}"))
        except AddressError as error:
            raise typer.BadParameter(str(error), param_hint=option) from None
    return found


def _through(via: str, ca: Path | None, settings: "Settings", *, running: bool) -> "ThroughProxy":
    from urllib.parse import urlsplit
    from urllib.request import getproxies

    from saywhy.serve.running import running_filter
    from saywhy.serve.selfcheck.through_proxy import ThroughProxy
    from saywhy.serve.settings import parse_endpoint

    here = running_filter(settings.state) if running else None
    if ca is not None and not ca.is_file():
        raise typer.BadParameter(f"there is no file {ca}", param_hint="--ca")
    roots = ca or (None if here is None or not os.access(settings.all_roots, os.R_OK) else settings.all_roots)
    proxies = getproxies()
    text = via or proxies.get("https", "") or proxies.get("http", "")
    if not text and here is not None:
        endpoint = parse_endpoint(here.listen[0])
        return ThroughProxy(endpoint.reachable_host, endpoint.port, roots)
    if not text:
        raise typer.BadParameter(
            "no filter runs here and this system names no proxy; write how devices reach it, like --via filter.school.internal:8080",
            param_hint="--via",
        )
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.scheme != "http":
        said = f"{text!r} is no address of a proxy; write it like filter.school.internal:8080"
        raise typer.BadParameter(said, param_hint="--via" if via else "https_proxy")
    return ThroughProxy(host, port, roots)


def _basis(settings: "Settings", *, running: bool, wanted: bool) -> "Basis | None":
    """What is in force here; None on a device that has no filter, and where this user may not read it, which is said."""
    from saywhy.serve.basis import BasisError, in_force

    try:
        found = in_force(settings, running=running)
    except BasisError as error:
        typer.echo(f"saywhy: {visible(str(error))}", err=True)
        if wanted:
            raise typer.Exit(1) from None
        return None
    if found is None and wanted:
        said = "no policy is in force on this machine, so nothing can be decided; run it on the filter's own machine"
        raise typer.BadParameter(said, param_hint="--group")
    return found


def _groups(basis: "Basis | None", wanted: list[str] | None) -> list[str]:
    from saywhy.policy.suggest import did_you_mean, quoted

    if basis is None:
        return []
    known = basis.engine.policy.groups
    for one in wanted or []:
        if one not in known:
            said = f"there is no group {quoted(one)}; {did_you_mean(one, known)}"
            raise typer.BadParameter(said, param_hint="--group")
    return list(dict.fromkeys(wanted or known))


def _on_the_wire(through: "ThroughProxy", blocked: "list[Url]", allowed: "list[Url]") -> "Iterator[Line]":
    from saywhy.serve.selfcheck.checks import Check, tried
    from saywhy.serve.selfcheck.outcome import Outcome, found_at
    from saywhy.serve.selfcheck.record import of_address, of_check

    for check in Check:
        yield of_check(tried(check, through))
    for outcome, addresses in ((Outcome.BLOCKED, blocked), (Outcome.LET_THROUGH, allowed)):
        for url in addresses:
            yield of_address(url.without_query, found_at(through, url), outcome)


def _decided(basis: "Basis | None", groups: list[str], *, every: bool) -> "Iterator[Line]":
    from saywhy.rehearse.cases import load_cases, run_case
    from saywhy.rehearse.category_checks import category_checks
    from saywhy.serve.selfcheck.record import Line, of_case, of_category

    if basis is None:
        return
    yield from map(of_category, category_checks(basis.engine, groups, datetime.now(UTC)))
    cases, problems = load_cases(basis.folder, basis.engine)
    if problems:
        said = f"{len(problems)} problems; `saywhy test` names them"
        yield Line("decision", "the policy's own tests", "as written", "unreadable", good=False, detail=said)
    for case in cases:
        if every or any(not one.groups.isdisjoint(groups) for one in case.subjects):
            yield of_case(run_case(basis.engine, case))


def _kept(found: "Record", file: Path | None) -> bool:
    """Add it to the file that was named. Whether nothing is lost: it is printed in any case."""
    if file is None:
        return True
    try:
        found.append_to(file)
    except OSError as error:
        typer.echo(f"saywhy: {file} cannot be written to: {error.strerror}; the record below was not kept", err=True)
        return False
    return True


def _as_text(found: "Record") -> "Iterator[str]":
    where = f", {visible(found.place)}" if found.place else ""
    yield f"Checked on {found.at:%d %B %Y at %H:%M} by {visible(found.by)}, on {visible(found.device)}{where}"
    wire = [one for one in found.lines if one.how == "wire"]
    decided = [one for one in found.lines if one.how == "decision"]
    yield typer.style(f"Through {found.via}, as this device", bold=True)
    yield from map(_told, wire)
    if found.policy:
        yield typer.style(f"By decision alone, from {visible(found.policy)}", bold=True)
        yield "  Nothing was opened. Kinds of site show what the rules say, not what lists hold."
        for group in dict.fromkeys(one.group for one in decided if one.group):
            yield f"  {group}"
            yield from (f"  {_told(one)}" for one in decided if one.group == group)
        tests = [one for one in decided if not one.group]
        failed = [one for one in tests if not one.good]
        yield f"  the policy's own tests: {len(tests) - len(failed)} of {len(tests)} as written"
        yield from (f"  {_told(one)}" for one in failed)
    else:
        yield "No policy could be asked on this machine, so no group was decided for."
    wrong = f"{len(found.wrong)} NOT as expected" if found.wrong else "all as expected"
    yield f"{len(wire)} checks through the filter, {len(decided)} by decision: {wrong}."


def _told(one: "Line") -> str:
    mark = {True: "ok", False: "WRONG", None: "-"}[one.good]
    if one.good is False and one.how == "wire":
        return f"  {mark:5}  {visible(one.what)}: {visible(one.detail)}"
    reference = f", reference {one.reference}" if one.reference else ""
    expected = f", expected {one.expected}" if one.good is False else ""
    return f"  {mark:5}  {visible(one.what)}: {one.outcome}{expected}{reference} ({visible(one.detail)})"
