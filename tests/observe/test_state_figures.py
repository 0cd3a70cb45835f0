"""What a state folder holds, as whoever scrapes sees it."""

from prometheus_client import CollectorRegistry

from saywhy.observe.state_figures import MOST_LISTS, ListFigures, StateCollector, StateFigures


def scraped(state: StateFigures) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(StateCollector(lambda: state))
    return registry


def test_lists_the_certificate_and_problems_are_told() -> None:
    games = ListFigures("ut1/games", 120, 3, 1_000.0, 2_000.0, failing=True)
    own = ListFigures("own", 5, 0, 500.0, None, failing=False)
    found = scraped(StateFigures((games, own), 9_000.0, 2))
    of = {"list": "ut1/games"}
    assert found.get_sample_value("saywhy_list_entries", of) == 120
    assert found.get_sample_value("saywhy_list_lost_entries", of) == 3
    assert found.get_sample_value("saywhy_list_updated_timestamp_seconds", of) == 1_000
    assert found.get_sample_value("saywhy_list_checked_timestamp_seconds", of) == 2_000
    assert found.get_sample_value("saywhy_list_failing", of) == 1
    assert found.get_sample_value("saywhy_list_checked_timestamp_seconds", {"list": "own"}) is None
    assert found.get_sample_value("saywhy_lists") == 2
    assert found.get_sample_value("saywhy_certificate_expiry_timestamp_seconds") == 9_000
    assert found.get_sample_value("saywhy_policy_problems") == 2


def test_what_is_not_known_is_not_told() -> None:
    found = scraped(StateFigures())
    assert found.get_sample_value("saywhy_lists") == 0
    assert found.get_sample_value("saywhy_certificate_expiry_timestamp_seconds") is None
    assert found.get_sample_value("saywhy_policy_problems") is None


def test_of_many_lists_the_first_are_told_one_by_one() -> None:
    many = tuple(ListFigures(f"l{n:03}", 1, 0, 1.0, 1.0, failing=False) for n in range(200))
    found = scraped(StateFigures(many))
    assert found.get_sample_value("saywhy_lists") == 200
    entries = next(one for one in found.collect() if one.name == "saywhy_list_entries")
    assert len(entries.samples) == MOST_LISTS
