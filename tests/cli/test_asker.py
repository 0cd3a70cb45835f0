from ipaddress import ip_address
from pathlib import Path

import pytest

from saywhy.cli.asker import parse_asker
from saywhy.decide.engine import Engine
from saywhy.policy.reading.load import load_policy


@pytest.fixture
def engine(policies: Path) -> Engine:
    return Engine(load_policy(policies))


@pytest.mark.parametrize("text", ["year7,students", " year7 , students ", "year7,students,year7,"])
def test_groups_stay_in_their_order_each_once(engine: Engine, text: str) -> None:
    assert parse_asker(text, engine).named_groups == ("year7", "students")


def test_a_group_brings_what_it_lies_within(engine: Engine) -> None:
    assert parse_asker("year7", engine).groups == {"year7", "students"}


def test_an_address_is_whoever_is_at_that_place(engine: Engine) -> None:
    subject = parse_asker("10.30.7.21", engine)
    assert subject.place == "Year 7 classrooms"
    assert subject.named_groups == ("year7", "students")
    assert subject.device == ip_address("10.30.7.21")


@pytest.mark.parametrize("text", ["10.99.0.1", "2001:db8::1"])
def test_an_address_outside_every_place_is_nobody_in_particular(engine: Engine, text: str) -> None:
    subject = parse_asker(text, engine)
    assert (subject.place, subject.groups) == (None, frozenset())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yaer7", "there is no group 'yaer7'; did you mean 'year7'? The groups are students, year7, staff"),
        ("year7,xyzzy", "there is no group 'xyzzy'; the groups are students, year7, staff"),
        ("", "'' names nobody. The groups are students, year7, staff"),
        (" , ", "' , ' names nobody. The groups are students, year7, staff"),
        ("10.30.7.0/24", "there is no group '10.30.7.0/24'; the groups are students, year7, staff"),
    ],
)
def test_an_unknown_group_says_which_are_known(engine: Engine, text: str, said: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 — the whole message is compared
        parse_asker(text, engine)
    assert str(raised.value) == said
