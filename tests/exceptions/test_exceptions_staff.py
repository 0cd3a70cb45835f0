"""A permit for staff in the place of whoever asked, where it is closed to them as well."""

from pathlib import Path

import pytest

from saywhy.decide.decide import decide
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.staff import open_to, staff_groups
from saywhy.exceptions.store import Store
from saywhy.exceptions.weighing import access_of, offers_for, terms_of
from tests.exceptions.conftest import NOW, SCHOOL, refusal, say_yes, school, submission

WITH_STAFF = SCHOOL.replace(
    "groups:\n", "groups:\n  staff: {label: staff, reader: staff}\n  teachers-pe: {label: PE}\n"
)
FOR_PUPILS = WITH_STAFF.replace(
    "    block: {domains: [games.example]}\n", "    block: {domains: [games.example]}\n    for: [students]\n"
)


def test_staff_are_known_by_the_names_of_their_groups(tmp_path: Path) -> None:
    assert staff_groups(school(tmp_path, WITH_STAFF).policy) == ("staff", "teachers-pe")
    assert staff_groups(school(tmp_path).policy) == ()


@pytest.mark.parametrize(("text", "offered"), [(WITH_STAFF, True), (FOR_PUPILS, False), (SCHOOL, False)])
def test_staff_are_offered_it_where_it_is_closed_to_them(
    tmp_path: Path, store: Store, text: str, *, offered: bool
) -> None:
    engine = school(tmp_path / "policies", text)
    asked = store.submit(engine, submission(), "form", NOW)
    offers = offers_for(engine, terms_of(engine, asked.refusal), asked, NOW)
    assert ("group:staff" in offers.who) is offered
    assert list(offers.who)[:3] == ["device", "group:year7", "group:students"]


def test_it_opens_for_staff_and_not_for_whoever_asked(tmp_path: Path, store: Store) -> None:
    engine = school(tmp_path / "policies", WITH_STAFF)
    asked = store.submit(engine, submission(), "form", NOW)
    say_yes(store, engine, asked.id, Chosen("group:staff", "site", "today"))
    grants = Grants(store.live_grants(NOW))
    for_pupils = access_of(engine, asked.refusal)
    for_staff = access_of(engine, refusal(groups=("staff",), place=None, device=None))
    assert not decide(engine, grants, for_pupils).allowed
    assert decide(engine, grants, for_staff).allowed
    assert not decide(engine, NO_GRANTS, for_staff).allowed
    assert not open_to(engine, for_pupils, "staff")
