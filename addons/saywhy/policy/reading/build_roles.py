"""From what was written of roles, and of who decides, to values."""

from saywhy.policy.caps import UNBOUNDED, Most
from saywhy.policy.reading.schema_ask import AskPart, NobodyPart
from saywhy.policy.reading.schema_roles import AUDITOR, RolePart
from saywhy.policy.rule import ApprovalGroup, Ask, Offer
from saywhy.policy.school import Role


def role_of(name: str, part: RolePart) -> Role:
    """A role; the auditor reads only, unless it was written otherwise."""
    most = UNBOUNDED if part.most is None else Most(part.most.who, part.most.what, part.most.until)
    return Role(name, part.title, part.deputy or "", name == AUDITOR if part.reads is None else part.reads, most)


def ask_of(part: AskPart | None, owner: str) -> Ask | None:
    """Who decides, and what is on offer: left out, the owner on everything; None for nobody."""
    if isinstance(part, NobodyPart):
        return None
    if part is None:
        return Ask((owner,), (), tuple(Offer))
    together = tuple(ApprovalGroup(tuple(group.of), group.number) for group in part.together)
    decides = tuple(part.decides or [role for group in together for role in group.of] or (owner,))
    return Ask(decides, tuple(part.signs_off), tuple(part.offer or Offer), together, part.answer_within)
