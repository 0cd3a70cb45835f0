"""What begins, ends and falls due in the days to come: of rules, permits, lists and calendars."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from saywhy.exceptions.request import number_of_permit
from saywhy.lists.store import Manifest
from saywhy.policy.grant import Grant
from saywhy.policy.period import ALWAYS
from saywhy.policy.policy import Policy
from saywhy.rehearse.ever_holds import ever_holds
from saywhy.rehearse.lint_calendars import last_day, never_holds, remedy
from saywhy.rehearse.lint_dates import STALE
from saywhy.rehearse.stretches import dates_of


class Event(StrEnum):
    """What happens: a closed set, in the order in which a day tells it."""

    BEGINS = "begins"
    ENDS = "ends"
    REVIEW = "review"
    PERMIT_ENDS = "permit-ends"
    LIST_IS_OLD = "list-is-old"
    CALENDAR_ENDS = "calendar-ends"


@dataclass(frozen=True, slots=True)
class Upcoming:
    """One event; `at` is None where the whole day is meant. `about` is the id of a rule, or a name. `told` is a sentence."""

    day: date
    at: time | None
    event: Event
    about: str
    told: str


def upcoming(
    policy: Policy, grants: Iterable[Grant], lists: Iterable[Manifest], now: datetime, days: int
) -> tuple[Upcoming, ...]:
    """All of it from today to `days` days from now by the school's calendar, and what is overdue, by day and time."""
    local = now.astimezone(policy.school.timezone)
    last = local.date() + timedelta(days=days)
    found = [
        *_of_rules(policy, local),
        *_of_grants(policy, grants),
        *_of_lists(policy, lists),
        *_of_calendars(policy, local.date()),
    ]
    order = list(Event)
    return tuple(
        sorted(
            (one for one in found if one.day <= last),
            key=lambda one: (one.day, one.at or time(), order.index(one.event), one.about),
        )
    )


def _of_rules(policy: Policy, now: datetime) -> Iterator[Upcoming]:
    today = now.date()
    for rule in policy.rules:
        if rule.period is ALWAYS or not ever_holds(policy, rule, now):
            continue
        begins, ends = rule.period.begins, rule.period.ends
        if begins is not None and begins.day >= today:
            yield Upcoming(begins.day, begins.at, Event.BEGINS, rule.id, f"rule {rule.id} begins")
        if ends is not None and ends.day >= today:
            when = "ends with this day" if ends.at is None else "ends"
            yield Upcoming(ends.day, ends.at, Event.ENDS, rule.id, f"rule {rule.id} {when}")
    for rule in (*policy.rules, policy.default):
        if rule.review_by is not None:
            who = f" ({policy.roles[rule.owner].title})" if rule.owner in policy.roles else ""
            named = f"rule {rule.id}" if rule.number else "the default"
            told = f"{named} is to be looked at again{who}"
            yield Upcoming(rule.review_by, None, Event.REVIEW, rule.id, told)


def _of_grants(policy: Policy, grants: Iterable[Grant]) -> Iterator[Upcoming]:
    for grant in {number_of_permit(one): one for one in grants}.values():  # one for each device that joined is the same
        ends = grant.ends.astimezone(policy.school.timezone)
        number = number_of_permit(grant)
        told = f"permit {number} for {grant.what.named} ends"
        yield Upcoming(ends.date(), ends.time(), Event.PERMIT_ENDS, number, told)


def _of_calendars(policy: Policy, today: date) -> Iterator[Upcoming]:
    for calendar in dates_of(policy).calendars:
        if calendar.ends is None:
            told = f"calendar {calendar.id} {never_holds(calendar)}: {remedy(calendar)}"
            yield Upcoming(today, None, Event.CALENDAR_ENDS, calendar.id, told)
            continue
        last = last_day(calendar.ends, policy.school.timezone)
        told = f"calendar {calendar.id} has nothing after this day: {remedy(calendar)}"
        yield Upcoming(last, None, Event.CALENDAR_ENDS, calendar.id, told)


def _of_lists(policy: Policy, lists: Iterable[Manifest]) -> Iterator[Upcoming]:
    for one in lists:
        if one.updated:
            taken = datetime.fromisoformat(one.updated).astimezone(policy.school.timezone).date()
            told = f"list {one.name} is {STALE.days} days old: saywhy lists update"
            yield Upcoming(taken + STALE, None, Event.LIST_IS_OLD, one.name, told)
