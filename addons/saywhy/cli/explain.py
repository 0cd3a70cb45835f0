"""`saywhy explain URL --as WHO`, or `--ref CODE`: what would be decided, and why. No proxy is needed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from saywhy.cli.basis import AsJson, Lists, Policies, State, basis_for, settings_for


def explain(  # noqa: PLR0913, PLR0917 — the options of the command
    url: Annotated[str, typer.Argument(metavar="URL", help="The address, or a host alone for its first page.")] = "",
    asker: Annotated[
        str,
        typer.Option(
            "--as", metavar="WHO", help="Who asks: GROUP, GROUP,GROUP (the most telling first), or an IP address."
        ),
    ] = "",
    at: Annotated[
        str,
        typer.Option(
            metavar="TIME", help="When: 10:00, 'monday 10:00', 2026-11-23T10:00 (the school's time). Default: now."
        ),
    ] = "",
    ref: Annotated[
        str | None,
        typer.Option("--ref", metavar="CODE", help="The reference on a block page, like K7-42QX-9M, and no URL."),
    ] = None,
    policies: Policies = None,
    state: State = None,
    lists: Lists = None,
    host_only: Annotated[
        bool, typer.Option("--host-only", help="Decide on the name alone, as before encryption.")
    ] = False,
    method: Annotated[str, typer.Option(metavar="METHOD", help="How: GET (the default), POST, …")] = "",
    uploads: Annotated[bool, typer.Option("--uploads", help="Files are sent with it.")] = False,
    file: Annotated[
        str, typer.Option("--file", metavar="NAME", help="What the site calls the file it answers with: setup.exe.")
    ] = "",
    kind: Annotated[
        str, typer.Option("--type", metavar="TYPE", help="The media type it answers with: application/zip.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Explain a decision: exit 0 whatever it is, 1 if the policy has problems or the reference is not found."""
    from saywhy.cli.as_json import as_json_text
    from saywhy.cli.as_text import lines
    from saywhy.cli.question import asked

    uses = {"--method": method, "--uploads": uploads, "--file": file, "--type": kind}
    if ref is not None:
        others = {"URL": url, "--as": asker, "--at": at, "--host-only": host_only, **uses}
        if given := [name for name, value in others.items() if value]:
            said = "the log says what was asked for, by whom and when; leave this out, or leave --ref out"
            raise typer.BadParameter(said, param_hint=given[0])
        _by_reference(ref, policies, state, lists, as_json=as_json)
        return
    if not url and not asker:
        raise typer.BadParameter("say what is opened and by whom (URL --as WHO), or --ref CODE", param_hint="URL")
    if not asker:
        raise typer.BadParameter("say who asks: a group, or an IP address", param_hint="--as")
    if host_only and (given := [name for name, value in uses.items() if value]):
        raise typer.BadParameter(
            "the name alone does not tell what is done; leave one of them out", param_hint=given[0]
        )
    question = asked(url, asker, at, basis_for(policies, state, lists), datetime.now(UTC), host_only=host_only)
    inquiry = question.used(method=method, uploads=uploads, file=file, kind=kind).inquiry()
    if as_json:
        typer.echo(as_json_text(inquiry))
    else:
        for line in lines(inquiry):
            typer.echo(line)


def _by_reference(code: str, policies: Path | None, state: Path | None, lists: Path | None, *, as_json: bool) -> None:
    from saywhy.cli import by_reference

    settings, _ = settings_for(state, lists)
    remembered = by_reference.remembered(code, settings.state)
    recalled = by_reference.recalled(remembered, basis_for(policies, state, lists))
    if as_json:
        typer.echo(by_reference.as_json_text(recalled))
    else:
        for line in by_reference.lines(recalled):
            typer.echo(line)
