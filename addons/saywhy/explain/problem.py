"""The same for programs: problem details for HTTP APIs (RFC 9457); docs/problem-type.md says what there is.

A page's own script reads them, whatever site it is of, and programs pass them on. So they hold what the site has to know, that it is
closed and why, and nothing of who asked: no group, no age, no time of a lesson, no rule (whose name may be a group's), no
places that are open to them, nobody who helps them, no link that holds these. They are the same whoever asks; the person finds the rest at `more`.
"""

from typing import Any, Final
from urllib.parse import quote

from saywhy.decide.decision import Reason
from saywhy.explain.explanation import Explanation, Kind

# Where the filter itself answers whoever is behind it; names below .internal are for private use, so that it is nobody's outside.
PORTAL: Final = "http://why.school.internal"
TYPES: Final = f"{PORTAL}/problems/"
BLOCKED: Final = "blocked"
CAUTION: Final = "caution"  # open for a short while to whoever goes on
STATUS: Final = 403  # a school's policy is no legal demand, so never 451 (RFC 7725)


def type_of(name: str) -> str:
    """The `type` of a problem: an address at which the filter explains it."""
    return TYPES + name


def more_about(reference: str | None) -> str:
    """Where the person is told the rest, on the device that was refused."""
    return f"{PORTAL}/stopped" + (f"?reference={quote(reference)}" if reference else "")


def problem_details(explanation: Explanation, title: str) -> dict[str, Any]:
    """The members of a problem; what is not known, or not told to anybody, is left out.

    `title` says in plain words that the filter closes it. Raises ValueError for a decision that closes nothing.
    """
    if explanation.kind is Kind.OPEN:
        raise ValueError("what is open is no problem")
    caring = explanation.kind is Kind.CARE
    why = "" if caring else explanation.risk  # not the one for this reader, which would tell their age
    problem: dict[str, Any] = {
        "type": type_of(CAUTION if explanation.reason_code is Reason.CAUTION and not caring else BLOCKED),
        "title": title,
        "status": STATUS,
        "detail": f"{title}. {why}".strip(),
        "instance": None if explanation.reference is None else more_about(explanation.reference),
        "more": more_about(explanation.reference),
        "reference": explanation.reference,
        "host": explanation.what,
        "inside": explanation.inside,
    }
    if not caring:
        problem |= {"reason": explanation.reason_code.value, "why": why}
    return {name: value for name, value in problem.items() if value not in (None, "")}
