"""Replies by real SMTP and LMTP: they reach their request, and decide nothing."""

import smtplib
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial

import pytest

from saywhy.exceptions.mail_address import MailAddress
from saywhy.exceptions.request import ExceptionRequest, Happening
from saywhy.exceptions.state import State
from saywhy.notify.listener import Listener
from saywhy.notify.recipient import AccountBox, Asker, Mailbox, RoleBox
from saywhy.notify.replies import ReplyTaker
from saywhy.notify.reply_address import BadReplyAddress, ReplyAddresses, ReplyTo
from saywhy.notify.settings import Listening, Telling
from tests.exceptions.conftest import IT, NOW, hire, submission
from tests.notify.conftest import KEY, OFFICE, MailBox, World, telling_by, text_of

DOMAIN = "reply.hillside.example"
BOX = RoleBox("it", OFFICE)


@pytest.fixture
def listening(world: World) -> Iterator[Callable[..., Listener]]:
    """Starts listeners on ports that are free."""
    running: list[Listener] = []

    def start(*, lmtp: bool = False, now: datetime | None = None) -> Listener:
        telling = world.telling or telling_by(1)
        assert isinstance(telling, Telling)
        taker = ReplyTaker(world.store, telling, KEY, lambda: now or world.now)
        listener = Listener(Listening("127.0.0.1", 0, lmtp), taker, world.figures.reply)
        listener.start()
        running.append(listener)
        return listener

    yield start
    for one in running:
        one.stop()


def address(request: ExceptionRequest, to: Mailbox = BOX, now: datetime = NOW) -> str:
    return ReplyAddresses(KEY, DOMAIN).make(ReplyTo(request.id, to), now)


def a_reply(text: str = "Is Friday enough?", **headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in {"From": "office@hillside.example", "Message_ID": "<1@there.example>", **headers}.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def send(port: int, to: str, message: EmailMessage, client: type[smtplib.SMTP] = smtplib.SMTP) -> None:
    with client("127.0.0.1", port, local_hostname="there.example") as smtp:
        smtp.sendmail("office@hillside.example", [to], message.as_bytes(policy=SMTP))


def said(world: World, request: ExceptionRequest) -> list[tuple[str, str]]:
    dossier = world.store.dossier(request.id)
    assert dossier is not None
    return [(one.by, one.note) for one in dossier.timeline if one.what is Happening.SAID_BY_MAIL]


@pytest.mark.parametrize(("lmtp", "client"), [(False, smtplib.SMTP), (True, smtplib.LMTP)])
def test_a_reply_stands_with_its_request_and_decides_nothing(
    world: World, listening: Callable[..., Listener], lmtp: bool, client: type[smtplib.SMTP]
) -> None:
    asked = world.ask()
    port = listening(lmtp=lmtp).port
    send(port, address(asked).upper().replace(DOMAIN.upper(), DOMAIN), a_reply("Approve. Yes. OK."), client)
    send(port, address(asked), a_reply("Approve. Yes. OK."), client)  # the same one again counts once
    assert said(world, asked) == [("the mail box of it", "Approve. Yes. OK.")]
    now = world.store.request(asked.id)
    assert now is not None
    assert now.state is State.OPEN
    assert world.figures.counted == [("reply", "kept"), ("reply", "known")]


def test_from_the_mail_to_the_answer_and_on_to_those_who_decide(
    world: World, mail_server: Callable[..., MailBox], listening: Callable[..., Listener]
) -> None:
    box = mail_server()
    world.telling = telling_by(box.port)
    asked = world.ask(replace(submission(), mail=MailAddress("pupil", "hillside.example")))
    world.after(seconds=31)
    world.tell()
    to_pupil = next(one for one in box.messages if "pupil" in str(one["To"]))
    assert "reaches those who decide" in text_of(to_pupil)
    send(
        listening().port,
        str(to_pupil["Reply-To"]),
        a_reply("It is for chess club.\n\nOn Monday, Saywhy wrote:\n> Hello"),
    )
    assert said(world, asked) == [("", "It is for chess club.")]
    world.after(minutes=15)
    world.tell()
    assert str(box.messages[-1]["Subject"]) == f"The person who asked has written about {asked.number}"
    to_office = box.messages[-1]
    assert str(to_office["To"]) == "office@hillside.example"
    assert "decides nothing" in " ".join(text_of(to_office).split())
    assert "chess club" not in to_office.as_string()


def test_a_reply_to_a_question_is_its_answer(world: World, listening: Callable[..., Listener]) -> None:
    asked = world.ask(replace(submission(), mail=MailAddress("pupil", "hillside.example")))
    pupil = Asker(MailAddress("pupil", "hillside.example"))
    assert world.engine is not None
    world.telling = telling_by(1)
    hire(world.store, IT)
    world.store.ask_back(asked.id, world.engine, IT, "For which lesson is it?", world.now)
    port = listening().port
    send(port, address(asked), a_reply("It is for the club.", Message_ID="<2@there.example>"))
    assert state_of(world, asked) is State.QUESTION, "those who decide do not answer their own question"
    send(port, address(asked, pupil), a_reply("It is for the chess club."))
    assert state_of(world, asked) is State.OPEN
    send(port, address(asked, pupil), a_reply("It is for the chess club."))  # the same one again counts once
    dossier = world.store.dossier(asked.id)
    assert dossier is not None
    answers = [one.note for one in dossier.timeline if one.what is Happening.ANSWERED]
    assert answers == ["It is for the chess club."]
    assert world.store.check_trail().faults == ()


def state_of(world: World, asked: ExceptionRequest) -> State:
    now = world.store.request(asked.id)
    assert now is not None
    return now.state


def refused(port: int, to: str, message: EmailMessage) -> tuple[int, str]:
    """What the listener answers, to the recipient or to the message."""
    with smtplib.SMTP("127.0.0.1", port, local_hostname="there.example") as smtp:
        smtp.ehlo()
        smtp.mail("office@hillside.example")
        code, words = smtp.rcpt(to)
        if code == 250:
            code, words = smtp.data(message.as_bytes(policy=SMTP))
        return code, words.decode()


def test_other_addresses_are_refused_before_anything_is_sent(world: World, listening: Callable[..., Listener]) -> None:
    asked, other = world.ask(form="1"), world.ask(form="2")
    port = listening().port
    token = address(asked).partition("@")[0]
    flipped = token[:-3] + ("a" if token[-3] != "a" else "b") + token[-2:]
    for wrong in (
        "office@hillside.example",
        "request+@" + DOMAIN,
        f"{token}@elsewhere.example",
        f"{flipped}@{DOMAIN}",
        address(asked, RoleBox("it", MailAddress("gone", "hillside.example"))),
        address(asked, AccountBox("nobody")),
        ReplyAddresses(b"x" * 32, DOMAIN).make(ReplyTo(asked.id, BOX), NOW),
        address(replace(asked, id=other.id + 7)),
    ):
        code, words = refused(port, wrong, a_reply())
        assert code == 550, wrong
        assert "address" in words
    assert said(world, asked) == said(world, other) == []


def test_an_address_ends(world: World, listening: Callable[..., Listener]) -> None:
    asked = world.ask()
    made = address(asked)
    assert refused(listening(now=NOW + timedelta(days=30)).port, made, a_reply())[0] == 250
    code, words = refused(listening(now=NOW + timedelta(days=32)).port, made, a_reply())
    assert code == 550
    assert "has ended" in words


def but(to: Mailbox, _request: int) -> list[Mailbox]:
    """Everybody else."""
    known: list[Mailbox] = [AccountBox("kim"), AccountBox("kim", asked=True), BOX, Asker(OFFICE)]
    return [one for one in known if one != to]


def test_an_address_is_for_one_recipient_and_one_part(world: World) -> None:
    asked = world.ask()
    kim, asker = AccountBox("kim"), AccountBox("kim", asked=True)
    addresses = ReplyAddresses(KEY, DOMAIN)
    for to in (kim, asker, BOX, Asker(OFFICE)):
        made = address(asked, to)
        assert len(made.partition("@")[0]) <= 64
        assert addresses.read(made, NOW, lambda _: [kim, asker, BOX, Asker(OFFICE)]) == ReplyTo(asked.id, to)
        with pytest.raises(BadReplyAddress):
            addresses.read(made, NOW, partial(but, to))


def test_an_account_that_lost_its_roles_says_nothing_more(world: World, listening: Callable[..., Listener]) -> None:
    world.store.accounts.add_account("kim", ["it"])
    world.store.accounts.change_mail("kim", MailAddress("kim", "hillside.example"))
    asked = world.ask()
    made = address(asked, AccountBox("kim"))
    port = listening().port
    assert refused(port, made, a_reply())[0] == 250
    world.store.accounts.change_roles("kim", [])
    assert refused(port, made, a_reply("More.", Message_ID="<2@there.example>"))[0] == 550
    assert said(world, asked) == [("kim", "Is Friday enough?")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<all.hillside.example>"},
        {"X_Autoreply": "yes"},
    ],
)
def test_a_machine_is_taken_and_not_heard(
    world: World, listening: Callable[..., Listener], headers: dict[str, str]
) -> None:
    asked = world.ask()
    assert refused(listening().port, address(asked), a_reply(**headers))[0] == 250
    assert said(world, asked) == []
    assert world.figures.counted == [("reply", "ignored")]


def test_nothing_said_and_too_much_are_refused_with_words(world: World, listening: Callable[..., Listener]) -> None:
    asked = world.ask()
    port = listening().port
    code, words = refused(port, address(asked), a_reply("> only what was quoted"))
    assert (code, "no text" in words) == (554, True)
    with smtplib.SMTP("127.0.0.1", port, local_hostname="there.example") as smtp:
        smtp.ehlo()
        assert smtp.mail("office@hillside.example", ["SIZE=20000000"])[0] == 552
    huge = a_reply()
    huge.add_attachment(b"z" * 2_000_000, maintype="image", subtype="png", filename="z.png")
    assert refused(port, address(asked), huge)[0] == 552
    assert said(world, asked) == []


def test_recipients_come_one_at_a_time(world: World, listening: Callable[..., Listener]) -> None:
    asked = world.ask()
    with smtplib.SMTP("127.0.0.1", listening().port, local_hostname="there.example") as smtp:
        smtp.ehlo()
        smtp.mail("office@hillside.example")
        assert smtp.rcpt(address(asked))[0] == 250
        assert smtp.rcpt(address(asked))[0] == 452


def test_a_flood_is_put_off(world: World, listening: Callable[..., Listener]) -> None:
    asked = world.ask()
    port = listening().port
    codes = set()
    for _ in range(4):
        with smtplib.SMTP("127.0.0.1", port, local_hostname="there.example") as smtp:
            smtp.ehlo()
            for _ in range(40):
                smtp.mail("office@hillside.example")
                codes.add(smtp.rcpt(f"request+guess@{DOMAIN}")[0])
                smtp.rset()
    assert codes == {550, 451}
    assert refused(port, address(asked), a_reply())[0] == 451
    world.after(minutes=1)
    assert refused(port, address(asked), a_reply())[0] == 250


def test_more_than_fifty_connections_wait_elsewhere(world: World, listening: Callable[..., Listener]) -> None:
    port = listening().port
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
    try:
        for one in held:
            assert one.recv(100).startswith(b"220")
        with closing(socket.create_connection(("127.0.0.1", port))) as late:
            assert late.recv(100).startswith(b"421")
    finally:
        for one in held:
            one.close()


def test_a_store_that_is_gone_is_no_refusal(world: World, listening: Callable[..., Listener], url: str) -> None:
    import sqlite3

    asked = world.ask()
    made, port = address(asked), listening().port
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as holding:
        holding.execute("BEGIN EXCLUSIVE")
        code, _ = refused(port, made, a_reply())
    assert code == 451
    assert refused(port, made, a_reply())[0] == 250
