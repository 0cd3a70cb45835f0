"""When a closed page opens again, and until when an open one stays open."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from saywhy.decide.access import Access
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.decide.matching import facts_of
from saywhy.policy.school import Times

_INSTANT: Final = timedelta(microseconds=1)
_MOST_DAYS: Final = 31  # ahead, where rules begin or end on a day


def opens_next(engine: Engine, grants: Grants, access: Access) -> datetime | None:
    """The first moment, in the school's time zone, at which the same access is allowed; None if none is near.

    It is looked for later today; where a rule about this target and subject begins or ends on a day of the next month,
    until that day. Tried at the edges of all that such rules are bound to, with the function that decides: "until 12:20"
    is never said where another rule would close the page at 12:20.
    """
    return _first(engine, grants, access, allowed=True)


def closes_next(engine: Engine, grants: Grants, access: Access, decision: Decision) -> datetime | None:
    """The first such moment at which what is allowed now is not allowed any more; also where its grant ends."""
    ends = () if decision.grant is None else (decision.grant.ends,)
    return _first(engine, grants, access, allowed=False, more=ends)


def _first(
    engine: Engine, grants: Grants, access: Access, *, allowed: bool, more: Iterable[datetime] = ()
) -> datetime | None:
    facts = facts_of(engine, access)
    rules = engine.index.candidates(facts.keys, access.subject.groups)
    times = [engine.policy.times[name] for name in {name for rule in rules for name in rule.times}]
    dated = {edge for rule in rules for edge in (rule.period.start, rule.period.end) if edge is not None} | {*more}
    zone = engine.policy.school.timezone
    now = access.at.astimezone(UTC)  # two moments of one zone compare by the clock on the wall, which may be set back
    today = facts.local.date()
    last = max((edge.astimezone(zone).date() for edge in dated), default=today)
    for ahead in range(min((last - today).days, _MOST_DAYS) + 1):
        day = today + timedelta(days=ahead)
        that_day = (edge for edge in dated if edge.astimezone(zone).date() == day)
        for moment in sorted({*that_day, *_edges(times, day, now, zone)}):
            if moment > now and decide(engine, grants, replace(access, at=moment)).allowed is allowed:
                return moment.astimezone(zone)
    return None


def _edges(times: Iterable[Times], day: date, now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The moments (UTC) of a day at which one of the times begins or ends; of calendars those after `now`."""
    begins = datetime.combine(day, time(), zone).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC) - _INSTANT
    for one in times:
        for span in one.spans:
            yield from (datetime.combine(day, edge, zone).astimezone(UTC) for edge in (span.start, span.until))
        yield from one.edges_between(max(begins - _INSTANT, now), ends)
