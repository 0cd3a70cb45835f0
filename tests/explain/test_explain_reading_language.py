"""Which language a page is told in: a person's wish, the browser's, the school's."""

import pytest

from saywhy.explain.reading_language import chosen

OFFER = ("en", "cy", "pl", "pt")


@pytest.mark.parametrize(
    ("wishes", "header", "language"),
    [
        ((), "", "en"),
        ((), "pl", "pl"),
        ((), "pl-PL,pl;q=0.9,en;q=0.8", "pl"),
        ((), "en;q=0.3, cy;q=0.9", "cy"),
        ((), "so, fr;q=0.9, pt-BR;q=0.5", "pt"),  # what is not offered is passed over
        ((), "*", "en"),
        ((), "pl;q=0", "en"),
        ((), "PL", "pl"),
        (("cy",), "pl", "cy"),
        (("", "cy"), "pl", "cy"),
        (("fr",), "pl", "pl"),
        ((), "<script>alert(1)</script>", "en"),
        ((), "x" * 100_000, "en"),
        ((), "pl" + ",x" * 40_000, "pl"),
        ((), ";;;=q,,,\u202e", "en"),
    ],
)
def test_the_first_that_is_offered(wishes: tuple[str, ...], header: str, language: str) -> None:
    assert chosen(OFFER, *wishes, accept_language=header) == language


def test_a_school_that_speaks_welsh_first_does_so_to_whoever_says_nothing() -> None:
    assert chosen(("cy", "en")) == "cy"
