"""Why what a rule asks for besides cannot be met at a site, in a sentence for technicians."""

from collections.abc import Iterator

from saywhy.cli.inquiry import Inquiry
from saywhy.policy.control import Means
from saywhy.policy.inspection import View
from saywhy.policy.obligations import kinds


def unmet_in_words(inquiry: Inquiry) -> str:
    """What the rule asks for, and what is in its way here."""
    asked = "the rule allows it only with what it asks for besides"
    if inquiry.decision.carried is not None:
        return f"{asked}; what fetches this page for the reader would fetch it without that"
    causes = list(dict.fromkeys(_causes(inquiry)))
    return f"{asked}: {'; '.join(causes)}" if causes else f"{asked}, which cannot be met here"


def _causes(inquiry: Inquiry) -> Iterator[str]:
    rule, target, engine = inquiry.decision.rule, inquiry.access.target, inquiry.engine
    standing = engine.standing(target.host, target.url)
    for one in sorted(() if rule is None else rule.obligations, key=lambda one: one.kind):
        if one.kind in standing.lacking:
            yield f"nothing switches on `{one.kind}` at this site"
            continue
        for control in standing.controls:
            means = kinds()[one.kind].means(one, control) if control.obligation == one.kind else None
            if means is None:
                continue
            label = engine.policy.catalogue.apps[control.app].label
            if means == Means():
                yield f"`{one.kind}` does not say what {label} wants to know (`saywhy check` says what)"
            elif means.needs_inside and standing.view is View.NEVER:
                yield f"`{one.kind}` of {label} takes decrypting, and this site is under `never` of `inspection`"
