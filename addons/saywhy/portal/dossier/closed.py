"""Section 3: why it is closed, by whose rule, and who can change that."""

from dataclasses import dataclass
from datetime import date

from saywhy.decide.engine import Engine
from saywhy.exceptions.request import ExceptionRequest
from saywhy.exceptions.weighing import access_of, decided_today
from saywhy.explain.whose_rule import Layer, WhoseRule, whose_rule
from saywhy.policy.address import AddressError
from saywhy.policy.rule import Rule
from saywhy.portal.dossier.sources import DossierSources

_LAYERS = {
    Layer.LAW: "The law: it is on a list of what nobody may open.",
    Layer.TRUST: "The trust: its rule holds in all of its schools.",
    Layer.SCHOOL: "The school: a rule of its own.",
    Layer.LESSON: "A lesson: the rule holds in lesson time.",
    Layer.LIST: "A list: the school closes this kind of site, and a list says that this is one.",
    Layer.SITE: "The site itself: what the school asks of it cannot be had there.",
}


@dataclass(frozen=True, slots=True)
class Closed:
    """`whose` is None where it is open now, or its address cannot be read any more. `rule` is the one that closes it now.

    `was` is the id of the rule that refused it then, where that is another one.
    """

    whose: WhoseRule | None
    layer: str = ""
    rule: Rule | None = None
    was: str = ""
    list_date: date | None = None
    words: str = ""  # the reason as whoever asked has read it


def why_closed(engine: Engine, asked: ExceptionRequest, rule: Rule | None, sources: DossierSources) -> Closed:
    """Why it is closed today. `rule` is the one that the request is weighed under, or that refused it."""
    refusal = asked.refusal
    was = refusal.rule if rule is None or rule.id != refusal.rule else ""
    words = "" if rule is None or rule.why is None else rule.why.told_to(refusal.reader)
    try:
        decision = decided_today(engine, refusal)
        if decision.allowed:
            return Closed(None, rule=rule, was=was, words=words)
        whose = whose_rule(engine, access_of(engine, refusal), decision)
    except AddressError:
        return Closed(None, rule=rule, was=was, words=words)
    day = sources.list_date(whose.list_name) if whose.list_name else None
    return Closed(whose, _LAYERS[whose.layer], rule, was, day, words)
