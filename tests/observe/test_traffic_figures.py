"""Figures by rule, category, way and lane: bounded whatever clients ask for, and of what is in force alone."""

from prometheus_client import CollectorRegistry

from saywhy.decide.access import Access, Subject, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.observe.gathered import Gathered
from saywhy.observe.handshake_log import ALERTS
from saywhy.observe.in_force_labels import told_in_force
from saywhy.observe.labels import (
    ALARMS,
    FAULTS,
    PORTAL_EVENTS,
    READERS,
    REPLY_OUTCOMES,
    SITE_KINDS,
    TOLD_BY,
    TOLD_OUTCOMES,
)
from saywhy.observe.metrics import Metrics
from saywhy.observe.process_figures import ProcessFigures
from saywhy.observe.request_figures import RequestFigures
from saywhy.observe.state_figures import MOST_LISTS, ListFigures, StateCollector, StateFigures
from saywhy.observe.telling_figures import TellingFigures
from saywhy.observe.traffic_figures import MOST_CATEGORIES, MOST_RULES, TrafficFigures
from saywhy.policy.catalogue import Belonging, Catalogue, Category
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Effect
from tests.decide.conftest import HERE, MONDAY_TEN, policy, rule

GAMES = policy([rule("no-games", categories=["games"])])


def subject(group: str) -> Subject:
    return subject_in(GAMES, (group,))


def told(registry: CollectorRegistry) -> dict[tuple[str, ...], float]:
    """The samples of a scrape, by name and labels."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for metric in told_in_force(registry.collect())
        for sample in metric.samples
        if not sample.name.endswith("_created")
    }


def ask(figures: TrafficFigures, of: Policy, *addresses: str) -> None:
    engine = Engine(of)
    for one in addresses:
        figures.decided(decide(engine, NO_GRANTS, Access(subject("year9"), target_of_url(one), MONDAY_TEN)))


def test_decisions_are_counted_by_the_rule_and_the_categories() -> None:
    registry = CollectorRegistry()
    figures = TrafficFigures(registry)
    figures.take(GAMES)
    ask(figures, GAMES, "https://play.example/", "https://play.example/a", "https://else.example/")
    found = told(registry)
    assert found["saywhy_rule_decisions_total", "block", "no-games"] == 2
    assert found["saywhy_rule_decisions_total", "allow", "default"] == 1
    assert found["saywhy_category_decisions_total", "games", "block"] == 2
    assert found["saywhy_category_decisions_total", "none", "allow"] == 1


def test_series_of_an_earlier_revision_go_and_come_back_with_it() -> None:
    registry = CollectorRegistry()
    figures = TrafficFigures(registry)
    figures.take(GAMES)
    ask(figures, GAMES, "https://play.example/")
    other = policy([rule("no-play", domains=["play.example"])])
    figures.take(other)
    ask(figures, other, "https://play.example/")
    found = told(registry)
    assert found["saywhy_rule_decisions_total", "block", "no-play"] == 1
    assert not [key for key in found if "no-games" in key or "games" in key]
    assert found["saywhy_category_decisions_total", "other", "block"] == 1  # no rule is about it any more
    figures.take(GAMES)
    assert told(registry)["saywhy_rule_decisions_total", "block", "no-games"] == 1


def test_what_is_gathered_is_told_once_it_is_written() -> None:
    registry = CollectorRegistry()
    figures, gathered = TrafficFigures(registry), Gathered()
    figures.take(GAMES)
    figures.gather(gathered)
    ask(figures, GAMES, "https://play.example/")
    figures.went("relay")
    key = "saywhy_rule_decisions_total", "block", "no-games"
    assert told(registry)[key] == 0, "there from the beginning, so that the first is an increase"
    for _ in range(2):
        figures.write()
        gathered.write()
    found = told(registry)
    assert found[key] == 1
    assert found["saywhy_connection_ways_total", "relay"] == 1


def count_all_else(metrics: Metrics, group: str) -> None:
    """Each value that a label can have, once."""
    for reason in sorted(Reason):
        metrics.decided(Effect.BLOCK, reason, group)
    for fault in sorted(FAULTS):
        metrics.fault(fault)
    for event in sorted(PORTAL_EVENTS):
        metrics.portal_event(event)
    for alert in sorted(ALERTS):
        metrics.handshake_ended(alert)
    for reader in sorted(READERS):
        metrics.page_rendered("block", reader, 0.1)
    metrics.alarms(ALARMS)
    metrics.exception_requests({})
    for kind in sorted(SITE_KINDS):
        metrics.overblocked(kind, 10, 1)
    requests, telling = RequestFigures(metrics), TellingFigures(metrics)
    requests.waiting({})
    requests.unused(0)
    for channel in sorted(TOLD_BY):
        for outcome in sorted(TOLD_OUTCOMES):
            telling.told(channel, outcome)
    for outcome in sorted(REPLY_OUTCOMES):
        telling.reply(outcome)


def of_processes_and_lists() -> set[tuple[str, ...]]:
    """The series of four processes, each with a registry of its own, and of more lists than are told."""
    found: set[tuple[str, ...]] = set()
    for process in ("portal", "worker-1", "worker-2", "worker-3"):
        registry = CollectorRegistry()
        ProcessFigures(registry, process, 1, 1).look("a1", 1.0)
        found |= set(told(registry))
    registry = CollectorRegistry()
    lists = tuple(ListFigures(f"l{n:02}", 1, 0, 1.0, 1.0, failing=False) for n in range(2 * MOST_LISTS))
    registry.register(StateCollector(lambda: StateFigures(lists, 1.0, 0)))
    return found | set(told(registry))


def test_there_are_at_most_500_series_after_100_000_hosts() -> None:
    """With more rules and categories than have series of their own; groups and processes as a school has them."""
    categories = [f"category-{n}" for n in range(3 * MOST_CATEGORIES)]
    catalogue = Catalogue(
        categories={one: Category(one, one) for one in categories},
        names={
            f"site{n}.example": (Belonging("category", name, f"site{n}.example", HERE),)
            for n, name in enumerate(categories)
        },
    )
    rules = [rule(f"rule-{n}", categories=[one]) for n, one in enumerate(categories)]
    assert len(rules) > MOST_RULES
    large = policy(rules, catalogue=catalogue)
    engine, metrics = Engine(large), Metrics(large.groups)
    metrics.gather()
    metrics.traffic.take(large)
    subjects = [subject(one) for one in sorted(large.groups)]
    for number in range(100_000):
        host = f"h{number}.site{number % 150}.example"
        if number < 1_000:
            access = Access(subjects[number % 3], target_of_url(f"https://{host}/"), MONDAY_TEN)
            decision = decide(engine, NO_GRANTS, access)
        metrics.decided(decision.effect, decision.reason, subjects[number % 3].group)
        metrics.traffic.decided(decision)
        metrics.requested("https" if number % 2 else host)
        metrics.fault(host)
    count_all_else(metrics, subjects[0].group)
    metrics.write()
    found = set(told(metrics.registry)) | of_processes_and_lists()
    assert not [key for key in found if any("site" in part or part.endswith(".example") for part in key[1:])]
    assert sum(key[0] == "saywhy_rule_decisions_total" for key in found) <= MOST_RULES + 2
    assert len(found) <= 500, len(found)
