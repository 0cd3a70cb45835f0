from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.lookup import Lookup
from saywhy.policy.address import canonical_url
from saywhy.policy.catalogue import NOTHING, Belonging, Catalogue, Source
from saywhy.policy.pattern import parse_pattern

SHORTS = parse_pattern("youtube.com/shorts")
CATALOGUE = Catalogue(
    names={
        "tiktok.com": (Belonging("app", "tiktok", "tiktok.com", Source("apps.yaml", 3)),),
        "example": (Belonging("category", "games", "example", Source("lists/games.txt", 7)),),
        "bet.example": (Belonging("category", "gambling", "bet.example", Source("lists/gambling.txt", 1)),),
    },
    patterns={"youtube.com": ((SHORTS, Belonging("app", "shorts", SHORTS.text, Source("apps.yaml", 9))),)},
)


def test_a_listed_name_covers_its_subdomains_and_nothing_beside_it() -> None:
    assert Lookup(CATALOGUE).membership("tiktok.com", None).apps == {"tiktok"}
    assert Lookup(CATALOGUE).membership("www.m.tiktok.com", None).apps == {"tiktok"}
    assert Lookup(CATALOGUE).membership("nottiktok.com", None) is NOTHING
    assert Lookup(CATALOGUE).membership("com", None) is NOTHING


def test_a_name_belongs_to_all_that_names_above_it_belong_to_and_says_why() -> None:
    found = Lookup(CATALOGUE).membership("www.bet.example", None)
    assert found.categories == {"games", "gambling"}
    assert [one.source for one in found.because] == [Source("lists/gambling.txt", 1), Source("lists/games.txt", 7)]


def test_a_path_decides_where_there_is_one_and_stays_open_where_there_is_none() -> None:
    assert Lookup(CATALOGUE).membership("m.youtube.com", None).undecided_apps == {"shorts"}
    assert Lookup(CATALOGUE).membership("m.youtube.com", None).apps == frozenset()
    assert Lookup(CATALOGUE).membership("m.youtube.com", canonical_url("https://m.youtube.com/Shorts/1")).apps == {
        "shorts"
    }
    assert Lookup(CATALOGUE).membership("m.youtube.com", canonical_url("https://m.youtube.com/watch")) is NOTHING


def test_what_is_certain_is_not_called_undecided() -> None:
    belonging = Belonging("app", "shorts", "youtube.com", Source("apps.yaml", 1))
    both = Catalogue(names={"youtube.com": (belonging,)}, patterns=CATALOGUE.patterns)
    found = Lookup(both).membership("youtube.com", None)
    assert found.apps == {"shorts"}
    assert found.undecided_apps == frozenset()


def test_an_address_is_not_taken_apart_like_a_name() -> None:
    listed = Catalogue(names={"0.1": (Belonging("category", "games", "0.1", Source("x", 1)),)})
    assert Lookup(listed).membership("10.0.0.1", None) is NOTHING


@given(st.lists(st.from_regex(r"[a-z]{1,5}", fullmatch=True), max_size=4))
def test_any_name_below_a_listed_one_belongs(labels: list[str]) -> None:
    assert "tiktok" in Lookup(CATALOGUE).membership(".".join([*labels, "tiktok.com"]), None).apps
