"""The words of asking: until when and for whom as somebody who asks says it; how long answers take."""

from datetime import datetime, timedelta
from math import ceil
from typing import Final

from flask import Flask

from saywhy.exceptions.details import Details
from saywhy.exceptions.request import ExceptionRequest
from saywhy.exceptions.until import last_day_before
from saywhy.policy.grant import GrantScope
from saywhy.policy.rule import Offer
from saywhy.policy.school_day import lesson_times
from saywhy.portal.context import PortalContext
from saywhy.portal.language import day, label, ngettext
from saywhy.portal.language import gettext as _
from saywhy.portal.language import marked as N_  # noqa: N812  # as gettext has it
from saywhy.portal.wording import Wording

_SPANS: Final = {
    Offer.TODAY.value: N_("Today"),
    Offer.THIS_WEEK.value: N_("This week"),
    Offer.THIS_TERM.value: N_("This term"),
}
_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


class AskingWords:
    """Words that need the policy."""

    def __init__(self, context: PortalContext, wording: Wording) -> None:
        self._context = context
        self._wording = wording

    def install(self, app: Flask) -> None:
        """Give the words to the pages, and what stands beside a request to those who decide on it."""
        app.jinja_env.filters.update(span=self.span, asks_for=self.asks_for, takes=takes)
        app.jinja_env.globals.update(
            purpose_label=self.purpose,
            details_of=self._details,
            need_of=self._context.store.details.need,
            joined_by=self._joined,
        )

    def span(self, ends: datetime, key: str) -> str:
        """A choice of until when: "This lesson (until 11:00)", "Today", "This week (until Sunday 29 November 2026)"."""
        policy = self._context.policy()
        if key == Offer.THIS_LESSON.value:
            lesson = _("This lesson") if policy is not None and lesson_times(policy) else _("The next hour")
            return _("%(span)s (until %(end)s)", span=lesson, end=f"{self._wording.local(ends):%H:%M}")
        if key == Offer.TODAY.value or policy is None:
            return _(_SPANS[key])
        return _(
            "%(span)s (until %(end)s)", span=_(_SPANS[key]), end=day(last_day_before(ends, policy.school.timezone))
        )

    def asks_for(self, scope: GrantScope) -> str:
        """A choice of for whom."""
        if scope.device is not None:
            return _("Just me, on this device")
        return _("Everyone in %(group)s", group=self._wording.groups(sorted(scope.groups)))

    def purpose(self, name: str) -> str:
        """A purpose's label; empty where the policy has it no more."""
        policy = self._context.policy()
        found = None if policy is None else policy.catalogue.purposes.get(name)
        return "" if found is None else label("purpose", found.label)

    def _details(self, asked: ExceptionRequest) -> Details:
        return self._context.store.details.of(asked.id)

    def _joined(self, asked: ExceptionRequest) -> int:
        return self._context.store.joining.counts([asked.id]).get(asked.id, 0)


def takes(time: timedelta) -> str:
    """A length of time, rounded up so that it is not too short: "10 minutes", "2 hours", "3 days"."""
    seconds = time.total_seconds()
    if seconds > 2 * _DAY:
        return ngettext("%(num)d day", "%(num)d days", ceil(seconds / _DAY))
    if seconds > 2 * _HOUR:
        return ngettext("%(num)d hour", "%(num)d hours", ceil(seconds / _HOUR))
    return ngettext("%(num)d minute", "%(num)d minutes", max(1, ceil(seconds / (10 * _MINUTE))) * 10)
