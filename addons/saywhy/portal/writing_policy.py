"""Edits of the policy for a technician to commit, from a permit or a decision to keep a rule. Nothing is written here."""

from datetime import date

from flask import Flask, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter

from saywhy.exceptions.request import number_of, request_id
from saywhy.portal.context import PortalContext
from saywhy.portal.outside import CannotBeWrittenError, WrittenEdit
from saywhy.portal.signing_in import staff_here


class _RequestNumber(BaseConverter):
    """A request as people name it: R-1042 in the address, its id in the program."""

    regex = r"R-\d{4,10}"

    def to_python(self, value: str) -> int:
        return request_id(value)

    def to_url(self, value: int) -> str:
        return number_of(value)


class WritingPolicy:
    """The pages `/permits/…/as-policy` and `/review/rules/…/kept-until/…`."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context

    def install(self, app: Flask) -> None:
        """Add the pages."""
        app.url_map.converters["request"] = _RequestNumber
        app.add_url_rule("/permits/<request:number>/as-policy", "as_policy", self.as_policy, methods=["GET"])
        app.add_url_rule("/review/rules/<rule>/kept-until/<day>", "kept_until", self.kept_until, methods=["GET"])

    def as_policy(self, number: int) -> ResponseReturnValue:
        """A permit as a rule."""
        account = staff_here(self._context)
        dossier = self._context.store.dossier(number)  # permissions looked for it
        if dossier is None or dossier.grant is None:
            abort(404, "request")
        group = request.args.get("group", "")[:100]
        policy = self._context.in_force().policy
        groups = (
            [] if dossier.grant.who.groups else [one for one in dossier.request.refusal.groups if one in policy.groups]
        )
        edit, why = None, ""
        if group or not groups:
            try:
                edit = self._context.outside.as_policy(dossier, group)
            except CannotBeWrittenError as fault:
                why = str(fault)
        if edit is not None and (part := as_file(edit, request.args.get("part", ""))) is not None:
            return part
        return render_template(
            "as_policy.html",
            account=account,
            title=f"{dossier.request.number} as a rule",
            asked=dossier.request,
            grant=dossier.grant,
            groups=groups,
            group=group,
            edit=edit,
            why=why,
            args={"group": group} if group else {},
        )

    def kept_until(self, rule: str, day: str) -> ResponseReturnValue:
        """A rule with another day of review."""
        account = staff_here(self._context)
        try:
            until = date.fromisoformat(day)
        except ValueError:
            abort(404)
        edit, why = None, ""
        try:
            edit = self._context.outside.kept_until(rule, until)
        except CannotBeWrittenError as fault:
            why = str(fault)
        if edit is not None and (part := as_file(edit, request.args.get("part", ""))) is not None:
            return part
        return render_template(
            "as_policy.html", account=account, title=f"Rule {rule}, kept until {day}", edit=edit, why=why, args={}
        )


def as_file(edit: WrittenEdit, part: str) -> Response | None:
    """The patch, or the whole file, to be kept; None where neither was asked for."""
    if part not in ("patch", "file"):
        return None
    name = f"{edit.name}.patch" if part == "patch" else edit.name
    answer = Response(edit.patch if part == "patch" else edit.whole, mimetype="text/plain")
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in name)
    answer.headers["Content-Disposition"] = f'attachment; filename="{plain}"'
    return answer
