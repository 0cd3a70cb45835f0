"""What an address belongs to: names, patterns, and the school's corrections, which win over any list at the nearest name."""

from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.lookup import Lookup
from saywhy.policy.address import canonical_url, suffixes
from saywhy.policy.catalogue import NOTHING, Belonging, Catalogue, Correction, Membership, Source
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
LOOKUP = Lookup(CATALOGUE)


def test_a_listed_name_covers_its_subdomains_and_nothing_beside_it() -> None:
    assert LOOKUP.membership("tiktok.com", None).apps == {"tiktok"}
    assert LOOKUP.membership("www.m.tiktok.com", None).apps == {"tiktok"}
    assert LOOKUP.membership("nottiktok.com", None) is NOTHING
    assert LOOKUP.membership("com", None) is NOTHING


def test_a_name_belongs_to_all_that_names_above_it_belong_to_and_says_why() -> None:
    found = LOOKUP.membership("www.bet.example", None)
    assert found.categories == {"games", "gambling"}
    assert [one.source for one in found.because] == [Source("lists/gambling.txt", 1), Source("lists/games.txt", 7)]


def test_a_path_decides_where_there_is_one_and_stays_open_where_there_is_none() -> None:
    assert LOOKUP.membership("m.youtube.com", None).undecided_apps == {"shorts"}
    assert LOOKUP.membership("m.youtube.com", None).apps == frozenset()
    assert LOOKUP.membership("m.youtube.com", canonical_url("https://m.youtube.com/Shorts/1")).apps == {"shorts"}
    assert LOOKUP.membership("m.youtube.com", canonical_url("https://m.youtube.com/watch")) is NOTHING


def test_what_is_certain_is_not_called_undecided() -> None:
    belonging = Belonging("app", "shorts", "youtube.com", Source("apps.yaml", 1))
    both = Lookup(Catalogue(names={"youtube.com": (belonging,)}, patterns=CATALOGUE.patterns))
    found = both.membership("youtube.com", None)
    assert found.apps == {"shorts"}
    assert found.undecided_apps == frozenset()


def test_an_address_is_not_taken_apart_like_a_name() -> None:
    listed = Lookup(Catalogue(names={"0.1": (Belonging("category", "games", "0.1", Source("x", 1)),)}))
    assert listed.membership("10.0.0.1", None) is NOTHING


@given(st.lists(st.from_regex(r"[a-z]{1,5}", fullmatch=True), max_size=4))
def test_any_name_below_a_listed_one_belongs(labels: list[str]) -> None:
    assert "tiktok" in LOOKUP.membership(".".join([*labels, "tiktok.com"]), None).apps


CORRECTED = Source("corrections.yaml", 1)
CATEGORIES = ("games", "gambling", "help", "pornography")
NAMES = ("org", "brook.org", "www.brook.org", "a.www.brook.org", "play.org", "x.play.org")


def corrects(name: str, *, never: tuple[str, ...] = (), also: tuple[str, ...] = ()) -> Correction:
    return Correction(name, frozenset(never), frozenset(also), "Our lessons use it.", None, CORRECTED)


def listing(entries: dict[str, set[str]], corrections: list[Correction]) -> Lookup:
    return Lookup(
        Catalogue(
            names={
                name: tuple(Belonging("category", one, name, Source("lists/x.txt", 1)) for one in sorted(found))
                for name, found in entries.items()
            },
            corrections={one.name: one for one in corrections},
        )
    )


def naive(host: str, entries: dict[str, set[str]], corrections: dict[str, Correction]) -> set[str]:
    """What a host is, worked out the slow way: for each category the nearest correction that names it, or the lists."""
    found = set()
    for category in CATEGORIES:
        listed = any(category in entries.get(name, ()) for name in suffixes(host))
        said = [corrections[name] for name in suffixes(host) if name in corrections]
        said = [one for one in said if category in one.never | one.also]
        if category in said[0].also if said else listed:
            found.add(category)
    return found


split = st.lists(st.sampled_from(("never", "also", "neither")), min_size=len(CATEGORIES), max_size=len(CATEGORIES))


@st.composite
def some_corrections(draw: st.DrawFn) -> dict[str, Correction]:
    made = {}
    for name in draw(st.sets(st.sampled_from(NAMES), max_size=4)):
        words = dict(zip(CATEGORIES, draw(split), strict=True))
        never, also = ([one for one, word in words.items() if word == wanted] for wanted in ("never", "also"))
        if never or also:
            made[name] = corrects(name, never=tuple(never), also=tuple(also))
    return made


@given(
    st.dictionaries(st.sampled_from(NAMES), st.sets(st.sampled_from(CATEGORIES)), max_size=6),
    some_corrections(),
    st.sampled_from(NAMES),
    st.sampled_from(("", "www.", "deep.er.")),
)
def test_corrections_win_over_any_list_and_the_nearest_name_over_the_others(
    entries: dict[str, set[str]], corrections: dict[str, Correction], name: str, below: str
) -> None:
    host = below + name
    found = listing(entries, list(corrections.values())).membership(host, None)
    assert found.categories == naive(host, entries, corrections)
    assert {one.id for one in found.overruled} & found.categories == set()
    assert {one.id for one in found.because} == found.categories


def test_what_a_list_said_is_kept_as_overruled() -> None:
    never = corrects("brook.org", never=("pornography",))
    found = listing({"brook.org": {"pornography", "help"}}, [never]).membership("www.brook.org", None)
    assert found.categories == {"help"}
    assert [(one.id, one.source.file) for one in found.overruled] == [("pornography", "lists/x.txt")]
    assert found.corrections == (never,)


def test_what_is_added_is_there_because_of_the_correction() -> None:
    found = listing({}, [corrects("play.org", also=("games",))]).membership("www.play.org", None)
    assert found.because == (Belonging("category", "games", "play.org", CORRECTED),)


def test_a_name_beside_a_corrected_one_is_left_alone() -> None:
    lookup = listing({"notbrook.org": {"pornography"}}, [corrects("brook.org", never=("pornography",))])
    assert lookup.membership("notbrook.org", None).categories == {"pornography"}
    assert lookup.membership("other.org", None) is NOTHING


def test_what_only_a_path_could_tell_is_corrected_as_well() -> None:
    pattern = parse_pattern("brook.org/shop/*")
    patterns = {"brook.org": ((pattern, Belonging("category", "games", pattern.text, CORRECTED)),)}
    lookup = Lookup(Catalogue(patterns=patterns, corrections={"brook.org": corrects("brook.org", never=("games",))}))
    assert lookup.membership("brook.org", None) == Membership(corrections=(corrects("brook.org", never=("games",)),))


def test_an_app_is_not_touched_by_a_correction() -> None:
    names = {"roblox.com": (Belonging("app", "games", "roblox.com", CORRECTED),)}
    lookup = Lookup(Catalogue(names=names, corrections={"roblox.com": corrects("roblox.com", never=("games",))}))
    assert lookup.membership("roblox.com", None).apps == {"games"}
