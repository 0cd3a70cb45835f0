"""Why a rule closes, in the languages that the school wrote it in."""

from saywhy.policy.languages import available_languages, language_for
from saywhy.policy.reading.schema_rules import ReasonedPart
from saywhy.policy.rule import Why


def why_of(part: ReasonedPart) -> Why | None:
    """The school's reason; None where there is none."""
    if part.why is None:
        return None
    others = {
        language_for(tag, available_languages()): Why(one.risk, one.readers, one.would_change)
        for tag, one in part.why.languages.items()
    }
    return Why(part.why.risk, part.why.readers, part.why.would_change, others)
