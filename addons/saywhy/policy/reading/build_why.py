"""Why a rule closes, in the languages that the school wrote it in; and who is asked for an exception."""

from saywhy.policy.languages import available_languages, language_for
from saywhy.policy.reading.schema_rules import AskPart, NobodyPart, ReasonedPart
from saywhy.policy.rule import Ask, Offer, Why


def why_of(part: ReasonedPart) -> Why | None:
    """The school's reason; None where there is none."""
    if part.why is None:
        return None
    others = {
        language_for(tag, available_languages()): Why(one.risk, one.readers, one.would_change)
        for tag, one in part.why.languages.items()
    }
    return Why(part.why.risk, part.why.readers, part.why.would_change, others)


def ask_of(part: AskPart | None, owner: str) -> Ask | None:
    """How an exception is asked for; None where nobody can be asked."""
    if isinstance(part, NobodyPart):
        return None
    if part is None:
        return Ask((owner,), (), tuple(Offer))
    return Ask(tuple(part.decides or (owner,)), tuple(part.signs_off), tuple(part.offer or Offer))
