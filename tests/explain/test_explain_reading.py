import pytest

from saywhy.explain.reading import CARING, LIMITS, YOUNG, avoided, limit_for, too_hard, words_in_sentences
from saywhy.policy.reader import Reader


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("", []),
        ("This page is closed.", [4]),
        ("Closed? Yes! It is… for now", [1, 1, 2, 2]),
        ("It says “Stop.” Then go on.", [3, 3]),
        ("One\nsentence over\n\nthree lines.", [5]),
        ("Betting -- and gaming -- cost 3.50 each.", [6]),
    ],
)
def test_sentences_and_their_words(text: str, counted: list[int]) -> None:
    assert list(words_in_sentences(text)) == counted


@pytest.mark.parametrize("reader", Reader)
def test_a_text_at_its_limit_is_not_too_hard_and_one_word_or_sentence_more_is(reader: Reader) -> None:
    sentences, words = LIMITS[reader]
    sentence = "word " * (words - 1) + "word. "
    assert too_hard(sentence * sentences, LIMITS[reader]) == ""
    assert f"a sentence of {words + 1} words" in too_hard(f"more {sentence}", LIMITS[reader])
    assert f"{sentences + 1} sentences" in too_hard(sentence * (sentences + 1), LIMITS[reader])


def test_a_locked_page_leaves_room_for_one_sentence_and_a_caring_one_for_four() -> None:
    assert limit_for(Reader.PRIMARY, locked=True, caring=False) == (1, 10)
    assert limit_for(Reader.ADULT, locked=True, caring=False) == (2, 20)
    assert limit_for(Reader.EARLY, locked=True, caring=True) == (4, 10)


def test_words_to_avoid_are_whole_words_in_any_case() -> None:
    assert avoided("FORBIDDEN pages, banned pages, banned again") == ["forbidden", "banned"]
    assert avoided("A band plays, sorrow passes, errors of the past.") == []


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (YOUNG, "A gambling site, for adults; gambles follow.", ["gambling", "adults", "gambles"]),
        (YOUNG, "Middlesex has a library of dates.", []),
        (CARING, "Pages that praise self-harm are on a list.", ["self-harm", "list"]),
        (CARING, "Listen: things can get better.", []),
    ],
)
def test_there_are_words_that_children_and_pages_that_care_do_without(words: str, text: str, found: list[str]) -> None:
    assert avoided(text, words) == found
