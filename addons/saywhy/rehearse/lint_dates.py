"""Lint of days: rules that have ended, never hold or are to be looked at again, and lists that nobody has refreshed."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from saywhy.policy.codes import Code
from saywhy.policy.policy import Policy
from saywhy.policy.problem import Problem
from saywhy.policy.rule import Rule
from saywhy.policy.suggest import either, quoted
from saywhy.rehearse.ever_holds import ever_holds
from saywhy.rehearse.findings import Locations, named, severity_of

SOON: Final = timedelta(days=30)
STALE: Final = timedelta(days=90)
_UPDATED: Final = re.compile(r"#\s*updated:\s*(\S*)", re.IGNORECASE)


def lint_dates(locations: Locations, now: datetime) -> Iterator[Problem]:
    """The problems of days, as of now (aware) and today in the school's own time zone."""
    today = now.astimezone(locations.policy.school.timezone).date()
    for rule in locations.policy.rules:
        ends = rule.period.ends
        if ends is not None and rule.period.is_over(now):
            what = f"{named(rule)} ended {'with' if ends.at is None else 'on'} {ends.told}"
            yield locations.about_rule(rule, ("until",), Code.RULE_ENDED, what, "take it out, or write a later until")
        elif not ever_holds(locations.policy, rule, now) and not _told_of_calendars(locations.policy, rule, now):
            yield _never_holds(locations, rule)
    for rule in (*locations.policy.rules, locations.policy.default):
        due = rule.review_by
        if due is None or due > today + SOON:
            continue
        days = (due - today).days
        if days < 0:
            code, when = Code.REVIEW_PAST, f"{_days(-days)} ago"
        else:
            code, when = Code.REVIEW_SOON, f"in {_days(days)}" if days else "today"
        is_due = "was" if days < 0 else "is"
        what = f"{named(rule)} {is_due} to be looked at again {when}, by {due}"
        yield locations.about_rule(rule, ("review_by",), code, what, "look at it together, and write the next day")
    yield from _stale(locations, today)


def _never_holds(locations: Locations, rule: Rule) -> Problem:
    begins, ends, code = rule.period.begins, rule.period.ends, Code.NEVER_HOLDS
    if begins and rule.period.is_empty:
        what = f"{named(rule)} never holds, since clocks are set forward then and pass over {begins.told}"
        return locations.about_rule(rule, ("from",), code, what, "write moments that clocks show")
    if begins and ends:
        when = f"between {begins.told} and {ends.told}"
    else:
        when = f"after {begins.told}" if begins else f"any more until {ends.told}" if ends else "any more"
    what = f"{named(rule)} never holds, since {either(rule.times)} does not come {when}"
    return locations.about_rule(rule, ("when",), code, what, "write other times, or other days")


def _told_of_calendars(policy: Policy, rule: Rule, now: datetime) -> bool:
    """Whether it goes by a calendar that is over, which is said of the calendar."""
    calendars = (one for name in rule.times for one in policy.times[name].calendars.values())
    return any(one.ends is None or one.ends <= now for one in calendars)


def _stale(locations: Locations, today: date) -> Iterator[Problem]:
    for name, text in locations.written.texts.items():
        if name in locations.written.documents:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            found = _UPDATED.match(line.strip())
            if found is None:
                continue
            what = _age(found[1], today)
            if what:
                column = line.index("#") + 1
                instead = f"refresh the list, and write # updated: {today}"
                code = Code.STALE_LIST
                yield Problem(locations.written.shown[name], number, column, what, instead, severity_of(code), code)


def _age(written: str, today: date) -> str:
    try:
        updated = date.fromisoformat(written)
    except ValueError:
        return f"the list says that it was updated on {quoted(written)}, which is no date"
    if updated > today:
        return f"the list says that it was updated on {updated}, a day to come"
    if today - updated > STALE:
        return f"the list was last updated {_days((today - updated).days)} ago, on {updated}"
    return ""


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
