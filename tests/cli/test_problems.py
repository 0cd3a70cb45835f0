from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.cli.problems import counted, line_of, shown
from saywhy.policy.problem import Problem, Severity
from saywhy.policy.visible import visible


def problem(file: Path, line: int, column: int, severity: Severity = Severity.ERROR) -> Problem:
    return Problem(str(file), line, column, "a matter", "write something else", severity)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "school.yaml"


@pytest.mark.parametrize(
    ("content", "line", "column", "expected"),
    [
        (b"a: 1\nb: 2\n", 2, 4, ("b: 2", 3)),
        (b"a: 1\r\nb: 2\r\n", 2, 1, ("b: 2", 0)),
        (b"\xef\xbb\xbfa: 1\n", 1, 1, ("a: 1", 0)),
        (b"\ta: 1\n", 1, 2, (" a: 1", 1)),
        (b"a: \x1b[31mred\n", 1, 4, ("a: \ufffd[31mred", 3)),
        (b"a: 1", 1, 99, ("a: 1", 4)),
        (b"a: 1", 7, 1, None),
        (b"a: 1\n\n", 2, 1, None),
        (b"", 1, 1, None),
    ],
)
def test_the_line_and_how_far_in_the_mark_goes(
    file: Path, content: bytes, line: int, column: int, expected: tuple[str, int] | None
) -> None:
    file.write_bytes(content)
    assert line_of(problem(file, line, column)) == expected


def test_without_the_file_there_is_no_line(file: Path) -> None:
    assert line_of(problem(file, 1, 1)) is None


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cf"]), min_size=1, max_size=400),
    st.integers(1, 400),
)
def test_a_long_line_is_cut_and_the_mark_stays_under_its_place(
    tmp_path_factory: pytest.TempPathFactory, text: str, column: int
) -> None:
    file = tmp_path_factory.mktemp("long") / "school.yaml"
    file.write_text(text, "utf-8")
    found = line_of(problem(file, 1, column))
    if found is None:
        assert not text.strip()
        return
    line, mark = found
    assert len(line) <= 102
    if column <= len(text) and line[mark : mark + 1] != "…":
        assert line[mark] == text[column - 1]


@given(st.text())
def test_nothing_that_a_terminal_would_act_on_is_printed(text: str) -> None:
    assert not any(ord(one) < 32 or 127 <= ord(one) < 160 for one in visible(text))
    assert len(visible(text)) == len(text)


def test_warnings_are_called_so_and_counted_apart(file: Path) -> None:
    problems = [problem(file, 1, 1), problem(file, 2, 1, Severity.WARNING), problem(file, 3, 1, Severity.WARNING)]
    lines = list(shown(problems))
    assert sum("warning: " in line for line in lines) == 2
    assert lines[-1] == "1 problem, 2 warnings"


@pytest.mark.parametrize(("count", "words"), [(0, "no problems"), (1, "1 problem"), (2, "2 problems")])
def test_the_count_is_in_words(file: Path, count: int, words: str) -> None:
    assert counted([problem(file, 1, 1)] * count) == words
