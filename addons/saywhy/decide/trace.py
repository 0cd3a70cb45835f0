"""Why the rules before the one that decided did not."""

from dataclasses import replace

from saywhy.decide.access import Access, carried_in
from saywhy.decide.decision import Decision, Mismatch, Step
from saywhy.decide.engine import Engine
from saywhy.decide.matching import facts_of, mismatch


def trace(engine: Engine, access: Access, decision: Decision) -> tuple[Step, ...]:
    """Every rule before the one that decided, with why it did not decide; all rules where the default did.

    It is about the address that decided: that inside the target's where there is one.
    """
    if decision.carried is not None:
        access = replace(access, target=carried_in(access.target, decision.carried))
    facts = facts_of(engine, access, unseen=decision.unseen)
    steps: list[Step] = []
    for rule in engine.policy.rules:
        if rule is decision.rule:
            break
        steps.append(Step(rule, mismatch(engine, rule, access, facts) or Mismatch.OVERRULED))
    return tuple(steps)
