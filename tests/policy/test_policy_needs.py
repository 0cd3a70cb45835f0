"""Which apps need which others as a whole."""

import pytest

from saywhy.policy.catalogue import App
from saywhy.policy.needs import NO_NEEDS, Needs, needing


def apps(**needs: tuple[str, ...]) -> dict[str, App]:
    return {one: App(one, one, needs=Needs((), others)) for one, others in needs.items()}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"docs": ()}, {}),
        ({"docs": ("account",), "account": ()}, {"account": ("docs",)}),
        ({"docs": ("account",), "mail": ("account",), "account": ()}, {"account": ("docs", "mail")}),
        (
            {"class": ("docs",), "docs": ("account",), "account": ()},
            {"docs": ("class",), "account": ("class", "docs")},
        ),
        ({"docs": ("drive",), "drive": ("docs",)}, {"drive": ("docs",), "docs": ("drive",)}),
        ({"docs": ("docs",)}, {"docs": ()}),
        ({"docs": ("of a list",)}, {"of a list": ("docs",)}),
    ],
)
def test_an_app_is_needed_by_those_that_name_it_and_by_those_that_need_these(
    said: dict[str, tuple[str, ...]], found: dict[str, tuple[str, ...]]
) -> None:
    assert needing(apps(**said)) == found


def test_needs_are_some_or_none() -> None:
    assert not NO_NEEDS
    assert Needs(("fonts.example",))
    assert Needs((), ("account",))
