"""The outbox on both databases: what happened is there with the change or not at all, and each step is one transaction."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions.forgetting import Person
from saywhy.exceptions.mail_address import MailAddress
from saywhy.exceptions.outbox import Delivery, News, Notice, TooManyReplies, Waiting
from saywhy.exceptions.request import Happening
from saywhy.exceptions.state import State
from saywhy.exceptions.store import Store
from saywhy.exceptions.weighing import NotEntitled
from tests.exceptions.conftest import NOW, TEACHER, THIS_SITE_TODAY, say_yes, submission

KIM = "mail:account:kim"
SOON, BETWEEN = timedelta(seconds=30), timedelta(minutes=15)


def to_kim(news: News) -> list[Notice]:
    return [Notice(KIM, news.what, gathered=True)]


def composed(_id: str, _to: str, waiting: list[Waiting]) -> str:
    return ", ".join(one.kind for one in waiting)


def gather(store: Store, at: datetime) -> int:
    return store.outbox.gather(at, SOON, BETWEEN, lambda id_, to, told: composed(id_, to, list(told)))


def take(store: Store, at: datetime) -> Delivery | None:
    return store.outbox.take(at, lambda tries: at + timedelta(minutes=tries), "mail")


def test_what_happened_is_told_in_its_order_with_the_state_after_it(store: Store, engine: Engine) -> None:
    mail = MailAddress("pupil", "hillside.example")
    asked = store.submit(engine, replace(submission(), mail=mail), "a", NOW)
    say_yes(store, engine, asked.id, THIS_SITE_TODAY)
    seen: list[News] = []

    def look(news: News) -> list[Notice]:
        seen.append(news)
        return []

    assert store.outbox.spread(look) >= 2
    told = [(one.what, one.state, one.by) for one in seen]
    assert told == [
        ("submitted", State.OPEN, ""),
        ("approved", State.AWAITING_SIGN_OFF, "it"),
        ("signed-off", State.GRANTED, "second"),
    ]
    assert {one.mail for one in seen} == {mail}
    assert store.outbox.spread(look) == 0


def test_a_change_that_fails_tells_nothing(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    store.outbox.drop()
    with pytest.raises(NotEntitled):
        store.refuse(asked.id, engine, TEACHER, "It is not for lessons at all.", NOW)
    assert store.outbox.spread(to_kim) == 0


def test_an_audience_that_fails_leaves_everything_where_it_was(store: Store, engine: Engine) -> None:
    store.submit(engine, submission(), "a", NOW)

    def fails(_news: News) -> list[Notice]:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        store.outbox.spread(fails)
    assert store.outbox.spread(to_kim) == 1


def test_a_message_is_handed_out_once_and_again_after_its_time(store: Store, engine: Engine) -> None:
    store.submit(engine, submission(), "a", NOW)
    store.outbox.spread(to_kim)
    assert gather(store, NOW) == 0
    later = NOW + SOON
    assert gather(store, later) == 1
    first = take(store, later)
    assert first is not None
    assert (first.recipient, first.body, first.attempt) == (KIM, "submitted", 1)
    assert take(store, later) is None
    again = take(store, later + timedelta(minutes=1))
    assert again is not None
    assert (again.id, again.body, again.attempt) == (first.id, first.body, 2)
    store.outbox.sent(again)
    assert take(store, later + timedelta(days=1)) is None
    assert store.outbox.waiting() == 0


def test_two_who_take_at_once_get_it_once(store: Store, engine: Engine) -> None:
    for number in range(4):
        store.submit(engine, submission(), f"form {number}", NOW)
    store.outbox.spread(lambda news: [Notice(f"mail:account:k{news.request.id}", news.what, gathered=False)])
    assert gather(store, NOW) == 4
    taken: list[str] = []

    def take_all() -> None:
        while (one := take(store, NOW)) is not None:
            taken.append(one.id)

    threads = [threading.Thread(target=take_all) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(taken) == len(set(taken)) == 4


def test_a_clock_that_was_set_back_keeps_nobody_waiting(store: Store, engine: Engine) -> None:
    store.submit(engine, submission(), "a", NOW)
    store.outbox.spread(to_kim)
    gather(store, NOW + timedelta(days=300))
    store.submit(engine, submission(), "b", NOW)
    store.outbox.spread(to_kim)
    assert gather(store, NOW + SOON) == 1


def test_a_reply_stands_on_the_timeline_once_and_so_many_an_hour(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    assert store.outbox.reply(asked.id, "", "We need it on Friday.", "<1@x.example>", NOW)
    assert not store.outbox.reply(asked.id, "", "We need it on Friday.", "<1@x.example>", NOW)
    dossier = store.dossier(asked.id)
    assert dossier is not None
    said = [one for one in dossier.timeline if one.what is Happening.SAID_BY_MAIL]
    assert [(one.by, one.note) for one in said] == [("", "We need it on Friday.")]
    for number in range(2, 21):
        store.outbox.reply(asked.id, "", "More.", f"<{number}@x.example>", NOW)
    with pytest.raises(TooManyReplies):
        store.outbox.reply(asked.id, "", "More.", "<21@x.example>", NOW)
    assert store.outbox.reply(asked.id, "", "More.", "<21@x.example>", NOW + timedelta(hours=1))
    with pytest.raises(LookupError):
        store.outbox.reply(asked.id + 1, "", "More.", "<1@x.example>", NOW)


def test_what_is_erased_is_told_to_nobody(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    store.outbox.spread(to_kim)
    store.outbox.reply(asked.id, "", "We need it on Friday.", "<1@x.example>", NOW)
    store.erase(Person(receipt=asked.receipt), "it", NOW)
    assert store.outbox.spread(to_kim) == 0
    assert gather(store, NOW + SOON) == 0


def test_what_waits_for_days_is_let_go_of(store: Store, engine: Engine) -> None:
    store.submit(engine, submission(), "a", NOW)
    assert store.outbox.forget(NOW + timedelta(days=3)) == 0
    assert store.outbox.forget(NOW + timedelta(days=5)) == 1
    assert store.outbox.spread(to_kim) == 0


def test_addresses_of_accounts_are_kept_and_changed(store: Store) -> None:
    store.accounts.add_account("kim", ["it"])
    store.accounts.add_account("sam", [])
    store.accounts.change_mail("kim", MailAddress("kim", "hillside.example"))
    assert {one.name: mail.text for one, mail in store.accounts.addresses().items()} == {"kim": "kim@hillside.example"}
    store.accounts.change_mail("kim", None)
    assert store.accounts.addresses() == {}
