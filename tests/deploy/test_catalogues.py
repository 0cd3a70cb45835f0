"""Every language has every text, with the same placeholders and tags; what is missing or stale fails here by its name."""

import re
from collections import Counter
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from deploy.words import DOMAINS, FOLDER, template
from saywhy.policy.languages import available_languages

LANGUAGES = [tag for tag in available_languages() if tag != "en"]
# A quotation mark beside a tag's would end the attribute that a text stands in: “these” stand in it safely.
_HELD = re.compile(r"%\(\w+\)[sd]|\{\w*\}|</?\w+[^>]*>|\"")


def key(message: Message) -> str:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return f"{message.context}: {text}" if message.context else text


@cache
def source(domain: str) -> dict[str, Message]:
    return {key(one): one for one in template(domain) if one.id}


@cache
def catalog(tag: str, domain: str) -> Catalog:
    with (FOLDER / tag / f"{domain}.po").open("rb") as file:
        return read_po(file, locale=tag.replace("-", "_"), abort_invalid=True)


def forms(message: Message) -> tuple[str, ...]:
    string = message.string or ""
    return (string,) if isinstance(string, str) else tuple(string)


@pytest.mark.parametrize("domain", DOMAINS)
def test_there_is_something_to_translate(domain: str) -> None:
    assert len(source(domain)) > 150


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("tag", LANGUAGES)
class TestEachCatalogue:
    def test_has_every_text_and_nothing_else(self, tag: str, domain: str) -> None:
        there = {key(one): one for one in catalog(tag, domain) if one.id}
        said = "run `make words`, and translate what is new"
        assert sorted(source(domain).keys() - there.keys()) == [], said
        assert sorted(there.keys() - source(domain).keys()) == [], said
        assert not catalog(tag, domain).obsolete, said

    def test_every_text_is_translated(self, tag: str, domain: str) -> None:
        bare = [key(one) for one in catalog(tag, domain) if one.id and (one.fuzzy or not all(forms(one)))]
        assert bare == []

    def test_what_is_filled_in_and_the_tags_stay(self, tag: str, domain: str) -> None:
        wrong = []
        for one in catalog(tag, domain):
            if not one.id:
                continue
            texts = (one.id,) if isinstance(one.id, str) else one.id
            held = Counter(_HELD.findall(texts[-1]))
            for form in forms(one):
                found = Counter(_HELD.findall(form))
                few = len(texts) > 1 and set(found) <= set(held)  # "one minute" may be said without its number
                if form and found != held and not few:
                    wrong.append((key(one), form))
        assert wrong == []


def test_a_language_that_was_never_made_complete_is_not_there() -> None:
    folders = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
    assert folders == LANGUAGES
