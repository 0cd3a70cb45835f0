"""Which forms somebody gets on the page of a request. The store checks it again, whatever was shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from saywhy.decide.engine import Engine
from saywhy.exceptions.deciders import deputies, seconds
from saywhy.exceptions.devices import is_this_machine
from saywhy.exceptions.due import Due, Lateness, due
from saywhy.exceptions.request import Account, Dossier
from saywhy.exceptions.state import UNDECIDED, State
from saywhy.exceptions.verdicts import refusing_now, still_missing
from saywhy.exceptions.weighing import (
    CannotBeAsked,
    NotEntitled,
    deciding_now,
    ending_roles,
    holds_one_of,
    may_answer,
    present_terms,
    terms_of,
)
from saywhy.policy.rule import ApprovalGroup

NOTHING_INSTEAD: Final = "nothing"
SOMETHING_ELSE: Final = "something-else"


@dataclass(frozen=True, slots=True)
class May:
    """What somebody may do now. `not_you` says why they may do nothing, where that is about them and not their role.

    `wanted` are those who still have to agree, `roles` those who can answer next; `by_account_alone`: the address here
    tells nobody apart, so that only accounts do.
    """

    decide: bool = False
    change: bool = False
    sign_off: bool = False
    refuse: bool = False
    ask_back: bool = False
    close: bool = False
    end: bool = False
    not_you: str = ""
    wanted: tuple[ApprovalGroup, ...] = ()
    roles: tuple[str, ...] = ()
    due: Due = Due(Lateness.ANSWERED)  # noqa: RUF009 — frozen
    by_account_alone: bool = False


def may_now(engine: Engine, account: Account, dossier: Dossier, now: datetime) -> May:
    """What this person may do with a request at this moment."""
    asked, policy = dossier.request, engine.policy
    alone = is_this_machine(account.device)
    not_you = ""
    try:
        may_answer(engine, asked, account)
    except NotEntitled as why:
        not_you = str(why)
    ends = holds_one_of(account, ending_roles(engine, asked)) is not None
    over = dossier.revoked_at is not None or dossier.ended_at is not None
    end = ends and dossier.grant is not None and not over and now < dossier.grant.ends
    if asked.state not in UNDECIDED:
        return May(end=end)
    try:
        ask, present = terms_of(engine, asked.refusal).ask, present_terms(engine, asked)
        refuse = not not_you and holds_one_of(account, refusing_now(engine, asked, now)) is not None
    except CannotBeAsked:
        return May(close=ends and not not_you, not_you=not_you, by_account_alone=alone)
    stands = due(policy, ask, asked, now)
    first = deciding_now(policy, ask, asked, now)
    decides = not not_you and holds_one_of(account, first) is not None
    if asked.state is not State.AWAITING_SIGN_OFF:
        asks = decides and asked.state is not State.QUESTION
        return May(
            decides, refuse=refuse, ask_back=asks, not_you=not_you, roles=first, due=stands, by_account_alone=alone
        )
    two = asked.proposal is not None and asked.proposal.needs_two
    wanted = still_missing(engine, present, dossier.yes, two=two)
    roles = tuple(dict.fromkeys(role for group in wanted for role in group.of))
    roles = (*roles, *(role for role in deputies(policy, roles) if stands.escalated and role not in roles))
    agreed = account.name in {one.by for one in dossier.yes}
    return May(
        change=decides,
        sign_off=not not_you and not agreed and holds_one_of(account, roles) is not None,
        refuse=refuse or (not not_you and holds_one_of(account, seconds(policy, present.ask)) is not None),
        not_you=not_you,
        wanted=wanted,
        roles=roles,
        due=stands,
        by_account_alone=alone,
    )
