"""What can be offered in place of what was asked for: places that are open to this very person, now."""

from dataclasses import replace
from datetime import datetime

from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.exceptions.request import ExceptionRequest
from saywhy.exceptions.weighing import access_of, decided_today
from saywhy.explain.alternatives import surviving
from saywhy.explain.explain import purposes_of
from saywhy.policy.address import AddressError
from saywhy.policy.catalogue import Alternative


def places_instead(engine: Engine, asked: ExceptionRequest, now: datetime) -> tuple[Alternative, ...]:
    """Other places for what they may have wanted, the nearest first, each once."""
    try:
        decision = decided_today(engine, asked.refusal)
        access = replace(access_of(engine, asked.refusal), at=now)
    except AddressError:
        return ()
    if decision.rule is None:
        return ()
    told, _ = surviving(engine, NO_GRANTS, access, purposes_of(engine, decision.rule, decision))
    return tuple({str(place.url): place for purpose in told for place in purpose.alternatives}.values())
