"""What counts as a reason, and what as an answer."""

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions import verdicts
from saywhy.exceptions.sentences import is_a_sentence, is_an_answer
from saywhy.exceptions.weighing import Incomplete
from tests.exceptions.conftest import IT, NOW
from tests.exceptions.test_exceptions_weighing import asked


@pytest.mark.parametrize(
    "text",
    [
        "There is a board.",
        "Ask again in May",
        "Mae bwrdd yn y llyfrgell",
        "这个网站不适合上课",
        "Użyj tablicy w sali 12",
    ],
)
def test_a_reason_says_something(text: str) -> None:
    assert is_a_sentence(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "no",
        "No.",
        "no!!!!!!!!!!!!!!!!!",
        "no no no no",
        "nope, sorry",
        "...",
        "- - - - -",
        "\u200b\u200b",
        "a b c",
        "😀 😀 😀",
    ],
)
def test_a_no_is_no_reason(engine: Engine, text: str) -> None:
    assert not is_a_sentence(text)
    with pytest.raises(Incomplete) as raised:
        verdicts.refuse(engine, asked(), IT, text, NOW)
    assert list(raised.value.errors) == ["reason"]


@pytest.mark.parametrize(
    ("text", "enough"),
    [
        ("PE", True),
        ("7B", True),
        ("作业", True),
        ("homework", True),
        ("?", False),
        ("...", False),
        ("x", False),
        ("😀😀", False),
        ("_ _", False),
    ],
)
def test_an_answer_may_be_one_word_but_not_a_mark(text: str, enough: bool) -> None:
    assert is_an_answer(text) is enough
