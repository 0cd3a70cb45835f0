"""A letter as webhooks take it: our own JSON, Slack's and Teams'. What others wrote is never read as markup there.

Slack: https://docs.slack.dev/messaging/formatting-message-text (three signs to escape; `plain_text` is not read as markup).
Teams: an Adaptive Card 1.2 for a workflow's webhook; a TextRun is not read as markup
(https://adaptivecards.io/explorer/TextRun.html).
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from saywhy.notify.letter import Letter, in_groups, one_line, what_next
from saywhy.notify.settings import Shape

_VERSION: Final = 1
_SLACK_LONGEST: Final = 2900  # characters of a text; Slack takes 3,000
_SLACK_SECTIONS: Final = 30  # Slack takes 50 blocks


def body_of(shape: Shape, letter: Letter, id_: str, school: str, at: datetime) -> str:
    """What is posted, as JSON in ASCII."""
    match shape:
        case Shape.SLACK:
            body = _slack(letter, school)
        case Shape.TEAMS:
            body = _teams(letter, school)
        case Shape.JSON:
            body = _json(letter, id_, school, at)
    return json.dumps(body)


def signature(key: bytes, at: datetime, body: bytes) -> str:
    """The header Saywhy-Signature: the second at which it was signed, and HMAC-SHA-256 over "SECOND.BODY" in hexadecimal."""
    second = str(int(at.timestamp()))
    digest = hmac.new(key, f"{second}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={second},v1={digest}"


def _json(letter: Letter, id_: str, school: str, at: datetime) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "id": id_,
        "at": at.isoformat(timespec="seconds"),
        "school": one_line(school),
        "subject": letter.subject,
        "requests": [
            {
                "number": one.number,
                "kind": one.kind.value,
                "host": one.host,
                "link": one.link,
                **({"words": list(one.words)} if one.words else {}),
            }
            for one in letter.told
        ],
        "more": letter.more,
    }


def _slack(letter: Letter, school: str) -> dict[str, Any]:
    sections = []
    for says, told in in_groups(letter.told)[:_SLACK_SECTIONS]:
        links = " ".join(f"<{_slack_text(one.link)}|{_slack_text(one.number)}>" for one in told)
        # escaped at its end, so that a cut falls on no half of an escape
        sections += [_section("plain_text", says_about(says, told[0].host, told[0].words)[:_SLACK_LONGEST])]
        sections += [_section("mrkdwn", links if len(links) <= _SLACK_LONGEST else links.partition(" ")[0])]
    sections += [_section("plain_text", line) for line in _endings(letter, school)]
    return {"text": _slack_text(letter.subject), "blocks": sections}


def _section(kind: str, text: str) -> dict[str, Any]:
    about = {"emoji": False} if kind == "plain_text" else {"verbatim": True}
    return {"type": "section", "text": {"type": kind, "text": text, **about}}


def _slack_text(text: str) -> str:
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(letter: Letter, school: str) -> dict[str, Any]:
    body: list[dict[str, Any]] = [_runs([{"text": one_line(letter.subject), "weight": "bolder", "size": "medium"}])]
    for says, told in in_groups(letter.told):
        body.append(_runs([{"text": says_about(says, told[0].host, told[0].words)}]))
        body += [
            _runs([{"text": one.number, "selectAction": {"type": "Action.OpenUrl", "url": one.link}}]) for one in told
        ]
    body += [_runs([{"text": line}]) for line in _endings(letter, school)]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": body,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _runs(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", **one} for one in runs]}


def says_about(says: str, host: str, words: tuple[str, ...]) -> str:
    """A sentence with the site that it is about, and what somebody wrote."""
    wrote = " ".join(f"“{one}”" for one in words if one)
    return f"{says}: {host}{f' {wrote}' if wrote else ''}"


def _endings(letter: Letter, school: str) -> Iterator[str]:
    if letter.more:
        yield f"{letter.more} more in the list."
    yield f"{what_next(letter)} ({one_line(school)})"
