"""The list of requests, for those whom they concern: searched, filtered, merged, in pages; and several answered at once."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saywhy.decide.engine import Engine
from saywhy.exceptions.concerned import reads_all
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.deciders import seconds
from saywhy.exceptions.due import Due, Lateness, due
from saywhy.exceptions.listing import Entry, Page, Wanted
from saywhy.exceptions.request import Account, ExceptionRequest, Review
from saywhy.exceptions.state import UNDECIDED, NotPossible, State
from saywhy.exceptions.weighing import (
    CannotBeAsked,
    Incomplete,
    NotEntitled,
    deciding_now,
    present_terms,
    terms_of,
    told_why,
)
from saywhy.policy.address import AddressError
from saywhy.portal.context import Noticed, PortalContext
from saywhy.portal.forms import note_of
from saywhy.portal.permissions import roles_in_force
from saywhy.portal.queue import AGES, ANSWERED, LATE, RISKS, WAITING, Chosen, chosen_numbers, read_chosen
from saywhy.portal.signing_in import staff_here
from saywhy.portal.wording import state_in_words

_LATELY: Final = 20
_EARLIER: Final = 5
_CHOSEN_AT_ONCE: Final = 20  # entries; each with a reason of its own
_ANSWERED_AT_ONCE: Final = 500  # requests of one entry
_DONE: Final = 303
_AGES: Final = dict(
    zip(AGES, ("Asked more than a day ago", "Asked more than a week ago", "Asked more than 30 days ago"), strict=True)
)


class RequestList:
    """The pages `/requests` and `/requests/answer`."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context
        self._store = context.store

    def install(self, app: Flask) -> None:
        """Add the pages."""
        app.add_url_rule("/requests", "requests", self.listed, methods=["GET"])
        app.add_url_rule("/requests/answer", "answer_several", self.several, methods=["GET"])
        app.add_url_rule("/requests/answer", "send_several", self.answer, methods=["POST"])

    def listed(self) -> ResponseReturnValue:
        """What waits, the oldest first, and what was answered lately; or what somebody looks for."""
        account = staff_here(self._context)
        engine = self._context.engine()
        unsorted = 0 if engine is None else self._sorted(engine)
        chosen = read_chosen(request.args, self._context.policy())
        now = self._context.now()
        roles = self._roles(account)
        revision = None if engine is None else engine.revision
        wanted = chosen.wanted(roles, now, revision)
        entries, asked = self._store.listing.counts(wanted)
        if chosen.waits and chosen.alike is None:
            late, merged = self._late_first(chosen, wanted)
            found, after = (*late, *merged.shown), merged.after
        else:
            single = self._store.listing.requests(wanted, chosen.after)
            found, after = tuple(Entry(one, 1) for one in single.shown), single.after
        lately: tuple[ExceptionRequest, ...] = ()
        if not chosen.narrowed and not chosen.after:
            lately = self._store.listing.requests(
                Chosen(state=ANSWERED).wanted(roles, now, revision), most=_LATELY
            ).shown
        hosts = {one.first.refusal.host for one in found}
        earlier = self._earlier(hosts, roles)
        shown = [*(one.first for one in found), *lately, *(one for answers in earlier.values() for one, _ in answers)]
        page = render_template(
            "requests.html",
            account=account,
            chosen=chosen,
            errors=chosen.errors,
            choices=self._choices(),
            entries=found,
            count=entries,
            asked=asked,
            after=after,
            unsorted=unsorted,
            lately=lately,
            waiting=WAITING,
            asked_for=self._store.asked_for(hosts),
            earlier=earlier,
            deciders={one.first.id: _deciders(engine, one.first, now) for one in found if one.first.state in UNDECIDED},
            dues={one.first.id: _due(engine, one.first, now) for one in found},
            undecided=UNDECIDED,
            endings=self._store.endings([one.id for one in shown]),
            now=now,
        )
        return page, 422 if chosen.errors else 200

    def _late_first(self, chosen: Chosen, wanted: Wanted) -> tuple[tuple[Entry, ...], Page[Entry]]:
        """What is overdue and what has half its time over, on the first page; and a page of the others."""
        entries = self._store.listing.entries
        overdue = entries(replace(wanted, late=Lateness.OVERDUE)).shown
        told = tuple(one.first.id for one in overdue)
        half = entries(replace(wanted, late=Lateness.HALF, without=told)).shown
        told = (*told, *(one.first.id for one in half))
        return (*overdue, *half) if not chosen.after else (), entries(replace(wanted, without=told), chosen.after)

    def _sorted(self, engine: Engine) -> int:
        with suppress(StoreUnavailable):  # somebody else writes just now: what has been sorted can be read all the same
            return self._store.listing.sort(engine)
        return self._store.listing.unsorted(engine)

    def several(self) -> ResponseReturnValue:
        """The entries that were ticked, each with room for its reason."""
        account = staff_here(self._context)
        return self._several(account, self._chosen(account, request.args.getlist("entry")))

    def answer(self) -> ResponseReturnValue:
        """Say no to each, with its own reason; to none while one reason is missing."""
        account = staff_here(self._context)
        engine = self._context.in_force()
        entries = self._chosen(account, request.form.getlist("entry"))
        reasons, errors = self._reasons(entries)
        instead, too_long = self._instead(entries)
        errors |= too_long
        if errors:
            return self._several(account, entries, errors), 422
        told = {"no": 0, "closed": 0, "left": 0}
        for entry in entries:
            alike = Wanted(
                frozenset({entry.first.state}), self._own(account), alike=entry.first.id, revision=engine.revision
            )
            for one in self._store.listing.requests(alike, most=_ANSWERED_AT_ONCE).shown:
                told[self._answered(one, engine, account, reasons[entry.first.id], instead[entry.first.id])] += 1
        for key, words in (
            ("no", "You said no to {}. The people who asked can read your reason."),
            ("closed", "You closed {}. The rules no longer let anybody decide on that."),
            ("left", "{} could not be answered so: somebody else has to, or has already."),
        ):
            if told[key]:
                flash(words.format(f"{told[key]} request{'' if told[key] == 1 else 's'}"))
        return redirect(url_for("requests"), _DONE)

    def _answered(  # one answer, all of its parts
        self, one: ExceptionRequest, engine: Engine, account: Account, reason: str, instead: str
    ) -> str:
        with suppress(NotPossible, NotEntitled):
            try:
                self._store.refuse(one.id, engine, account, reason, self._context.now(), instead)
            except CannotBeAsked:
                self._store.lapse(one.id, engine, account, reason, self._context.now())
                self._context.observe(Noticed.LAPSED)
                return "closed"
            self._context.observe(Noticed.REFUSED)
            return "no"
        return "left"

    def _several(self, account: Account, entries: tuple[Entry, ...], errors: Mapping[str, str] | None = None) -> str:
        for entry in entries:  # what the first of each wrote is shown
            self._store.looked(entry.first.id, account.name, self._context.now())
        return render_template(
            "answer_several.html",
            account=account,
            entries=entries,
            errors=errors or {},
            typed=request.form if errors else {},
            most=_CHOSEN_AT_ONCE,
        )

    def _chosen(self, account: Account, given: list[str]) -> tuple[Entry, ...]:
        numbers = chosen_numbers(given, _CHOSEN_AT_ONCE)
        engine = self._context.engine()
        if engine is not None:
            self._sorted(engine)
        revision = None if engine is None else engine.revision
        return self._store.listing.alike(Wanted(UNDECIDED, self._own(account), revision=revision), numbers)

    @staticmethod
    def _reasons(entries: tuple[Entry, ...]) -> tuple[dict[int, str], dict[str, str]]:
        reasons: dict[int, str] = {}
        errors: dict[str, str] = {}
        for entry in entries:
            field = f"reason-{entry.first.id}"
            text, too_long = note_of(request.form, field)
            try:
                reasons[entry.first.id] = told_why(text, field)
            except Incomplete as lacking:
                errors |= lacking.errors
            if too_long is not None:
                errors[field] = too_long
        return reasons, errors

    @staticmethod
    def _instead(entries: tuple[Entry, ...]) -> tuple[dict[int, str], dict[str, str]]:
        said = {entry.first.id: note_of(request.form, f"instead-{entry.first.id}") for entry in entries}
        return {id_: text for id_, (text, _) in said.items()}, {
            f"instead-{id_}": long for id_, (_, long) in said.items() if long
        }

    def _roles(self, account: Account) -> frozenset[str] | None:
        """The roles that somebody reads for; None: all."""
        roles = roles_in_force(self._context, account)
        return None if reads_all(self._context.policy(), roles) else roles

    def _own(self, account: Account) -> frozenset[str]:
        return roles_in_force(self._context, account)

    def _earlier(
        self, hosts: set[str], roles: frozenset[str] | None
    ) -> dict[str, list[tuple[ExceptionRequest, Review]]]:
        answered = self._store.answered_for(hosts)
        mine = self._store.listing.concerning([one.id for one, _ in answered], roles)
        found: dict[str, list[tuple[ExceptionRequest, Review]]] = {}
        for one, review in answered:
            if one.id in mine and len(found.setdefault(one.refusal.host, [])) < _EARLIER:
                found[one.refusal.host].append((one, review))
        return {host: answers for host, answers in found.items() if answers}

    def _choices(self) -> dict[str, dict[str, str]]:
        policy = self._context.policy()
        return {
            "state": {
                WAITING: "All that waits",
                LATE: "Waiting, and half the time has gone",
                ANSWERED: "All answered requests",
            }
            | {state.value: state_in_words(state) for state in State},
            "role": {} if policy is None else {role.id: role.title for role in policy.roles.values()},
            "risk": RISKS,
            "age": _AGES,
        }


def _due(engine: Engine | None, asked: ExceptionRequest, now: datetime) -> Due | None:
    """By when an answer is due; None where nothing waits, or the rules have changed."""
    if engine is None or asked.state not in UNDECIDED:
        return None
    try:
        return due(engine.policy, terms_of(engine, asked.refusal).ask, asked, now)
    except (CannotBeAsked, AddressError):
        return None


def _deciders(engine: Engine | None, asked: ExceptionRequest, now: datetime) -> tuple[str, ...]:
    if engine is None:
        return ()
    try:
        terms = present_terms(engine, asked)
    except (CannotBeAsked, AddressError):
        return ()
    if asked.state is State.AWAITING_SIGN_OFF:
        return seconds(engine.policy, terms.ask)
    return deciding_now(engine.policy, terms.ask, asked, now)
