"""Which places a page offers: those for the reader's age, three at most, none twice, and no games in a lesson."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from saywhy.decide.access import subject_in
from saywhy.explain.alternatives import MOST_PLACES, ages_read
from saywhy.explain.reason import trusted_for
from saywhy.policy.ages import Ages, read_ages
from saywhy.policy.catalogue import Alternative, Purpose
from saywhy.policy.criterion import Criteria
from saywhy.policy.reader import Reader
from saywhy.policy.reading.builtin import builtin_catalogue
from saywhy.policy.rule import Rule
from tests.explain.conftest import LESSON, place

if TYPE_CHECKING:
    from tests.explain.conftest import Hillside

X = "https://x.example/"
BREAK = LESSON.replace(hour=12, minute=40)


def offered(school: "Hillside", group: str = "year9", **more: object) -> list[str]:
    told = school.tell(X, group, **more)  # type: ignore[arg-type]
    return [one.name for purpose in told.purposes for one in purpose.alternatives]


@pytest.fixture
def with_places(hillside: "Hillside", block: Callable[..., Rule]) -> Callable[..., "Hillside"]:
    """The school with a rule that offers these purposes."""

    def make(*purposes: Purpose) -> "Hillside":
        school = hillside
        for purpose in purposes:
            school = school.with_purpose(purpose)
        return school.with_rules(
            block("x", Criteria(domains=("x.example",)), instead=tuple(one.id for one in purposes))
        )

    return make


def sites(*names: str, ages: str = "0+") -> tuple[Alternative, ...]:
    return tuple(replace(place(one, f"https://{one}.example/"), ages=read_ages(ages)) for one in names)


@pytest.mark.parametrize(
    ("ages", "readers"),
    [
        ("3-7", {Reader.EARLY}),
        ("5-11", {Reader.EARLY, Reader.PRIMARY}),
        ("7-11", {Reader.PRIMARY}),
        ("7-14", {Reader.PRIMARY, Reader.SECONDARY, Reader.EASY_READ}),
        ("7+", {Reader.PRIMARY, Reader.SECONDARY, Reader.ADULT, Reader.EASY_READ}),
        ("11+", {Reader.SECONDARY, Reader.ADULT}),
        ("16+", {Reader.ADULT}),
        ("18+", set()),
    ],
)
def test_ages_say_which_levels_a_place_is_offered_to(ages: str, readers: set[Reader]) -> None:
    assert {one for one in Reader if read_ages(ages).suit(one)} == readers


@pytest.mark.parametrize("text", ["", "11", "KS3", "11-", "-11", "11-7", "7-7", "7+8", "111+"])
def test_what_are_no_ages(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # each says so in its own words
        read_ages(text)


def test_ages_are_written_as_they_are_read() -> None:
    assert [str(read_ages(one)) for one in ("7 - 11", "13 +")] == ["7-11", "13+"]
    assert Ages().suit(Reader.EARLY)


def test_no_page_offers_what_is_for_others(with_places: Callable[..., "Hillside"]) -> None:
    school = with_places(Purpose("p", "P", (*sites("teens", ages="11+"), *sites("all"))))
    assert offered(school, "reception") == offered(school, "year4") == offered(school, "willow") == ["all"]
    assert offered(school, "year9") == ["teens", "all"]


def test_an_easy_reader_is_as_old_as_their_other_group_says(with_places: Callable[..., "Hillside"]) -> None:
    school = with_places(Purpose("p", "P", sites("a")))
    for groups, level in ((("willow", "year9"), Reader.SECONDARY), (("willow",), Reader.EASY_READ)):
        access = replace(school.access(X), subject=subject_in(school.policy, groups))
        assert ages_read(school.policy, access) is level


@pytest.mark.parametrize("reader", [Reader.EARLY, Reader.PRIMARY])
def test_no_child_is_offered_what_is_for_grown_ups(reader: Reader) -> None:
    grown_up = {
        "Brook",
        "GamCare",
        "Talk to Frank",
        "Drinkaware",
        "Love Respect",
        "Report Harmful Content",
        "Act Early",
    }
    places = [one for purpose in builtin_catalogue().purposes.values() for one in purpose.alternatives]
    assert grown_up <= {one.name for one in places}
    assert grown_up.isdisjoint(one.name for one in places if one.ages.suit(reader))
    for one in places:
        assert not one.ages.suit(reader) or trusted_for(one, reader), one.name


def test_three_at_most_one_of_each_purpose_first_and_none_twice(with_places: Callable[..., "Hillside"]) -> None:
    school = with_places(Purpose("p", "P", sites("a", "b", "c")), Purpose("q", "Q", sites("a", "d")))
    assert offered(school) == ["a", "b", "d"]
    assert MOST_PLACES == 3
    assert offered(with_places(Purpose("p", "P", sites("a", "b", "c", "d")))) == ["a", "b", "c"]


def test_games_are_for_breaks(with_places: Callable[..., "Hillside"]) -> None:
    games = with_places(Purpose("play", "Play", sites("chess"), in_breaks=True), Purpose("q", "Q", sites("d")))
    assert offered(games, at=LESSON) == ["d"]
    assert offered(games, at=BREAK) == ["chess", "d"]


def test_what_a_list_calls_a_game_is_for_breaks_as_well(
    with_places: Callable[..., "Hillside"], block: Callable[..., Rule]
) -> None:
    school = with_places(Purpose("p", "P", (place("Games", "https://games.example/"), *sites("d"))))
    assert offered(school, at=LESSON) == ["d"]
    assert offered(school, at=BREAK) == ["Games", "d"]


def test_where_no_lessons_are_known_whoever_was_refused_a_game_is_offered_none(
    hillside: "Hillside", block: Callable[..., Rule]
) -> None:
    chess = Purpose("play", "Play", sites("chess"), in_breaks=True)
    school = hillside.with_purpose(chess).with_rules(
        block("games", Criteria(categories=("games",)), instead=("play",)),
        block("x", Criteria(domains=("x.example",)), instead=("play",)),
    )
    school = replace(school, policy=replace(school.policy, times={}))
    assert school.tell("https://games.example/").purposes == ()
    assert offered(school) == ["chess"]


def test_why_a_place_is_trusted_is_told_in_words_that_fit() -> None:
    long = place(
        "A", "https://a.example/", "A publisher of school books writes it for children of every age, and checks it."
    )
    assert [trusted_for(long, one) for one in (Reader.EARLY, Reader.PRIMARY, Reader.EASY_READ)] == ["", "", ""]
    assert trusted_for(long, Reader.SECONDARY) == long.trusted
    own = replace(
        long,
        readers={Reader.PRIMARY: "It is made for children.", Reader.EARLY: "It is far too long for a young child."},
    )
    assert trusted_for(own, Reader.PRIMARY) == trusted_for(own, Reader.EASY_READ) == "It is made for children."
    assert trusted_for(own, Reader.EARLY) == ""
