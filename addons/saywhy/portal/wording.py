"""Facts in words: days, times, who, what. The pages use these by name."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask import Flask

from saywhy.exceptions.offer import A_DATE, ANOTHER_PAGE, Offered
from saywhy.exceptions.reach import Reached
from saywhy.exceptions.readable import grouped
from saywhy.exceptions.request import Dossier, Happening, Refusal
from saywhy.exceptions.state import State
from saywhy.explain.hostname import shown_host
from saywhy.policy.grant import GrantScope, GrantTarget
from saywhy.policy.languages import SOURCE
from saywhy.policy.rule import ApprovalGroup, Offer
from saywhy.policy.school_day import lesson_times
from saywhy.portal.context import PortalContext
from saywhy.portal.language import day, joined_by_and, joined_by_or, translation
from saywhy.portal.language import gettext as _
from saywhy.portal.language import marked as N_  # noqa: N812  # as gettext has it

_STATES = {
    State.OPEN: N_("Waiting for an answer"),
    State.AWAITING_SIGN_OFF: N_("Waiting for a second person"),
    State.QUESTION: N_("Waiting for an answer to a question"),
    State.APPEALED: N_("Asked again, of somebody else"),
    State.GRANTED: N_("Yes"),
    State.REFUSED: N_("No"),
    State.WITHDRAWN: N_("Withdrawn"),
    State.LAPSED: N_("Closed"),
}
_HAPPENINGS = {
    Happening.SUBMITTED: N_("Asked"),
    Happening.APPROVED: N_("Said yes"),
    Happening.SIGNED_OFF: N_("Agreed"),
    Happening.REFUSED: N_("Said no"),
    Happening.WITHDRAWN: N_("Withdrawn by the person who asked"),
    Happening.LAPSED: N_("Closed: nothing was left to decide"),
    Happening.REVOKED: N_("Ended early"),
    Happening.CHANGED: N_("Proposed something else, so that every yes is given anew"),
    Happening.VOIDED: N_("A yes does not count any more"),
    Happening.ASKED_BACK: N_("Asked back"),
    Happening.ANSWERED: N_("Answered by the person who asked"),
    Happening.APPEALED: N_("Asked again by the person who asked"),
    Happening.HALF_TIME: N_("Half the time for an answer was over, so deputies could answer as well"),
    Happening.OVERDUE: N_("The time for an answer was over"),
    Happening.SAID_BY_MAIL: "Wrote by mail",
    Happening.ARGUED: "Said what speaks for it or against it",
    Happening.REFERRED: N_(N_("Referred to somebody who has to see it")),
    Happening.JOINED: N_(N_("Somebody else asked for the same, and joined")),
    Happening.LEFT: N_(N_("Somebody who asked needs it no more; others do")),
}
_COUNTED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SPANS = {
    Offer.TODAY.value: N_("Today"),
    Offer.THIS_WEEK.value: N_("This week"),
    Offer.THIS_TERM.value: "This term, at the latest",
}


def state_in_words(state: State) -> str:
    """A state as pages say it."""
    return _(_STATES[state])


def granted_in_words(ends: datetime, revoked_at: datetime | None, now: datetime) -> str:
    """A yes as pages say it: what was given may be over."""
    if revoked_at is not None:
        return _("Yes, and ended early")
    return _("Yes, and over") if ends <= now else _(_STATES[State.GRANTED])


def answer_in_words(dossier: Dossier, now: datetime) -> str:
    """What became of a request."""
    if dossier.grant is None:
        return _(_STATES[dossier.request.state])
    return granted_in_words(dossier.grant.ends, dossier.revoked_at, now)


def happening_in_words(what: Happening) -> str:
    """A line of a timeline as pages say it."""
    return _(_HAPPENINGS[what])


class Wording:
    """The words that need the policy: its time zone, its labels."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context

    def install(self, app: Flask) -> None:
        """Give the words to the pages."""
        app.jinja_env.filters.update(
            day=day,
            moment=self.moment,
            end=self.end,
            clock=self.clock,
            what=self.what,
            who=self.who,
            group=self.group,
            groups=self.groups,
            roles=self.roles,
            people=self.people,
            state=state_in_words,
            answer=answer_in_words,
            happening=happening_in_words,
            host=shown_host,
            code=grouped,
        )
        app.jinja_env.globals.update(granted=granted_in_words)
        app.jinja_env.globals.update(school=self.school, policy_notice=self._context.policy_notice)
        app.jinja_env.globals.update(overblocked=self._context.overblocked)
        app.jinja_env.trim_blocks = True
        app.jinja_env.lstrip_blocks = True

    def school(self) -> str:
        """The school's name."""
        policy = self._context.policy()
        return _("Your school") if policy is None else policy.school.name

    def local(self, moment: datetime) -> datetime:
        """A moment in the school's own time zone."""
        policy = self._context.policy()
        return moment if policy is None else moment.astimezone(policy.school.timezone)

    def moment(self, moment: datetime) -> str:
        """Like "Monday 23 November 2026 at 14:05"."""
        local = self.local(moment)
        return _("%(day)s at %(time)s", day=day(local.date()), time=f"{local:%H:%M}")

    def end(self, moment: datetime) -> str:
        """The end of a permit: like "14:05 on Monday 23 November 2026", midnight as the end of the day before."""
        local = self.local(moment)
        if (local.hour, local.minute, local.second) == (0, 0, 0):
            return _("the end of %(day)s", day=day(local.date() - timedelta(days=1)))
        return _("%(time)s on %(day)s", day=day(local.date()), time=f"{local:%H:%M}")

    def clock(self, moment: datetime) -> str:
        """A time of day, like "14:05"."""
        return f"{self.local(moment):%H:%M}"

    def group(self, name: str) -> str:
        """A group's label."""
        policy = self._context.policy()
        return policy.groups[name].label if policy is not None and name in policy.groups else name

    def groups(self, names: Sequence[str]) -> str:
        """The most telling group's label, or everyone."""
        return self.group(names[0]) if names else _("Everyone")

    def roles(self, names: Sequence[str]) -> str:
        """Titles of roles, joined by "or"."""
        policy = self._context.policy()
        known = {} if policy is None else policy.roles
        return joined_by_or(known[name].title if name in known else name for name in names)

    def people(self, groups: Sequence[ApprovalGroup]) -> str:
        """Who still has to agree, as a sentence begins with it: "One of IT support, and two of Leadership"."""
        if translation().tag != SOURCE:
            return joined_by_and(f"{self.roles(group.of)} ({group.number})" for group in groups)
        told = ", and ".join(f"{_COUNTED[group.number - 1]} of {self.roles(group.of)}" for group in groups)
        return told[:1].upper() + told[1:]

    def what(self, target: GrantTarget) -> str:
        """What is opened."""
        if target.page is not None:
            return _("%(page)s and the pages below it", page=target.page.text.split("://", 1)[-1])
        if target.site is not None:
            return _("the whole of %(site)s, with its subdomains", site=shown_host(target.site))
        policy = self._context.policy()
        app = None if policy is None or target.app is None else policy.catalogue.apps.get(target.app)
        return _("the app %(app)s, wherever it is", app=target.app if app is None else app.label)

    def who(self, scope: GrantScope) -> str:
        """Who it opens for."""
        named = [_("everyone in %(group)s", group=self.group(name)) for name in sorted(scope.groups)]
        if scope.device is not None:
            named.append(_("the device %(device)s", device=scope.device))
        return joined_by_and(named)

    def reach(self, reach: Reached | None) -> str:
        """What a permit opens beside the rule that it was asked from, who answers for it, and what stays closed."""
        if reach is None:
            return ""
        told = []
        if len(reach.opens) > 1:
            also = ", ".join(rule.id for rule in reach.opens[1:])
            if reach.apart:
                told.append(f"It is closed by “{also}” as well, and no one role answers for all of it.")
            else:
                second = f", and {self.roles(reach.ask.agrees)} agrees" if reach.ask.agrees else ""
                told.append(f"Opens what “{also}” closes as well: {self.roles(reach.ask.decides)} decides{second}.")
        if reach.stays:
            told.append(f"What “{', '.join(rule.id for rule in reach.stays)}” closes stays closed.")
        return " ".join(told)

    def options(
        self, offers: Offered, refusal: Refusal, reaches: Mapping[str, Reached]
    ) -> dict[str, list[tuple[str, str, str]]]:
        """The options of the form: value, label and hint, smallest first. `reaches` are by the keys of what opens."""
        where = f"{refusal.device}, {refusal.place}" if refusal.place else f"{refusal.device}"
        who = [
            (key, f"Only this device ({where})" if scope.device else _capital(self.who(scope)), "")
            for key, scope in offers.who.items()
        ]
        any_query = (
            "With anything after a “?” as well; to narrow it down, choose another page and write the whole address."
        )
        what = [
            (
                key,
                _capital(self.what(target)),
                " ".join(filter(None, [any_query if target.page is not None else "", self.reach(reaches.get(key))])),
            )
            for key, target in offers.what.items()
        ]
        if offers.host is not None:
            at = 1 if "page" in offers.what else 0
            what.insert(at, (ANOTHER_PAGE, f"Another page of {shown_host(offers.host)}", ""))
        policy = self._context.policy()
        lesson = "This lesson" if policy is not None and lesson_times(policy) else "The next hour"
        spans = {Offer.THIS_LESSON.value: lesson, **_SPANS}
        until = [(key, spans[key], f"Until {self.end(ends)}") for key, ends in offers.until.items()]
        if offers.by_date:
            until.append((A_DATE, "Another last day", ""))
        return {"who": who, "what": what, "until": until}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if text.startswith(("everyone", "the ")) else text
