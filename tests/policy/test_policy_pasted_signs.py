"""Signs that come along when text is pasted: in a name each is found and called by its name, in a sentence none is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from saywhy.policy.codes import Code
from saywhy.policy.host_fields import read_host, read_pattern
from saywhy.policy.pasted_signs import pasted_in_path, pasted_sign, plainly, sign_for_a_mark, unseen_sign
from saywhy.policy.text_fields import read_id, read_label, read_name, read_sentence

# quotes, dashes, other punctuation, spaces and what cannot be seen, of all languages
SIGNS = st.characters(
    min_codepoint=0xA0,
    categories=["Pi", "Pf", "Pd", "Ps", "Pe", "Po", "Zs", "Zl", "Zp", "Cf", "Sm", "Sk"],
    exclude_characters="·・׳״͵",  # noqa: RUF001
) | st.sampled_from("\t\u115f\u3164\u2800\ufe0f\u034f\u02bc\u02b9")
LETTERS = st.characters(categories=["Ll", "Lo", "Nd"], max_codepoint=0x1FFFF)


@given(SIGNS)
def test_in_the_middle_of_a_name_each_is_refused_and_named(sign: str) -> None:
    for read in (read_host, read_id, lambda text: read_name(text, "a name"), lambda text: read_pattern(f"{text}/path")):
        with pytest.raises(PydanticCustomError) as raised:
            read(f"net{sign}flix.com")
        said = raised.value.context or {}
        assert f"(U+{ord(sign):04X})" in said["what"]
        assert said["code"] in (Code.PASTED_SIGN, Code.INVISIBLE_CHARACTER)


@given(SIGNS.filter(lambda one: one != "\t"))
def test_in_a_sentence_none_is(sign: str) -> None:
    assert read_sentence(f"It is{sign}closed.") == f"It is{sign}closed."


@given(st.text(LETTERS, min_size=1, max_size=8))
def test_letters_and_digits_of_one_script_are_no_such_signs(text: str) -> None:
    names = [unicodedata.name(one, "A LETTER") for one in text]
    plain = unicodedata.normalize("NFKC", text) == text and not any("FILLER" in one for one in names)
    if plain and len({one.split()[0] for one in names}) == 1:
        assert pasted_sign(text) is None


@pytest.mark.parametrize(
    "text",
    ["netflix.com", "müller.example", "日本.example", "col·legi.example", "année-7", "класс-VII", "παιδιά", "क्‍ष", "a_b", "💩.la"],
)  # fmt: skip
def test_a_name_that_can_be_meant_passes(text: str) -> None:
    assert pasted_sign(text) is None


@pytest.mark.parametrize(
    ("text", "called", "plain"),
    [
        ("“netflix.com”", "a left double quotation mark “ (U+201C)", "netflix.com"),
        ("«netflix.com»", "a left-pointing double angle quotation mark « (U+00AB)", "netflix.com"),
        ("year‑7", "a non-breaking hyphen ‑ (U+2011)", "year-7"),  # noqa: RUF001
        ("mon–fri", "an en dash – (U+2013)", "mon-fri"),  # noqa: RUF001
        ("10−20", "a minus sign − (U+2212)", "10-20"),  # noqa: RUF001
        ("09：15", "a fullwidth colon ： (U+FF1A)", "09:15"),  # noqa: RUF001
        ("a，b", "a fullwidth comma ， (U+FF0C)", "a,b"),  # noqa: RUF001
        ("netﬂix.com", "a latin small ligature fl ﬂ (U+FB02)", "netflix.com"),
        ("net\u00adflix.com", "a soft hyphen (U+00AD)", "netflix.com"),
        ("net\u200bflix.com", "a zero width space (U+200B)", "netflix.com"),
        ("net\ufeffflix.com", "a zero width no-break space (U+FEFF)", "netflix.com"),
        ("\u200enetflix.com", "a left-to-right mark (U+200E)", "netflix.com"),
        ("\u202enetflix.com", "a right-to-left override (U+202E)", "netflix.com"),
        ("net\u00a0flix", "a no-break space (U+00A0)", "net flix"),
        ("net\u3000flix", "an ideographic space (U+3000)", "net flix"),
        ("net\tflix", "a tab (U+0009)", "net flix"),
        ("nеtflix.com", "a cyrillic small letter ie е (U+0435)", "nеtflix.com"),  # noqa: RUF001
        ("zero\u200dwidth", "a zero width joiner (U+200D)", "zerowidth"),
    ],
)
def test_a_sign_is_called_by_its_name_and_a_keyboard_has_another(text: str, called: str, plain: str) -> None:
    sign = pasted_sign(text)
    assert sign is not None
    assert sign.called == called
    assert plainly(text) == plain


def test_in_a_path_titles_may_have_their_own_punctuation() -> None:
    assert pasted_in_path("/wiki/モーニング娘。") is None
    assert pasted_in_path("/wiki/Größe/Δt") is None
    sign = pasted_in_path("/wiki/Bose–Einstein")  # noqa: RUF001
    assert sign is not None
    assert sign.plain == "-"


def test_what_is_compared_though_it_is_for_people_has_nothing_unseen() -> None:
    assert read_label("St Mary’s building – upstairs") == "St Mary’s building – upstairs"  # noqa: RUF001
    assert unseen_sign("❤️ room 👩‍🏫") is None
    assert unseen_sign("St Mary’s") is None  # noqa: RUF001
    with pytest.raises(PydanticCustomError, match="a no-break space"):
        read_label("Old\u00a0library")


@pytest.mark.parametrize(
    ("line", "index"),
    [
        ("\u00a0\u00a0label: Students", 0),
        ("  \u00a0label: Students", 2),
        ("label:\u00a0Students", 6),
        ("-\u00a0poki.com", 1),
        ("  – poki.com", 2),  # noqa: RUF001
        ("  label： Students", 7),  # noqa: RUF001
        ("label: “Games: all”", 7),
        ("students: {label：Students}", 16),  # noqa: RUF001
        ("days: [mon，tue]", 10),  # noqa: RUF001
        ("label: Year 7 – upstairs", None),  # noqa: RUF001
        ("label: The school’s “best” 10\u00a0%", None),  # noqa: RUF001
        ("why: 注意：それは", None),  # noqa: RUF001
        ("label: Students", None),
    ],
)
def test_a_sign_for_a_mark_of_yaml_is_found_where_yaml_looks_for_one(line: str, index: int | None) -> None:
    sign = sign_for_a_mark(line)
    assert (None if sign is None else sign.index) == index
