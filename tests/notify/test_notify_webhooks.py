"""Webhooks: what is posted in each shape, signed, to a real HTTP server, and nowhere else."""

import hashlib
import hmac
import json
import socket
import threading
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from saywhy.exceptions.outbox import Waiting
from saywhy.exceptions.request import ExceptionRequest
from saywhy.notify.audience import Kind
from saywhy.notify.http_posting import post
from saywhy.notify.letter import letter_of
from saywhy.notify.settings import Box, Shape, Webhook
from saywhy.notify.unsent import Unsent
from saywhy.notify.webhooks import body_of
from tests.exceptions.conftest import NOW, refusal, submission
from tests.notify.conftest import PORTAL, Hook, World, telling_by

SECRET = b"0123456789abcdef"


def posted_by(world: World, hook: Hook, shape: Shape, secret: bytes = b"") -> dict[str, Any]:
    """What a webhook of this shape gets when somebody asks."""
    webhooks = {"chat": Webhook(hook.url, shape, secret)}
    world.telling = telling_by(1, mail=None, replies=None, webhooks=webhooks, roles={"it": Box((), ("chat",))})
    world.ask()
    world.after(seconds=31)
    world.tell()
    (_, _, body), *rest = hook.posted
    assert rest == []
    told: dict[str, Any] = json.loads(body)
    return told


def test_plain_json_says_what_and_where_and_is_signed(world: World, hook: Hook) -> None:
    told = posted_by(world, hook, Shape.JSON, SECRET)
    assert told.pop("id")
    assert told == {
        "version": 1,
        "at": world.now.isoformat(timespec="seconds"),
        "school": "Hillside School",
        "subject": "R-1001 is waiting for your answer",
        "requests": [{"number": "R-1001", "kind": "new", "host": "games.example", "link": f"{PORTAL}/requests/1"}],
        "more": 0,
    }
    path, headers, body = hook.posted[0]
    assert path == "/hook"
    fields = dict(one.split("=") for one in headers["Saywhy-Signature"].split(","))
    assert fields["t"] == str(int(world.now.timestamp()))
    expected = hmac.new(SECRET, fields["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert fields["v1"] == expected
    assert world.figures.counted == [("webhook", "sent")]


def test_slack_gets_text_and_links(world: World, hook: Hook) -> None:
    told = posted_by(world, hook, Shape.SLACK)
    assert told["text"] == "R-1001 is waiting for your answer"
    blocks = json.dumps(told["blocks"])
    assert f"<{PORTAL}/requests/1|R-1001>" in blocks
    assert "games.example" in blocks


def test_teams_gets_a_card(world: World, hook: Hook) -> None:
    told = posted_by(world, hook, Shape.TEAMS)
    assert told["type"] == "message"
    (attachment,) = told["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.2")
    assert all(block["type"] == "RichTextBlock" for block in card["body"])
    assert {"type": "Action.OpenUrl", "url": f"{PORTAL}/requests/1"} in [
        run.get("selectAction") for block in card["body"] for run in block["inlines"]
    ]


def asked(**answers: str) -> ExceptionRequest:
    from saywhy.exceptions.state import State

    made = submission(refusal())
    known = {"wants": made.wants, "because": made.because, "work": made.work, **answers}
    return ExceptionRequest(1, "receipt", known["wants"], known["because"], known["work"], made.until, made.refusal, NOW, State.OPEN)  # fmt: skip


def test_what_pupils_write_is_not_told_unless_the_school_says_so_and_is_never_markup() -> None:
    tricks = "<!channel> *bold* [link](https://bad.example) <script> \n& more"
    waiting = [Waiting(Kind.NEW, asked(wants=tricks), NOW)]
    for shape in Shape:
        letter = letter_of(waiting, PORTAL)
        assert letter is not None
        assert "channel" not in body_of(shape, letter, "id", "Hillside School", NOW)
    letter = letter_of(waiting, PORTAL, words=True)
    assert letter is not None
    slack = json.loads(body_of(Shape.SLACK, letter, "id", "Hillside School", NOW))
    with_words = [block["text"] for block in slack["blocks"] if "channel" in block["text"]["text"]]
    assert [one["type"] for one in with_words] == ["plain_text"]
    assert "<!channel>" not in slack["text"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nothing_is_followed_elsewhere(hook: Hook, status: int) -> None:
    hook.statuses, hook.location = [status], hook.url
    with pytest.raises(Unsent, match="not followed"):
        post(Webhook(hook.url, Shape.JSON), "{}", "id", NOW)
    assert len(hook.posted) == 1


def test_a_webhook_that_fails_is_tried_again_and_the_log_does_not_hold_its_address(
    world: World, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    hook.statuses = [500]
    posted_by(world, hook, Shape.JSON)
    world.after(minutes=2)
    world.tell()
    first, second = (json.loads(body)["id"] for _, _, body in hook.posted)
    assert first == second
    assert {headers["Saywhy-Delivery"] for _, headers, _ in hook.posted} == {first}
    assert world.figures.counted == [("webhook", "put-off"), ("webhook", "sent")]
    assert "it answered 500" in caplog.text
    assert hook.url not in caplog.text


def test_a_webhook_that_hangs_or_drips_is_left_and_mail_goes_its_own_way() -> None:
    ends = threading.Event()

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with closing(connection):
            while not ends.wait(0.05):
                try:
                    connection.sendall(b"H")
                except OSError:
                    return

    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        with pytest.raises(Unsent):
            post(Webhook(url, Shape.JSON), "{}", "id", NOW, step=5, longest=0.5)
        ends.set()
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(Unsent):
            post(Webhook(url, Shape.JSON), "{}", "id", NOW, step=0.3)


def test_a_webhook_that_the_settings_name_no_more_is_given_up(world: World, hook: Hook) -> None:
    hook.statuses = [500]
    posted_by(world, hook, Shape.JSON)
    assert world.telling is not None
    world.telling = replace(world.telling, webhooks={"other": Webhook(hook.url, Shape.JSON)}, roles={})
    world.after(minutes=2)
    world.tell()
    assert world.figures.counted[-1] == ("webhook", "given-up")
