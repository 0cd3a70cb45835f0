import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saywhy.policy.reading import yaml12
from saywhy.policy.reading.yaml12 import MOST_BYTES, Document, Value, meaning, read_yaml


def read(text: str) -> Document:
    return read_yaml(text.encode(), "school.yaml")


def value(text: str) -> Value:
    document = read(text)
    assert document.root is not None, document.problems
    assert not document.problems
    return document.root.value


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("09:15", "09:15"),
        ("9:15", "9:15"),
        ("2026-09-03", "2026-09-03"),
        ("NO", "NO"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("", None),
        ("~", None),
        ("null", None),
        ("nULL", "nULL"),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("012", 12),
        ("0o14", 12),
        ("0xC", 12),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("-.inf", -math.inf),
        (".INF", math.inf),
        ("1e999", math.inf),
        ("1.2.3", "1.2.3"),
        ("10.30.7.0/24", "10.30.7.0/24"),
        ("<<", "<<"),
        ("=", "="),
        ("9" * 5000, "9" * 5000),
        ("١٢", "١٢"),
    ],
)
def test_a_plain_scalar_means_what_yaml_1_2_says(written: str, meant: Value) -> None:
    assert meaning(written) == meant
    assert type(meaning(written)) is type(meant)


def test_not_a_number_is_a_float() -> None:
    assert isinstance(nan := meaning(".NaN"), float)
    assert math.isnan(nan)


def test_what_stands_in_quotes_is_text() -> None:
    assert value('a: "12"\nb: \'true\'\nc: ""\nd: |\n  12\n') == {"a": "12", "b": "true", "c": "", "d": "12\n"}


def test_keys_are_text_as_written() -> None:
    assert value("7: a\ntrue: b\n09:15: c\n~: d\n") == {"7": "a", "true": "b", "09:15": "c", "~": "d"}


def test_every_value_and_key_knows_its_place() -> None:
    document = read("rules:\n  - id: tiktok\n    for: [staff,  year7]\n  - {id: games}\n")
    assert document.place(("rules", 0)) == (2, 5)
    assert document.place(("rules", 0, "id")) == (2, 9)
    assert document.place(("rules", 0, "for", 1)) == (3, 19)
    assert document.place(("rules", 0, "for"), of_key=True) == (3, 5)
    assert document.place(("rules", 1)) == (4, 5)
    assert document.place(("rules",), of_key=True) == (1, 1)


def test_parts_of_a_path_that_are_not_there_are_passed_over() -> None:
    document = read("why: Because.\ntimes: [{from: 09:15}]\n")
    assert document.place(("why", "risk")) == (1, 6)
    assert document.place(("times", "spans", 0, "from")) == (2, 16)


def test_columns_count_characters_and_a_byte_order_mark_is_none() -> None:
    assert read("\ufeffname: {école: 1, 学校: 2}").place(("name", "学校"), of_key=True) == (1, 18)
    assert read("a: 1\r\nb: 2\r\n").place(("b",)) == (2, 4)


def test_a_key_that_comes_twice_is_a_problem_and_the_first_one_counts() -> None:
    document = read("a: 1\nb: {c: 1, c: 2}\na: 2\n")
    assert [(one.line, one.column) for one in document.problems] == [(2, 11), (3, 1)]
    assert "line 1" in document.problems[1].what
    assert document.root is not None
    assert document.root.value == {"a": 1, "b": {"c": 1}}


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("", 1, 1, "empty"),
        ("# nothing\n", 1, 1, "empty"),
        ("---\n", 1, 1, "empty"),
        ("null\n", 1, 1, "empty"),
        ("a:\n\tb: 1\n", 2, 1, "a tab"),
        ("a: b: c\n", 1, 5, "':'"),
        ("a: 1\nb: 'x\n\n", 2, 4, "never closed"),
        ("a: [b, c\n", 1, 8, "line 1"),
        ("a: [b\nc: d\n", 2, 2, "line 1"),
        ("a: &x 1\n", 1, 4, "anchor"),
        ("a: *x\n", 1, 4, "alias"),
        ("a: !!str 1\n", 1, 4, "tag"),
        ("a: !x!y 1\n", 1, 4, "tag"),
        ("a: @b\n", 1, 4, "begins with @"),
        ("a: %b\n", 1, 4, "begins with %"),
        ("a: *.example.com\n", 1, 4, "begins with *"),
        ("a: 1\n---\nb: 2\n", 2, 1, "second document"),
        ("a: 1\n...\nb: 2\n", 3, 1, "after the end"),
        ("? [a]\n: b\n", 1, 3, "as a key"),
        ("? \n: b\n", 1, 2, "no key"),
        ('a: "\\q"\n', 1, 5, "\\"),
        ("a: " + "[" * 40 + "]" * 40, 1, 27, "levels"),
        ("- " * 40 + "a", 1, 49, "levels"),
        ("a: x\0y\n", 1, 5, "U+0000"),
        ("a: 1\nb: x\u2028y\n", 2, 5, "U+2028"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_where_and_why(text: str, line: int, column: int, says: str) -> None:
    document = read(text)
    assert document.root is None
    problem = document.problems[0]
    assert problem.line == line
    assert problem.column == column
    assert says in problem.what


def test_the_number_of_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml12, "_MOST_VALUES", 1000)
    problem = read("a: [" + "1," * 2000 + "]").problems[0]
    assert problem.what == "more than 1,000 values in one file"


def test_bytes_that_are_not_utf_8_are_pointed_at() -> None:
    problem = read_yaml("a: 1\nbé: ".encode() + b"\xff", "school.yaml").problems[0]
    assert (problem.line, problem.column) == (2, 5)
    assert "UTF-8" in problem.what
    assert read_yaml("a: 1".encode("utf-16"), "school.yaml").problems[0].line == 1


def test_keys_and_items_with_nothing_behind_them_are_found() -> None:
    assert set(read("a:\nb: [1, ~]\nc: {d: null, e: ''}\n").nothings()) == {("a",), ("b", 1), ("c", "d")}


def test_depth_costs_nothing_before_it_is_refused() -> None:
    assert "levels" in read("[" * (MOST_BYTES // 8)).problems[0].what
    assert "levels" in read("{a: " * (MOST_BYTES // 32)).problems[0].what


@given(st.binary(max_size=60) | st.text(alphabet="ab:-,[]{}&*!|>'\"#%@`? \n\t~1.<", max_size=60).map(str.encode))
@settings(max_examples=400)
def test_any_bytes_give_a_document_or_problems_with_their_places(content: bytes) -> None:
    document = read_yaml(content, "school.yaml")
    assert (document.root is not None) or document.problems
    lines = content.count(b"\n") + content.count(b"\r") + 1
    for problem in document.problems:
        assert 1 <= problem.line <= lines + 1
        assert problem.column >= 1
        assert "this is no YAML" not in problem.what, problem
