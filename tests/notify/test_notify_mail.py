"""A mail's headers and text, whatever stands in a site's name, a school's or a pupil's words."""

from email import message_from_string
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.exceptions.mail_address import MailAddress, MailAddressError
from saywhy.notify.audience import Kind
from saywhy.notify.letter import Letter, Told, in_groups, one_line
from saywhy.notify.mail import ABOVE_THIS_LINE, Envelope, mail_of, read_mail, trial_mail
from tests.exceptions.conftest import NOW
from tests.notify.conftest import OFFICE, PORTAL, SENDER

REPLY_TO = "request+abc@reply.hillside.example"
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Reply-To", "Auto-Submitted", "X-Auto-Response-Suppress"]


def a_told(number: int = 1, host: str = "games.example", words: tuple[str, ...] = (), kind: Kind = Kind.NEW) -> Told:
    named = f"R-{1000 + number}"
    return Told(kind, number, named, host, f"{PORTAL}/requests/{number}", f"{named} is waiting for your answer", words)


def an_envelope(school: str = "Hillside School", reply_to: str = REPLY_TO) -> Envelope:
    return Envelope("0123456789ab", SENDER, school, OFFICE, NOW, reply_to)


def test_a_mail_says_whose_it_is_and_that_a_machine_wrote_it() -> None:
    body = mail_of(Letter("R-1001 is waiting for your answer", (a_told(),), 0, for_deciders=True), an_envelope())
    message, sender, to = read_mail(body)
    assert (sender, to) == (SENDER, OFFICE)
    assert {name: str(message[name]) for name in HEADERS} == {
        "From": '"Saywhy, Hillside School" <saywhy@hillside.example>',
        "To": "office@hillside.example",
        "Subject": "R-1001 is waiting for your answer",
        "Date": "Mon, 23 Nov 2026 10:00:00 +0000",
        "Message-ID": "<0123456789ab@hillside.example>",
        "Reply-To": REPLY_TO,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    assert message.get_content_type() == "text/plain"
    assert str(message.get_content()).startswith(ABOVE_THIS_LINE)


@given(
    school=st.text(max_size=200), subject=st.text(max_size=200), host=st.text(max_size=100), words=st.text(max_size=300)
)
def test_nothing_makes_a_header_or_a_recipient_of_itself(school: str, subject: str, host: str, words: str) -> None:
    letter = Letter(subject, (a_told(host=one_line(host), words=(one_line(words),)),), 0, for_deciders=True)
    body = mail_of(letter, an_envelope(school))
    message = message_from_string(body, policy=default)
    assert sorted(set(message.keys()) - {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}) == sorted(
        HEADERS
    )
    assert len(message.keys()) == len(set(message.keys()))
    assert [one.addr_spec for one in message["To"].addresses] == [OFFICE.text]
    assert [one.addr_spec for one in message["From"].addresses] == [SENDER.text]
    assert message.defects == []
    assert body.isascii()
    assert all(len(line) <= 998 for line in body.split("\r\n"))


@pytest.mark.parametrize(
    "said", ["x\r\nBcc: all@hillside.example", "x\nBcc: a@b.example", "x\r\n\r\nHello", "x\u2028Bcc: y"]
)
def test_line_breaks_in_names_stay_in_their_line(said: str) -> None:
    body = mail_of(Letter(said, (a_told(),), 0, for_deciders=True), an_envelope(said))
    message = message_from_string(body, policy=default)
    assert "Bcc" not in message
    assert str(message["Subject"]).startswith("x")


@given(st.text(max_size=80))
def test_an_address_is_one_address_or_none(text: str) -> None:
    try:
        address = MailAddress.parse(text)
    except MailAddressError as error:
        said = str(error)
    else:
        check_address(address)
        return
    assert said


def check_address(address: MailAddress) -> None:
    assert address.text.isascii()
    assert not set(address.text) & set(' \r\n\t,;:<>()[]\\"')
    assert MailAddress.parse(address.text) == address


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Office@Hillside.Example", "Office@hillside.example"),
        ("büro@hillside.example", None),
        ("office@schüle.example", "office@xn--schle-mva.example"),
        ("o.f+tag@hillside.example.", "o.f+tag@hillside.example"),
        ("office@hillside.example\r\nBcc: a@b.example", None),
        ("office@hill\nside.example", None),
        ("a@b.example,c@d.example", None),
        ("office", None),
        ("office@", None),
        ("@hillside.example", None),
        ("office@localhost", None),
        ("office@127.0.0.1", None),
        ("office@[127.0.0.1]", None),
        ("a" * 65 + "@hillside.example", None),
        ("<office@hillside.example>", None),
        (".office@hillside.example", None),
    ],
)
def test_addresses_as_people_write_them(written: str, address: str | None) -> None:
    if address is None:
        with pytest.raises(MailAddressError):
            MailAddress.parse(written)
    else:
        assert MailAddress.parse(written).text == address


def test_what_says_the_same_of_the_same_site_stands_together() -> None:
    told = [*(a_told(number) for number in range(1, 9)), a_told(9, "films.example")]
    letter = Letter("9 requests are waiting for your answer", tuple(told), 0, for_deciders=True)
    assert [says for says, _ in in_groups(letter.told)] == [
        "8 requests are waiting for your answer (R-1001, R-1002, R-1003, R-1004, R-1005 and 3 more)",
        "R-1009 is waiting for your answer",
    ]
    text = str(read_mail(mail_of(letter, an_envelope(reply_to="")))[0].get_content())
    assert "and 3 more in the list" in text
    assert "reaches nobody who decides" in " ".join(text.split())
    assert ABOVE_THIS_LINE not in text


def test_mail_can_be_tried() -> None:
    message, _, to = read_mail(trial_mail(an_envelope(reply_to="")))
    assert (to, str(message["Subject"])) == (OFFICE, "Saywhy: test message")
