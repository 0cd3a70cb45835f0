"""What is kept of a reply, as mail programs write them."""

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.notify.mail import ABOVE_THIS_LINE
from saywhy.notify.reply_text import LONGEST, NothingSaid, read_reply

SAID = "Is Friday enough?"


def plain(text: str) -> bytes:
    message = EmailMessage()
    message["Message-ID"] = "<1@there.example>"
    message.set_content(text)
    return message.as_bytes()


def html(markup: str) -> bytes:
    message = EmailMessage()
    message.set_content(markup, subtype="html")
    return message.as_bytes()


def kept(content: bytes) -> str:
    said = read_reply(content)
    assert said is not None
    return said.text


@pytest.mark.parametrize(
    "below",
    [
        "> Hello,\n> a request waits",
        f"{ABOVE_THIS_LINE}\n\nHello,",
        f"> {ABOVE_THIS_LINE}\nHello,",
        "On Mon, 23 Nov 2026 at 10:00, Saywhy, Hillside School <saywhy@hillside.example> wrote:\n\nHello,",
        "On Mon, 23 Nov 2026 at 10:00, Saywhy, Hillside School\n<saywhy@hillside.example> wrote:\n\nHello,",
        "Am 23.11.2026 um 10:00 schrieb Saywhy:\n\nHello,",
        "Le lun. 23 nov. 2026 à 10:00, Saywhy a écrit :\n\nHello,",
        "-----Original Message-----\nFrom: Saywhy",
        "________________________________\nFrom: Saywhy",
        "From: Saywhy <saywhy@hillside.example>\nSent: Monday\nTo: Office\nSubject: R-1001",
        "-- \nThe office\n01632 960000",
        "Sent from my phone",
    ],
)
def test_what_is_quoted_and_signed_is_left_away(below: str) -> None:
    assert kept(plain(f"{SAID}\n\n{below}")) == SAID


def test_an_answer_below_what_it_quotes_is_kept() -> None:
    assert kept(plain(f"> Which lesson is it for?\n\n{SAID}")) == SAID


def test_words_that_only_look_like_a_quotation_are_kept() -> None:
    text = "On Friday we need it for the club.\nFrom: here it works, from home it does not."
    assert kept(plain(text)) == text


def test_mail_without_plain_text_is_read_from_its_markup() -> None:
    markup = (
        "<html><head><title>no</title><style>p {}</style></head><body><p>Is <b>Friday</b> enough?</p>"
        "<script>alert(1)</script><div class='gmail_quote'><div>On Monday</div><div>Saywhy wrote</div></div>"
        "<blockquote>Hello,</blockquote></body></html>"
    )
    assert kept(html(markup)) == SAID
    assert kept(html("<p>1 &lt; 2 &amp; so on</p><p>two</p>")).split() == ["1", "<", "2", "&", "so", "on", "two"]


def test_plain_text_goes_before_markup_and_attachments_are_dropped_and_told() -> None:
    message = EmailMessage()
    message.set_content(SAID)
    message.add_alternative("<p>Something else</p>", subtype="html")
    message.add_attachment(b"MZ", maintype="application", subtype="octet-stream", filename="virus.exe")
    assert kept(message.as_bytes()) == f"{SAID}\n(An attachment was taken off.)"
    message.add_attachment("text", filename="notes.txt")
    assert kept(message.as_bytes()) == f"{SAID}\n(2 attachments were taken off.)"


def test_a_long_reply_is_cut_and_says_so() -> None:
    text = kept(plain("word " * 2000))
    assert len(text) < LONGEST + 50
    assert text.endswith("… (cut: it was longer)")


def test_marks_that_nobody_sees_are_left_away() -> None:
    assert kept(plain("Is \u202eFriday\u200b enough?\x07")) == SAID


@pytest.mark.parametrize("text", ["", "> quoted", "-- \nThe office", "\n\n \n", f"{ABOVE_THIS_LINE}\n{SAID}"])
def test_nothing_said_is_told(text: str) -> None:
    with pytest.raises(NothingSaid, match="no text"):
        read_reply(plain(text))


def test_a_charset_that_does_not_exist_loses_nothing() -> None:
    assert kept(b"Content-Type: text/plain; charset=martian\r\n\r\nIs Friday enough?\r\n") == SAID
    assert kept(b"Content-Type: text/plain; charset=utf-8\r\n\r\nIs Friday \xff enough?\r\n").startswith("Is Friday")


def test_parts_within_parts_are_no_way_to_stop_it() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000))
    with pytest.raises(NothingSaid):
        read_reply(deep + b"\r\n\r\nhello")


@given(st.binary(max_size=500), st.sampled_from([b"", b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n", b"Content-Type: text/html\r\n\r\n"]))  # fmt: skip
def test_whatever_comes_is_words_or_a_refusal(content: bytes, before: bytes) -> None:
    try:
        said = read_reply(before + content)
    except NothingSaid:
        return
    assert said is None or (0 < len(said.text) < LONGEST + 100 and said.text.strip() == said.text)
