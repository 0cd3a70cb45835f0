"""Wrong categories: told from a signed reference, counted by device, answered with a reason."""

from pathlib import Path

import pytest

from saywhy.exceptions.category_reports import Reported
from saywhy.portal.outside import CannotBeWrittenError, Outside, WrittenEdit
from tests.exceptions.conftest import SCHOOL, school
from tests.portal.conftest import World, csrf

MORE = """
  - id: fun
    block: {categories: [fun]}
    why: Games take time.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
  - id: harm
    block: {categories: [harm]}
    why: You matter to us.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-03-01
    owner: safeguarding
    help: [{name: Mrs Patel, contact: Room 12}]
    locked: true
categories:
  fun: {label: Fun, domains: [chess.example, arcade.example]}
  clubs: {label: Clubs, domains: [choir.example]}
  harm: {label: Harm, domains: [dark.example]}
"""


def correct(reported: Reported, suggested: str, because: str) -> WrittenEdit:
    if suggested == "harm":
        raise CannotBeWrittenError("It would still be in fun.")
    return WrittenEdit(
        "school.yaml", f"+ {suggested} {because}\n", b"", (), ("school.yaml:70 says that it is in fun.",)
    )


@pytest.fixture
def there(world: World, tmp_path: Path) -> World:
    world.engine = school(tmp_path / "policies", SCHOOL + MORE)
    world.give(Outside(as_correction=correct))
    return world


def report(world: World, token: str, **form: str) -> int:
    client = world.client()
    page = client.get(f"/wrong-category/{token}")
    return client.post(f"/wrong-category/{token}", data={"csrf_token": csrf(page), **form}).status_code


def test_a_report_from_a_page_is_counted_once_a_device(there: World) -> None:
    one, other = (there.token("chess.example", rule="fun", device=f"10.30.7.{n}") for n in (21, 22))
    assert "Are we wrong about what kind of site this is?" in there.client().get(f"/ask/{one}").text
    assert "It is not: Fun" in there.client().get(f"/wrong-category/{one}").text
    assert report(there, one, category="fun", instead="clubs") == 200
    assert report(there, one, category="fun", instead="clubs") == 200
    assert report(there, other, category="fun") == 200
    (found,) = there.store.categories.waiting()
    assert (found.host, found.category, found.times, found.suggested) == ("chess.example", "fun", 2, (("clubs", 1),))


@pytest.mark.parametrize(
    "form",
    [{}, {"category": "clubs"}, {"category": "fun", "instead": "nothing"}, {"category": "fun", "instead": "fun"}],
)
def test_what_was_not_said_cannot_be_reported(there: World, form: dict[str, str]) -> None:
    assert report(there, there.token("chess.example", rule="fun"), **form) == 422
    assert there.store.categories.waiting() == ()


@pytest.mark.parametrize(
    ("host", "rule"),
    [("games.example", "games"), ("dark.example", "harm"), ("open.example", "fun"), ("hurt.example", "care")],
)
def test_pages_that_name_no_kind_have_nothing_to_correct(there: World, host: str, rule: str) -> None:
    page = there.client().get(f"/wrong-category/{there.token(host, rule=rule)}").text
    assert "There is nothing to correct" in page
    assert "<form" not in page


def test_a_reference_that_was_changed_is_refused(there: World) -> None:
    assert there.client().get(f"/wrong-category/{there.token()}x").status_code == 400


def test_reports_are_limited(there: World) -> None:
    client, token = there.client(), there.token("chess.example", rule="fun")
    data = {"csrf_token": csrf(client.get(f"/wrong-category/{token}")), "category": "fun"}
    sent = [client.post(f"/wrong-category/{token}", data=data).status_code for _ in range(21)]
    assert sent == [200] * 20 + [429]


def test_a_report_becomes_a_correction_or_is_closed_with_a_reason(there: World) -> None:
    report(there, there.token("chess.example", rule="fun"), category="fun", instead="clubs")
    it = there.staff("it")
    assert "chess.example" in it.get("/corrections").text
    page = it.get("/corrections/fun/chess.example")
    assert "school.yaml:70 says that it is in fun." in page.text
    assert "+ clubs One person told us that this is no Fun site." in page.text
    assert "It would still be in fun." in it.get("/corrections/fun/chess.example?instead=harm").text
    taken = it.get("/corrections/fun/chess.example?instead=&part=patch")
    assert taken.data == b"+  One person told us that this is no Fun site.\n"
    token = {"csrf_token": csrf(page)}
    lacking = it.post("/corrections/fun/chess.example", data={**token, "reason": "no"})
    assert (lacking.status_code, "There is a problem" in lacking.text) == (422, True)
    done = it.post(
        "/corrections/fun/chess.example", data={**token, "reason": "It is the site of a club.", "answer": "written"}
    )
    assert done.status_code == 303
    listed = it.get("/corrections").text
    assert "a correction was written" in listed
    assert "Nobody has reported a wrong category." in listed
    assert it.get("/corrections/fun/chess.example").status_code == 404


def test_who_reported_is_not_kept(there: World) -> None:
    report(there, there.token("chess.example", rule="fun"), category="fun")
    assert "10.30.7.21" not in there.staff("it").get("/corrections/fun/chess.example").text


def test_others_look_and_do_not_answer(there: World) -> None:
    report(there, there.token("chess.example", rule="fun"), category="fun")
    assert there.client().get("/corrections").status_code == 303
    auditor = there.staff("it")
    there.store.accounts.change_roles("it", ["teaching"])
    page = auditor.get("/corrections/fun/chess.example")
    assert page.status_code == 200
    sent = auditor.post("/corrections/fun/chess.example", data={"csrf_token": csrf(page), "reason": "It is a club."})
    assert sent.status_code == 403
