"""The words of the pages: kind, plain, and short enough for who reads them."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from saywhy.decide.decision import Reason
from saywhy.explain.builtin import builtin_pages
from saywhy.explain.fault import FaultKind
from saywhy.explain.reading import CARE, PAGE
from saywhy.explain.words import Words, WordsError, load_languages, shipped_languages
from saywhy.policy.reader import Reader

if TYPE_CHECKING:
    from tests.explain.conftest import Hillside

ENGLISH_KIND = "a script that a computer runs"
FILLED = {
    "app": "TikTok",
    "file": ENGLISH_KIND,
    "category": "games",
    "group": "Year 9",
    "until": "until 12:20pm",
    "minutes": "10 minutes",
    "number": "999",
}
AVOIDED = re.compile(
    r"\b(oops|sorry|forbidden|denied|banned|violation|violated|prohibited|illegal|unauthori[sz]ed|inappropriate|"
    r"offen[cs]e|error|invalid|4\d\d|5\d\d|please)\b",
    re.IGNORECASE,
)
ENGLISH = shipped_languages().by_code["en"]


def sentences_of(*texts: str) -> list[str]:
    filled = (text.format(**FILLED) for text in texts if text)
    return [one for text in filled for one in re.split(r"(?<=[.?!])\s+", text) if one]


@pytest.mark.parametrize("reader", Reader)
def test_a_page_that_cares_says_little(reader: Reader) -> None:
    care = ENGLISH.levels[reader].care
    for said in (care.sentences, (*care.out_of_hours, care.call)):
        sentences = sentences_of(care.title, *said, care.urgent)
        assert len(sentences) <= CARE[0], sentences
        for sentence in sentences:
            assert len(sentence.split()) <= CARE[1], sentence


@pytest.mark.parametrize("reader", Reader)
def test_a_page_that_cares_names_an_adult_at_hand_before_any_number(reader: Reader) -> None:
    care = ENGLISH.levels[reader].care
    assert re.search(r"adult|grown-up|somebody", " ".join(care.sentences))
    assert "{number}" not in " ".join((care.title, *care.sentences, *care.out_of_hours))
    assert "{number}" in care.urgent
    assert "School is closed now" in " ".join(care.out_of_hours)


def all_texts(words: Words) -> list[str]:
    def flat(value: object) -> list[str]:
        if isinstance(value, str):
            return [value]
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
        return [text for one in inner for text in flat(one)]

    return flat(words.model_dump())


def test_no_word_that_blames_or_frightens() -> None:
    texts = all_texts(ENGLISH)
    assert len(texts) > 200
    assert [text for text in texts if AVOIDED.search(text)] == []


@pytest.mark.parametrize("reader", Reader)
def test_every_way_of_being_out_of_reach_has_words(reader: Reader) -> None:
    reach = {
        Reason.PORT, Reason.ADDRESS_LITERAL, Reason.PRIVATE_ADDRESS, Reason.HIDDEN_ADDRESS, Reason.OBLIGATION,
        Reason.ACCOUNT,
    }  # fmt: skip
    assert set(ENGLISH.levels[reader].reach) == {one.value for one in reach}


def test_every_fault_has_words() -> None:
    assert set(ENGLISH.faults) == {kind.value for kind in FaultKind}


def test_faults_are_told_to_everybody_so_in_sentences_for_the_youngest_who_read_alone() -> None:
    told = [text for fault in ENGLISH.faults.values() for text in (fault.title, fault.text, *fault.advice)]
    for sentence in sentences_of(*told, *ENGLISH.certificate.values()):
        assert len(sentence.split()) <= PAGE[Reader.SECONDARY][1], sentence


def test_faults_speak_of_nothing_that_only_a_technician_knows() -> None:
    jargon = re.compile(
        r"\b(mitmproxy|openssl|tls|ssl|dns|http|tcp|server|cipher|proxy|upstream|option|port)s?\b", re.IGNORECASE
    )
    texts = [*all_texts(ENGLISH.model_copy(update={"levels": {}, "common": {}}))]
    assert [text for text in texts if jargon.search(text)] == []


def test_what_is_unsafe_has_no_way_on_and_somebody_to_tell() -> None:
    for kind in (FaultKind.UPSTREAM_CERTIFICATE, FaultKind.UPSTREAM_OLD_TLS, FaultKind.UPSTREAM_NOT_TLS):
        advice = " ".join(ENGLISH.faults[kind].advice)
        assert "You cannot go on from here" in advice
        assert "IT support" in advice


@pytest.mark.parametrize(
    ("wanted", "got"), [(("en",), "en"), (("en-GB",), "en"), (("xx", "en"), "en"), (("xx",), "en"), ((), "en")]
)
def test_the_first_language_that_there_is(wanted: tuple[str, ...], got: str) -> None:
    assert shipped_languages().best(wanted).language == got


@pytest.mark.parametrize("items", [((), ""), (("A",), "A"), (("A", "B"), "A and B"), (("A", "B", "C"), "A, B and C")])
def test_names_are_joined_as_people_speak(items: tuple[tuple[str, ...], str]) -> None:
    assert ENGLISH.joined(items[0]) == items[1]


class TestFilesThatCannotBeUsed:
    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("{group}", "{whom}", "braces"),
            ("{until}", "{until.__class__.__mro__[1]}", "braces"),
            ("{until}", "{until!r:>9}", "braces"),
            ("{until}", "{until", "brace"),
            ("button:", "buton:", "buton"),
            ('language: "en"', 'language: "fr"', "language must be"),
            ("  easy-read:", "  easy:", "easy"),
            ("levels:", "levels: [", "en.yaml"),
        ],
    )
    def test_a_mistake_names_the_file(self, tmp_path: Path, old: str, new: str, told: str) -> None:
        text = (builtin_pages() / "languages" / "en.yaml").read_text("utf-8")
        assert old in text
        (tmp_path / "en.yaml").write_text(text.replace(old, new), "utf-8")
        with pytest.raises(WordsError, match=re.escape("en.yaml")) as caught:
            load_languages(tmp_path)
        assert told in str(caught.value)

    def test_without_english_there_is_nothing_to_fall_back_on(self, tmp_path: Path) -> None:
        with pytest.raises(WordsError, match=re.escape("en.yaml")):
            load_languages(tmp_path)


def test_the_title_of_each_page_is_that_of_its_level(hillside: "Hillside") -> None:
    for group in ("reception", "year4", "year9", "staff", "willow"):
        told = hillside.tell(group=group)
        assert told.title == ENGLISH.levels[told.reader].title
