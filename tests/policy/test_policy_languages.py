"""The languages that there are, and which serves for a tag."""

import pytest

from saywhy.policy.languages import available_languages, language_for, languages_for


def test_english_comes_first() -> None:
    assert available_languages()[0] == "en"
    assert "cy" in available_languages()


@pytest.mark.parametrize(
    ("tag", "serves"),
    [("pt", "pt"), ("pt-BR", "pt"), ("PT-br", "pt"), ("zh-Hant-TW", "zh-Hant"), ("zh", ""), ("p", ""), ("", "")],
)
def test_a_tag_is_content_with_a_wider_one(tag: str, serves: str) -> None:
    assert language_for(tag, ("en", "pt", "zh-Hant")) == serves


def test_each_is_named_once_and_in_order() -> None:
    assert languages_for(("pt-BR", "en-GB", "pt", "xx"), ("en", "pt")) == ("pt", "en")
