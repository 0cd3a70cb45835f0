"""`saywhy overblocking`: how much of what should stay open is closed, to whom, and by what."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from saywhy.cli.basis import AsJson, Lists, Policies, State, basis_for, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saywhy.decide.engine import Engine
    from saywhy.rehearse.overblocking import Closed, Overblocking
    from saywhy.rehearse.overblocking_remedy import Remedy
    from saywhy.rehearse.stays_open import ShouldStayOpen

_MOST_MOMENTS = 3


def overblocking(
    country: Annotated[
        list[str] | None,
        typer.Option(
            "--country",
            metavar="CODE",
            help="Whose list to try, besides that for everywhere: gb, ie. May be given more than once. "
            "Left out: that of the school's time zone.",
        ),
    ] = None,
    policies: Policies = None,
    state: State = None,
    lists: Lists = None,
    as_json: AsJson = False,
) -> None:
    """Try sites that should stay open for every group and time. Ends with 1 where any is closed."""
    import json

    from saywhy.rehearse.overblocking import overblocking as try_all
    from saywhy.rehearse.overblocking_remedy import remedy

    basis = basis_for(policies, state, lists)
    engine = basis.engine
    now = datetime.now(UTC)
    result = try_all(engine, _sites(engine, country), now)
    opens = remedy(engine, (one.site for one in result.found), now)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "answered_from": basis.told,
                    "notes": list(basis.notes),
                    "sites": result.sites,
                    "tried": result.tried,
                    "closed": result.closed,
                    "rate": round(result.rate, 6),
                    "kinds": [{"about": one.about, "sites": one.sites, "closed": one.closed} for one in result.kinds],
                    "found": [_as_dict(one) for one in result.found],
                    "corrections": opens.as_yaml,
                    "replaces": [{"name": one.name, "at": one.source.place} for one in opens.replaced],
                    "still_closed": [_as_dict(one) for one in opens.still_closed],
                },
                indent=2,
            )
        )
    else:
        for line in _as_text(engine, result, opens):
            typer.echo(line)
        for line in told(basis):
            typer.echo(line)
    if result.found:
        raise typer.Exit(1)


def _sites(engine: "Engine", wanted: list[str] | None) -> "tuple[ShouldStayOpen, ...]":
    from saywhy.policy.suggest import did_you_mean, quoted
    from saywhy.rehearse.stays_open import countries, country_of, should_stay_open

    named = wanted if wanted is not None else country_of(engine.policy.school.timezone.key)
    try:
        return should_stay_open(one.lower() for one in named)
    except KeyError as error:
        unknown = str(error.args[0])
        what = f"there is no list for {quoted(unknown)}; {did_you_mean(unknown, countries())}"
        raise typer.BadParameter(what, param_hint="--country") from None


def _as_dict(one: "Closed") -> dict[str, object]:
    return {
        "site": one.site.site,
        "name": one.site.name,
        "about": one.site.about,
        "reason": one.reason,
        "rule": one.rule or None,
        "locked": one.locked,
        "categories": [{"category": category, "listed": place} for category, place in one.categories],
        "groups": list(one.groups),
        "when": list(one.when),
    }


def _as_text(engine: "Engine", result: "Overblocking", opens: "Remedy") -> "Iterator[str]":
    for one in result.found:
        yield typer.style(f"{one.site.name}: {one.site.site} ({one.site.about})", bold=True)
        yield f"  closed to {_to(engine, one)}, {_when(one)}"
        yield f"  by {_by(one)} [{one.reason}]"
        for category, place in one.categories:
            yield f"  in category {category}: {place}"
    if opens.as_yaml:
        yield ""
        yield f"To open {'them, but for what is told below' if opens.still_closed else 'them'}, add this to the policy:"
        yield from (f"  {line}" for line in opens.as_yaml.splitlines())
    if opens.still_closed:
        yield ""
        yield "Nothing is offered for these, so people have to decide:"
        yield from (f"  {one.site.site}, closed to {_to(engine, one)} by {_by(one)}" for one in opens.still_closed)
    if result.found:
        yield ""
    yield (
        f"{result.sites} sites that should stay open: {result.closed} of {result.tried} decisions close one "
        f"({result.rate:.1%})."
    )


def _to(engine: "Engine", one: "Closed") -> str:
    return ", ".join(engine.policy.groups[name].label for name in one.groups if name) or "everyone"


def _by(one: "Closed") -> str:
    return f"rule {one.rule}" + (", which is locked" if one.locked else "") if one.rule else "reach"


def _when(one: "Closed") -> str:
    more = len(one.when) - _MOST_MOMENTS
    shown = ", ".join(one.when[:_MOST_MOMENTS])
    return f"{shown} and at {more} more times" if more > 0 else shown
