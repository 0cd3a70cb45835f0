"""Where whoever asks wants to be told: asked where mail is sent and such addresses are taken, checked, kept in the draft."""

import pytest

from saywhy.exceptions.tables import RequestRow
from saywhy.policy.reader import Reader
from tests.portal.conftest import World, csrf
from tests.portal.test_portal_steps import WHOLE

MAIL = "a.pupil@pupils.hillside.example"


@pytest.fixture
def telling(world: World) -> World:
    domains = frozenset({"pupils.hillside.example", "hillside.example"})
    object.__setattr__(world.context, "asker_domains", lambda: domains)
    return world


def kept(world: World) -> list[str | None]:
    with world.store._database.reading() as session:
        return [row.mail for row in session.query(RequestRow).order_by(RequestRow.id)]


def test_an_address_is_asked_last_and_kept_with_the_request(telling: World) -> None:
    client, token = telling.client(), telling.token()
    page = telling.walk(client, token, WHOLE, to="tell")
    assert "it has to end in @hillside.example or @pupils.hillside.example." in page.text
    check = telling.walk(client, token, {**WHOLE, "mail": MAIL}, to="check")
    assert f'<dt>Mail when there is an answer</dt><dd class="words">{MAIL}' in check.text
    assert telling.walk(client, token, {**WHOLE, "mail": MAIL}).status_code == 303
    assert telling.walk(telling.client(), telling.token(path="/draughts"), {**WHOLE, "mail": ""}).status_code == 303
    assert kept(telling) == [MAIL, None]


@pytest.mark.parametrize(
    "mail",
    [
        "a.pupil",
        "a pupil@hillside.example",
        f"{MAIL}\r\nBcc: x@y.example",
        "a.pupil@elsewhere.example",
        "a.pupil@evil.hillside.example",
    ],
)
def test_one_that_cannot_be_told_is_said_so_and_stays_in_the_draft(telling: World, mail: str) -> None:
    client, token = telling.client(), telling.token()
    page = telling.walk(client, token, WHOLE, to="tell")
    again = client.post(f"/ask/{token}/tell", data={"mail": mail, "asked_mail": "seen", "csrf_token": csrf(page)})
    assert again.status_code == 422
    ends = "@hillside.example or @pupils.hillside.example"
    assert f'<a href="#mail">Write a whole address that ends in {ends}, or leave it empty</a>' in again.text
    typed = mail.partition("\r")[0]
    assert typed in client.get(f"/ask/{token}/tell").text, "it is there after going away and coming back"
    sent = client.post(f"/ask/{token}", data={**WHOLE, "mail": mail, "csrf_token": csrf(page)})
    assert sent.status_code == 422, "nor is it taken with all answers at once"
    assert kept(telling) == []


def test_nobody_is_asked_where_it_would_be_for_nothing(world: World) -> None:
    client, token = world.client(), world.token()
    assert client.get(f"/ask/{token}/tell").status_code == 303
    page = world.walk(client, token, WHOLE, to="check")
    sent = client.post(f"/ask/{token}", data={**WHOLE, "mail": MAIL, "csrf_token": csrf(page)})
    assert sent.status_code == 303
    assert kept(world) == [None], "what no page asked for is not kept"


def test_a_young_child_is_not_asked(telling: World) -> None:
    client, token = telling.client(), telling.token(reader=Reader.PRIMARY)
    assert "Mail when there is an answer" not in telling.walk(client, token, WHOLE, to="check").text
