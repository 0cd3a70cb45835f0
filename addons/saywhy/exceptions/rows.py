"""Rows into domain types and back. A row that cannot be read is an error here, never something wider."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from saywhy.exceptions.followup_tables import FurtherRow
from saywhy.exceptions.further import Because, Further
from saywhy.exceptions.request import (
    ExceptionRequest,
    Joined,
    Proposal,
    Refusal,
    Review,
    Submission,
    Verdict,
)
from saywhy.exceptions.state import State
from saywhy.exceptions.tables import GrantRow, RequestRow, ReviewRow
from saywhy.policy.address import canonical_host
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.reader import Reader


class UnreadableRow(ValueError):  # noqa: N818 — reads as what it says
    """A row holds something that no version of this program wrote."""


def scope_as_text(who: GrantScope) -> tuple[str, str]:
    """Kind and value of a scope that is one device or one group, which is all that a request can get."""
    if who.device is not None and not who.groups:
        return "device", who.device
    if who.device is None and len(who.groups) == 1:
        return "group", next(iter(who.groups))
    raise ValueError("a grant from a request is for one device or one group")


def scope_from_text(kind: str, value: str) -> GrantScope:
    """Raises UnreadableRow."""
    try:
        if kind == "device":
            return GrantScope(device=value)
        if kind == "group" and value:
            return GrantScope(groups=frozenset({value}))
    except ValueError as fault:
        raise UnreadableRow(str(fault)) from None
    raise UnreadableRow(f"nobody is named by {kind!r} {value!r}")


def target_as_text(what: GrantTarget) -> tuple[str, str]:
    """Kind and value of what is opened."""
    if what.page is not None:
        return "page", what.page.text
    if what.site is not None:
        return "site", what.site
    assert what.app is not None  # GrantTarget holds exactly one
    return "app", what.app


def target_from_text(kind: str, value: str) -> GrantTarget:
    """Raises UnreadableRow."""
    try:
        if kind == "page":
            pattern = parse_pattern(value)
            if "*" not in pattern.path and pattern.path != "/":
                return GrantTarget(page=pattern)
        if kind == "site":
            return GrantTarget(site=canonical_host(value))
        if kind == "app" and value:
            return GrantTarget(app=value)
    except ValueError as fault:
        raise UnreadableRow(str(fault)) from None
    raise UnreadableRow(f"nothing is opened by {kind!r} {value!r}")


def row_of_submission(made: Submission, receipt: str, form: str, at: datetime) -> RequestRow:
    """A new row, open."""
    refusal = made.refusal
    return RequestRow(
        receipt=receipt,
        form=form,
        wants=made.wants,
        because=made.because,
        work=made.work,
        until=made.until,
        asked_by=made.asked_by,
        mail=None if made.mail is None else made.mail.text,
        submitted_at=at,
        state=State.OPEN.value,
        code=refusal.code,
        host=refusal.host,
        url=refusal.url,
        scheme=refusal.scheme,
        rule=refusal.rule,
        reason=refusal.reason,
        groups=list(refusal.groups),
        place=refusal.place,
        device=refusal.device,
        reader=refusal.reader.value,
        refused_at=refusal.at,
        revision=refusal.revision,
    )


def request_of(row: RequestRow) -> ExceptionRequest:
    """A request as it stands in its row."""
    return ExceptionRequest(
        id=row.id,
        receipt=row.receipt,
        wants=row.wants,
        because=row.because,
        work=row.work,
        until=row.until,
        refusal=Refusal(
            code=row.code,
            host=row.host,
            url=row.url,
            scheme=row.scheme,
            rule=row.rule,
            reason=row.reason,
            groups=tuple(row.groups),
            place=row.place,
            device=row.device,
            reader=Reader(row.reader),
            at=row.refused_at,
            revision=row.revision,
        ),
        submitted_at=row.submitted_at,
        state=State(row.state),
        asked_by=row.asked_by,
        proposal=_proposal_of(row),
        round=row.round,
        held=timedelta(seconds=row.held),
        asked_back_at=row.asked_back_at,
        appealed_at=row.appealed_at,
        refused_by=row.refused_by or "",
        further=tuple(further_of(one) for one in row.further),
        referred=tuple(one.role for one in row.referrals),
        joined=tuple(Joined(one.account, one.device, one.receipt, one.left_at is not None) for one in row.joins),
    )


def _proposal_of(row: RequestRow) -> Proposal | None:
    if row.ends is None:
        return None
    return Proposal(
        scope_from_text(row.who_kind or "", row.who_value or ""),
        target_from_text(row.what_kind or "", row.what_value or ""),
        row.ends,
        frozenset(row.weighed or ()),
        row.needs_two,
        tuple(further_of(one) for one in row.further),
    )


def write_proposal(row: RequestRow, proposal: Proposal) -> None:
    """Keep what a first person would give."""
    row.who_kind, row.who_value = scope_as_text(proposal.who)
    row.what_kind, row.what_value = target_as_text(proposal.what)
    row.ends = proposal.ends
    row.weighed = sorted(proposal.weighed)
    row.needs_two = proposal.needs_two
    write_further(row, proposal)


def write_further(row: RequestRow, proposal: Proposal) -> None:
    """Keep the terms of what opens with it: of what was chosen, and of nothing else."""
    terms = {target_as_text(one.what): one.weighed for one in proposal.further}
    for one in row.further:
        one.weighed = sorted(terms.get((one.what_kind, one.what_value), ()))


def further_of(row: FurtherRow) -> Further:
    """What opens with a permit as it stands in its row. Raises UnreadableRow."""
    what = target_from_text(row.what_kind, row.what_value)
    if ANY_RULE in (row.weighed or ()):
        raise UnreadableRow(f"nothing was weighed by {row.weighed!r}")
    return Further(what, Because(row.because), frozenset(row.weighed or ()) - {""})


def grants_with(grant: Grant, row: GrantRow, report: Callable[[str], None]) -> Iterator[Grant]:
    """What opens with a permit, each as a permit of the same people, time and number.

    One that cannot be read is left out and reported.
    """
    for one in row.further:
        try:
            further = further_of(one)
        except UnreadableRow as fault:
            report(f"{one.what_value} cannot be read and does not open with grant {row.id}: {fault}")
        else:
            yield replace(grant, what=further.what, weighed=further.weighed)


def row_of_grant(id_: str, request: int, proposal: Proposal, starts: datetime, approved_by: Sequence[str]) -> GrantRow:
    """A new grant from now on, by those who agreed, the first of them first."""
    who_kind, who_value = scope_as_text(proposal.who)
    what_kind, what_value = target_as_text(proposal.what)
    return GrantRow(
        id=id_,
        request=request,
        who_kind=who_kind,
        who_value=who_value,
        what_kind=what_kind,
        what_value=what_value,
        starts=starts,
        ends=proposal.ends,
        approved_by=", ".join(approved_by),
        first_approver=approved_by[0],
        second_approver=next(iter(approved_by[1:]), None),
        needs_two=proposal.needs_two,
        weighed=sorted(proposal.weighed),
    )


def grant_of(row: GrantRow, rule: str = "") -> Grant:
    """A grant as it stands in its row; `rule` is the one it was asked from. Raises UnreadableRow."""
    weighed = row.weighed if row.weighed is not None else [rule]
    try:
        if ANY_RULE in weighed:
            raise UnreadableRow(f"nothing was weighed by {weighed!r}")
        return Grant(
            id=row.id,
            who=scope_from_text(row.who_kind, row.who_value),
            what=target_from_text(row.what_kind, row.what_value),
            starts=row.starts,
            ends=row.ends,
            request=str(row.request),
            approved_by=row.approved_by,
            weighed=frozenset(weighed) - {""},
        )
    except (ValueError, TypeError) as fault:
        raise UnreadableRow(str(fault)) from None


def review_of(row: ReviewRow) -> Review:
    """A review as it stands in its row."""
    return Review(row.account, row.role, Verdict(row.verdict), row.reason, row.at, row.round, row.device, row.instead)
