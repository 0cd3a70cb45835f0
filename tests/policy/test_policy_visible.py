"""Text of others, where a terminal or a log reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.policy.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("school.yaml", "school.yaml"),
        ("ysgol-ŵ é.yaml", "ysgol-ŵ é.yaml"),
        ("a\tb", "a b"),
        ("a\nok: all is well", "a\ufffdok: all is well"),
        ("\x1b[2Jgone", "\ufffd[2Jgone"),
        ("\x9b31m", "\ufffd31m"),
        ("a\u202etxt.exe", "a\ufffdtxt.exe"),
        ("a\udcffb", "a\ufffdb"),
    ],
)
def test_nothing_is_left_that_a_terminal_acts_on(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_it_is_one_line_that_can_be_written(text: str) -> None:
    shown = visible(text)
    assert len(shown.encode().decode().splitlines()) <= 1
    assert visible(shown) == shown
