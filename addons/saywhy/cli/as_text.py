"""`saywhy explain` for people: the answer first, then why, then what its reader is told."""

from collections.abc import Iterator

import typer

from saywhy.cli.basis import told
from saywhy.cli.connection import connection_in_words, protocols_in_words
from saywhy.cli.inquiry import Inquiry
from saywhy.cli.searched import lines_of_search
from saywhy.cli.words import EFFECTS, left_out_in_words, obligations_in_words, reason_in_words, step_in_words, ways_to
from saywhy.explain.explanation import Explanation
from saywhy.policy.address import bracketed
from saywhy.policy.rule import Rule
from saywhy.policy.suggest import either
from saywhy.policy.visible import visible


def lines(inquiry: Inquiry) -> Iterator[str]:
    """The lines to print. Styled; `typer.echo` plains them in a pipe."""
    yield from _answer(inquiry)
    yield from _before(inquiry)
    yield from _belongs(inquiry)
    yield from _told(inquiry)
    yield from _permits(inquiry)
    yield ""
    yield from told(inquiry.basis)


def _answer(inquiry: Inquiry) -> Iterator[str]:
    access, decision = inquiry.access, inquiry.decision
    target, subject = access.target, access.subject
    if target.url is None:
        asked = f"{bracketed(target.host)}:{target.port} (the name alone)"
    else:
        asked = target.url.without_query + (f"?{target.url.query}" if target.url.query else "")
    labels = [inquiry.engine.policy.groups[name].label for name in subject.named_groups]
    who = ", ".join(labels) or "somebody of no group"
    where = f" at {subject.place}" if subject.place else ""
    colour = typer.colors.GREEN if decision.allowed else typer.colors.RED
    yield typer.style(EFFECTS[decision.effect], fg=colour, bold=True) + f": {visible(asked)}"
    yield f"  for {who}{where} (reads as: {subject.reader}), {access.at:%A %d %B %Y at %H:%M}"
    if decision.carried is not None:
        yield f"  decided on the address inside it: {visible(decision.carried.without_query)}"
    if decision.rule is not None:
        yield f"  by {_named(inquiry, decision.rule)}"
    yield f"  because: {reason_in_words(inquiry)} [{decision.reason}]"
    if decision.allowed and inquiry.explanation.until is not None:
        yield f"  open {inquiry.explanation.until}"
    for key, value, how in obligations_in_words(inquiry):
        yield f"  with {key}: {value}, {how}"
    if decision.needs_url:
        yield "  A path, or what is done there, could change this answer; ask with the whole URL."
    if decision.needs_answer:
        yield "  What the site answers with could change this: a rule for kinds of file decides once more. Ask with --file or --type."
    if inquiry.encrypted:
        yield f"  connection: {connection_in_words(inquiry)}"
        if protocols := protocols_in_words(inquiry):
            yield f"  protocols: {protocols}"


def _named(inquiry: Inquiry, rule: Rule) -> str:
    place = inquiry.place_of(rule.source)
    if rule.number == 0:
        return f"the default ({place})"
    return f"rule {rule.number} of {len(inquiry.engine.policy.rules)}, {rule.id} ({place})"


def _before(inquiry: Inquiry) -> Iterator[str]:
    if not inquiry.trace:
        return
    yield ""
    yield _heading("Rules that did not decide")
    width = len(str(inquiry.trace[-1].rule.number))
    for step in inquiry.trace:
        place = inquiry.place_of(step.rule.source)
        yield f"  {step.rule.number:>{width}}  {step.rule.id}: {step_in_words(inquiry, step)} ({place})"


def _belongs(inquiry: Inquiry) -> Iterator[str]:
    membership = inquiry.decision.membership
    yield ""
    yield _heading("What this address is")
    for sign in sorted(inquiry.access.target.signs):
        yield f"  category {sign}: by the form of the request"
    if not membership.because and not inquiry.access.target.signs:
        yield "  nothing that the policy lists"
    for one in membership.because:
        yield f"  {one.told}: {one.entry} ({inquiry.place_of(one.source)})"
    yield from (f"  {line}" for line in lines_of_search(inquiry.engine, inquiry.access.target.url))
    undecided = {
        "category": membership.undecided_categories,
        "app": membership.undecided_apps,
        "needed by app": membership.undecided_needed,
    }
    for kind, names in undecided.items():
        yield from (f"  perhaps {kind} {name}: that depends on the path" for name in sorted(names))
    for one in membership.overruled:
        yield f"  not {one.kind} {one.id}, though listed: {one.entry} ({inquiry.place_of(one.source)})"
    for correction in membership.corrections:
        said = [
            *(f"never {one}" for one in sorted(correction.never)),
            *(f"also {one}" for one in sorted(correction.also)),
        ]
        on = f", {correction.on:%d %B %Y}" if correction.on else ""
        place = inquiry.place_of(correction.source)
        yield f"  corrected: {correction.name} is {', '.join(said)} ({place}{on}): {correction.because}"


def _told(inquiry: Inquiry) -> Iterator[str]:
    explained = inquiry.explanation
    if inquiry.decision.allowed:
        return
    yield ""
    yield _heading("What its reader is told")
    yield f"  {explained.title}"
    for sentence in (
        *explained.happened,
        explained.reason or explained.untold,
        explained.asking,
        explained.reassurance,
        *explained.whose,
        explained.would_change,
    ):
        if sentence:
            yield f"  {sentence}"
    yield from _help(explained)
    if explained.decided_by and explained.decided_on:
        yield f"  Decided by {explained.decided_by} on {explained.decided_on:%d %B %Y}."
    for purpose in explained.purposes:
        yield f"  {purpose.label}: {either(one.name for one in purpose.alternatives)}"
    for dropped in explained.dropped:
        rule = dropped.decision.rule
        why = f"[{dropped.decision.reason}]" if rule is None else f"by {_named(inquiry, rule)}"
        yield f"  Not offered: {dropped.alternative.name} ({dropped.purpose}), blocked for this reader {why}"
    for purpose_id, place in inquiry.left_out():
        yield f"  Not offered: {place.name} ({purpose_id}), {left_out_in_words(inquiry, purpose_id, place)}"
    if explained.answered_by:
        yield f"  An exception is decided by: {', '.join(explained.answered_by)}."


def _help(explained: Explanation) -> Iterator[str]:
    yield from (f"  Help: {', '.join(ways_to(one))}" for one in explained.help)
    yield from (f"  When school is open: {', '.join(ways_to(one))}" for one in explained.later)
    if explained.leave:
        yield f"  Leave this page: {explained.leave}"


def _permits(inquiry: Inquiry) -> Iterator[str]:
    if not inquiry.permits:
        return
    yield ""
    yield _heading("Permits")
    for permit in inquiry.permits:
        ends = permit.grant.ends.astimezone(inquiry.engine.policy.school.timezone)
        until = f"until {ends:%A %d %B %Y at %H:%M}"
        named = f"  A permit for {visible(permit.what)} ({permit.request}, {until})"
        if permit.grant.went_on:
            named = f"  Going on at {visible(permit.what)} ({permit.grant.who.device}, {until})"
        yield f"{named} opens this." if permit.opens else f"{named} exists but does not open this: {permit.because}."


def _heading(text: str) -> str:
    return typer.style(text, bold=True)
