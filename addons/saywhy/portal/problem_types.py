"""The addresses that `application/problem+json` names as its type: what each means (docs/problem-type.md)."""

from typing import Final

from flask import Flask, abort, render_template
from flask.typing import ResponseReturnValue

from saywhy.explain.fault import FaultKind
from saywhy.explain.problem import BLOCKED, CAUTION, STATUS, type_of
from saywhy.explain.words import shipped_languages
from saywhy.portal.language import gettext as _
from saywhy.portal.language import marked as N_  # noqa: N812  # as gettext has it
from saywhy.portal.language import translation

# What each member holds; docs/problem-type.md has the same, with examples.
MEMBERS: Final = {
    "type": N_("This address. It says what kind of answer it is, and never means anything else."),
    "title": N_("That the filter closes it, in a few words."),
    "status": N_("The status of HTTP that it came with."),
    "detail": N_("The title and the reason, for people to read."),
    "instance": N_("This one refusal. Opened on the device that was refused, it tells its person more."),
    "more": N_("The same, or the page that shows all that the device was refused in the last hour."),
    "reference": N_("The code of this refusal, by which staff find it, like K7-42QX-9M."),
    "host": N_("The site that is closed."),
    "inside": N_("The site whose address holds that of <code>host</code>, such as a translator."),
    "reason": N_("A word for why, such as rule, locked or default."),
    "why": N_("The school's own reason, in the words that it wrote for everybody."),
}
_POLICY: Final = {
    BLOCKED: (
        N_("Closed by the school's web filter"),
        N_("The school's rules close this address to the device that asked for it. Nothing was sent to the site."),
    ),
    CAUTION: (
        N_("Closed until somebody has thought about it"),
        N_(
            "The school asks people to think first. Whoever goes on, on the filter's own page, opens it for a short while."
        ),
    ),
}
_OF_FAULTS: Final = ("type", "title", "status", "detail", "more", "host", "reason")


class ProblemTypes:
    """The pages `/problems` and `/problems/…`."""

    def install(self, app: Flask) -> None:
        """Add the pages."""
        app.add_url_rule("/problems", "problem_types", self.all, methods=["GET"])
        app.add_url_rule("/problems/<name>", "problem_type", self.one, methods=["GET"])

    def all(self) -> ResponseReturnValue:
        """What types there are."""
        return render_template("problem_types.html", types={name: _told(name)[0] for name in names()})

    def one(self, name: str) -> ResponseReturnValue:
        """What one means, and what it holds."""
        if name not in names():
            abort(404)
        title, text, status = _told(name)
        members = MEMBERS if name in _POLICY else {one: MEMBERS[one] for one in _OF_FAULTS}
        return render_template(
            "problem_type.html", type=type_of(name), title=title, text=text, status=status, members=members
        )


def names() -> tuple[str, ...]:
    """The last part of the address of each type."""
    return (*_POLICY, *(kind.value for kind in FaultKind))


def _told(name: str) -> tuple[str, str, int]:
    if name in _POLICY:
        title, text = _POLICY[name]
        return _(title), _(text), STATUS
    kind = FaultKind(name)
    words = shipped_languages().by_code[translation().tag].faults[kind]
    return words.title, words.text, kind.status
