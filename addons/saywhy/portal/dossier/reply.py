"""The reply as the person who asked will read it, before it is sent."""

from dataclasses import dataclass

from saywhy.exceptions.request import Proposal
from saywhy.portal.dossier.compromises import Compromise, Sort


@dataclass(frozen=True, slots=True)
class Reply:
    """`title` is the heading of their page, `text` what stands below it; `proposal` what it tells of a yes.

    `theirs`: it opens for whoever asked. `waits`: they read that a second person looks at it first.
    """

    title: str
    text: str
    proposal: Proposal | None = None
    theirs: bool = True
    waits: bool = False


def reply(one: Compromise, groups: tuple[str, ...]) -> Reply:
    """What somebody of these groups will read if this is chosen and sent as it stands."""
    if one.sort in (Sort.INSTEAD, Sort.SHOWN) or one.proposal is None:
        return Reply("The answer is no, for now", one.reason)
    who = one.proposal.who
    theirs = who.device is not None or not who.groups.isdisjoint(groups)
    return Reply("The answer is yes", one.note, one.proposal, theirs, one.second)
