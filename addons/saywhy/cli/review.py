"""`saywhy review`: rules and permits that are to be looked at again, with their figures, for a meeting."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import typer

from saywhy.cli.basis import AsJson, Lists, Policies, State, basis_for, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from saywhy.exceptions.figures import Overturned, Permit, Waiting
    from saywhy.exceptions.looking_again import LookingAgain, RuleAgain
    from saywhy.serve.basis import Basis


def review(policies: Policies = None, state: State = None, lists: Lists = None, as_json: AsJson = False) -> None:
    """Show what a meeting looks at again: rules, permits and answers, with figures. Ends with 1 where any ended without a reason."""
    import json

    from saywhy.cli.stored import store_of
    from saywhy.exceptions.looking_again import look_again

    basis = basis_for(policies, state, lists)
    now = datetime.now(UTC)
    with store_of(basis) as store:
        found = look_again(basis.engine.policy, store.figures, store.meetings, _used(basis, now), now)
    if as_json:
        typer.echo(json.dumps({"answered_from": basis.told, "notes": list(basis.notes), **_as_dict(found)}, indent=2))
    else:
        for line in (*_as_text(found), "", *told(basis)):
            typer.echo(line)
    if found.silent:
        raise typer.Exit(1)


def _used(basis: "Basis", now: datetime) -> "Mapping[str, datetime] | None":
    from saywhy.exceptions.looking_again import UNUSED
    from saywhy.observe.asked_by_page import PermitsUsed

    if basis.state is None or basis.engine.policy.keep.log.days < UNUSED:  # the log does not go back so far
        return None
    try:
        return PermitsUsed(basis.state / "decisions.jsonl").since((now - timedelta(days=UNUSED)).date())
    except OSError:
        return None


def _as_dict(found: "LookingAgain") -> dict[str, object]:
    return {
        "due": [_rule(one) for one in found.due],
        "asked": [_rule(one) for one in found.asked],
        "overturned": [_overturned(one) for one in found.overturned],
        "waiting": [_waiting(one) for one in found.waiting],
        "ending": [_permit(one) for one in found.ending],
        "unused": None if found.unused is None else [_permit(one) for one in found.unused],
        "ended_without_reason": list(found.silent),
    }


def _rule(one: "RuleAgain") -> dict[str, object]:
    return {
        "rule": one.rule.id,
        "review_by": None if one.rule.review_by is None else str(one.rule.review_by),
        "overdue": one.overdue,
        "asked": one.figures.asked,
        "opened": one.figures.opened,
        "refused": one.figures.refused,
        "overturned": one.figures.overturned,
        "decided_last": None
        if one.last is None
        else {
            "on": str(one.last[0]),
            "decision": one.last[1].decision,
            "until": None if one.last[1].until is None else str(one.last[1].until),
            "reason": one.last[1].reason,
        },
    }


def _overturned(one: "Overturned") -> dict[str, object]:
    return {
        "host": one.host,
        "rule": one.rule,
        "refused": one.refused,
        "granted": one.granted,
        "at": one.at.isoformat(),
    }


def _waiting(one: "Waiting") -> dict[str, object]:
    return {"request": one.number, "host": one.host, "rule": one.rule, "since": one.since.isoformat()}


def _permit(one: "Permit") -> dict[str, object]:
    return {
        "request": one.number,
        "host": one.host,
        "rule": one.rule,
        "starts": one.starts.isoformat(),
        "ends": one.ends.isoformat(),
    }


def _as_text(found: "LookingAgain") -> Iterator[str]:
    yield from _titled("Rules to be looked at within 30 days", [_of_rule(one) for one in found.due])
    yield from _titled("Most questioned rules", [_of_rule(one) for one in found.asked])
    turned = [f"{one.host} ({one.rule}): {one.refused}, then {one.granted}" for one in found.overturned]
    yield from _titled("A no became a yes", turned)
    waiting = [f"{one.number} {one.host} ({one.rule}), since {one.since:%Y-%m-%d}" for one in found.waiting]
    yield from _titled("Requests that wait for more than 3 days", waiting)
    ending = [f"{one.number} {one.host}, until {one.ends:%Y-%m-%d}" for one in found.ending]
    yield from _titled("Permits that end this week", ending)
    unused = [f"{one.number} {one.host}, since {one.starts:%Y-%m-%d}" for one in found.unused or ()]
    yield from _titled(
        "Permits that nobody used for 30 days", ["not known: there is no log"] if found.unused is None else unused
    )
    yield from _titled("Ended without a reason", list(found.silent))


def _titled(title: str, lines: list[str]) -> Iterator[str]:
    yield typer.style(title, bold=True)
    yield from (f"  {line}" for line in lines or ["none"])


def _of_rule(one: "RuleAgain") -> str:
    figures = one.figures
    when = (
        "" if one.rule.review_by is None else f", review by {one.rule.review_by}{' (overdue)' if one.overdue else ''}"
    )
    asked = f"{figures.asked} asked, {figures.opened} opened, {figures.refused} refused"
    return f"{one.rule.id}: {asked}, {figures.overturned} overturned{when}"
