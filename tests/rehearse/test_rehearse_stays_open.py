"""The list that comes with Saywhy: sound, and by country and age."""

import pytest

from saywhy.policy.address import canonical_host
from saywhy.policy.reader import Reader
from saywhy.rehearse.stays_open import Help, countries, country_of, should_stay_open


def test_every_site_is_a_host_and_comes_once() -> None:
    every = should_stay_open(countries())
    assert len(every) > 80
    assert len({one.site for one in every}) == len(every)
    assert [one.site for one in every if canonical_host(one.site) != one.site or "." not in one.site] == []
    assert {one.about for one in every} == set(Help)


def test_a_country_adds_to_what_is_for_everywhere() -> None:
    everywhere = {one.site for one in should_stay_open(())}
    assert everywhere < {one.site for one in should_stay_open(["gb"])}
    assert "www.childline.ie" not in {one.site for one in should_stay_open(["gb"])}
    assert "www.childline.ie" in {one.site for one in should_stay_open(["gb", "ie"])}
    with pytest.raises(KeyError, match="fr"):
        should_stay_open(["fr"])


@pytest.mark.parametrize(
    ("zone", "found"), [("Europe/London", ("gb",)), ("Europe/Dublin", ("ie",)), ("Asia/Tokyo", ())]
)
def test_a_time_zone_tells_the_country(zone: str, found: tuple[str, ...]) -> None:
    assert country_of(zone) == found


def test_ages_go_up() -> None:
    childline = next(one for one in should_stay_open(["gb"]) if one.name == "Childline")
    samaritans = next(one for one in should_stay_open(["gb"]) if one.name == "Samaritans")
    assert all(childline.is_for(one) for one in Reader)
    assert [one for one in Reader if samaritans.is_for(one)] == [Reader.SECONDARY, Reader.ADULT, Reader.EASY_READ]
