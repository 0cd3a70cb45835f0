"""Easy-read words for somebody who chose them: easier, and never more than their own level is told."""

from dataclasses import replace

import pytest

from saywhy.decide.decide import decide
from saywhy.explain.easy_read import easy_read_for
from saywhy.explain.explain import explain
from saywhy.explain.explanation import Explanation, Kind
from saywhy.explain.reading_language import PageLanguage
from saywhy.explain.words import shipped_languages
from saywhy.policy.criterion import Criteria
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Why
from saywhy.policy.uses import POSTING
from tests.explain.conftest import TIKTOK, Hillside, rule

CLOSED = (
    "https://www.tiktok.com/@someone",
    "https://bet.example/",
    "https://games.example/",
    "https://forum.example/",
    "https://dark.example/",
    "https://fine.example:8443/",
    "http://198.51.100.7/",
)
# What a child is spared: kinds of site, apps, rules, roles, addresses.
SPARED = (
    "TikTok",
    "tiktok",
    "ambling",
    "Games",
    ".example",
    "198.51",
    "Senior leadership",
    "IT support",
    "Year",
    "gambling",
)


def told(school: Hillside, url: str, group: str, tag: str = "en", *, easy_read: bool = True) -> Explanation:
    access = school.access(url, group)
    decision = decide(school.engine, school.grants, access)
    return explain(
        school.engine,
        school.grants,
        access,
        decision,
        reference="K7-42QX-9M",
        ask_url="http://why.test/ask/token",
        page_language=PageLanguage(tag, url="http://why.test/why/token"),
        easy_read=easy_read,
    )


@pytest.mark.parametrize("tag", ["en", "cy", "ur"])
@pytest.mark.parametrize("group", ["reception", "year4"])
@pytest.mark.parametrize("url", CLOSED)
def test_a_child_who_chooses_it_is_told_no_more_than_before(hillside: Hillside, url: str, group: str, tag: str) -> None:
    own, easy = told(hillside, url, group, tag, easy_read=False), told(hillside, url, group, tag)
    assert (easy.reader, easy.own_reader) == (Reader.EASY_READ, own.reader)
    same = ("reason", "app", "category", "rule", "rule_number", "owner", "answered_by", "decided_by", "would_change")
    for name in (*same, "whose", "layer", "for_whom", "needed_by", "ask_url", "go_on_url", "kind", "help", "purposes"):
        assert getattr(easy, name) == getattr(own, name), name
    if own.kind is not Kind.CARE:
        assert len(easy.happened) <= len(own.happened)
    page = hillside.renderer.page(easy).decode()
    theirs = hillside.renderer.page(own).decode()
    main = page.partition("<main")[2]
    assert [word for word in SPARED if word in main and word not in theirs] == []
    assert 'href="http://why.test/why/token?reader=usual"' in page
    assert 'href="http://why.test/why/token?reader=easy-read"' in theirs


def test_what_a_school_wrote_in_easy_words_for_others_is_not_told_to_children(hillside: Hillside) -> None:
    why = Why("TikTok collects much about people.", {Reader.EASY_READ: "TikTok keeps notes about you."})
    school = hillside.with_rules(replace(TIKTOK, why=why))
    assert told(school, CLOSED[0], "year9").reason == "TikTok keeps notes about you."
    assert told(school, CLOSED[0], "year4").reason == told(school, CLOSED[0], "year4", easy_read=False).reason
    assert "notes about you" not in told(school, CLOSED[0], "year4").reason


def test_what_can_be_done_with_a_page_is_told_to_children_as_their_own_level_has_it(hillside: Hillside) -> None:
    school = hillside.with_rules(rule("no-posting", Criteria(domains=("forum.example",)), uses=frozenset({POSTING})))
    level = shipped_languages().by_code["en"].levels
    assert level[Reader.PRIMARY].belongs.posting
    assert not level[Reader.EARLY].belongs.posting
    for group, said in (("reception", 0), ("year4", 1)):
        access = school.access("https://forum.example/", group)
        decision = replace(decide(school.engine, school.grants, access), rule=school.policy.rules[0])
        decision = replace(decision, effect=school.policy.rules[0].effect)
        easy = explain(school.engine, school.grants, access, decision, reference=None, ask_url=None, easy_read=True)
        assert (level[Reader.EASY_READ].belongs.posting in easy.happened) == bool(said), group


@pytest.mark.parametrize("group", ["year9", "staff"])
def test_everybody_else_is_told_as_much_in_easier_words(hillside: Hillside, group: str) -> None:
    easy = told(hillside, CLOSED[0], group)
    assert easy.happened[0] == "This is TikTok."
    assert easy.reason == "TikTok keeps notes about you."
    assert easy.ask_url == "http://why.test/ask/token"
    page = hillside.renderer.page(easy).decode()
    assert '<body class="easy-read">' in page
    assert page.count('class="picture"') >= 4


def test_who_reads_so_anyway_has_nothing_to_choose(hillside: Hillside) -> None:
    easy = told(hillside, CLOSED[0], "willow")
    assert easy == told(hillside, CLOSED[0], "willow", easy_read=False)
    assert easy.own_reader is None
    assert "?reader=" not in hillside.renderer.page(easy).decode()


def test_words_for_those_who_are_not_spared_stay_as_they_are() -> None:
    words = shipped_languages().by_code["cy"]
    assert easy_read_for(words, Reader.ADULT) is words
    assert easy_read_for(words, Reader.PRIMARY).translation is words.translation
