"""A running filter tells people: mail to a real server, replies by real SMTP, and settings that change under it."""

import os
import re
import signal
import smtplib
import socket
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions.mail_address import MailAddress
from saywhy.exceptions.request import Happening
from saywhy.exceptions.store import Store
from saywhy.policy.reading.load import load_policy
from saywhy.serve.database_url import database_in
from tests.exceptions.conftest import refusal, submission
from tests.notify.conftest import MailBox, mail_server
from tests.wire.filter_process import FilterProcess, free_port

__all__ = ["mail_server"]
PUPIL = MailAddress("pupil", "hillside.example")


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@pytest.fixture
def store(own_filter: FilterProcess) -> Iterator[Store]:
    """The store of the filter, once it runs."""
    opened = Store(database_in(own_filter.state))
    yield opened
    opened.close()


def write_telling(state: Path, box: MailBox, replies: int) -> None:
    state.mkdir(exist_ok=True)
    (state / "telling.yaml").write_text(
        "portal: https://why.hillside.example\n"
        f"mail: {{server: 127.0.0.1, port: {box.port}, security: none, from: saywhy@hillside.example}}\n"
        f'replies: {{domain: reply.hillside.example, listen: "127.0.0.1:{replies}"}}\n'
        "askers: {domains: [hillside.example]}\n"
    )


def ask(store: Store, own_filter: FilterProcess, form: str) -> int:
    refused = refusal("blocked.test", rule="blocked", groups=("year9", "students"), device="127.0.0.1")
    made = replace(submission(refused), mail=PUPIL)
    return store.submit(Engine(load_policy(own_filter.policies)), made, form, datetime.now(UTC)).id


def test_whoever_asked_is_told_also_after_a_kill_and_may_reply(
    own_filter: FilterProcess, store: Store, mail_server: Callable[..., MailBox]
) -> None:
    box, port = mail_server(), free_port()
    write_telling(own_filter.state, box, port)
    own_filter.start()
    number = ask(store, own_filter, "first")
    own_filter.wait_for(lambda: len(box.mails) == 1, "a mail")
    told = box.messages[0]
    assert str(told["Subject"]) == f"We have your request R-{1000 + number}"
    assert "blocked.test" in told.get_content()

    portal = own_filter.child_pid("portal")
    os.kill(portal, signal.SIGSTOP)
    ask(store, own_filter, "second")
    os.kill(portal, signal.SIGKILL)
    own_filter.wait_for(lambda: len(box.mails) == 2, "another mail")

    reply = EmailMessage()
    reply["Message-ID"] = "<1@there.example>"
    reply.set_content("It is for the film club.\n\n> We have your request")
    own_filter.wait_for(lambda: is_open(port), "where replies come in")
    with smtplib.SMTP("127.0.0.1", port, local_hostname="there.example") as smtp:
        smtp.sendmail("pupil@hillside.example", [str(told["Reply-To"])], reply.as_bytes(policy=SMTP))
    dossier = store.dossier(number)
    assert dossier is not None
    said = [one.note for one in dossier.timeline if one.what is Happening.SAID_BY_MAIL]
    assert said == ["It is for the film club."]
    with urllib.request.urlopen(f"http://127.0.0.1:{own_filter.metrics_port}/metrics") as answer:
        figures = answer.read().decode()
    assert re.search(r'saywhy_messages_total\{channel="mail",outcome="sent"\} [12]', figures), figures
    assert 'saywhy_mail_replies_total{outcome="kept"} 1' in figures


def test_settings_that_are_wrong_stop_nothing(own_filter: FilterProcess) -> None:
    own_filter.state.mkdir(exist_ok=True)
    (own_filter.state / "telling.yaml").write_text("portal: nowhere\n")
    own_filter.start()
    own_filter.wait_for(lambda: "telling.yaml:1:9" in own_filter.output, "what is wrong")
    assert own_filter.process.poll() is None
