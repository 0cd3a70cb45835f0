from hypothesis import given
from hypothesis import strategies as st

from saywhy.policy.suggest import did_you_mean, listed, quoted


def test_the_nearest_word_is_suggested_whatever_its_case() -> None:
    assert did_you_mean("grups", ["groups", "places"]) == "did you mean 'groups'?"
    assert did_you_mean("LIBRARY", ["Library"]) == "did you mean 'Library'?"


def test_without_a_near_word_all_are_listed_up_to_a_dozen() -> None:
    assert did_you_mean("xyz", ["groups", "places"]) == "write one of: groups, places"
    assert did_you_mean("xyz", ["groups"]) == "write groups"
    assert did_you_mean("xyz", []) == ""
    assert listed(str(number) for number in range(20)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …"


def test_long_and_invisible_texts_stay_readable() -> None:
    assert quoted("a" * 200) == "'" + "a" * 59 + "…'"
    assert quoted("a\x1b[31m") == "'a\\x1b[31m'"
    assert did_you_mean("a" * 100_000, ["a" * 100_000, "b"]).startswith("write one of")


@given(st.text(), st.lists(st.text(min_size=1)))
def test_a_known_word_is_always_its_own_suggestion(word: str, known: list[str]) -> None:
    if 0 < len(word) <= 60:
        suggestion = did_you_mean(word, [*known, word])
        assert suggestion.startswith("did you mean")
