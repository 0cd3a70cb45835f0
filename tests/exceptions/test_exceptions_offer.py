"""What may be given: never more than the rule offers, never for ever, never a wildcard that was not meant."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.exceptions.offer import Chosen, offered, page_target, parse_day, still_offered
from saywhy.exceptions.request import Proposal
from saywhy.exceptions.until import end_of_day
from saywhy.policy.address import AddressError, canonical_url
from saywhy.policy.grant import GrantScope, GrantTarget
from saywhy.policy.policy import Policy
from saywhy.policy.rule import UNTIL_OFFERS, WHAT_OFFERS, Offer
from tests.exceptions.conftest import NOW, refusal, school

ALL = tuple(Offer)


def test_options_come_smallest_first(policy: Policy) -> None:
    offers = offered(policy, ALL, ("tiktok",), refusal("tiktok.example", "/video/1"), NOW)
    assert list(offers.who) == ["device", "group:year7", "group:students"]
    assert list(offers.what) == ["page", "site", "app:tiktok"]
    assert list(offers.until) == ["this-lesson", "today", "this-week", "this-term"]


@pytest.mark.parametrize(
    ("offer", "what", "until", "by_date"),
    [
        ((), {"page", "site", "app:tiktok"}, set(UNTIL_OFFERS), True),
        ((Offer.THIS_PAGE,), {"page"}, set(UNTIL_OFFERS), True),
        ((Offer.THIS_LESSON, Offer.THIS_PAGE), {"page"}, {Offer.THIS_LESSON}, False),
        ((Offer.TODAY,), {"page", "site", "app:tiktok"}, {Offer.TODAY}, False),
        ((Offer.THIS_SITE, Offer.THIS_TERM), {"site"}, {Offer.THIS_TERM}, True),
    ],
)
def test_a_rule_offers_what_it_names_and_everything_where_it_names_nothing(
    policy: Policy, offer: tuple[Offer, ...], what: set[str], until: set[Offer], by_date: bool
) -> None:
    offers = offered(policy, offer, ("tiktok",), refusal("tiktok.example", "/video/1"), NOW)
    assert set(offers.what) == what
    assert set(offers.until) == {one.value for one in until}
    assert offers.by_date is by_date


@pytest.mark.parametrize(
    ("now", "until", "ends"),
    [
        (NOW, "this-lesson", NOW + timedelta(hours=1)),
        (NOW, "today", datetime(2026, 11, 24, tzinfo=UTC)),
        (NOW, "this-week", datetime(2026, 11, 30, tzinfo=UTC)),
        (NOW, "this-term", datetime(2027, 1, 1, tzinfo=UTC)),
        # In summer the school's midnight is an hour before UTC's: here it is Tuesday in London already.
        (datetime(2026, 6, 1, 23, 30, tzinfo=UTC), "today", datetime(2026, 6, 2, 23, 0, tzinfo=UTC)),
        # The clocks go back on 25 October 2026: that day has 25 hours.
        (datetime(2026, 10, 25, 9, tzinfo=UTC), "today", datetime(2026, 10, 26, 0, tzinfo=UTC)),
        (datetime(2027, 4, 30, 9, tzinfo=UTC), "this-term", datetime(2027, 4, 30, 23, tzinfo=UTC)),
        (datetime(2027, 8, 1, 9, tzinfo=UTC), "this-term", datetime(2028, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_end_by_the_schools_own_clock(policy: Policy, now: datetime, until: str, ends: datetime) -> None:
    assert offered(policy, ALL, (), refusal(), now).until[until] == ends


@pytest.mark.parametrize(
    "path",
    ["/", "//", "/.", "/x/..", "/*", "/a*b", "/%2A", "/%252a/x", "/?page=1", "/" + "a" * 3000],
)
def test_no_page_stands_for_a_whole_site(path: str) -> None:
    assert page_target(canonical_url(f"https://games.example{path}")) is None


def test_a_page_at_an_unusual_port_is_not_offered() -> None:
    assert page_target(canonical_url("https://games.example:8443/chess")) is None


def test_the_front_page_is_offered_as_the_site_alone(policy: Policy) -> None:
    assert set(offered(policy, ALL, (), refusal(), NOW).what) == {"site"}


@given(st.text(max_size=60))
def test_a_page_that_is_given_covers_itself_and_not_the_front_page(text: str) -> None:
    try:
        url = canonical_url(f"https://games.example/{text}")
    except AddressError:
        return
    target = page_target(url)
    if target is None:
        return
    assert target.page is not None
    assert target.page.covers(url)
    assert not target.page.covers(canonical_url("https://games.example/"))
    assert not target.page.covers(canonical_url("https://other.example" + url.origin_form))


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("", "whole address"),
        ("not an address", "whole address"),
        ("javascript:alert(1)", "whole address"),
        ("https://other.example/x", "has to be on games.example"),
        ("https://sub.games.example/x", "has to be on games.example"),
        ("https://games.example/", "one page"),
        ("https://games.example/*", "one page"),
    ],
)
def test_another_page_is_one_page_of_that_site(policy: Policy, page: str, message: str) -> None:
    offers = offered(policy, ALL, (), refusal(), NOW)
    proposal, errors = offers.choose(Chosen("device", "another-page", "today", page=page))
    assert proposal is None
    assert message in errors["page"]


def test_another_page_keeps_its_parameters(policy: Policy) -> None:
    offers = offered(policy, (Offer.THIS_PAGE,), (), refusal(), NOW)
    chosen = Chosen("device", "another-page", "today", page=" https://games.example/watch?v=rome ")
    proposal, errors = offers.choose(chosen)
    assert not errors
    assert proposal is not None
    assert proposal.what.page is not None
    assert proposal.what.page.covers(canonical_url("https://games.example/watch?v=rome&t=9"))
    assert not proposal.what.page.covers(canonical_url("https://games.example/watch?v=other"))
    assert still_offered(offers, proposal, NOW)


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("", "as a date"),
        ("soon", "as a date"),
        ("2026-11-22", "today or later"),
        ("2027-11-23", "at the latest"),
        ("9999-12-31", "at the latest"),
    ],
)
def test_a_date_is_bounded(policy: Policy, day: str, message: str) -> None:
    proposal, errors = offered(policy, ALL, (), refusal(), NOW).choose(Chosen("device", "site", "date", date=day))
    assert proposal is None
    assert message in errors["date"]


def test_the_last_day_counts_whole(policy: Policy) -> None:
    proposal, _ = offered(policy, ALL, (), refusal(), NOW).choose(Chosen("device", "site", "date", date="2026-11-27"))
    assert proposal is not None
    assert proposal.ends == datetime(2026, 11, 28, tzinfo=UTC)


def test_a_rule_for_this_term_takes_no_later_date(policy: Policy) -> None:
    offers = offered(policy, (Offer.THIS_TERM,), (), refusal(), NOW)
    assert offers.choose(Chosen("device", "site", "date", date="2026-12-31"))[0] is not None
    assert "2026-12-31" in offers.choose(Chosen("device", "site", "date", date="2027-01-01"))[1]["date"]


@cache
def hillside() -> Policy:
    with TemporaryDirectory() as folder:
        return school(Path(folder) / "policies").policy


words = st.sampled_from(
    ["", "device", "group:year7", "group:staff", "site", "page", "app:tiktok", "app:x", "today", "date"]
)


@given(
    who=words,
    what=st.one_of(words, st.just("another-page")),
    until=st.one_of(words, st.sampled_from([one.value for one in UNTIL_OFFERS])),
    page=st.one_of(st.text(max_size=30), st.just("https://games.example/chess")),
    date_=st.one_of(st.text(max_size=12), st.dates().map(date.isoformat)),
    offer=st.sets(st.sampled_from(list(Offer))),
)
def test_whatever_is_sent_nothing_beyond_the_offer_comes_out(
    who: str, what: str, until: str, page: str, date_: str, offer: set[Offer]
) -> None:
    offers = offered(hillside(), tuple(offer), (), refusal(path="/chess"), NOW)
    proposal, errors = offers.choose(Chosen(who, what, until, page, date_))
    assert (proposal is None) == bool(errors)
    if proposal is None:
        return
    assert still_offered(offers, proposal, NOW)
    assert NOW < proposal.ends <= NOW + timedelta(days=365)
    assert proposal.who in (GrantScope(device="10.30.7.21"), GrantScope(groups=frozenset({"year7"})))
    allowed = offer & set(WHAT_OFFERS) or set(WHAT_OFFERS)
    kind = Offer.THIS_PAGE if proposal.what.page else Offer.THIS_SITE if proposal.what.site else Offer.THIS_APP
    assert kind in allowed
    assert not proposal.what.app


@pytest.mark.parametrize(
    "proposal",
    [
        Proposal(GrantScope(groups=frozenset({"staff"})), GrantTarget(site="games.example"), NOW + timedelta(hours=1)),
        Proposal(GrantScope(device="10.30.7.21"), GrantTarget(site="other.example"), NOW + timedelta(hours=1)),
        Proposal(GrantScope(device="10.30.7.21"), GrantTarget(app="tiktok"), NOW + timedelta(hours=1)),
        Proposal(GrantScope(device="10.30.7.21"), GrantTarget(site="games.example"), NOW),
        Proposal(GrantScope(device="10.30.7.21"), GrantTarget(site="games.example"), NOW + timedelta(days=400)),
    ],
)
def test_a_proposal_that_is_no_longer_on_offer_is_not_given(policy: Policy, proposal: Proposal) -> None:
    assert not still_offered(offered(policy, ALL, (), refusal(), NOW), proposal, NOW)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-27", date(2026, 11, 27)),
        ("27/11/2026", date(2026, 11, 27)),
        ("1/2/2027", date(2027, 2, 1)),
        (" 2026-11-27 ", date(2026, 11, 27)),
        ("31/02/2026", None),
        ("27.11.2026", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_days_are_read_as_browsers_send_them_and_as_people_write_them(text: str, day: date | None) -> None:
    assert parse_day(text) == day


@given(st.dates(min_value=date(1980, 1, 1), max_value=date(2090, 1, 1)))
def test_a_day_ends_where_the_next_begins(day: date) -> None:
    london = ZoneInfo("Europe/London")
    ends = end_of_day(day, london)
    assert (ends - timedelta(microseconds=1)).date() == day
    assert ends.date() == day + timedelta(days=1)
