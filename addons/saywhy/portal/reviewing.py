"""Looking again: rules and permits with their figures, and the minutes of meetings that decide on them."""

from datetime import date
from typing import Final

from flask import Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saywhy.exceptions.blocks import FEWEST_TOLD
from saywhy.exceptions.blocks import About as BlocksAbout
from saywhy.exceptions.concerned import reads_all
from saywhy.exceptions.looking_again import LOOKED_BACK, OVERDUE, UNUSED, look_again
from saywhy.exceptions.meetings import MOST_ITEMS
from saywhy.exceptions.request import Account, request_id
from saywhy.portal.context import PortalContext
from saywhy.portal.dossier.impact import LATELY
from saywhy.portal.entitled import decider_here, deciding_roles
from saywhy.portal.forms import fresh_form
from saywhy.portal.minutes import Minutes, read_minutes
from saywhy.portal.permissions import roles_in_force
from saywhy.portal.signing_in import staff_here

_DONE: Final = 303


class Reviewing:
    """The pages under `/review`."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context

    def install(self, app: Flask) -> None:
        """Add the pages."""
        app.add_url_rule("/review", "review", self.listed, methods=["GET"])
        app.add_url_rule("/review/minutes", "minutes", self.form, methods=["GET"])
        app.add_url_rule("/review/minutes", "keep_minutes", self.keep, methods=["POST"])
        app.add_url_rule("/review/meetings/<int:number>", "meeting", self.meeting, methods=["GET"])

    def listed(self) -> ResponseReturnValue:
        """The lists for a meeting."""
        account = staff_here(self._context)
        store, now, policy = self._context.store, self._context.now(), self._context.in_force().policy
        used = self._context.outside.permits_used()
        again = look_again(policy, store.figures, store.meetings, used, now)
        return render_template(
            "review.html",
            account=account,
            may_write=not account.roles.isdisjoint(deciding_roles(policy)),
            again=again,
            met=store.met_by_everybody(BlocksAbout.RULE, (now - LATELY).date()),
            met_days=LATELY.days,
            few=FEWEST_TOLD,
            readable=self._readable(
                account, {one.number for one in again.ending} | {one.number for one in again.waiting}
            ),
            meetings=store.meetings.latest(),
            overdue_days=OVERDUE.days,
            looked_back=LOOKED_BACK.days,
            unused_days=UNUSED,
        )

    def _readable(self, account: Account, numbers: set[str]) -> dict[str, int]:
        """Those of these requests that this person reads: their ids by their numbers."""
        roles = roles_in_force(self._context, account)
        ids = {request_id(one): one for one in numbers}
        all_or = None if reads_all(self._context.policy(), roles) else roles
        return {ids[one]: one for one in self._context.store.listing.concerning(list(ids), all_or)}

    def form(self) -> ResponseReturnValue:
        """The form for minutes, about what was marked in the lists."""
        account = decider_here(self._context)
        marked = [f"rule:{one}" for one in request.args.getlist("rule")]
        marked += [f"permit:{one}" for one in request.args.getlist("permit")]
        items = {f"about-{number}": one[:300] for number, one in enumerate(marked[:MOST_ITEMS])}
        typed = {"form": fresh_form(), "held_on": self._today().isoformat(), **items}
        return self._form(account, read_minutes(typed, self._today()), new=True, left_out=len(marked) > MOST_ITEMS)

    def keep(self) -> ResponseReturnValue:
        """Keep minutes."""
        account = decider_here(self._context)
        minutes = read_minutes(request.form, self._today())
        if minutes.errors or minutes.day is None:
            return self._form(account, minutes), 422
        kept = self._context.store.meetings.keep(
            minutes.form, minutes.day, minutes.there, minutes.text, minutes.items, account, self._context.now()
        )
        return redirect(url_for("meeting", number=kept.id), _DONE)

    def meeting(self, number: int) -> ResponseReturnValue:
        """The minutes of one meeting."""
        account = staff_here(self._context)
        found = self._context.store.meetings.one(number) if number < 2**31 else None
        if found is None:
            abort(404)
        return render_template(
            "meeting.html", account=account, meeting=found, rules=self._context.in_force().rule_by_id
        )

    def _form(self, account: Account, minutes: Minutes, *, new: bool = False, left_out: bool = False) -> str:
        return render_template(
            "minutes.html",
            account=account,
            minutes=minutes,
            errors={} if new else minutes.errors,
            left_out=left_out,
            most=MOST_ITEMS,
        )

    def _today(self) -> date:
        return self._context.now().astimezone(self._context.in_force().policy.school.timezone).date()
