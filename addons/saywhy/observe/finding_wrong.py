"""What is wrong, found in the figures of a filter and in what it says of its health: each kind once, or once for what it is about."""

from collections.abc import Iterable, Iterator
from typing import Final

from saywhy.observe.filter_figures import SLOW_SECONDS, FilterFigures
from saywhy.observe.health_told import SELF_TEST, UP, HealthTold, WrongTold
from saywhy.observe.state_figures import ListFigures, StateFigures
from saywhy.observe.wrong import MEANINGS, Found, Meaning, Severity, Wrong, found

STALE_SECONDS: Final = 48 * 3600  # since the source of a list was asked
CERTIFICATE_SECONDS: Final = 60 * 86_400  # before it ends
NEAR: Final = 0.8  # of a limit
SLOW_PART: Final = 0.01  # of decisions
LOST_SECONDS: Final = 600  # since a line of the log was lost
REPLACED_SECONDS: Final = 600  # since a process was started in the place of another
UNTESTED_SECONDS: Final = 300
_ALLOWED: Final = "allowed-"  # begins the names of checks that have to open
_FEWEST_DECISIONS: Final = 1_000  # the first after a start are slower
_FOLLOWED_SECONDS: Final = 10  # until every process goes by a revision
_SUPERVISOR: Final = "supervisor"
_DAY: Final = 86_400


def wrong_in_figures(figures: FilterFigures, now: float) -> Iterator[Found]:
    """What the figures say; `now` is in Unix seconds."""
    yield from (found(Wrong(kind)) for kind in sorted(figures.alarms) if kind in Wrong)
    if not figures.reloaded or figures.state.policy_problems:
        yield found(Wrong.NOT_TAKEN, detail=_problems(figures.state.policy_problems or 0))
    settled = figures.loaded is not None and now - figures.loaded > _FOLLOWED_SECONDS
    for process, revision in figures.revisions.items():
        if settled and figures.revision and revision != figures.revision:
            yield found(Wrong.NOT_FOLLOWED, process, f"{process} goes by revision {revision}")
    yield from _self_test(figures, now)
    yield from _near_limits(figures)
    if figures.decisions >= _FEWEST_DECISIONS and figures.slow > SLOW_PART * figures.decisions:
        part = f"{figures.slow / figures.decisions:.1%} of {figures.decisions:,} decisions since the start"
        yield found(Wrong.SLOW, detail=f"{part} took longer than {SLOW_SECONDS * 1000:g} ms")
    if figures.dropped and (figures.dropped_at is None or now - figures.dropped_at < LOST_SECONDS):
        yield found(Wrong.LOG_LINES, detail=f"{figures.dropped:,} since the start")
    if figures.break_glass:
        yield found(Wrong.BREAK_GLASS)
    if figures.waiting.overdue:
        yield found(Wrong.OVERDUE, detail=f"{figures.waiting.overdue} of them")
    if figures.waiting.without_reason:
        yield found(Wrong.NO_REASON, detail=f"{figures.waiting.without_reason} of them")
    yield from wrong_in_state(figures.state, now)


def wrong_in_state(state: StateFigures, now: float) -> Iterator[Found]:
    """What is wrong with lists and the certificate."""
    for one in state.lists:
        if is_stale(one, now) and one.checked is not None:
            yield found(
                Wrong.LIST_STALE, one.name, f"its source was last asked {(now - one.checked) // _DAY:.0f} days ago"
            )
        if one.failing:
            yield found(Wrong.LIST_FAILING, one.name)
    if state.certificate_ends is not None and state.certificate_ends - now < CERTIFICATE_SECONDS:
        days = (state.certificate_ends - now) / _DAY
        yield found(Wrong.CERTIFICATE, detail=f"in {days:.0f} days" if days > 0 else "it HAS ENDED")


def is_stale(one: ListFigures, now: float) -> bool:
    """Whether nobody has asked the list's source for too long."""
    return one.checked is not None and now - one.checked > STALE_SECONDS


def wrong_in_health(health: HealthTold, now: float) -> Iterator[Found]:
    """What the filter says itself; `now` is in Unix seconds. A kind that is not known here is told in the filter's own words."""
    for told in health.wrong:
        if told.process == SELF_TEST:
            continue  # its figures tell
        if told.kind in Wrong:
            of_one = told.process and told.process != _SUPERVISOR and told.process not in told.text.replace(" ", "-")
            yield found(Wrong(told.kind), told.process, f"{told.process}: {told.text}" if of_one else told.text)
        else:
            yield _unknown(told)
    spoken_of = {told.process for told in health.wrong}
    for process in health.processes:
        if process.state != UP and process.name not in spoken_of:
            if process.state in Wrong:
                yield found(Wrong(process.state), process.name)
            else:
                yield _unknown(WrongTold(process.name, process.state, f"{process.name} is {process.state}"))
        elif process.state == UP and process.restarts and process.since is not None:
            ago = now - process.since.timestamp()
            if ago < REPLACED_SECONDS:
                yield found(Wrong.REPLACED, process.name, f"{ago / 60:.0f} minutes ago, {process.restarts} in all")


def _unknown(told: WrongTold) -> Found:
    what = told.text or f"{told.process or 'the filter'} says: {told.kind}"
    do = told.do or "the filter's last lines say more."
    return Found(told.kind or "unknown", Meaning(Severity.CRITICAL, what, do), told.process)


def each_once(everything: Iterable[Found]) -> tuple[Found, ...]:
    """The worst first. What health and figures both say is said once, with the words of whichever came first."""
    kept: dict[tuple[str, str], Found] = {}
    kinds: set[str] = set()
    for one in everything:
        if one.about and "{about}" in one.meaning.what:
            kept.setdefault((one.kind, one.about), one)
        elif one.kind not in kinds:
            kept[one.kind, ""] = one
        kinds.add(one.kind)
    order = list(MEANINGS)
    return tuple(
        sorted(
            kept.values(),
            key=lambda one: (
                one.meaning.severity is not Severity.CRITICAL,
                order.index(Wrong(one.kind)) if one.kind in Wrong else -1,
            ),
        )
    )


def _self_test(figures: FilterFigures, now: float) -> Iterator[Found]:
    if figures.let_through:
        yield found(Wrong.LET_THROUGH)
    failed = [check for check, passed in (figures.self_test or {}).items() if not passed]
    for check in failed:
        if check.startswith(_ALLOWED):
            yield found(Wrong.NOT_OPENED, check)
        elif not figures.let_through:
            yield found(Wrong.SELF_TEST, check)
    if figures.self_tested is not None and now - figures.self_tested > UNTESTED_SECONDS:
        yield found(Wrong.NOT_TESTED, detail=f"last {(now - figures.self_tested) / 60:,.0f} minutes ago")


def _near_limits(figures: FilterFigures) -> Iterator[Found]:
    for process, room in figures.files.items():
        if room.part > NEAR:
            yield found(Wrong.FILES, process, f"{room.open:,.0f} of {room.limit:,.0f}")
    if figures.connections.part > NEAR:
        yield found(Wrong.CONNECTIONS, detail=f"{figures.connections.open:,.0f} of {figures.connections.limit:,.0f}")


def _problems(count: int) -> str:
    return "" if not count else f"{count} problem{'' if count == 1 else 's'} in its files"
