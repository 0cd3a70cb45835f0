"""What a policy's own test expects of an access, and what came out otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from saywhy.decide.access import Access
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.decide.inspection import Way, way_of
from saywhy.explain.explain import explain
from saywhy.policy import obligations
from saywhy.policy.obligation import Obligation
from saywhy.policy.rule import Effect


@dataclass(frozen=True, slots=True)
class Expectation:
    """What should come out. None: it is not looked at. Empty alternatives: none is offered.

    `obligations` has by key what an allow should carry, None where it should carry no such thing; empty: nothing at all.
    """

    effect: Effect | None = None
    rule: str | None = None
    reason: Reason | None = None
    alternatives: tuple[str, ...] | None = None
    obligations: Mapping[str, Obligation | None] | None = None
    connection: Way | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that came out otherwise: which key of `expect`, what it says, what is, and why if that is known."""

    key: str
    expected: str
    actual: str
    why: str = ""


def differences(engine: Engine, expect: Expectation, access: Access, decision: Decision) -> Iterator[Difference]:
    """What of a decision is not as expected."""
    if expect.effect not in (None, decision.effect):
        yield Difference("effect", str(expect.effect), decision.effect.value)
    rule = None if decision.rule is None else decision.rule.id
    if expect.rule not in (None, rule):
        yield Difference("rule", str(expect.rule), rule or f"none ({decision.reason})")
    if expect.reason not in (None, decision.reason):
        yield Difference("reason", str(expect.reason), decision.reason.value)
    if expect.alternatives is not None:
        yield from _of_alternatives(engine, expect.alternatives, access, decision)
    if expect.obligations is not None:
        yield from _of_obligations(expect.obligations, decision)
    if expect.connection is not None:
        way = way_of(decide(engine, NO_GRANTS, access.by_name))
        if way is not expect.connection:
            yield Difference("connection", expect.connection.value, way.value)


def _of_alternatives(
    engine: Engine, expected: tuple[str, ...], access: Access, decision: Decision
) -> Iterator[Difference]:
    told = explain(engine, NO_GRANTS, access, decision, reference=None, ask_url=None)
    offered = [place.name for purpose in told.purposes for place in purpose.alternatives]
    missing = [name for name in expected if name not in offered]
    if missing or (offered and not expected):
        shown = ", ".join(offered) or "none"
        why = "; ".join(
            f"{one.alternative.name} is closed to this reader itself"
            + (f", by rule {one.decision.rule.id}" if one.decision.rule is not None else "")
            for one in told.dropped
            if one.alternative.name in missing
        )
        yield Difference("alternatives", ", ".join(missing or expected) or "none", shown, why)


def _of_obligations(expected: Mapping[str, Obligation | None], decision: Decision) -> Iterator[Difference]:
    found = decision.obligations
    if not expected and found:
        carried = "; ".join(f"{key}: {obligations.told(key, found)}" for key in sorted({one.kind for one in found}))
        yield Difference("obligations", "none", carried)
    for key, wanted in expected.items():
        here = {one.value for one in found if one.kind == key}
        if here != (set() if wanted is None else {wanted.value}):
            said = obligations.told(key, frozenset() if wanted is None else frozenset({wanted}))
            yield Difference(f"obligations.{key}", said, obligations.told(key, found))
