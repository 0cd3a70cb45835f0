"""How often processes were started again."""

from prometheus_client import CollectorRegistry

from saywhy.observe.restart_figures import RestartFigures


def test_each_process_is_there_from_the_beginning_and_counted_by_why() -> None:
    registry = CollectorRegistry()
    figures = RestartFigures(registry, ["portal", "worker-1"])
    figures.restarted("worker-1", hung=True)

    def count(process: str, reason: str) -> float | None:
        return registry.get_sample_value("saywhy_process_restarts_total", {"process": process, "reason": reason})

    assert [count(process, why) for process in ("portal", "worker-1") for why in ("gone", "silent")] == [0, 0, 0, 1]
