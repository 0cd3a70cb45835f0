"""What may be given for a request: who, what and until when, smallest first, and never more than the rule offers.

Where a rule's `offer` names no amount, every amount is offered, and the same for times.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from saywhy.exceptions.request import Proposal, Refusal
from saywhy.exceptions.until import LONGEST, end_of, end_of_day, last_day_before
from saywhy.policy.address import DEFAULT_PORTS, AddressError, Url, bracketed, canonical_url, path_to_compare
from saywhy.policy.grant import GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.policy import Policy
from saywhy.policy.rule import UNTIL_OFFERS, WHAT_OFFERS, Offer

ANOTHER_PAGE = "another-page"
A_DATE = "date"
_LONGEST_PAGE = 2000  # characters of path and query; keeps what every later decision compiles small


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was marked on the form, as it came: keys of the options, and two fields to write in."""

    who: str = ""
    what: str = ""
    until: str = ""
    page: str = ""
    date: str = ""


@dataclass(frozen=True)
class Offered:
    """The options by their keys, smallest first. `host` is set where another page of that site may be named.

    Where no time is on offer at this moment (a lesson, and none is on), `until` is empty and `latest` is now.
    """

    now: datetime
    timezone: ZoneInfo
    who: Mapping[str, GrantScope]
    what: Mapping[str, GrantTarget]
    until: Mapping[str, datetime]
    latest: datetime
    host: str | None = None
    by_date: bool = False
    unlimited: bool = False  # the rule names no time
    groups: tuple[str, ...] = field(default=())

    @property
    def nothing(self) -> bool:
        """Whether there is nobody to give it to, nothing to give, or no time for it."""
        return not self.who or not (self.what or self.host) or not self.until

    @property
    def last_day(self) -> date:
        """The last day that can be asked for: today at the least."""
        return max(self.now.astimezone(self.timezone).date(), last_day_before(self.latest, self.timezone))

    def choose(self, chosen: Chosen) -> tuple[Proposal | None, dict[str, str]]:
        """The proposal that was chosen, or a message for each field that was not."""
        errors: dict[str, str] = {}
        who = self.who.get(chosen.who)
        if who is None:
            errors["who"] = "Choose who it opens for"
        what = self._what(chosen, errors)
        ends = self._ends(chosen, errors)
        if who is None or what is None or ends is None:
            return None, errors
        return Proposal(who, what, ends), errors

    def _what(self, chosen: Chosen, errors: dict[str, str]) -> GrantTarget | None:
        if chosen.what != ANOTHER_PAGE or self.host is None:
            if chosen.what not in self.what:
                errors["what"] = "Choose what opens"
            return self.what.get(chosen.what)
        target = None
        try:
            url = canonical_url(chosen.page.strip())
        except AddressError:
            errors["page"] = f"Write the page's whole address, like https://{self.host}/page"
            return None
        if url.host != self.host:
            errors["page"] = f"The page has to be on {self.host}"
        else:
            target = page_target(url)
            if target is None:
                errors["page"] = "Write the address of one page, without *; the front page stands for the whole site"
        return target

    def _ends(self, chosen: Chosen, errors: dict[str, str]) -> datetime | None:
        if chosen.until != A_DATE or not self.by_date:
            if chosen.until not in self.until:
                over = chosen.until == Offer.THIS_LESSON
                errors["until"] = "No lesson is on now: choose another time" if over else "Choose until when"
            return self.until.get(chosen.until)
        day = parse_day(chosen.date)
        if day is None:
            errors["date"] = "Write the last day as a date, like 2026-11-27"
            return None
        ends = end_of_day(day, self.timezone) if day.year < date.max.year else self.latest + LONGEST
        if ends <= self.now:
            errors["date"] = "The last day has to be today or later"
        elif ends > self.latest:
            errors["date"] = f"The last day can be {self.last_day.isoformat()} at the latest"
        else:
            return ends
        return None


def offered(
    policy: Policy, offer: tuple[Offer, ...], apps: tuple[str, ...], refusal: Refusal, now: datetime
) -> Offered:
    """What a rule that offers this, and met the site by these apps, lets be given for a refusal."""
    amounts = [one for one in WHAT_OFFERS if one in offer] or list(WHAT_OFFERS)
    spans = [one for one in UNTIL_OFFERS if one in offer] or list(UNTIL_OFFERS)
    timezone = policy.school.timezone
    until = {span.value: end for span in spans if (end := end_of(span, now, policy)) is not None}
    unlimited = len({one for one in UNTIL_OFFERS if one in offer}) in (0, len(UNTIL_OFFERS))
    longest = datetime.combine((now + LONGEST).astimezone(timezone).date(), time.min, tzinfo=timezone)
    groups = tuple(name for name in refusal.groups if name in policy.groups)
    return Offered(
        now=now,
        timezone=timezone,
        who=_who(refusal.device, groups),
        what=_what(amounts, apps, refusal),
        until=until,
        latest=longest if unlimited else max(until.values(), default=now),
        host=refusal.host if Offer.THIS_PAGE in amounts else None,
        by_date=unlimited or Offer.THIS_TERM in offer,
        unlimited=unlimited,
        groups=groups,
    )


def still_offered(offers: Offered, proposal: Proposal, now: datetime) -> bool:
    """Whether what was proposed earlier may be given now."""
    page = proposal.what.page
    same_site = page is not None and page.host == offers.host
    amount = same_site or proposal.what in offers.what.values()
    return amount and proposal.who in offers.who.values() and now < proposal.ends <= offers.latest


def page_target(url: Url) -> GrantTarget | None:
    """That page and those below it, or None where this would be the whole site or hold a wildcard.

    A `*` in an address would be read as "anything", and the front page has every page below it.
    """
    path = path_to_compare(url.path)
    if path == "/" or "*" in path or len(url.origin_form) > _LONGEST_PAGE or url.port not in DEFAULT_PORTS.values():
        return None
    try:
        return GrantTarget(page=parse_pattern(f"https://{bracketed(url.host)}{url.origin_form}"))
    except AddressError:
        return None


def parse_day(text: str) -> date | None:
    """A date as a browser's date field sends it (YYYY-MM-DD, HTML 4.10.5.1.7), or as people write it (DD/MM/YYYY)."""
    bare = text.strip()
    day, slash, rest = bare.partition("/")
    if slash:
        month, _, year = rest.partition("/")
        bare = f"{year}-{month:0>2}-{day:0>2}"
    try:
        return date.fromisoformat(bare)
    except ValueError:
        return None


def _who(device: str | None, groups: tuple[str, ...]) -> dict[str, GrantScope]:
    options: dict[str, GrantScope] = {}
    if device is not None:
        options["device"] = GrantScope(device=device)
    for name in groups:
        options[f"group:{name}"] = GrantScope(groups=frozenset({name}))
    return options


def _what(amounts: list[Offer], apps: tuple[str, ...], refusal: Refusal) -> dict[str, GrantTarget]:
    options: dict[str, GrantTarget] = {}
    if Offer.THIS_PAGE in amounts and refusal.url is not None:
        page = page_target(canonical_url(refusal.url))
        if page is not None:
            options["page"] = page
    if Offer.THIS_SITE in amounts:
        options["site"] = GrantTarget(site=refusal.host)
    if Offer.THIS_APP in amounts:
        for app in apps:
            options[f"app:{app}"] = GrantTarget(app=app)
    return options
