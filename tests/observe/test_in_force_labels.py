"""Of a label's values those in force are told, in whatever process they were counted."""

from prometheus_client import CollectorRegistry, Counter

from saywhy.observe.in_force_labels import IN_FORCE, InForceLabels, told_in_force


def test_only_what_is_in_force_is_told_and_other_labels_are_left_alone() -> None:
    registry = CollectorRegistry()
    in_force = InForceLabels(registry)
    counter = Counter("some", "Something.", ("rule", "kind"), registry=registry)
    for rule in ("a", "b", "other", "none"):
        counter.labels(rule, "k").inc()

    def rules() -> list[str]:
        found = {metric.name: metric for metric in told_in_force(registry.collect())}
        assert IN_FORCE not in found
        return [one.labels["rule"] for one in found["some"].samples if one.name == "some_total"]

    assert rules() == ["a", "b", "other", "none"]  # nobody has said anything
    in_force.say("rule", ["a"])
    assert rules() == ["a", "other", "none"]
    in_force.say("rule", ["b"])
    assert rules() == ["b", "other", "none"]
