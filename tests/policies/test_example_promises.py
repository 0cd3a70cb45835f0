"""The promises of the example school's pages: reasons, owners, help, alternatives that are open, and plain words."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from saywhy.decide.access import Access, Subject, subject_at, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.policy.catalogue import Purpose
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.reading.load import load_policy
from saywhy.policy.rule import Effect, Rule, Why

FOLDER = Path(__file__).parents[2] / "policies"
WRITTEN_ON = date(2026, 11, 23)

# Sentences, and words in each, at most. A page may have four (early) or six; its own sentences need the others.
LIMITS = {
    Reader.EARLY: (1, 6),
    Reader.PRIMARY: (2, 10),
    Reader.SECONDARY: (2, 15),
    Reader.ADULT: (2, 20),
    Reader.EASY_READ: (2, 8),
}
CARE_LIMITS = (7, 10)
NOT_ON_A_PAGE = re.compile(
    r"\b(forbidden|forbid|banned|ban|violat\w*|oops|sorry|unauthori[sz]ed|prohibited|denied|illegal|inappropriate"
    r"|punish\w*|caught|offen[cs]e|suspicious|error|whoops|naughty|abuse)\b",
    re.IGNORECASE,
)

# Lesson, break, lunch, afternoon lesson, after school, evening and night of a Tuesday; a Saturday.
MOMENTS = (
    "2026-11-24T10:00",
    "2026-11-24T11:05",
    "2026-11-24T12:40",
    "2026-11-24T14:00",
    "2026-11-24T16:00",
    "2026-11-24T19:30",
    "2026-11-24T23:00",
    "2026-11-28T10:00",
)


@cache
def school() -> Policy:
    return load_policy(FOLDER)


@cache
def engine() -> Engine:
    return Engine(school())


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=school().school.timezone)


def is_open(url: str, who: Subject, at: str) -> bool:
    return decide(engine(), NO_GRANTS, Access(who, target_of_url(url), local(at))).allowed


BLOCKS = [rule for rule in school().rules if rule.effect is Effect.BLOCK]
CARING = [rule for rule in BLOCKS if rule.help]


def groups_under(rule: Rule) -> Iterator[str]:
    """Every group whose people the rule is for."""
    for name in school().groups:
        if not rule.groups or rule.groups & school().closed_groups((name,)):
            yield name


def moments_under(rule: Rule) -> Iterator[str]:
    """The sample moments at which the rule holds."""
    for moment in MOMENTS:
        if not rule.times or any(school().times[name].cover(local(moment)) for name in rule.times):
            yield moment


def why_of(rule: Rule) -> Why:
    assert rule.why is not None
    return rule.why


def words_per_sentence(text: str) -> list[int]:
    return [len(sentence.split()) for sentence in re.split(r"(?<=[.!?])\s+", text.strip())]


def fits(text: str, limits: tuple[int, int]) -> bool:
    sentences, words = limits
    counted = words_per_sentence(text)
    return len(counted) <= sentences and max(counted) <= words


@pytest.mark.parametrize("rule", school().rules, ids=lambda rule: rule.id)
def test_every_rule_says_who_decided_and_when_it_is_looked_at_again(rule: Rule) -> None:
    assert rule.why is not None
    assert rule.decided is not None
    assert rule.decided.on <= WRITTEN_ON
    assert rule.review_by is not None
    assert WRITTEN_ON < rule.review_by < WRITTEN_ON + timedelta(days=400)
    assert rule.owner in school().roles


def test_reviews_are_spread_over_the_year() -> None:
    months = {rule.review_by.month for rule in BLOCKS if rule.review_by is not None}
    assert len(months) >= 6


@pytest.mark.parametrize("rule", BLOCKS, ids=lambda rule: rule.id)
def test_a_block_can_be_asked_about_or_says_that_it_cannot(rule: Rule) -> None:
    assert (rule.ask is None) is rule.locked
    if rule.ask is not None:
        assert rule.ask.decides
        assert rule.ask.offer
        assert not set(rule.ask.decides) & set(rule.ask.signs_off)


@pytest.mark.parametrize("rule", BLOCKS, ids=lambda rule: rule.id)
def test_what_a_block_suggests_is_open_to_everyone_whom_it_stops(rule: Rule) -> None:
    assert rule.instead
    places = [one for name in rule.instead for one in school().catalogue.purposes[name].alternatives]
    addresses = [one.url.without_query for one in places] + [one.url for one in rule.help if one.url]
    assert len(places) >= 2
    for group in groups_under(rule):
        for moment in moments_under(rule):
            for address in addresses:
                assert is_open(address, subject_in(school(), (group,)), moment), (group, moment, address)


@pytest.mark.parametrize("purpose", school().catalogue.purposes.values(), ids=lambda purpose: purpose.id)
@pytest.mark.parametrize("moment", MOMENTS)
def test_every_trusted_place_is_open_in_every_place(purpose: Purpose, moment: str) -> None:
    for place in school().places:
        device = subject_at(engine(), place.network[min(1, place.network.num_addresses - 1)])
        for one in purpose.alternatives:
            assert is_open(one.url.without_query, device, moment), (place.name, one.name)


def limits_of(rule: Rule, reader: Reader) -> tuple[int, int]:
    if rule.help:
        return CARE_LIMITS
    sentences, words = LIMITS[reader]
    # A page says in two sentences that nobody can open a locked rule.
    return (1 if rule.locked and reader is not Reader.ADULT else sentences, words)


@pytest.mark.parametrize("rule", BLOCKS, ids=lambda rule: rule.id)
def test_a_reason_is_as_short_as_its_reader_needs(rule: Rule) -> None:
    why = why_of(rule)
    readers = {school().reader_of((name,)) for name in groups_under(rule) if name != "students"}
    for reader in readers:
        told = why.told_to(reader)
        assert fits(told, limits_of(rule, reader)), (reader, words_per_sentence(told), told)
    assert fits(why.would_change, (3, 10)), why.would_change


@pytest.mark.parametrize("rule", BLOCKS, ids=lambda rule: rule.id)
def test_young_and_easy_read_readers_have_words_of_their_own(rule: Rule) -> None:
    assert {Reader.EARLY, Reader.PRIMARY, Reader.EASY_READ} <= why_of(rule).readers.keys()


def test_the_page_that_cares_names_an_adult_at_school_first_and_asks_nothing() -> None:
    assert [rule.id for rule in CARING] == ["self-harm"]
    rule = CARING[0]
    why = why_of(rule)
    assert "safeguarding team" in rule.help[0].name.lower()
    assert rule.help[0].at_school
    said = " ".join(f"{one.phone} {one.text_to.number if one.text_to else ''}" for one in rule.help)
    for number in ("0800 1111", "116 123", "85258"):
        assert number in said
    for text in (why.risk, *why.readers.values()):
        assert fits(text, CARE_LIMITS), text
        assert not re.search(r"harm|suicide|categor|filter|block|\blists?\b", text, re.IGNORECASE), text


def test_no_page_uses_words_that_blame_or_frighten() -> None:
    texts: list[str] = []
    for rule in school().rules:
        why = why_of(rule)
        texts += [why.risk, *why.readers.values(), why.would_change]
        texts += [f"{one.name} {one.contact}" for one in rule.help]
    catalogue = school().catalogue
    texts += [one.label for kind in (catalogue.categories, catalogue.apps, catalogue.purposes) for one in kind.values()]
    texts += [one.trusted for purpose in catalogue.purposes.values() for one in purpose.alternatives]
    assert [text for text in texts if NOT_ON_A_PAGE.search(text)] == []


def test_each_trusted_place_says_why_in_at_most_two_short_sentences() -> None:
    for purpose in school().catalogue.purposes.values():
        for one in purpose.alternatives:
            assert fits(one.trusted, (2, 15)), one.trusted
            assert one.url.scheme == "https"


def test_labels_fit_into_the_sentences_of_a_page() -> None:
    # "We think it is about …" and "It is closed for …" may have eight words for an easy-read reader.
    for category in school().catalogue.categories.values():
        assert len(category.label.split()) <= 3, category.label
    for group in school().groups.values():
        assert len(group.label.split()) <= 4, group.label
