"""A school's colours: whatever it writes, words can be read; its style holds nothing but colours."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.policy.colours import AA, AAA, contrast, least_contrast
from saywhy.policy.look import DARK, LIGHT, NO_LOOK, Contact, Crest, Look, Scheme, dark_scheme, light_scheme

ROOT = Path(__file__).parents[2]
STYLES = ("block_pages/page.css", "addons/saywhy/portal/static/portal.css")
COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


def custom_properties(css: str, scheme: str) -> dict[str, str]:
    begin = css.index("prefers-color-scheme: dark") if scheme == "dark" else 0
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+);", css[begin : css.index("}", begin)]))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("name", "scheme"), [("light", LIGHT), ("dark", DARK)])
def test_our_own_schemes_are_those_of_the_styles(style: str, name: str, scheme: Scheme) -> None:
    written = custom_properties((ROOT / style).read_text("utf-8"), name)
    ours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", scheme.properties))
    shared = written.keys() & ours.keys() - {"on-accent"}
    assert len(shared) >= 7
    assert {key: ours[key] for key in shared} == {key: written[key] for key in shared}


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_our_own_words_reach_aaa(scheme: Scheme) -> None:
    behind = (scheme.paper, scheme.card)
    assert min(least_contrast(one, behind) for one in (scheme.accent, scheme.ink, scheme.quiet, scheme.wrong)) >= AAA
    assert contrast(scheme.ink, scheme.soft) >= AAA


@given(COLOURS)
def test_an_accent_in_the_dark_is_made_from_that_in_the_light(accent: str) -> None:
    dark = dark_scheme(light_scheme(accent, "", ""), "", "", "")
    assert least_contrast(dark.accent, (dark.paper, dark.card)) >= AAA
    assert contrast(dark.on_accent, dark.accent) >= AA
    assert contrast(dark.ink, dark.soft) >= AAA


@given(COLOURS, COLOURS)
def test_what_is_said_besides_is_never_fainter_than_words_can_be(accent: str, background: str) -> None:
    scheme = light_scheme(accent, background, "")
    behind = (scheme.paper, scheme.card)
    assert least_contrast(scheme.quiet, behind) >= min(AAA, least_contrast(scheme.ink, behind))


def test_a_style_has_colours_alone_and_leaves_paper_white() -> None:
    light = light_scheme("#1d4f3a", "", "")
    style = Look(light=light, dark=dark_scheme(light, "", "", "")).style
    assert set(re.findall(r"@media [a-z]+", style)) == {"@media screen"}
    assert re.sub(r"--[a-z-]+: #[0-9a-f]{6}|[@{}:;()\sa-z-]", "", style) == ""
    assert NO_LOOK.style == ""


def test_a_crest_is_an_address_that_holds_it_and_a_number_can_be_dialled() -> None:
    assert Crest("image/png", b"abc").data == "data:image/png;base64,YWJj"
    assert Contact("IT support", phone="+44 (1632) 960-123").dialled == "+441632960123"
