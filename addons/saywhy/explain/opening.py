"""When a closed page opens again today."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from saywhy.decide.access import Access
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.decide.matching import facts_of


def opens_today(engine: Engine, grants: Grants, access: Access) -> datetime | None:
    """The first moment later today, in the school's time zone, at which the same access is allowed; None if none is.

    Tried at the edges of the timetable that any rule about this target and subject is bound to, with the function that
    decides: "until 12:20" is never said where another rule would close the page at 12:20.
    """
    facts = facts_of(engine, access)
    rules = engine.index.candidates(facts.keys, access.subject.groups)
    names = {name for rule in rules for name in rule.times}
    dated = {edge for rule in rules for edge in (rule.period.start, rule.period.end) if edge is not None}
    if not names and not dated:
        return None
    zone = engine.policy.school.timezone
    edges = {edge for name in names for span in engine.policy.times[name].spans for edge in (span.start, span.until)}
    today = facts.local.date()
    now = access.at.astimezone(UTC)  # two moments of one zone compare by the clock on the wall, which may be set back
    tomorrow = datetime.combine(today + timedelta(days=1), time(), zone).astimezone(UTC) - timedelta(microseconds=1)
    moments = sorted(
        (
            *(datetime.combine(today, edge, zone).astimezone(UTC) for edge in edges),
            *(edge for edge in dated if edge.astimezone(zone).date() == today),
            *(edge for name in names for edge in engine.policy.times[name].edges_between(now, tomorrow)),
        )
    )
    for moment in moments:
        if moment > now and decide(engine, grants, replace(access, at=moment)).allowed:
            return moment.astimezone(zone)
    return None
