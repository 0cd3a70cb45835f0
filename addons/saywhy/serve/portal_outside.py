"""What the portal is given of rooms that it does not know: a browser, the decision log, the policy's files."""

import os
import threading
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from saywhy.decide.access import Access, Target
from saywhy.decide.decide import decide
from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.exceptions.category_reports import Reported
from saywhy.exceptions.looking_again import UNUSED
from saywhy.exceptions.request import Dossier, ExceptionRequest
from saywhy.exceptions.weighing import access_of
from saywhy.observe.asked_by_page import PermitsUsed, hosts_asked_by
from saywhy.observe.lately import LatelyKnown
from saywhy.policy.address import AddressError
from saywhy.policy.changes.text_edit import Edit
from saywhy.policy.own_hosts import PORTAL_NAME
from saywhy.policy.reading.files import Folder
from saywhy.portal.outside import CannotBeWrittenError, Outside, PageNeeds, WrittenEdit
from saywhy.proxy.in_force import InForce
from saywhy.proxy.outbound.outbound import Outbound, Portal, read_hosts
from saywhy.rehearse.as_correction import CannotCorrectError, as_correction
from saywhy.rehearse.as_policy import AsPolicy, CannotBePolicyError, as_policy, kept_until
from saywhy.serve.page_browser import MOST_HOSTS, NotOpenedError, PageBrowser, found_browser
from saywhy.serve.revisions import Revisions
from saywhy.serve.settings import Settings

PAGE_BROWSER: Final = "SAYWHY_PAGE_BROWSER"  # a browser's program, or "off"; left out: the first that is installed
_NEVER: Final = (Reason.LOCKED, Reason.PORT, Reason.ADDRESS_LITERAL)
_COUNTED_FOR: Final = timedelta(hours=1)


class PortalOutside:
    """`engine` gives what is in force, or None; `now` an aware moment."""

    def __init__(self, settings: Settings, engine: Callable[[], Engine | None], now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._engine = engine
        self._now = now
        self._in_force = InForce()
        program = found_browser(os.environ.get(PAGE_BROWSER, ""))
        self._browser = None if program is None else PageBrowser(program, self._outbound)
        self._permits = PermitsUsed(settings.decision_log)
        self._lately = LatelyKnown(settings.decision_log, settings.handshake_log)
        self._used: Mapping[str, datetime] | None = None
        self._counted: datetime | None = None
        self._counting = threading.Lock()

    @property
    def outside(self) -> Outside:
        """As the portal takes it."""
        return Outside(
            self.logged,
            None if self._browser is None else self.opened,
            self.permits_used,
            self.as_policy,
            self.as_correction,
            self.kept_until,
            self._lately.of,
        )

    def logged(self, asked: ExceptionRequest) -> PageNeeds:
        """The hosts that pages of this host asked for, by the decision log of the last days."""
        try:
            hosts = hosts_asked_by(self._settings.decision_log, asked.refusal.host, MOST_HOSTS)
        except OSError:
            return PageNeeds(told="The decision log cannot be read, so nothing is known of what this page needs.")
        if not hosts:
            return PageNeeds(
                told="Nobody has opened this site here in the last days, so the log does not say what it needs."
            )
        return PageNeeds(hosts, (), "By the decision log, pages of this site asked for these places in the last days.")

    def opened(self, asked: ExceptionRequest) -> PageNeeds:
        """What the page asked for when it was opened; what the log says where it could not be."""
        engine, browser, refusal = self._engine(), self._browser, asked.refusal
        if engine is None or browser is None:
            return self.logged(asked)
        self._in_force.engine = engine
        scheme = "http" if refusal.scheme == "http" else "https"
        try:
            subject = access_of(engine, refusal).subject
            found = browser.asked_by(
                refusal.url or f"{scheme}://{refusal.host}/",
                lambda host, port: (
                    decide(engine, NO_GRANTS, Access(subject, Target(host, port), self._now())).reason not in _NEVER
                ),
            )
        except (NotOpenedError, AddressError) as fault:
            known = self.logged(asked)
            return PageNeeds(known.hosts, known.pages, f"The page was not opened: {fault}. {known.told}")
        told = (
            "The page was opened, and asked for these."
            if found.hosts or found.pages
            else "The page needs nothing else."
        )
        return PageNeeds(found.hosts, found.pages, told)

    def permits_used(self) -> Mapping[str, datetime] | None:
        """The last use of each permit in the last 30 days, counted aside; None until it is."""
        now = self._now()
        due = self._counted is None or now - self._counted > _COUNTED_FOR
        if due and self._counting.acquire(blocking=False):
            self._counted = now
            threading.Thread(target=self._count, args=(now.date(),), name="permits' use", daemon=True).start()
        return self._used

    def as_policy(self, dossier: Dossier, group: str) -> WrittenEdit:
        """A permit as a rule. Raises CannotBeWrittenError."""
        engine, folder = self._files()
        try:
            found = as_policy(folder, engine, dossier, self._now(), group)
        except CannotBePolicyError as fault:
            raise CannotBeWrittenError(str(fault)) from None
        return _written(found.edit, found.item, told_of(found))

    def as_correction(self, reported: Reported, suggested: str, because: str) -> WrittenEdit:
        """A report as a correction. Raises CannotBeWrittenError."""
        engine, folder = self._files()
        today = self._now().astimezone(engine.policy.school.timezone).date()
        try:
            found = as_correction(folder, engine, reported.host, reported.category, suggested, because, today)
        except CannotCorrectError as fault:
            raise CannotBeWrittenError(str(fault)) from None
        says = tuple(f"{one.place} says that it is in {reported.category}." for one in found.says)
        return _written(found.edit, found.item, says)

    def kept_until(self, rule: str, day: date) -> WrittenEdit:
        """A rule with another day of review. Raises CannotBeWrittenError."""
        engine, folder = self._files()
        try:
            return _written(kept_until(folder, engine, rule, day))
        except CannotBePolicyError as fault:
            raise CannotBeWrittenError(str(fault)) from None

    def _files(self) -> tuple[Engine, Folder]:
        engine, revisions = self._engine(), Revisions(self._settings.revisions)
        current = revisions.current()
        if engine is None or current is None:
            raise CannotBeWrittenError("No policy is in force, so there is nothing to change.")
        return engine, Folder(revisions.folder(current.revision))

    def _count(self, today: date) -> None:
        engine = self._engine()
        try:
            known = engine is not None and engine.policy.keep.log.days >= UNUSED  # the log goes back so far
            self._used = self._permits.since(today - timedelta(days=UNUSED)) if known else None
        except OSError:
            self._used = None
        finally:
            self._counting.release()

    def _outbound(self) -> Outbound:
        settings = self._settings
        own = [(one.host, one.port) for one in (*settings.listen, settings.portal, settings.metrics)]
        hosts = None if settings.hosts is None else read_hosts(settings.hosts)
        # the portal is not for it, by whatever name
        return Outbound(self._in_force, portal=Portal(f"not.{PORTAL_NAME}", "", 0), own=own, hosts=hosts)


def told_of(found: AsPolicy) -> tuple[str, ...]:
    """What a rule made from a permit does, in sentences."""
    where = f"above rule {found.above}" if found.above else "after all other rules"
    hours = (
        f"{what} opens in {count} of the 168 hours of a week in which it is closed now." for what, count in found.opens
    )
    stays = (f"In other hours {', '.join(found.stays)} closes it, as before.",) if found.stays else ()
    return (f"The new rule {found.rule.id} stands {where}.", *hours, *stays)


def _written(edit: Edit, lines: tuple[str, ...] = (), told: tuple[str, ...] = ()) -> WrittenEdit:
    return WrittenEdit(edit.name, edit.patch, edit.after, lines, told)
