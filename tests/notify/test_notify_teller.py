"""People are told: by a real mail server, whatever it does, and after whatever was killed."""

import logging
import socket
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from saywhy.exceptions.mail_address import MailAddress
from saywhy.exceptions.request import Account
from saywhy.exceptions.store import Store
from saywhy.notify.mail import read_mail
from saywhy.notify.recipient import Channel
from saywhy.notify.settings import Box, MailServer, Security
from saywhy.notify.smtp_sending import send_mail
from saywhy.notify.teller import AGAIN, TRIES
from saywhy.notify.unsent import NotReached, Refused, Unsent
from tests.exceptions.conftest import IT, LEAD, THIS_SITE_TODAY, WHY, hire, refusal, say_yes, school, submission
from tests.notify.conftest import OFFICE, SENDER, MailBox, World, only_kim, server_context, telling_by, text_of
from tests.wire.certificates import TestAuthority

type Servers = Callable[..., MailBox]


def subjects(box: MailBox) -> list[str]:
    return [str(one["Subject"]) for one in box.messages]


def test_those_who_decide_are_told_of_a_request_with_the_least(world: World, mail_server: Servers) -> None:
    box = mail_server()
    world.telling = telling_by(box.port)
    asked = world.ask()
    world.after(seconds=31)
    world.tell()
    (mail,) = box.messages
    assert (mail["To"], mail["Subject"]) == ("office@hillside.example", f"{asked.number} is waiting for your answer")
    text = text_of(mail)
    assert "games.example" in text
    assert f"https://why.hillside.example/requests/{asked.id}" in text
    for kept in (asked.wants, asked.because, asked.work, "year7", "Year 7", asked.receipt, "10.30.7.21"):
        assert kept not in mail.as_string()
    assert world.figures.counted == [("mail", "sent")]
    assert world.store.outbox.waiting() == 0


def test_a_class_that_asks_is_one_message_and_the_rest_is_the_next(world: World, mail_server: Servers) -> None:
    box = mail_server()
    world.telling = telling_by(box.port)
    for number in range(30):
        world.ask(form=f"form {number}")
        world.tell()
    world.after(seconds=31)
    world.tell()
    assert subjects(box) == ["30 requests are waiting for your answer"]
    assert "Reply-To" not in box.messages[0]
    assert "games.example" in text_of(box.messages[0])
    for number in range(30, 40):
        world.ask(form=f"form {number}")
    world.after(minutes=14)
    world.tell()
    assert len(box.mails) == 1
    world.after(minutes=1)
    world.tell()
    assert subjects(box)[1:] == ["10 requests are waiting for your answer"]


def test_what_was_answered_before_the_message_was_made_is_not_told(world: World, mail_server: Servers) -> None:
    box = mail_server()
    world.telling = telling_by(box.port)
    first, second = world.ask(form="1"), world.ask(submission(refusal(path="/other")), form="2")
    assert world.engine is not None
    world.store.refuse(first.id, world.engine, IT, "It is not for lessons at all.", world.now)
    world.after(seconds=31)
    world.tell()
    assert subjects(box) == [f"{second.number} is waiting for your answer"]


def test_an_account_is_told_as_one_who_decides_and_as_one_who_asked(world: World, mail_server: Servers) -> None:
    box = mail_server()
    world.telling = telling_by(box.port, roles={})
    for name, roles in (("it", {"it"}), ("kim", {"it"}), ("sam", set[str]())):
        hire(world.store, Account(name, frozenset(roles)))
        world.store.accounts.change_mail(name, MailAddress(name, "hillside.example"))
    asked = world.ask(submission(asked_by="kim"))
    world.after(seconds=31)
    world.tell()
    assert world.engine is not None
    world.store.refuse(asked.id, world.engine, IT, "It is not for lessons at all.", world.now)
    world.tell()
    told = sorted((str(one["To"]), str(one["Subject"])) for one in box.messages)
    assert told == [
        ("it@hillside.example", f"{asked.number} is waiting for your answer"),
        ("kim@hillside.example", f"We have your request {asked.number}"),
        ("kim@hillside.example", f"Your request {asked.number} has been answered"),
    ]
    to_kim = text_of(box.messages[1] if "kim" in str(box.messages[1]["To"]) else box.messages[0])
    assert f"https://why.hillside.example/receipt/{asked.receipt}" in to_kim


def test_the_second_person_is_told_once_the_first_has_said_yes(world: World, mail_server: Servers) -> None:
    box = mail_server()
    lead = MailAddress("lead", "hillside.example")
    world.telling = telling_by(box.port, roles={"it": Box((OFFICE,)), "safeguarding": Box((lead,))})
    asked = world.ask(submission(refusal("chat.example", rule="chat")))
    world.after(seconds=31)
    world.tell()
    assert world.engine is not None
    world.store.approve(asked.id, world.engine, IT, THIS_SITE_TODAY, WHY, world.now)
    world.after(seconds=31)
    world.tell()
    assert [(str(one["To"]), str(one["Subject"])) for one in box.messages] == [
        ("office@hillside.example", f"{asked.number} is waiting for your answer"),
        ("lead@hillside.example", f"{asked.number} is waiting for you to agree"),
    ]
    world.store.sign_off(asked.id, world.engine, LEAD, WHY, world.now)


def test_an_address_from_a_form_is_told_within_the_schools_own_domains_alone(
    world: World, mail_server: Servers
) -> None:
    box = mail_server()
    world.telling = telling_by(box.port, roles={})
    ours, strange = MailAddress("pupil", "hillside.example"), MailAddress("anybody", "elsewhere.example")
    first = world.ask(replace(submission(), mail=ours), "1")
    world.ask(replace(submission(), mail=strange), "2")
    world.tell()
    assert [to for to, _ in box.mails] == [ours.text]
    assert world.engine is not None
    say_yes(world.store, world.engine, first.id, at=world.now)
    (grant,) = world.store.live_grants(world.now)
    world.store.revoke(grant.id, "it", world.now, "It was used for something else.")
    world.tell()
    assert subjects(box)[1:] == [
        f"Your request {first.number} has been answered",
        f"Your access from {first.number} has ended early",
    ]


def test_nobody_is_told_where_nothing_is_set_up_and_it_is_kept_while_the_settings_are_wrong(
    world: World, mail_server: Servers
) -> None:
    world.ask(form="1")
    world.tell()
    box = mail_server()
    world.wrong = "telling.yaml:1:1: something"
    asked = world.ask(form="2")
    world.tell()
    world.telling, world.wrong = telling_by(box.port), ""
    world.after(seconds=31)
    world.tell()
    assert subjects(box) == [f"{asked.number} is waiting for your answer"]


def test_a_server_that_puts_it_off_gets_it_again_under_the_same_id(world: World, mail_server: Servers) -> None:
    box = mail_server()
    box.to_rcpt, box.to_data = ["450 4.2.0 Grey listed"], ["451 4.3.0 Come again"]
    world.telling = telling_by(box.port)
    world.ask()
    world.after(seconds=31)
    world.tell()
    assert (box.mails, world.store.outbox.waiting()) == ([], 1)
    world.after(minutes=1)
    world.tell()
    world.after(minutes=4)
    world.tell()
    assert box.mails == []
    world.after(minutes=1)
    world.tell()
    assert len(box.mails) == 1
    assert world.figures.counted == [("mail", "put-off"), ("mail", "put-off"), ("mail", "sent")]


def test_a_server_that_will_never_take_it_is_not_asked_again(
    world: World, mail_server: Servers, caplog: pytest.LogCaptureFixture
) -> None:
    box = mail_server()
    box.to_rcpt = ["550 5.1.1 Nobody here"]
    world.telling = telling_by(box.port)
    world.ask()
    world.after(seconds=31)
    with caplog.at_level(logging.WARNING):
        world.tell()
    assert world.figures.counted == [("mail", "given-up")]
    assert "given up after one try: the mail server answered 550 5.1.1 Nobody here" in caplog.text
    assert world.store.outbox.waiting() == 0


def test_a_server_that_is_dead_is_tried_for_two_days_and_given_up(
    world: World, mail_server: Servers, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    world.telling = telling_by(port)
    world.ask()
    world.after(seconds=31)
    began = world.now
    for pause in (*AGAIN, timedelta()):
        world.tell()
        assert world.figures.waiting in {0, 1}
        world.now += pause
    assert world.figures.counted == [("mail", "put-off")] * (TRIES - 1) + [("mail", "given-up")]
    assert f"given up after {TRIES} tries" in caplog.text
    assert timedelta(days=1) < world.now - began < timedelta(days=2)
    assert world.store.outbox.waiting() == 0


def test_a_server_that_drips_is_left(world: World) -> None:
    ends = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with closing(connection):
            while not ends.wait(0.05):
                try:
                    connection.sendall(b"2")
                except OSError:
                    return

    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        threading.Thread(target=drip, args=(listening,), daemon=True).start()
        server = MailServer("127.0.0.1", listening.getsockname()[1], Security.NONE, SENDER)
        with pytest.raises(NotReached):
            send_mail(server, a_mail(world), step=5, longest=0.5)
        ends.set()


def a_mail(world: World) -> str:
    """A message that waits to be sent."""
    world.telling = telling_by(1)
    world.ask()
    world.after(seconds=31)
    world.teller.make()
    taken = world.store.outbox.take(world.now, lambda _: world.now, Channel.MAIL.value)
    assert taken is not None
    return taken.body


def test_mail_goes_by_tls_that_is_proven(world: World, mail_server: Servers, authority: TestAuthority) -> None:
    body = a_mail(world)
    good = server_context(authority.leaf("localhost"))
    bad = server_context(authority.leaf("wrongname.test"))
    for how, options in (
        (Security.STARTTLS, {"tls_context": good, "require_starttls": True}),
        (Security.TLS, {"implicit": good}),
    ):
        box = mail_server(**options)
        send_mail(MailServer("localhost", box.port, how, SENDER, roots=authority.path), body)
        assert len(box.mails) == 1
        with pytest.raises(NotReached, match="certificate is not trusted"):
            send_mail(MailServer("localhost", box.port, how, SENDER), body)  # by the system's roots
    box = mail_server(tls_context=bad)
    with pytest.raises(NotReached, match="certificate is not trusted"):
        send_mail(MailServer("localhost", box.port, Security.STARTTLS, SENDER, roots=authority.path), body)
    plain = mail_server()
    with pytest.raises(NotReached):  # never without it
        send_mail(MailServer("localhost", plain.port, Security.STARTTLS, SENDER, roots=authority.path), body)
    assert plain.mails == box.mails == []


def test_the_server_is_told_who_sends_and_a_wrong_password_is_not_the_end(
    world: World, mail_server: Servers, authority: TestAuthority
) -> None:
    body = a_mail(world)
    context = server_context(authority.leaf("localhost"))
    box = mail_server(tls_context=context, auth_required=True, authenticator=only_kim)
    server = MailServer("localhost", box.port, Security.STARTTLS, SENDER, "saywhy", "the password", authority.path)
    send_mail(server, body)
    assert len(box.mails) == 1
    for wrong in (replace(server, password="another"), replace(server, user="", password="")):
        with pytest.raises(Unsent) as refused:
            send_mail(wrong, body)
        assert not isinstance(refused.value, Refused)
        assert "another" not in str(refused.value)


def ask_and_die(url: str, folder: Path, step: str) -> None:
    """For a process of its own, which ends as kill -9 ends one: without a word."""
    import os
    import signal

    store = Store(url)
    world = World(store, school(folder))
    world.telling = telling_by(int(step.partition(" ")[2]))
    world.ask()
    if step.startswith("asked"):
        os.kill(os.getpid(), signal.SIGKILL)
    world.after(seconds=31)
    world.teller.make()
    if step.startswith("made"):
        os.kill(os.getpid(), signal.SIGKILL)
    taken = world.store.outbox.take(world.now, lambda _: world.now + AGAIN[0], Channel.MAIL.value)
    assert taken is not None
    if step.startswith("taken"):
        os.kill(os.getpid(), signal.SIGKILL)
    assert world.telling.mail is not None
    send_mail(world.telling.mail, taken.body)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(("step", "mails"), [("asked", 1), ("made", 1), ("taken", 1), ("sent", 2)])
def test_kill_9_loses_no_message_and_a_doubled_one_has_the_same_id(
    world: World, url: str, tmp_path: Path, mail_server: Servers, step: str, mails: int
) -> None:
    box = mail_server()
    process = get_context("spawn").Process(target=ask_and_die, args=(url, tmp_path / "policies", f"{step} {box.port}"))
    process.start()
    process.join(60)
    assert process.exitcode == -9
    world.telling = telling_by(box.port)
    world.after(seconds=62)
    world.tell()
    world.after(minutes=20)
    world.tell()
    assert len(box.mails) == mails
    assert len({str(one["Message-ID"]) for one in box.messages}) == 1
    assert world.store.outbox.waiting() == 0


def test_what_was_sent_is_not_kept(world: World, url: str, mail_server: Servers) -> None:
    box = mail_server()
    world.telling = telling_by(box.port)
    asked = world.ask()
    world.after(seconds=31)
    world.tell()
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT body, sent FROM deliveries").fetchall() == [("", 1)]
        assert connection.execute("SELECT count(*) FROM notices").fetchone() == (0,)
    connection.close()
    world.after(days=3)
    world.tell()
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT count(*) FROM deliveries").fetchone() == (0,)
    connection.close()
    assert read_mail(box.mails[0][1].decode())[0]["Subject"] == f"{asked.number} is waiting for your answer"
