"""Going on where a rule has caution: the form, what is left today, the way back, ending early, and what it does not open."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.goes import Goes
from saywhy.policy.reader import Reader
from saywhy.portal.caution_words import WORDS
from saywhy.portal.context import Noticed
from tests.exceptions.conftest import NOW, SCHOOL, school
from tests.portal.conftest import World, csrf

DEVICE = "10.30.7.21"
WHY = "I need the drawing for my project"
RULES = """
  - id: files
    caution: {domains: [files.test]}
    quota: 20 minutes a day
    why:
      risk: What is shared there cannot be taken back.
      readers: {primary: You cannot take back what you share.}
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
  - id: films
    caution: {domains: [films.test]}
    give_reason: false
    open_for: 1 hour
    ask: nobody
    why: Films take time.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""


@pytest.fixture
def careful(world: World, tmp_path: Path) -> World:
    world.engine = school(tmp_path / "careful", SCHOOL + RULES)
    return world


def device(world: World, address: str = DEVICE) -> FlaskClient:
    client = world.client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


def path(world: World, host: str = "www.files.test", rule: str = "files", **facts: object) -> str:
    return f"/caution/{world.token(host, '/drawing', rule, **{'reason': 'caution', **facts})}"


def go_on(world: World, client: FlaskClient, at: str, reason: str = WHY) -> TestResponse:
    """Fill in the form and send it."""
    form = client.get(at)
    key = form.text.partition('name="form" value="')[2].partition('"')[0]
    return client.post(at, data={"reason": reason, "form": key, "csrf_token": csrf(form)})


def test_from_the_form_to_the_page_and_back_when_it_is_over(careful: World) -> None:
    client, at = device(careful), path(careful)
    form = client.get(at)
    assert form.status_code == 200
    for told in (
        "Think before you go on",
        "What is shared there cannot be taken back.",
        "Why do you need it?",
        "Go on for 10 minutes",
        "You have 20 of 20 minutes left today.",
        "K7-42QX-9M",
    ):
        assert told in form.text
    sent = go_on(careful, client, at)
    assert (sent.status_code, sent.headers["Location"]) == (303, at)
    opened = client.get(at)
    assert "It is open until 10:10" in opened.text
    assert 'href="https://www.files.test/drawing"' in opened.text
    assert "After this, you have 10 of 20 minutes left today." in opened.text
    (grant,) = careful.store.goes.live(NOW)
    assert (grant.who.device, grant.what.site, grant.weighed) == (DEVICE, "files.test", frozenset({"go files"}))
    assert careful.noticed == [Noticed.WENT_ON]
    careful.now = NOW + timedelta(minutes=10)
    over = client.get(at)
    assert "Your time ended at 10:10. It is closed again." in over.text
    assert "Go on for 10 minutes" in over.text


def test_a_quota_that_is_used_up_says_when_there_is_more_and_how_to_ask(careful: World) -> None:
    client, at = device(careful), path(careful)
    for _ in range(2):
        assert go_on(careful, client, at).status_code == 303
        careful.now += timedelta(minutes=10)
    used = client.get(at)
    assert "That was all for today" in used.text
    assert "You have used the 20 minutes that there are in a day." in used.text
    assert "There is more tomorrow, Tuesday 24 November 2026." in used.text
    assert 'class="button"' not in used.text
    asking = at.replace("/caution/", "/ask/")
    assert f'href="{asking}"' in used.text
    assert client.get(asking).status_code == 200
    data = {"reason": WHY, "form": "x" * 20, "csrf_token": csrf(client.get(asking))}
    sent = client.post(at, data=data)
    assert sent.status_code == 409
    assert WHY in sent.text, "what was written is not lost"
    careful.now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert "You have 20 of 20 minutes left today." in client.get(at).text


def test_who_is_done_keeps_the_rest_for_later(careful: World) -> None:
    client, at = device(careful), path(careful)
    go_on(careful, client, at)
    careful.now += timedelta(minutes=4)
    listed = client.get("/open-now")
    assert "Until 10:10: the whole of files.test, with its subdomains" in listed.text
    (go,) = careful.store.goes.open_at(DEVICE, careful.now)
    sent = client.post(f"/open-now/{go.id}/done", data={"csrf_token": csrf(listed)})
    assert (sent.status_code, sent.headers["Location"]) == (303, "/open-now")
    assert "You have nothing open" in client.get("/open-now").text
    assert careful.store.goes.live(careful.now) == ()
    told = client.get(at).text
    assert "You ended it at 10:04. It is closed again." in told
    assert "You have 16 of 20 minutes left today." in told
    assert careful.noticed == [Noticed.WENT_ON, Noticed.DONE_EARLY]


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("", "Write in a sentence why you need it"),
        (" \u200b\n", "Write in a sentence why you need it"),
        ("...", "Write in a sentence why you need it"),
        ("x" * 201, "Use 200 characters or fewer; you have used 201"),
    ],
)
def test_without_a_reason_it_stays_closed_and_what_was_written_is_kept(
    careful: World, reason: str, message: str
) -> None:
    client, at = device(careful), path(careful)
    sent = go_on(careful, client, at, reason)
    assert sent.status_code == 422
    assert "<title>Error: " in sent.text
    assert f'<a href="#reason">{message}</a>' in sent.text
    assert reason.strip(" \u200b\n") in sent.text
    assert careful.store.goes.live(NOW) == ()


def test_a_rule_that_asks_for_no_reason_has_no_field_and_may_have_no_quota(careful: World) -> None:
    client, at = device(careful), path(careful, "films.test", "films")
    form = client.get(at)
    assert 'name="reason"' not in form.text
    assert "left today" not in form.text
    assert "Go on for 1 hour" in form.text
    assert "/ask/" not in form.text, "nobody answers there"
    assert go_on(careful, client, at, "").status_code == 303
    assert "It is open until 11:00" in client.get(at).text


def test_a_link_is_for_the_device_that_was_refused(careful: World) -> None:
    other, at = device(careful, "10.30.7.22"), path(careful)
    assert other.get(at).status_code == 403
    assert "belongs to the device on which the page was closed" in other.get(at).text
    token = csrf(device(careful).get(at))
    assert other.post(at, data={"reason": WHY, "csrf_token": token}).status_code in (400, 403)
    go_on(careful, device(careful), at)
    (go,) = careful.store.goes.open_at(DEVICE, NOW)
    assert go.id not in other.get("/open-now").text
    form = other.get("/")
    assert other.post(f"/open-now/{go.id}/done", data={"csrf_token": csrf(form)}).status_code == 404
    assert careful.store.goes.open_at(DEVICE, NOW) == (go,)


def test_addresses_of_one_device_are_one_device(careful: World) -> None:
    assert device(careful, f"::ffff:{DEVICE}").get(path(careful)).status_code == 200


def test_without_the_forms_token_nothing_opens(careful: World) -> None:
    client, at = device(careful), path(careful)
    assert client.post(at, data={"reason": WHY}).status_code == 400
    go_on(careful, client, at)
    (go,) = careful.store.goes.open_at(DEVICE, NOW)
    assert client.post(f"/open-now/{go.id}/done").status_code == 400
    assert careful.store.goes.open_at(DEVICE, NOW) == (go,)


def test_the_same_form_sent_twice_opens_once(careful: World) -> None:
    client, at = device(careful), path(careful)
    form = client.get(at)
    data = {"reason": WHY, "form": "x" * 20, "csrf_token": csrf(form)}
    assert [client.post(at, data=data).status_code for _ in range(2)] == [303, 303]
    assert "you have 10 of 20 minutes left today." in client.get(at).text


@pytest.mark.parametrize("host", ["games.example", "bets.example"])
def test_where_nobody_can_go_on_they_are_led_to_asking(careful: World, host: str) -> None:
    client = device(careful)
    at = path(careful, host, "games")
    led = client.get(at)
    assert led.headers["Location"] == at.replace("/caution/", "/ask/")
    form = client.get("/")
    assert client.post(at, data={"reason": WHY, "csrf_token": csrf(form)}).status_code == 303
    assert careful.store.goes.live(NOW) == ()


@pytest.mark.parametrize(
    ("host", "status", "told"),
    [
        ("floor.example", 403, "This cannot be asked for here"),
        ("hurt.example", 403, "You can talk to somebody"),
        ("open.example", 409, "this may be open now"),
    ],
)
def test_what_is_locked_or_open_says_so(careful: World, host: str, status: int, told: str) -> None:
    answer = device(careful).get(path(careful, host, ""))
    assert answer.status_code == status
    assert told in answer.text


@pytest.mark.parametrize(("at", "status"), [("/caution/forged", 400), ("/caution/" + "x" * 7000, 400)])
def test_a_forged_link_opens_nothing(careful: World, at: str, status: int) -> None:
    assert device(careful).get(at).status_code == status


def test_an_old_link_is_too_old(careful: World) -> None:
    at = path(careful, at=NOW - timedelta(days=8))
    assert device(careful).get(at).status_code == 410


def test_while_the_store_is_down_it_stays_closed_and_the_text_is_kept(
    careful: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, at = device(careful), path(careful)
    form = client.get(at)

    def down(*_: object) -> None:
        raise StoreUnavailable("the disk is gone")

    for method in ("open", "left", "last"):
        monkeypatch.setattr(Goes, method, down)
    sent = client.post(at, data={"reason": WHY, "form": "x" * 20, "csrf_token": csrf(form)})
    assert sent.status_code == 503
    assert sent.headers["Retry-After"]
    assert "This could not be opened just now" in sent.text
    assert WHY in sent.text
    assert 'name="form" value="' + "x" * 20 in sent.text
    assert Noticed.STORE_UNAVAILABLE in careful.noticed
    monkeypatch.undo()
    assert careful.store.goes.live(NOW) == ()
    assert client.get(at).status_code == 200


def test_markup_that_somebody_writes_is_text(careful: World) -> None:
    sent = go_on(careful, device(careful), path(careful), "<script>alert(1)</script>" * 20)
    assert sent.status_code == 422
    assert "<script>" not in sent.text


@pytest.mark.parametrize("reader", Reader)
def test_each_reader_has_words_of_their_own(careful: World, reader: Reader) -> None:
    form = device(careful).get(path(careful, reader=reader)).text
    words = WORDS[reader]
    for text in (words.title, words.label, words.hint, *words.think):
        assert text in form
    early = reader in (Reader.EARLY, Reader.PRIMARY, Reader.EASY_READ)
    longest = {Reader.EARLY: 8, Reader.PRIMARY: 10, Reader.EASY_READ: 8}.get(reader, 20)
    said = ". ".join((words.title, words.label, words.hint, words.rest, *words.think))
    assert max(len(one.split()) for one in said.replace("?", ".").split(".")) <= longest, said
    assert ("grown-up" in said or "Somebody" in said) == early
