from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from pydantic_core import PydanticCustomError

from saywhy.policy.address import canonical_host
from saywhy.policy.fields import Language
from saywhy.policy.host_fields import read_host
from saywhy.policy.reading.build_times import readable
from saywhy.policy.reading.schema_times import Clock, Days, End, Ending


@given(st.from_regex(r"\A[a-z0-9.-]{1,20}\Z") | st.from_regex(r"\A([a-z0-9-]{1,64}\.){1,5}[a-z0-9]{1,5}\Z"))
def test_a_listed_name_is_the_canonical_one_or_refused(text: str) -> None:
    try:
        host = read_host(text)
    except PydanticCustomError:
        return
    assert host == canonical_host(text.removeprefix("all of "))


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("Monday - Wednesday", {0, 1, 2}),
        ("fri-mon", {4, 5, 6, 0}),
        ("sat", {5}),
        ("sunday", {6}),
        (["mon", "wed-thu"], {0, 2, 3}),
        ("weekdays", {0, 1, 2, 3, 4}),
        ("weekend", {5, 6}),
        ("every day", {0, 1, 2, 3, 4, 5, 6}),
    ],
)
def test_days_are_written_in_several_ways(written: object, days: set[int]) -> None:
    assert TypeAdapter(Days).validate_python(written) == days


def test_a_time_of_day_has_hours_and_minutes_and_an_end_may_be_midnight() -> None:
    assert TypeAdapter(Clock).validate_python("9:15") == time(9, 15)
    assert TypeAdapter(Clock).validate_python("23:59") == time(23, 59)
    assert TypeAdapter(End).validate_python("24:00") == Ending(24 * 60)
    assert TypeAdapter(End).validate_python("24:00").time == time(0)
    assert TypeAdapter(End).validate_python("06:30 next day") == Ending(6 * 60 + 30, next_day=True)


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("en", "en"),
        ("CY", "cy"),
        ("pt-br", "pt-BR"),
        ("UR-arab-pk", "ur-Arab-PK"),
        ("es-419", "es-419"),
        ("fr-ca", "fr-CA"),
    ],
)
def test_a_language_tag_is_kept_in_its_usual_form(written: str, tag: str) -> None:
    assert TypeAdapter(Language).validate_python(written) == tag


@pytest.mark.parametrize(
    ("identity", "label"),
    [("year7", "Year 7"), ("sixth-form", "Sixth form"), ("year_10-a", "Year 10 a"), ("BBC", "BBC"), ("2048", "2048")],
)
def test_an_id_is_made_readable(identity: str, label: str) -> None:
    assert readable(identity) == label
