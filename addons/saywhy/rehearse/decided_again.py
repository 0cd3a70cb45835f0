"""A line of the decision log decided again by its own revision: it comes out as it did, or the log does not keep what decided.

What the log does not keep: addresses on sealed lists, queries (a search's words, an address inside another, rules about parameters),
the end of long paths, where a name led to (private addresses), what an answer told (accounts), faults, permits that were withdrawn.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from saywhy.decide.access import Access, Target, subject_in
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.observe.decision_log import DecisionRecord
from saywhy.policy.address import AddressError, bracketed, canonical_url, suffixes
from saywhy.policy.catalogue import WITHHELD
from saywhy.policy.grant import Grant
from saywhy.rehearse.replay import Logged, read_line


class Outcome(StrEnum):
    """How it came out."""

    SAME = "same"
    OTHER = "other"
    WITHHELD = "withheld"
    FAULT = "fault"
    QUERY = "query"
    CUT = "cut"
    RESOLVED = "resolved"
    ANSWER = "answer"
    PERMIT = "permit"


IN_WORDS: Final = {
    Outcome.WITHHELD: "of what is on a sealed list, which no log holds",
    Outcome.FAULT: "refused for a fault, which policy would have allowed",
    Outcome.QUERY: "where a query may have decided, which no log keeps",
    Outcome.CUT: "of an address of which the log keeps the beginning",
    Outcome.RESOLVED: "refused for where the name led, which policy would have allowed",
    Outcome.ANSWER: "refused for what the answer told",
    Outcome.PERMIT: "by a permit that is not there any more",
}
_DECIDED: Final = frozenset(Reason)
_BY_GRANT: Final = frozenset({Reason.GRANT, Reason.GO})
_CUT: Final = "…"


class Again:
    """Decides lines of one revision again, with the permits of its time."""

    def __init__(self, engine: Engine, permits: Iterable[Grant] = ()) -> None:
        self._engine = engine
        self._grants = Grants(permits)
        policy = engine.policy
        asking = {pattern.host for rule in policy.rules for pattern in rule.criteria.urls if pattern.parameters}
        for host, patterns in policy.catalogue.patterns.items():
            if any(pattern.parameters for pattern, _ in patterns):
                asking.add(host)
        asking |= {
            domain for found in policy.catalogue.searches.places.values() for one in found for domain in one.domains
        }
        self._asking = frozenset(asking)

    def outcome(self, line: bytes, record: DecisionRecord) -> tuple[Outcome, Decision | None]:
        """How a line, and the record in it, comes out now, and the decision. Raises ValueError for what is no such line."""
        logged = None if WITHHELD in (record.host, record.path) else read_line(line)
        if logged is None:
            return Outcome.WITHHELD, None
        decision = self._decision(logged)
        return self._compared(record, logged, decision), decision

    def _decision(self, logged: Logged) -> Decision:
        policy = self._engine.policy
        known = tuple(one for one in logged.groups if one in policy.groups)
        subject = subject_in(policy, known, place=logged.place, device=logged.device)
        url = None
        if logged.path:
            try:
                url = canonical_url(f"{logged.scheme}://{bracketed(logged.host)}:{logged.port}{logged.path}")
            except AddressError as error:
                raise ValueError(str(error)) from None
        target = Target(logged.host, logged.port, url, logged.signs, logged.use)
        return decide(self._engine, self._grants, Access(subject, target, logged.at.astimezone(policy.school.timezone)))

    def _compared(self, record: DecisionRecord, logged: Logged, decision: Decision) -> Outcome:  # noqa: PLR0911
        rule = None if decision.rule is None else decision.rule.id
        if (record.effect, record.reason, record.rule) == (decision.effect, decision.reason, rule):
            return Outcome.SAME
        if record.reason not in _DECIDED and decision.allowed:
            return Outcome.FAULT
        if record.reason == Reason.PRIVATE_ADDRESS and decision.allowed:
            return Outcome.RESOLVED
        if record.reason == Reason.ACCOUNT and decision.allowed:
            return Outcome.ANSWER
        if record.reason in _BY_GRANT and not decision.allowed:
            return Outcome.PERMIT
        if record.path.endswith(_CUT) or f"{_CUT}/" in record.path:
            return Outcome.CUT
        if logged.path and self._may_go_by_query(logged.host):
            return Outcome.QUERY
        return Outcome.OTHER

    def _may_go_by_query(self, host: str) -> bool:
        return not self._asking.isdisjoint(suffixes(host)) or bool(self._engine.standing(host, None).carriers)
