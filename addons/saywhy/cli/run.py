"""`saywhy run`: start the filter, the portal and the metrics."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from saywhy.cli.defaults import DEFAULTS
from saywhy.cli.output import leave_output_alone
from saywhy.policy.address import AddressError, canonical_host
from saywhy.serve.database_url import DatabaseUrlError, keep_database_url
from saywhy.serve.end_signals import end_at_once
from saywhy.serve.settings import Endpoint, Settings, every_family, parse_endpoint

_MOST_WORKERS: Final = 128


def run(  # noqa: PLR0913, PLR0917 — the options of the command
    policies: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder that holds the policy.")
    ] = DEFAULTS.policies,
    state: Annotated[
        Path, typer.Option(metavar="DIR", help="Where keys, requests and logs are kept; made when missing.")
    ] = DEFAULTS.state,
    lists: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The folder of category lists. Default: lists in the state folder."),
    ] = None,
    listen: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST:PORT",
            help=f"Where the proxy listens; may be given more than once. [::] takes IPv4 as well. Default: {DEFAULTS.listen[0]}.",
        ),
    ] = None,
    portal: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the portal listens.")] = str(DEFAULTS.portal),
    portal_name: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Another name that the portal is opened by, as behind a reverse proxy; may be given more than once.",
        ),
    ] = None,
    proxy_address: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="How devices reach the proxy, for the PAC file and profiles. Default: as the device that asks reaches it.",
        ),
    ] = None,
    metrics: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where metrics and the health check are.")] = str(
        DEFAULTS.metrics
    ),
    upstream_ca: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False, help="Certificates (PEM) to trust besides the usual ones."
        ),
    ] = None,
    hosts: Annotated[
        Path | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Names and addresses, as in /etc/hosts."),
    ] = None,
    telling: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Whom to tell, and by what. Default: telling.yaml in the state folder."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="SAYWHY_DATABASE",
            help="A PostgreSQL for requests and permits: postgresql://USER:PASSWORD@HOST/DATABASE. "
            "It is kept in the state folder (database.url), where every command finds it. Default: SQLite there.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=_MOST_WORKERS, help="Processes of the proxy. Default: one for each core."),
    ] = None,
) -> None:
    """Run the filter until it is told to end. An IPv6 address stands in brackets: [::1]:8080."""
    given = [("--listen", one) for one in listen or map(str, DEFAULTS.listen)]
    read = [
        (option, endpoint)
        for option, text in [*given, ("--portal", portal), ("--metrics", metrics)]
        for endpoint in (every_family(_endpoint(option, text)) if option == "--listen" else [_endpoint(option, text)])
    ]
    for index, (option, endpoint) in enumerate(read):
        for before, twin in read[:index]:
            if endpoint.overlaps(twin):
                raise typer.BadParameter(f"{endpoint} is {before} already; give each its own", param_hint=option)
    by_option = {option: endpoint for option, endpoint in read if option != "--listen"}
    settings = Settings(
        policies=policies.absolute(),
        state=state.absolute(),
        listen=tuple(endpoint for option, endpoint in read if option == "--listen"),
        portal=by_option["--portal"],
        metrics=by_option["--metrics"],
        upstream_ca=None if upstream_ca is None else upstream_ca.absolute(),
        lists=None if lists is None else lists.absolute(),
        hosts=None if hosts is None else hosts.absolute(),
        telling=None if telling is None else telling.absolute(),
        portal_names=tuple(map(_name, portal_name or ())),
        proxy_address=None if proxy_address is None else _reached_at(proxy_address),
        workers=workers or min(os.process_cpu_count() or 1, _MOST_WORKERS),
    )
    if database is not None:
        _keep_database(settings.state, database)
    end_at_once()  # loading what follows takes a second
    from saywhy.serve import supervisor

    leave_output_alone()
    raise typer.Exit(supervisor.run(settings))


def _keep_database(state: Path, url: str) -> None:
    try:
        keep_database_url(state, url)
    except DatabaseUrlError as error:
        raise typer.BadParameter(str(error), param_hint="--database") from None
    except OSError as error:
        raise typer.BadParameter(f"{state}: the URL cannot be kept ({error.strerror})", param_hint="--state") from None


def _endpoint(option: str, text: str) -> Endpoint:
    try:
        return parse_endpoint(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def _name(text: str) -> str:
    try:
        return canonical_host(text)
    except AddressError as error:
        raise typer.BadParameter(
            f"{error}; write a name alone, like filter.school.example", param_hint="--portal-name"
        ) from None


def _reached_at(text: str) -> Endpoint:
    host, _, port = text.strip().rpartition(":")
    try:
        endpoint = parse_endpoint(f"127.0.0.1:{port}")
        return Endpoint(canonical_host(host), endpoint.port)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no address; write a host and a port, like filter.school.example:8080",
            param_hint="--proxy-address",
        ) from None
