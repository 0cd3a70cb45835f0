from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.lookup import Lookup
from saywhy.policy.address import suffixes
from saywhy.policy.catalogue import NOTHING, Belonging, Catalogue, Correction, Membership, Source
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.reading.load import load_policy

HERE = Source("corrections.yaml", 1)
CATEGORIES = ("games", "gambling", "help", "pornography")
NAMES = ("org", "brook.org", "www.brook.org", "a.www.brook.org", "play.org", "x.play.org")


def corrects(name: str, *, never: tuple[str, ...] = (), also: tuple[str, ...] = ()) -> Correction:
    return Correction(name, frozenset(never), frozenset(also), "Our lessons use it.", None, HERE)


def listing(entries: dict[str, set[str]], corrections: list[Correction]) -> Catalogue:
    return Catalogue(
        names={
            name: tuple(Belonging("category", one, name, Source("lists/x.txt", 1)) for one in sorted(found))
            for name, found in entries.items()
        },
        corrections={one.name: one for one in corrections},
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
    found = Lookup(listing(entries, list(corrections.values()))).membership(host, None)
    assert found.categories == naive(host, entries, corrections)
    assert {one.id for one in found.overruled} & found.categories == set()
    assert {one.id for one in found.because} == found.categories


def test_what_a_list_said_is_kept_as_overruled() -> None:
    never = corrects("brook.org", never=("pornography",))
    found = Lookup(listing({"brook.org": {"pornography", "help"}}, [never])).membership("www.brook.org", None)
    assert found.categories == {"help"}
    assert [(one.id, one.source.file) for one in found.overruled] == [("pornography", "lists/x.txt")]
    assert found.corrections == (never,)


def test_what_is_added_is_there_because_of_the_correction() -> None:
    found = Lookup(listing({}, [corrects("play.org", also=("games",))])).membership("www.play.org", None)
    assert found.because == (Belonging("category", "games", "play.org", HERE),)


def test_a_name_beside_a_corrected_one_is_left_alone() -> None:
    catalogue = listing({"notbrook.org": {"pornography"}}, [corrects("brook.org", never=("pornography",))])
    assert Lookup(catalogue).membership("notbrook.org", None).categories == {"pornography"}
    assert Lookup(catalogue).membership("other.org", None) is NOTHING


def test_what_only_a_path_could_tell_is_corrected_as_well() -> None:
    pattern = parse_pattern("brook.org/shop/*")
    patterns = {"brook.org": ((pattern, Belonging("category", "games", pattern.text, HERE)),)}
    catalogue = Catalogue(patterns=patterns, corrections={"brook.org": corrects("brook.org", never=("games",))})
    assert Lookup(catalogue).membership("brook.org", None) == Membership(
        corrections=(corrects("brook.org", never=("games",)),)
    )


def test_an_app_is_not_touched_by_a_correction() -> None:
    names = {"roblox.com": (Belonging("app", "games", "roblox.com", HERE),)}
    catalogue = Catalogue(names=names, corrections={"roblox.com": corrects("roblox.com", never=("games",))})
    assert Lookup(catalogue).membership("roblox.com", None).apps == {"games"}


def test_a_policy_corrects_its_lists_and_the_shipped_apps(school: Path) -> None:
    (school / "corrections.yaml").write_text(
        "corrections:\n"
        "  - {name: casino.example, never: [gambling], also: [games], because: A theatre., on: 2026-09-03}\n"
        "  - {name: Chess.com, never: [games, sexual_education], because: Our chess club.}\n"
        "  - {name: instagram.com, also: [dating], because: A trial.}\n"
    )
    catalogue = load_policy(school).catalogue
    found = Lookup(catalogue).membership("www.casino.example", None)
    assert found.categories == {"games"}
    correction = found.corrections[0]
    assert (correction.because, correction.on) == ("A theatre.", date(2026, 9, 3))
    assert correction.source == Source("corrections.yaml", 2)
    assert catalogue.corrections["chess.com"].never == {"games", "sexual-education"}
    assert Lookup(catalogue).membership("www.instagram.com", None).categories == {"dating", "social-networks"}
