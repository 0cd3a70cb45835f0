"""What is asked of the store for figures: once a minute, and right."""

from datetime import timedelta
from pathlib import Path

from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.store import Store
from saywhy.observe.metrics import Metrics
from saywhy.observe.request_figures import RequestFigures
from saywhy.serve.store_counts import StoreCounts
from tests.exceptions.conftest import IT, NOW, hire, refusal, say_yes, school, submission

HOUR = timedelta(hours=1)


def test_what_waits_what_was_answered_and_what_is_permitted(tmp_path: Path) -> None:
    engine = school(tmp_path / "policies")
    store = Store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    store.migrate()
    hire(store, IT)
    asked = [store.submit(engine, submission(), f"f{n}", NOW) for n in range(6)]
    waiting = store.submit(engine, submission(refusal("chat.example", rule="chat")), "c", NOW)
    for number, one in enumerate(asked[:5]):
        store.refuse(one.id, engine, IT, "There is a board.", NOW + (number + 1) * HOUR)
    say_yes(store, engine, asked[5].id, Chosen("device", "site", "date", date="2027-02-01"), NOW + 6 * HOUR)
    moment = [NOW + 7 * HOUR]
    metrics = Metrics()
    counts = StoreCounts(store, RequestFigures(metrics), lambda: moment[0])

    def value(name: str) -> float | None:
        return metrics.registry.get_sample_value(name)

    counts.poll()
    assert value("saywhy_exception_requests_oldest_age_seconds") == 7 * 3_600
    assert store.figures.waiting_by_tier() == {"other": 1}
    assert value("saywhy_exception_answer_median_seconds") == 3.5 * 3_600
    assert (value("saywhy_permits"), value("saywhy_permits_ending")) == (1, 0)
    store.listing.sort(engine)
    assert store.figures.waiting_by_tier() == {"two": 1}, "its rule wants another to agree"
    store.refuse(waiting.id, engine, IT, "There is a board.", moment[0])
    counts.poll()
    assert value("saywhy_exception_requests_oldest_age_seconds") == 7 * 3_600  # not yet time
    moment[0] += timedelta(minutes=1)
    counts.poll()
    assert value("saywhy_exception_requests_oldest_age_seconds") == 0
    store.close()
