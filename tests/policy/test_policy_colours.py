"""Contrast as WCAG 2.2 computes it, and the nearest colour that would pass."""

import pytest

from saywhy.policy.colours import AA, AAA, contrast, ink_on, least_contrast, mixed, passing, read_colour, towards


@pytest.mark.parametrize(
    ("text", "colour"), [("#1B5E73", "#1b5e73"), ("1b5e73", "#1b5e73"), (" #abc ", "#aabbcc"), ("000", "#000000")]
)
def test_a_colour_is_read_as_people_write_it(text: str, colour: str) -> None:
    assert read_colour(text) == colour


@pytest.mark.parametrize("text", ["", "#12", "#12345", "#1234567", "red", "rgb(1,2,3)", "#12345g", "#fff;}", "url(#a)"])
def test_anything_else_is_no_colour(text: str) -> None:
    with pytest.raises(ValueError, match="is no colour"):
        read_colour(text)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [  # as WebAIM's contrast checker gives them
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
        ("#123456", "#123456", 1.0),
    ],
)
def test_contrast_is_that_of_wcag_whichever_comes_first(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


@pytest.mark.parametrize("colour", ["#8a8a00", "#777777", "#f2c14e", "#ff0000", "#1b5e73"])
@pytest.mark.parametrize("level", [AA, AAA])
def test_what_would_pass_passes_and_what_is_nearer_does_not(colour: str, level: float) -> None:
    behind = ("#f4f1ea", "#fffdf9")
    near = passing(colour, behind, level)
    assert near is not None
    assert least_contrast(near, behind) >= level
    if least_contrast(colour, behind) < level:
        assert least_contrast(mixed(near, colour, 0.5), behind) < level


def test_between_black_and_white_nothing_passes() -> None:
    assert passing("#777777", ("#000000", "#ffffff"), AAA) is None


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#777777", "#ff0000", "#f2c14e", "#1d4f3a"])
def test_what_is_written_on_a_button_can_always_be_read(colour: str) -> None:
    assert contrast(ink_on(colour), colour) >= AA


def test_the_way_to_another_colour_ends_there() -> None:
    assert towards("#ffffff", "#eeeeee", ("#ffffff",), AAA) == "#eeeeee"
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"
