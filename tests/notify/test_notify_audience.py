"""Who is told what: a table of happenings."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_string
from email.policy import default

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions.mail_address import MailAddress
from saywhy.exceptions.outbox import News, Notice, Waiting
from saywhy.exceptions.request import Account, ExceptionRequest, Joined
from saywhy.exceptions.state import State
from saywhy.notify.audience import audience
from saywhy.notify.composing import Composing
from saywhy.notify.letter import letter_of
from saywhy.notify.recipient import recipient_from
from saywhy.notify.settings import Box, Telling
from tests.exceptions.conftest import NOW, refusal, school, submission
from tests.notify.conftest import KEY, OFFICE, PORTAL, telling_by, text_of

KIM, LEAD, PUPIL = (MailAddress(name, "hillside.example") for name in ("kim", "lead", "pupil"))
ADDRESSES = {Account("kim", frozenset({"it"})): KIM, Account("lead", frozenset({"safeguarding"})): LEAD}
TELLING = telling_by(25, roles={"it": Box((OFFICE, KIM))})

IT = {"mail:account:kim", f"mail:role:it:{OFFICE}"}
SECOND = {"mail:account:lead"}
ASKER = {f"mail:form:{PUPIL}"}


@pytest.fixture
def engine(tmp_path: object) -> Engine:
    from pathlib import Path

    return school(Path(str(tmp_path)) / "policies")


def news(what: str, state: State = State.OPEN, by: str = "", asked_by: str = "", refused_by: str = "") -> News:
    made = submission(refusal("chat.example", rule="chat"))
    asked = ExceptionRequest(1, "receipt", "", "", "", made.until, made.refusal, NOW, state, asked_by)
    asked = replace(asked, refused_by=refused_by, appealed_at=NOW if refused_by else None)
    return News(asked, what, state, by, NOW, PUPIL)


def told(engine: Engine, about: News, telling: Telling = TELLING) -> dict[str, set[str]]:
    """The recipients, by what they are told."""
    found: dict[str, set[str]] = {}
    for one in audience(about, engine, telling, ADDRESSES):
        found.setdefault(one.kind, set()).add(one.recipient)
    return found


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        (news("submitted"), {"new": IT, "received": ASKER}),
        (news("approved", State.AWAITING_SIGN_OFF, "kim"), {"second": SECOND}),
        (news("approved", State.GRANTED, "kim"), {"answered": ASKER}),
        (news("signed-off", State.GRANTED, "lead"), {"answered": ASKER}),
        (news("refused", State.REFUSED, "kim"), {"answered": ASKER}),
        (news("lapsed", State.LAPSED, "kim"), {"answered": ASKER}),
        (news("revoked", State.GRANTED, "kim"), {"ended-early": ASKER}),
        (news("withdrawn", State.WITHDRAWN), {}),
        (news("said-by-mail"), {"said": IT}),
        (news("said-by-mail", State.AWAITING_SIGN_OFF), {"said": SECOND}),
        (news("said-by-mail", by="kim"), {}),
        (news("changed", State.AWAITING_SIGN_OFF, "kim"), {"second": SECOND}),
        (news("signed-off", State.AWAITING_SIGN_OFF, "kim"), {"second": SECOND}),
        (news("voided"), {"new": IT}),
        (news("appealed", State.APPEALED, refused_by="kim"), {"appealed": {f"mail:role:it:{OFFICE}"} | SECOND}),
        (news("voided", State.APPEALED, refused_by="kim"), {"appealed": {f"mail:role:it:{OFFICE}"} | SECOND}),
        (news("half-time"), {"half-time": IT}),
        (news("overdue"), {}),
        (news("asked-back", State.QUESTION, by="kim"), {"question": ASKER}),
        (news("answered"), {"said": IT}),
        (news("something new"), {}),
    ],
)
def test_who_is_told_what(engine: Engine, about: News, expected: dict[str, set[str]]) -> None:
    assert told(engine, about) == expected


def test_whoever_joined_hears_the_answer_as_well(engine: Engine) -> None:
    about = replace(news("refused", State.REFUSED, "kim"), joined=("lead", "gone"))
    assert told(engine, about) == {"answered": {*ASKER, "mail:asker:lead"}}


def test_whoever_joined_gets_a_link_to_their_own_receipt_and_is_not_asked_to_decide(engine: Engine) -> None:
    about = news("submitted", asked_by="kim")
    joined = (Joined("lead", None, "the lead's", left=False), Joined("gone", None, "gone's", left=True))
    asked = replace(about.request, joined=joined)
    composing = Composing(TELLING, "Hillside School", ADDRESSES, KEY, NOW)
    waiting = [Waiting("answered", asked, NOW)]
    theirs = composing.body("0123456789ab", "mail:asker:lead", waiting)
    assert theirs is not None
    assert f"{PORTAL}/receipt/the lead's" in text_of(message_from_string(theirs, policy=default))
    own = composing.body("0123456789ab", "mail:asker:kim", waiting)
    assert own is not None
    assert f"{PORTAL}/receipt/receipt" in text_of(message_from_string(own, policy=default))
    left = replace(asked, joined=(Joined("lead", None, "the lead's", left=True),))
    assert composing.body("0123456789ab", "mail:asker:lead", [Waiting("answered", left, NOW)]) is None
    second = news("approved", State.AWAITING_SIGN_OFF, "kim")
    assert told(engine, replace(second, request=replace(second.request, joined=joined))) == {}


def test_half_the_time_is_over_for_deputies_as_well(engine: Engine) -> None:
    roles = {**engine.policy.roles, "it": replace(engine.policy.roles["it"], deputy="safeguarding")}
    with_deputy = Engine(replace(engine.written, roles=roles))
    about = news("half-time")
    late = replace(about, at=NOW + timedelta(days=1), request=replace(about.request, submitted_at=NOW))
    assert told(with_deputy, late) == {"half-time": IT | SECOND}
    assert told(with_deputy, about) == {"half-time": IT}


def test_nobody_decides_on_what_they_asked_and_is_told_so(engine: Engine) -> None:
    found = told(engine, news("submitted", asked_by="kim"))
    assert found == {"new": {f"mail:role:it:{OFFICE}"}, "received": {"mail:asker:kim"}}
    assert told(engine, news("said-by-mail", by="kim", asked_by="kim"))["said"] == {f"mail:role:it:{OFFICE}"}


def test_where_nobody_decides_any_more_the_rules_owner_is_told(engine: Engine) -> None:
    about = news("submitted")
    gone = replace(about, request=replace(about.request, refusal=refusal("bets.example", rule="betting")))
    assert told(engine, gone)["new"] == IT


def test_without_a_mail_server_webhooks_are_told_alone(engine: Engine) -> None:
    telling = replace(TELLING, mail=None, roles={"it": Box((), ("chat",))})
    assert told(engine, news("submitted"), telling) == {"new": {"webhook:chat"}}


@pytest.mark.parametrize(
    "text", [*sorted(IT | SECOND | ASKER), "mail:asker:kim", "webhook:a:b", "mail:role:a:b:o@h.example"]
)
def test_a_recipient_is_read_as_it_was_written(text: str) -> None:
    assert recipient_from(text).text == text


@pytest.mark.parametrize(
    "text", ["", "mail:", "mail:account:", "mail:form:nobody", "fax:12", "webhook:", "mail:role:it:x"]
)
def test_nobody_is_made_of_anything_else(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        recipient_from(text)


def test_what_is_no_longer_so_is_left_away() -> None:
    waits = [Waiting("new", news("", State.GRANTED).request, NOW), Waiting("second", news("").request, NOW)]
    assert letter_of(waits, PORTAL) is None
    closed = letter_of([Waiting("answered", news("", State.LAPSED).request, NOW)], PORTAL)
    assert closed is not None
    assert closed.subject == "Your request R-1001 was closed"
    assert closed.told[0].link == f"{PORTAL}/receipt/receipt"


def test_a_message_to_somebody_who_is_gone_is_not_made() -> None:
    composing = Composing(TELLING, "Hillside School", {}, KEY, NOW)
    waits = [Waiting("new", news("").request, NOW)]
    assert composing.body("id", "mail:account:kim", waits) is None
    assert composing.body("id", "webhook:gone", waits) is None
    assert composing.body("id", "fax:12", waits) is None
    assert composing.body("id", f"mail:role:it:{OFFICE}", waits) is not None


def test_notices_to_deciders_are_gathered_and_those_to_askers_go_at_once(engine: Engine) -> None:
    made = audience(news("submitted"), engine, TELLING, ADDRESSES)
    assert {(one.kind, one.gathered) for one in made} == {("new", True), ("received", False)}
    assert Notice(f"mail:form:{PUPIL}", "received", gathered=False) in made
