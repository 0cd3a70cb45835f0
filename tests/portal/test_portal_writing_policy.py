"""Permits and kept rules as edits of the policy: shown, to be taken as a patch or a file, or why not."""

from datetime import date
from pathlib import Path

import pytest

from saywhy.exceptions.request import Dossier
from saywhy.portal.outside import CannotBeWrittenError, Outside, WrittenEdit
from saywhy.portal.writing_policy import as_file
from tests.portal.conftest import SITE_TODAY, World, say_both

EDIT = WrittenEdit(
    "school.yaml",
    "--- a/school.yaml\n+++ b/school.yaml\n",
    b"rules: []\n",
    ("- id: x",),
    ("It stands above rule games.",),
)


def as_rule(dossier: Dossier, group: str) -> WrittenEdit:
    if group == "students":
        raise CannotBeWrittenError("A rule here would change nothing: rule exams decides first.")
    return EDIT


def keep(rule: str, day: date) -> WrittenEdit:
    if rule != "games":
        raise CannotBeWrittenError(f"There is no rule {rule} any more.")
    return EDIT


@pytest.fixture
def given(world: World, tmp_path: Path) -> World:
    world.give(Outside(as_policy=as_rule, kept_until=keep))
    world.ask()
    say_both(world, 1, **SITE_TODAY)
    return world


def test_a_permit_for_a_device_asks_for_whom_the_rule_is(given: World) -> None:
    it = given.staff("it")
    page = it.get("/permits/R-1001/as-policy").text
    assert "Choose the group" in page
    assert "school.yaml" not in page
    page = it.get("/permits/R-1001/as-policy?group=year7").text
    assert "It stands above rule games." in page
    assert "+++ b/school.yaml" in page
    assert "rule exams decides first" in it.get("/permits/R-1001/as-policy?group=students").text


@pytest.mark.parametrize(
    ("part", "name", "content"),
    [("patch", "school.yaml.patch", EDIT.patch.encode()), ("file", "school.yaml", EDIT.whole)],
)
def test_it_is_taken_as_a_patch_or_a_file(given: World, part: str, name: str, content: bytes) -> None:
    taken = given.staff("it").get(f"/permits/R-1001/as-policy?group=year7&part={part}")
    assert (taken.data, taken.mimetype) == (content, "text/plain")
    assert taken.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_a_rule_that_is_kept(given: World) -> None:
    it = given.staff("it")
    assert "+++ b/school.yaml" in it.get("/review/rules/games/kept-until/2027-03-01").text
    assert "There is no rule chess any more." in it.get("/review/rules/chess/kept-until/2027-03-01").text
    assert it.get("/review/rules/games/kept-until/someday").status_code == 404


@pytest.mark.parametrize(
    "path", ["/permits/R-1002/as-policy", "/permits/R-7/as-policy", "/permits/R-99999999999/as-policy"]
)
def test_what_is_no_permit_is_not_there(given: World, path: str) -> None:
    given.ask(form="another-form-of-this-test")
    assert given.staff("it").get(path).status_code == 404


def test_it_is_for_staff_with_a_role(given: World) -> None:
    assert given.client().get("/permits/R-1001/as-policy").status_code == 303
    lead = given.staff("safeguarding")
    given.store.accounts.change_roles("safeguarding", [])
    assert lead.get("/permits/R-1001/as-policy").status_code == 403
    assert lead.get("/review/rules/games/kept-until/2027-03-01").status_code == 403


def test_names_of_files_cannot_break_out_of_a_header() -> None:
    edit = WrittenEdit('a"\r\nx: y.yaml', "", b"")
    found = as_file(edit, "file")
    assert found is not None
    assert found.headers["Content-Disposition"] == 'attachment; filename="a---x--y.yaml"'
    assert as_file(edit, "") is None
