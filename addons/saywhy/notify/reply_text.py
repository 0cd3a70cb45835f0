"""What somebody said in a mail: its own words, without what it quotes, what is below its signature, markup and attachments.

The cut is a simple one and is made at the first line that begins a quotation in one of the usual ways. Whoever writes below
what they quote loses nothing but the quotation where its lines begin with ">".
"""

import re
import unicodedata
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Final

from saywhy.notify.mail import ABOVE_THIS_LINE

LONGEST: Final = 2000  # characters that are kept
LARGEST: Final = 1024 * 1024  # bytes of a message with all that hangs on it
_MOST_TEXT: Final = 100_000  # characters that are looked through
_MOST_PARTS: Final = 100
_ENDS: Final = (
    re.compile(r"^-- ?$"),  # a signature
    re.compile(r"^_{10,}$|^-{2,} ?(?:Original|Forwarded) Message ?-{2,}$", re.IGNORECASE),
    re.compile(
        r"^(?:On|Am|Le|El|Il|Ar|W dniu) .{6,200}(?:wrote|schrieb|a écrit|escribió|ha scritto|ysgrifennodd|napisał\S*).{0,100}:$"
    ),
    re.compile(r"^Sent from my [\w ]{2,30}$"),
)
_BEGINS_HEADERS: Final = re.compile(r"^\*?From:\*? .+")  # Outlook quotes by repeating the headers
_FOLLOWS: Final = re.compile(r"^\*?(?:Sent|Date|To|Subject):\*? ")
_AUTOMATIC: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_BLOCKS: Final = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "pre", "hr"})
_UNSAID: Final = frozenset({"script", "style", "head", "title", "template", "blockquote"})


class NothingSaid(Exception):  # noqa: N818 — reads as what it says
    """A message in which there is nothing to keep; the message says why, in words for its sender."""


@dataclass(frozen=True, slots=True)
class Said:
    """The words, and what tells this message from others."""

    text: str
    message: str


def read_reply(content: bytes) -> Said | None:
    """What a message says; None for one that a machine wrote, which is not answered either (RFC 3834, 2). Raises NothingSaid."""
    try:
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        if _is_automatic(message):
            return None
        text, dropped = _text_of(message)
        named = str(message.get("Message-ID", "")).strip()[:500]
    except NothingSaid:
        raise
    except Exception as error:  # mail from anywhere: the parser meets what its authors did not
        raise NothingSaid("This message cannot be read.") from error
    own = _own_words(text)
    if not own:
        raise NothingSaid("There is no text in this message above what it quotes. Nothing was kept.")
    if len(own) > LONGEST:
        own = f"{own[:LONGEST].rstrip()} … (cut: it was longer)"
    if dropped:
        own = f"{own}\n({'An attachment was' if dropped == 1 else f'{dropped} attachments were'} taken off.)"
    return Said(own, named or own)


def _is_automatic(message: EmailMessage) -> bool:
    submitted = str(message.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    precedence = str(message.get("Precedence", "")).strip().lower()
    marks = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "List-Id")
    return (
        submitted != "no"
        or precedence in _AUTOMATIC
        or any(mark in message for mark in marks)
        or message.get_content_type() == "multipart/report"
        or str(message.get("Return-Path", "")).strip() == "<>"
    )


def _text_of(message: EmailMessage) -> tuple[str, int]:
    """The text of a message, plain where there is any, and how many attachments it had."""
    plain: list[str] = []
    html: list[str] = []
    dropped = 0
    for number, part in enumerate(message.walk()):
        if number >= _MOST_PARTS:
            raise NothingSaid("This message has too many parts.")
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or kind not in {"text/plain", "text/html"}:
            dropped += 1
            continue
        (plain if kind == "text/plain" else html).append(_decoded(part))
    return ("\n".join(plain) if any(map(str.strip, plain)) else "\n".join(map(_without_markup, html))), dropped


def _decoded(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    try:
        return raw.decode(part.get_content_charset("utf-8"), "replace")[:_MOST_TEXT]
    except LookupError:
        return raw.decode("utf-8", "replace")[:_MOST_TEXT]


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._unsaid: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Lines end where blocks begin; what is no text is passed over."""
        if tag in _BLOCKS:
            self.found.append("\n")
        if tag in _UNSAID or any(value is not None and "gmail_quote" in value for _, value in attrs):
            self._unsaid.append(tag)
        elif self._unsaid and tag == self._unsaid[-1]:
            self._unsaid.append(tag)  # the same inside it: its end is not the end

    def handle_endtag(self, tag: str) -> None:
        """What was passed over ends."""
        if self._unsaid and tag == self._unsaid[-1]:
            self._unsaid.pop()

    def handle_data(self, data: str) -> None:
        """Text."""
        if not self._unsaid:
            self.found.append(" ".join(data.split("\n")))


def _without_markup(html: str) -> str:
    words = _Words()
    words.feed(html)
    words.close()
    return "".join(words.found)


def _own_words(text: str) -> str:
    lines = [_seen(line).rstrip() for line in text[:_MOST_TEXT].replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept: list[str] = []
    for number, line in enumerate(lines):
        following = lines[number + 1 : number + 3]
        if ABOVE_THIS_LINE in line or _ends(line, following):
            break
        if not line.startswith(">"):
            kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _ends(line: str, following: list[str]) -> bool:
    if any(one.match(line) for one in _ENDS):
        return True
    if _BEGINS_HEADERS.match(line) and any(_FOLLOWS.match(one) for one in following):
        return True
    # "On Monday … wrote:" is broken into two lines by many programs
    return bool(following) and _ENDS[2].match(f"{line} {following[0]}") is not None


def _seen(line: str) -> str:
    return "".join(mark for mark in line if mark == "\t" or unicodedata.category(mark) not in {"Cc", "Cf", "Cs"})
