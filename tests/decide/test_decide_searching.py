"""What a search says: real phrases both ways, on every engine, however they are spelt; and what an engine's URL has to be."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saywhy.decide.searching import SEARCHED, Searching, _readings, words_of
from saywhy.policy.address import canonical_url, path_to_compare, suffixes
from saywhy.policy.catalogue import Belonging
from saywhy.policy.reading.builtin import builtin_catalogue
from saywhy.policy.searches import Phrase, Searches, SearchPlace

KINDS = frozenset({"self-harm", "eating-disorders", "abuse", "bullying"})
SEARCHING = Searching(replace(builtin_catalogue().searches, look_for=KINDS))

# What somebody types who may need help, and the category that it belongs to.
HELP = [
    ("how to kill myself", "self-harm"),
    ("I want to KILL MYSELF", "self-harm"),
    ("i want to die", "self-harm"),
    ("i dont want to be alive", "self-harm"),
    ("i don't want to live anymore", "self-harm"),
    ("suicide", "self-harm"),
    ("suicide methods", "self-harm"),
    ("painless ways to die", "self-harm"),
    ("how many paracetamol to die", "self-harm"),
    ("how to self-harm without anyone noticing", "self-harm"),
    ("cutting myself", "self-harm"),
    ("how to write a suicide note", "self-harm"),
    ("kill myself essay due tomorrow", "self-harm"),
    ("i want to end my life gcse stress", "self-harm"),
    ("thinspo", "eating-disorders"),
    ("pro-ana tips", "eating-disorders"),
    ("how to make myself sick after eating", "eating-disorders"),
    ("am I anorexic quiz", "eating-disorders"),
    ("my dad hits me what do i do", "abuse"),
    ("someone sent my nudes to everyone", "abuse"),
    ("i was raped", "abuse"),
    ("am i being groomed online", "abuse"),
    ("being bullied at school", "bullying"),
    ("everyone hates me", "bullying"),
    ("i have no friends", "bullying"),
    # spelt otherwise
    ("s u i c i d e", "self-harm"),
    ("s.u.i.c.i.d.e", "self-harm"),
    ("su1c1de", "self-harm"),
    ("$u!cide", "self-harm"),
    ("suiciiiide", "self-harm"),
    ("killmyself", "self-harm"),
    ("kill-myself", "self-harm"),
    ("kïll mysélf", "self-harm"),
    ("ｋｉｌｌ ｍｙｓｅｌｆ", "self-harm"),  # noqa: RUF001 — full-width letters
    ("kill\u200b myself", "self-harm"),
    ("k1ll my5elf!!", "self-harm"),
    ("#selfharm", "self-harm"),
    ("self_harm", "self-harm"),
]
# What stays open: lessons, films, songs, games, those who help, and words that only look alike.
OPEN = [
    "suicide squad film",
    "suicide squad kill the justice league release date",
    "macbeth suicide",
    "lady macbeth suicide essay",
    "romeo and juliet suicide quotes",
    "durkheim suicide sociology a level",
    "suicide statistics uk 2025",
    "suicide prevention week poster",
    "samaritans suicide helpline number",
    "how to help a friend who self harms",
    "self harm policy for schools",
    "suicide bomber news",
    "an inspector calls eva smith suicide",
    "assisted suicide debate",
    "13 reasons why suicide episode",
    "how to kill myself in minecraft",
    "dumb ways to die song",
    "a million ways to die in the west",
    "how to die hair at home",
    "10 kms in miles",
    "aws kms key rotation",
    "what is anorexia",
    "anorexia gcse biology revision",
    "anti-bullying week assembly",
    "everybody hates chris",
    "cut myself shaving what to do",
    "how to cut your hair yourself",
    "killing it at school",
    "therapist near me",
    "scunthorpe united",
    "essex history",
    "assassin's creed",
    "volcano facts for year 7",
    "",
]


def categories(text: str) -> set[str]:
    return {one.id for one in found_at(("www.google.com", "google.com"), "/search", f"q={text.replace(' ', '+')}")}


def found_at(names: tuple[str, ...], path: str, query: str) -> tuple[Belonging, ...]:
    return SEARCHING.found(names, path, query)


@pytest.mark.parametrize(("text", "category"), HELP)
def test_words_of_somebody_who_may_need_help(text: str, category: str) -> None:
    assert category in categories(text), SEARCHING.told(("www.google.com",), "/search", f"q={text}")


@pytest.mark.parametrize("text", OPEN)
def test_words_that_are_about_something_else(text: str) -> None:
    assert categories(text) == set(), SEARCHING.told(("www.google.com",), "/search", f"q={text}")


@pytest.mark.parametrize(
    "url",
    [
        "https://www.google.com/search?client=firefox&q=kill+myself",
        "https://www.google.co.uk/search?q=kill%20myself&tbm=isch",
        "https://www.google.ie/SEARCH?q=kill+myself",
        "https://www.google.com//search?%71=kill+myself",
        "https://www.google.com/search?q=weather&q=kill+myself",
        "https://www.google.com/search?as_q=kill+myself",
        "https://www.bing.com/search?q=kill+myself&form=QBLH",
        "https://www.bing.com/images/search?q=kill+myself",
        "https://duckduckgo.com/?q=kill+myself&t=h_",
        "https://html.duckduckgo.com/html/?q=kill+myself",
        "https://www.ecosia.org/search?q=kill+myself",
        "https://search.yahoo.com/search?p=kill+myself",
        "https://uk.search.yahoo.com/search;_ylt=abc?p=kill+myself",
        "https://search.brave.com/search?q=kill+myself",
        "https://www.qwant.com/?q=kill+myself",
        "https://www.youtube.com/results?search_query=kill+myself",
        "https://m.youtube.com/results?search_query=kill+myself",
        "https://www.tiktok.com/search?q=kill%20myself",
        "https://www.tiktok.com/tag/killmyself",
        "https://www.instagram.com/explore/tags/killmyself/",
        "https://www.tumblr.com/tagged/kill-myself",
        "https://www.tumblr.com/search/kill%20myself",
        "https://x.com/search?q=kill%20myself&src=typed_query",
        "https://www.reddit.com/search/?q=kill+myself",
        "https://en.wikipedia.org/w/index.php?search=kill+myself&title=Special:Search",
        "https://en.wikipedia.org/wiki/Special:Search?search=kill+myself",
    ],
)
def test_every_engine_says_where_its_words_stand(url: str) -> None:
    found = canonical_url(url)
    names = tuple(suffixes(found.host))
    assert [one.entry for one in SEARCHING.found(names, path_to_compare(found.path), found.query)] == [SEARCHED]


@pytest.mark.parametrize(
    "url",
    [
        "https://www.google.com/maps?q=kill+myself",
        "https://www.google.com/search?oq=kill+myself",
        "https://www.google.com/complete/search?q=kill+myself",
        "https://www.google.com/search",
        "https://www.example.org/search?q=kill+myself",
        "https://en.wikipedia.org/wiki/Suicide",
        "https://rr1---sn.googlevideo.com/results?search_query=kill+myself",
        "https://www.tumblr.com/tagged",
    ],
)
def test_nothing_else_is_a_search(url: str) -> None:
    found = canonical_url(url)
    assert SEARCHING.found(tuple(suffixes(found.host)), path_to_compare(found.path), found.query) == ()


def test_without_categories_nothing_is_looked_at() -> None:
    off = Searching(builtin_catalogue().searches)
    assert off.hosts == frozenset()
    assert off.found(("www.google.com",), "/search", "q=kill+myself") == ()


def places(*phrases: Phrase, threshold: int = 10) -> Searching:
    place = SearchPlace(("find.example",), ("s",), "q")
    return Searching(Searches(frozenset({"x", "y"}), threshold, phrases, None, {"find": (place,)}))


def test_of_several_phrases_that_reduce_the_strongest_counts_alone_and_its_own_category_is_meant() -> None:
    searching = places(
        Phrase("red door", 10, "x"),
        Phrase("door", 5, "y"),
        Phrase("red", 5, "y"),
        Phrase("play", -4),
        Phrase("school play", -6),
        Phrase("blue", -100, "y"),
    )
    told = {one.category: one for one in searching.told(("find.example",), "/s", "q=red+door+school+play")}
    assert (told["x"].score, told["y"].score) == (4, 4)
    assert told["x"].reduced_by == Phrase("school play", -6)
    told = {one.category: one for one in searching.told(("find.example",), "/s", "q=red+door+blue")}
    assert (told["x"].score, told["y"].score) == (10, -90)


def test_the_threshold_is_reached_and_not_passed_over() -> None:
    assert places(Phrase("red", 10, "x"), threshold=10).found(("find.example",), "/s", "q=red")
    assert not places(Phrase("red", 10, "x"), threshold=11).found(("find.example",), "/s", "q=red")


def test_a_phrase_counts_once_however_often_it_stands_there() -> None:
    (told,) = places(Phrase("red", 4, "x")).told(("find.example",), "/s", "q=red+red+red")
    assert told.score == 4


def test_phrases_in_other_scripts_are_data_like_any_other() -> None:
    searching = places(Phrase("chcę umrzeć", 20, "x"), Phrase("أريد أن أموت", 20, "x"), Phrase("хочу умереть", 20, "x"))
    for text in ("chce umrzec", "CHCĘ UMRZEĆ", "أُريدُ أن أموت", "Хочу умереть"):
        assert searching.found(("find.example",), "/s", f"q={text}"), text


def by_every_reading(text: str) -> set[Phrase]:
    """The phrases in a text, by each word's every reading and each phrase for itself: slow, and plain to see."""
    phrases = [one for one in builtin_catalogue().searches.phrases if one.category is None or one.category in KINDS]
    rows = [row for one in phrases for row in _rows(one)]
    said = [_readings(word) for word in words_of(text)]
    return {
        phrase
        for start in range(len(said))
        for phrase, row in rows
        if len(row) <= len(said) - start and all(word in said[start + n] for n, word in enumerate(row))
    }


def _rows(phrase: Phrase) -> list[tuple[Phrase, list[str]]]:
    words = words_of(phrase.text)
    joined = "".join(words)
    return [(phrase, words), *([(phrase, [joined])] if len(words) > 1 and len(joined) >= 6 else [])]


SAID = sorted({word for one in builtin_catalogue().searches.phrases for word in one.text.split()})


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from([*SAID[::7], "how", "the", "k1ll", "diiie", "s", "u", "i", "1998", "!", "myself"]), max_size=9
    ).map(" ".join)
)
def test_the_quick_way_finds_what_every_reading_does(text: str) -> None:
    found = SEARCHING._phrases(text)
    assert set(found) == by_every_reading(text)
    assert len(found) == len(set(found))


@given(st.text(max_size=3000))
def test_whatever_is_searched_for_is_read_and_bounded(text: str) -> None:
    assert len(words_of(text)) <= 64
    SEARCHING.found(("www.google.com",), "/search", f"q={text}")
