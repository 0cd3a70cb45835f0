"""Permits that nobody uses, counted from the decision log."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.store import Store
from saywhy.observe.metrics import Metrics
from saywhy.observe.request_figures import RequestFigures
from saywhy.serve.permit_use import PermitUse
from tests.exceptions.conftest import IT, NOW, hire, say_yes, school, submission
from tests.observe.test_asked_by_page import lay
from tests.observe.test_log_search import OTHER

DAY = timedelta(days=1)


def test_one_counts_once_it_is_a_month_old_and_was_not_used(tmp_path: Path) -> None:
    engine = school(tmp_path / "policies")
    store = Store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    store.migrate()
    hire(store, IT)
    asked = store.submit(engine, submission(), "form", NOW)
    say_yes(store, engine, asked.id, Chosen("device", "site", "date", date="2027-02-01"), NOW)
    (permit,) = store.figures.permits(NOW)
    moment, metrics = [NOW], Metrics()
    use = PermitUse(store, tmp_path / "decisions.jsonl", RequestFigures(metrics), lambda: moment[0])

    def unused() -> float | None:
        use.poll()
        return metrics.registry.get_sample_value("saywhy_permits_unused")

    assert metrics.registry.get_sample_value("saywhy_permits_unused") is None, "nothing was looked at yet"
    assert unused() == 0
    moment[0] += 31 * DAY
    assert unused() == 1
    used = moment[0] - 2 * DAY
    lay(tmp_path, f"{used:%Y-%m-%d}", replace(OTHER, grant=permit.id, at=used))
    assert unused() == 0
    store.close()
