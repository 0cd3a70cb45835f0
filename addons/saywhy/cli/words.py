"""Decisions in sentences for technicians: reason codes, and why a rule did not decide."""

from collections.abc import Iterable
from typing import Final

from saywhy.cli.inquiry import Inquiry
from saywhy.cli.unmet import unmet_in_words
from saywhy.decide.decision import Mismatch, Reason, Step
from saywhy.decide.inspection import Way, way_of
from saywhy.decide.needed import needed_by
from saywhy.explain.alternatives import MOST_PLACES, Unfit, is_about_games, unfit
from saywhy.explain.explanation import Kind
from saywhy.policy import obligations, uses
from saywhy.policy.care import Help
from saywhy.policy.catalogue import Alternative
from saywhy.policy.criteria import told
from saywhy.policy.criterion import Criteria
from saywhy.policy.period import day_in_words
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.school import Times
from saywhy.policy.suggest import either, listed

EFFECTS: Final = {Effect.ALLOW: "Allowed", Effect.BLOCK: "Blocked", Effect.CAUTION: "Closed with caution"}
_REASONS: Final = {
    Reason.LOCKED: "a locked rule: no other rule and no grant opens it",
    Reason.KEEP_OPEN: "it is kept open: nothing closes it but a locked rule",
    Reason.GRANT: "a grant opens what this rule closes",
    Reason.GO: "somebody went on, for a short while, where this rule has caution",
    Reason.CAUTION: "the first rule that matches has caution: it is closed until somebody goes on",
    Reason.RULE: "the first rule that matches",
    Reason.DEFAULT: "no rule matches, so the default decides",
    Reason.TEST: "the name is the filter's own, the same for everybody, so that a device or the filter can be checked with it",
    Reason.ADDRESS_LITERAL: "an address written as a number may not be opened unless `reach` names it",
    Reason.HIDDEN_ADDRESS: "the address inside this one cannot be read, or lies inside too many others",
    Reason.ACCOUNT: "the service sends those here whose account is not among the rule's `accounts`",
    Reason.PRIVATE_ADDRESS: "a private address may not be opened unless `reach` names it",
}
_STEPS: Final = {
    Mismatch.NEEDS_ANSWER: "it depends on what kind of file the answer is",
    Mismatch.NEEDS_URL: "it depends on the path, which is not known from the name alone",
    Mismatch.UNSEEN: "it asks for the path, which is not looked at here",
    Mismatch.OVERRULED: "it matches, but something stronger decides",
}

_USES: Final = {
    Mismatch.USE: "and this is none of that",
    Mismatch.NEEDS_URL: "which the name alone does not tell",
    Mismatch.UNSEEN: "which is not looked at here",
}


def reason_in_words(inquiry: Inquiry) -> str:
    """The reason code in a sentence."""
    reason = inquiry.decision.reason
    if reason is Reason.PORT:
        ports = ", ".join(map(str, sorted(inquiry.engine.policy.reach.ports)))
        return f"port {inquiry.access.target.port} may not be opened; `reach` names {ports}"
    if reason is Reason.OBLIGATION:
        return unmet_in_words(inquiry)
    needing = needed_by(inquiry.decision, inquiry.access.target)
    return _REASONS[reason] + (f"; it is needed by {labels_of(inquiry, needing)}" if needing else "")


def labels_of(inquiry: Inquiry, apps: Iterable[str]) -> str:
    """Apps by their labels."""
    return listed(inquiry.engine.policy.catalogue.apps[one].label for one in apps)


def step_in_words(inquiry: Inquiry, step: Step) -> str:  # noqa: PLR0911 — a sentence for each
    """Why a rule did not decide."""
    rule, subject = step.rule, inquiry.access.subject
    match step.mismatch:
        case Mismatch.TARGET:
            return f"it is about {about(rule.criteria)}"
        case Mismatch.GROUP:
            return f"it is for {either(sorted(rule.groups))}, not for {either(subject.named_groups) or 'people of no group'}"
        case Mismatch.PLACE:
            return f"it holds at {either(sorted(rule.places))}, not at {subject.place or 'an unknown place'}"
        case Mismatch.USE | Mismatch.NEEDS_URL | Mismatch.UNSEEN if rule.uses:
            return f"it is for {uses.told(rule.uses)}, {_USES[step.mismatch]}"
        case Mismatch.TIME:
            return _not_at_this_time(inquiry, rule)
        case Mismatch.DATE:
            return rule.period.why_not(inquiry.access.at)
        case other:
            return _STEPS[other]


def obligations_in_words(inquiry: Inquiry) -> tuple[tuple[str, str, str], ...]:
    """What an allow carries here: its key, its value, and how it is met."""
    inside = way_of(inquiry.connection) is not Way.RELAY or not inquiry.encrypted
    found: list[tuple[str, str, str]] = []
    for one in sorted(inquiry.decision.obligations, key=lambda one: one.kind):
        how = "by decrypting it" if one.means is None else one.means.told(inside=inside)
        found.append((one.kind, obligations.told(one.kind, frozenset({one})), how))
    return tuple(found)


def _not_at_this_time(inquiry: Inquiry, rule: Rule) -> str:
    policy = inquiry.engine.policy
    at = inquiry.access.at.astimezone(policy.school.timezone)
    times = [policy.times[name] for name in rule.times]
    held = f"it holds in {either(one.label for one in times)}, not on {at:%A at %H:%M}"
    kept = {
        calendar: f"{day_in_words(at.date())} is {'in' if calendar in one.without else 'not in'} {_labels(one, calendar)}"
        for one in times
        if one.id not in policy.calendars
        and any(span.covers(at) for span in one.spans)
        and (calendar := one.kept_by(at)) is not None
    }
    return f"{held}: {' and '.join(kept.values())}" if kept else held


def _labels(times: Times, calendar: str) -> str:
    named = (calendar,) if calendar in times.without else times.only
    return either(times.calendars[name].label for name in named)


def left_out_in_words(inquiry: Inquiry, purpose: str, place: Alternative) -> str:
    """Why a page does not offer a place that is open."""
    if inquiry.explanation.kind is Kind.CARE:
        return "a page that cares names people, not places"
    games = is_about_games(inquiry.decision)
    match unfit(inquiry.engine, inquiry.grants, inquiry.access, purpose, place, about_games=games):
        case Unfit.AGE:
            return f"it is for ages {place.ages}, and this reader's level is {inquiry.access.subject.reader}"
        case Unfit.LESSON:
            return "it is a game, and games are offered outside lessons alone"
        case Unfit.ROOM:
            return f"a page offers at most {MOST_PLACES} places, each once"


def about(criteria: Criteria) -> str:
    """What a rule is about, in a few words."""
    return either(told(criteria), most=6)


def ways_to(one: Help) -> tuple[str, ...]:
    """Somebody to turn to, with every way to reach them."""
    text_to = one.text_to
    text = "" if text_to is None else f"text {text_to.word} to {text_to.number}".replace("text  to", "text")
    return tuple(filter(None, (one.name, one.contact, one.phone, text, one.url)))
