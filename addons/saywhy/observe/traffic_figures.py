"""What is decided, by rule and by category, and what becomes of connections.

What a request counts is one addition to a plain number; labels are looked up where that is written.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter

from saywhy.decide.decision import Decision
from saywhy.observe.gathered import Gathered
from saywhy.observe.in_force_labels import InForceLabels
from saywhy.observe.labels import NO_GROUP, closed
from saywhy.policy.policy import Policy

type ConnectionWay = Literal["relay", "inspect", "plain", "refuse"]

MOST_RULES: Final = 60  # with series of their own: the first in the order of the policy
MOST_CATEGORIES: Final = 40  # the first that rules name
_NONE: Final = NO_GROUP


class TrafficFigures:
    """Among the figures of a process. `gathered` is given where one thread counts and writes now and then."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._gathered: Gathered | None = None
        self._decided: defaultdict[tuple[str, str, frozenset[str]], int] = defaultdict(int)
        self._series: dict[tuple[Counter, str, str], Counter] = {}  # of closed sets, so no more than there are series
        self._rules: frozenset[str] = frozenset()
        self._categories: frozenset[str] = frozenset()
        self._in_force = InForceLabels(registry)
        self._by_rule = Counter(
            "saywhy_rule_decisions_total",
            f"Decisions by the rule that decided: the first {MOST_RULES} of the policy in force, the rest as other.",
            ("rule", "effect"),
            registry=registry,
        )
        self._by_category = Counter(
            "saywhy_category_decisions_total",
            f"Decisions by category of what was asked for: the first {MOST_CATEGORIES} that rules name, the rest as other; "
            "once for each that it belongs to.",
            ("category", "effect"),
            registry=registry,
        )
        self._goes = Counter(
            "saywhy_goes_total",
            "How often somebody went on where a rule has caution, by the rule.",
            ("rule",),  # ids of the policy in force alone
            registry=registry,
        )
        ways = Counter(
            "saywhy_connection_ways_total",
            "Client connections, by what became of them: relayed as they are, looked into, HTTP without TLS, refused.",
            ("way",),
            registry=registry,
        )
        self._ways = {way: ways.labels(way) for way in ("relay", "inspect", "plain", "refuse")}

    def take(self, policy: Policy) -> None:
        """This policy is in force: its rules and categories are counted by their names. May be called by any thread."""
        rules = [policy.default.id, *(rule.id for rule in policy.rules)]
        categories = dict.fromkeys(name for rule in policy.rules for name in rule.criteria.categories)
        self._rules = frozenset(rules[: MOST_RULES + 1])
        self._categories = frozenset(list(categories)[:MOST_CATEGORIES])
        careful = {rule.id for rule in policy.rules if rule.caution is not None}
        self._begin(policy, careful)
        self._in_force.say("rule", self._rules | careful)
        self._in_force.say("category", self._categories)
        self._in_force.say("group", policy.groups)

    def _begin(self, policy: Policy, careful: Collection[str]) -> None:
        """Have a series of what is usual there, at 0: what is counted first would otherwise be no increase for Prometheus."""
        for rule in (policy.default, *policy.rules):
            if rule.id in self._rules:
                self._of(self._by_rule, rule.id, rule.effect)
            for category in self._categories.intersection(rule.criteria.categories):
                self._of(self._by_category, category, rule.effect)
        for one in careful:
            self._goes.labels(one)

    def went_on(self, rule: str) -> None:
        """Count that somebody went on where a rule of the policy in force, by its id, has caution."""
        self._goes.labels(rule).inc()

    def decided(self, decision: Decision) -> None:
        """Count a decision."""
        rule = decision.rule
        self._decided[_NONE if rule is None else rule.id, decision.effect, decision.membership.categories] += 1
        if self._gathered is None:
            self.write()

    def went(self, way: ConnectionWay) -> None:
        """Count a client connection that goes one of the ways."""
        if self._gathered is None:
            self._ways[way].inc()
        else:
            self._gathered.add(self._ways[way], 1)

    def gather(self, gathered: Gathered) -> None:
        """From now on one thread counts, and calls `write` now and then, before `gathered` is written."""
        self._gathered = gathered

    def write(self) -> None:
        """Write what was decided."""
        decided, self._decided = self._decided, defaultdict(int)
        rules, known = self._rules, self._categories
        for (rule, effect, categories), count in decided.items():
            name = rule if rule == _NONE else closed(rule, rules)
            self._of(self._by_rule, name, effect).inc(count)
            # several that are counted as other are one
            for category in {closed(one, known) for one in categories} or {_NONE}:
                self._of(self._by_category, category, effect).inc(count)

    def _of(self, counter: Counter, name: str, effect: str) -> Counter:
        found = self._series.get((counter, name, effect))
        if found is None:
            found = self._series[counter, name, effect] = counter.labels(name, str(effect))
        return found
