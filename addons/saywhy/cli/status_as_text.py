"""How the filter is, on a screen of 24 lines and 80 columns while all is well: each line begins with what it is about."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import typer

from saywhy.policy.visible import visible

if TYPE_CHECKING:
    from saywhy.observe.filter_figures import Counts, FilterFigures
    from saywhy.observe.health_told import ProcessTold
    from saywhy.observe.state_figures import ListFigures, StateFigures
    from saywhy.observe.wrong import Found
    from saywhy.serve.status import InForce, Status

WIDTH: Final = 80
_LABEL: Final = 13
_MOST_LISTS: Final = 4
_MOST_NAMED: Final = 4  # processes, while all of them are up
_COLOURS: Final = {"critical": typer.colors.RED, "warning": typer.colors.YELLOW}
_UNITS: Final = ((172_800, 86_400, "days"), (7_200, 3_600, "hours"), (120, 60, "minutes"))


def as_text(status: "Status") -> Iterator[str]:
    """The lines to print. Styled; `typer.echo` plains them in a pipe."""
    yield _verdict(status)
    yield f"{_moment(status.at)}"
    for one in status.wrong:
        yield from _wrong(one)
    yield ""
    yield from _filter(status)
    if status.policy is not None:
        yield from _policy(status.policy, status.at)
    elif status.state is not None:
        yield from _line("Policy", "none was ever in force")
    yield from _processes(status)
    if status.figures is not None:
        yield from _traffic(status, status.figures)
        yield from _self_test(status.figures, status.at)
    if status.state is not None:
        yield from _lists(status.state, status.figures, status.at)
        yield from _certificate(status.state, status.at)
    if status.figures is not None:
        yield from _waiting(status.figures)
    for note in status.notes:
        yield from _line("Note", note)


def _many(count: float, what: str) -> str:
    return f"{count:,.0f} {what}{'' if count == 1 else 's'}"


def ago(seconds: float) -> str:
    """How long ago, in words: "20 seconds ago", "3 hours ago"."""
    return f"{lasting(seconds)} ago"


def lasting(seconds: float) -> str:
    """How long, in words: "1 second", "3 hours"."""
    for least, unit, name in _UNITS:
        if seconds >= least:
            return f"{seconds // unit:,.0f} {name}"
    return _many(max(0, int(seconds)), "second")


def _verdict(status: "Status") -> str:
    if not status.wrong:
        return typer.style("All is well.", fg=typer.colors.GREEN, bold=True)
    first, *others = status.wrong
    more = f" {len(status.wrong)} things are wrong." if others else ""
    return typer.style(f"{visible(first.what)}.{more}", fg=_COLOURS[first.meaning.severity], bold=True)


def _wrong(one: "Found") -> Iterator[str]:
    colour = _COLOURS[one.meaning.severity]
    detail = f" ({visible(one.detail)})" if one.detail else ""
    first, *rest = _wrapped(f"{one.meaning.severity.upper()}: {visible(one.what)}{detail}.", 2, 4)
    yield ""
    yield typer.style(first, fg=colour, bold=True)
    yield from (typer.style(line, fg=colour, bold=True) for line in rest)
    yield from _wrapped(f"What to do: {visible(one.do)}", 4, 4)


def _filter(status: "Status") -> Iterator[str]:
    running = status.running
    if running is None:
        if status.known:
            yield from _line("Filter", "it answers; what else it uses is not known to this user")
        return
    began = running.since.astimezone(status.at.tzinfo)
    age = lasting((status.at - began).total_seconds())
    yield from _line("Filter", f"process {running.pid}, up for {age}, since {_moment(began)}")
    yield from _line("", f"state folder {visible(str(running.state))}")


def _policy(policy: "InForce", now: datetime) -> Iterator[str]:
    said = [f"revision {policy.revision}" + (" (by a rollback)" if policy.rolled_back else "")]
    if policy.since is not None:
        said.append(f"{'since' if policy.by else 'loaded'} {_moment(policy.since.astimezone(now.tzinfo))}")
    if policy.by:
        said.append(f"by {visible(policy.by)}")
    yield from _line("Policy", ", ".join(said))


def _processes(status: "Status") -> Iterator[str]:
    told = status.processes
    if told:
        away = [one for one in told if one.state != "up"]
        if away:
            yield from _line("Processes", "; ".join(map(_process, told)))
        else:
            names = ", ".join(visible(one.name) for one in told) if len(told) <= _MOST_NAMED else f"{len(told)}"
            yield from _line("Processes", f"{names}: all up{_again(sum(one.restarts for one in told))}")
    elif status.figures is not None and status.figures.files:
        yield from _line("Processes", ", ".join(map(visible, status.figures.files)))


def _process(one: "ProcessTold") -> str:
    number = "" if one.pid is None else f" (process {one.pid})"
    return f"{visible(one.name)}{number} is {visible(one.state)}{_again(one.restarts)}"


def _again(restarts: int) -> str:
    return f", started again {_many(restarts, 'time')}" if restarts else ""


def _traffic(status: "Status", figures: "FilterFigures") -> Iterator[str]:
    room = figures.connections
    most = f" of {room.limit:,.0f} at most" if room.limit else ""
    at = "" if status.running is None else f", at {', '.join(status.running.listen)}"
    yield from _line("Connections", f"{room.open:,.0f} open{most}{at}")
    up = 0.0 if status.running is None else (status.at - status.running.since).total_seconds()
    average = f" ({figures.counts.requests / up:,.1f} a second on average)" if up > 0 else ""
    yield from _counts("Since start", figures.counts, average)
    if status.per_second is not None:
        seconds, each = status.per_second
        yield from _counts(f"Last {seconds:.0f} s", each, " a second", digits=1)


def _counts(label: str, counts: "Counts", about: str, digits: int = 0) -> Iterator[str]:
    def said(count: float, what: str = "") -> str:
        return f"{count:,.{digits}f} {what if not what or count != 1 or digits else what.removesuffix('s')}".rstrip()

    errors = said(counts.origin_errors, "errors")
    yield from _line(label, f"{said(counts.requests, 'requests')}{about}, {errors} of origins")
    yield from _line(
        "",
        f"connections: {said(counts.relayed)} relayed, {said(counts.inspected)} inspected, {said(counts.plain)} plain, "
        f"{said(counts.refused)} refused",
    )
    yield from _line(
        "",
        f"decisions: {said(counts.allowed)} allowed, {said(counts.blocked)} blocked, {said(counts.cautioned)} with caution",
    )


def _self_test(figures: "FilterFigures", now: datetime) -> Iterator[str]:
    if figures.self_test is None:
        return
    when = "" if figures.self_tested is None else f" {ago(now.timestamp() - figures.self_tested)}"
    failed = [name for name, passed in figures.self_test.items() if not passed]
    count = len(figures.self_test)
    said = (
        f"{len(failed)} of {count} checks did not pass: {', '.join(failed)}" if failed else f"all {count} checks passed"
    )
    yield from _line("Self-test", f"{visible(said)}{when}")


def _lists(state: "StateFigures", figures: "FilterFigures | None", now: datetime) -> Iterator[str]:
    from saywhy.observe.finding_wrong import is_stale

    count = len(state.lists) if figures is None else max(figures.lists, len(state.lists))
    if not count:
        yield from _line("Lists", "none imported")
        return
    index = "" if figures is None else f"; their index has {figures.listed:,} names and addresses"
    failing = sum(one.failing for one in state.lists)
    yield from _line("Lists", f"{count}, {failing or 'none'} failing{index}")
    moment = now.timestamp()
    shown = sorted(state.lists, key=lambda one: (not one.failing, not is_stale(one, moment), one.updated))
    for one in shown[:_MOST_LISTS]:
        yield from _line("", _list(one, moment))
    if count > _MOST_LISTS:
        yield from _line("", f"and {count - _MOST_LISTS} more (`saywhy lists show`)")


def _list(one: "ListFigures", moment: float) -> str:
    asked = "" if one.checked is None else f", asked {ago(moment - one.checked)}"
    failing = ", last update FAILED" if one.failing else ""
    return f"{visible(one.name)}: {one.entries:,} entries, updated {ago(moment - one.updated)}{asked}{failing}"


def _certificate(state: "StateFigures", now: datetime) -> Iterator[str]:
    if state.certificate_ends is not None:
        ends = datetime.fromtimestamp(state.certificate_ends, now.tzinfo)
        left = (ends - now).total_seconds()
        until = f"ends in {lasting(left)}" if left > 0 else "HAS ENDED"
        yield from _line("Certificate", f"the school's own {until}, on {ends:%a} {ends.day} {ends:%b %Y}")


def _waiting(figures: "FilterFigures") -> Iterator[str]:
    waiting = figures.waiting
    said = [f"{waiting.unanswered:,} unanswered"]
    if waiting.unanswered:
        said.append(f"{waiting.overdue or 'none'} overdue")
        if waiting.oldest:
            said.append(f"the oldest for {lasting(waiting.oldest)}")
    if waiting.asked_back:
        said.append(f"{waiting.asked_back} asked back")
    ending = f", {waiting.permits_ending:,} end within 7 days" if waiting.permits_ending else ""
    yield from _line("Requests", f"{', '.join(said)}; {_many(waiting.permits, 'permit')}{ending}")


def _line(label: str, text: str) -> Sequence[str]:
    first, *rest = _wrapped(text, _LABEL, _LABEL)
    return [typer.style(f"{label:<{_LABEL}}", bold=True) + first[_LABEL:], *rest]


def _wrapped(text: str, first: int, then: int) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" " * first,
        subsequent_indent=" " * then,
        break_on_hyphens=False,
        break_long_words=False,  # a path that is cut cannot be copied
    ) or [""]


def _moment(moment: datetime) -> str:
    """Like "Mon 23 Nov 2026 14:05:09", in the zone that it is in."""
    return f"{moment:%a} {moment.day} {moment:%b %Y %H:%M:%S}"
