"""A scrape read back: what it has, what it does not have, what is none."""

import pytest

from saywhy.observe.scraped import read_scrape

SCRAPE = """\
# HELP saywhy_faults_total Faults that were met and closed.
# TYPE saywhy_faults_total counter
saywhy_faults_total{kind="upstream-reply"} 2
saywhy_faults_total{kind="store"} 1
# TYPE saywhy_grants gauge
saywhy_grants 4
"""


def test_it_sums_and_groups() -> None:
    found = read_scrape(SCRAPE)
    assert found.value("faults_total") == 3
    assert found.by("faults_total", "kind") == {"store": 1, "upstream-reply": 2}
    assert found.number("grants") == 4
    assert found.labels("grants") == [{}]


def test_what_is_not_there_is_none_or_nothing() -> None:
    found = read_scrape(SCRAPE)
    assert found.value("new_total") is None
    assert found.number("new_total") == 0
    assert found.by("grants", "kind") == {}


@pytest.mark.parametrize("text", ["", "<html>", "up 1\n", 'saywhy_x{a="b 1\n', "saywhy_x one\n", "\0"])
def test_what_is_no_scrape_of_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_scrape(text)
