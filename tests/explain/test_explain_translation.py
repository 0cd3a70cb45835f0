"""A language as it is kept: its messages, its name for itself, and of CLDR what dates and plurals need."""

import datetime as dt

import pytest
from babel import localedata
from babel.dates import format_date, format_time

from saywhy.explain.translation import shipped_translation
from saywhy.policy.languages import available_languages


@pytest.mark.parametrize("tag", sorted(available_languages()))
def test_days_and_times_are_told_though_the_rest_is_let_go_of(tag: str) -> None:
    told = shipped_translation(tag)
    assert told.own_name
    assert format_date(dt.date(2027, 3, 1), "full", locale=told.locale)
    assert format_date(dt.date(2027, 3, 1), "long", locale=told.locale)
    assert format_time(dt.time(15, 30), "short", locale=told.locale)
    assert told.locale.plural_form(3)
    assert "unit_patterns" not in localedata.load(str(told.locale))
