"""What the figures of a filter say, read from a real scrape."""

from dataclasses import replace

import pytest

from saywhy.observe.filter_figures import Counts, FilterFigures, Room, Waiting
from saywhy.observe.scraped import read_scrape
from saywhy.observe.state_figures import ListFigures
from tests.observe.scraping import scraped


def test_a_real_scrape_is_read_whole() -> None:
    found = scraped('saywhy_exception_requests{state="open"} 3', 'saywhy_exception_requests{state="question"} 1')
    assert found.counts == Counts(requests=9, inspected=9, allowed=7, blocked=2, origin_errors=7)
    assert found.waiting == Waiting(unanswered=3, asked_back=1)
    assert found.connections == Room(0, 19_800)
    assert list(found.files) == ["portal", "worker-1", "worker-2"]
    assert all(0 < room.part < 0.01 for room in found.files.values())
    assert found.revision == "6186f691e3d6"
    assert set(found.revisions.values()) == {"6186f691e3d6"}
    assert (found.decisions, found.slow, found.dropped, found.listed) == (9, 0, 0, 900)
    assert found.state.lists[0] == ListFigures("ut1/adult", 300, 0, 1_795_929_398, None, failing=False)
    assert found.self_test is None


def test_nothing_has_to_be_there() -> None:
    found = FilterFigures.of(read_scrape("saywhy_new_figure 1\n"))
    assert found.counts == Counts()
    assert found.connections.part == 0
    assert found.state.certificate_ends is None
    assert (found.revision, found.loaded, found.dropped_at) == ("", None, None)
    assert found.reloaded


def test_what_comes_in_a_second() -> None:
    before = Counts(requests=10, relayed=4, blocked=1)
    after = replace(before, requests=30, blocked=2)
    assert after.per_second(before, 2) == Counts(requests=10, blocked=0.5)


@pytest.mark.parametrize(("after", "seconds"), [(Counts(requests=9), 2.0), (Counts(requests=30), 0.0)])
def test_a_filter_that_was_started_again_gives_none(after: Counts, seconds: float) -> None:
    assert after.per_second(Counts(requests=10), seconds) is None
