"""The same for programs: problem details for HTTP APIs (RFC 9457)."""

from typing import Any, Final

from saywhy.decide.decision import Reason
from saywhy.explain.alternatives import address_of
from saywhy.explain.explanation import Explanation, Kind
from saywhy.policy.care import Help

BLOCKED: Final = "urn:saywhy:problem:blocked"
CAUTION: Final = "urn:saywhy:problem:caution"  # open for a short while to whoever goes on
STATUS: Final = 403  # a school's policy is no legal demand, so never 451 (RFC 7725)


def problem_details(explanation: Explanation) -> dict[str, Any]:
    """The members of a problem; what is not known, or not told to this reader, is left out.

    `reason` is the reason code, `detail` what is told in words. Raises ValueError for a decision that closes nothing.
    """
    if explanation.kind is Kind.OPEN:
        raise ValueError("what is open is no problem")
    sentences = (*explanation.happened, explanation.reason, explanation.asking)
    problem: dict[str, Any] = {
        "type": CAUTION if explanation.reason_code is Reason.CAUTION else BLOCKED,
        "title": explanation.title,
        "status": STATUS,
        "detail": " ".join(sentence for sentence in sentences if sentence),
        "instance": explanation.reference,
        "host": explanation.what,
        "inside": explanation.inside,
    }
    if explanation.kind is Kind.CARE:
        problem["help"] = [_person(one) for one in (*explanation.help, *explanation.later)]
    else:
        problem |= _accountable(explanation)
    return {name: value for name, value in problem.items() if value not in (None, "", [])}


def _person(one: Help) -> dict[str, Any]:
    text_to = None if one.text_to is None else {"number": one.text_to.number, "word": one.text_to.word}
    told = {"name": one.name, "contact": one.contact, "phone": one.phone, "text": text_to, "url": one.url}
    return {name: value for name, value in told.items() if value}


def _accountable(explanation: Explanation) -> dict[str, Any]:
    decided_on, review_by, opens_at = explanation.decided_on, explanation.review_by, explanation.opens_at
    return {
        "reason": explanation.reason_code.value,
        "why": explanation.reason,
        "for": explanation.for_whom,
        "app": explanation.app,
        "category": explanation.category,
        "needed_by": list(explanation.needed_by),
        "rule": explanation.rule,
        "decided_by": explanation.decided_by,
        "decided_on": None if decided_on is None else decided_on.isoformat(),
        "review_by": None if review_by is None else review_by.isoformat(),
        "would_change": explanation.would_change,
        "until": None if opens_at is None else opens_at.isoformat(),
        "alternatives": [
            {"purpose": purpose.label, "name": place.name, "url": address_of(place), "trusted": place.trusted}
            for purpose in explanation.purposes
            for place in purpose.alternatives
        ],
        "ask": explanation.ask_url,
        "go_on": explanation.go_on_url,
        "answered_by": list(explanation.answered_by),
        "revision": explanation.revision,
    }
