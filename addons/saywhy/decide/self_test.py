"""What is decided of the self-test's own names: the same for everybody and whatever a policy says, at the web's ports alone."""

from saywhy.decide.access import Target
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.standing import Standing
from saywhy.policy.address import DEFAULT_PORTS
from saywhy.policy.catalogue import SEALED
from saywhy.policy.obligation import NO_OBLIGATIONS, Obligation
from saywhy.policy.obligations.inspect import INSPECT
from saywhy.policy.own_hosts import SEALED_PATH, TEST_BLOCKED, TEST_RELAYED, TEST_SEALED
from saywhy.policy.rule import Effect

_INSIDE = frozenset({INSPECT})


def decided_for_test(engine: Engine, target: Target, standing: Standing) -> Decision | None:
    """The decision on one of TEST_NAMES. None: the rule about sealed lists decides, as it does for any other address.

    Where sealed lists are in force and do not find the address that stands on them, it is allowed: the test then fails.
    """
    effect, reason, obligations = Effect.ALLOW, Reason.TEST, _INSIDE
    if target.port not in DEFAULT_PORTS.values():
        effect, reason = Effect.BLOCK, Reason.PORT
    elif target.host == TEST_BLOCKED:
        effect = Effect.BLOCK
    elif target.host == TEST_RELAYED:
        obligations = NO_OBLIGATIONS
    elif target.host == TEST_SEALED and target.url is not None:
        if SEALED in standing.membership.categories:
            return None
        if engine.sealed is None and target.url.path == SEALED_PATH:
            effect = Effect.BLOCK
    carried: frozenset[Obligation] = obligations if effect is Effect.ALLOW else NO_OBLIGATIONS
    return Decision(effect, reason, None, None, standing.membership, engine.revision, obligations=carried)
