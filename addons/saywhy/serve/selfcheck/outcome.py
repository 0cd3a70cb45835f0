"""What an answer shows: closed by Saywhy with its page and reference, by somebody else, let through, or nothing at all."""

import re
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from typing import Final

from saywhy.explain.reference import CODE_PATTERN
from saywhy.policy.address import Url
from saywhy.policy.own_hosts import TEST_NAMES
from saywhy.proxy.lane.own_origin import TOLD
from saywhy.serve.selfcheck.through_proxy import Came, NotReachedError, NotTrustedError, ThroughProxy

_MARK: Final = '<main id="explanation"'
_STATIC: Final = "<h1>We could not check this page</h1>"
_REFERENCE: Final = re.compile(rf"<code[^>]*>({CODE_PATTERN})</code>")
_TITLE: Final = re.compile(r"<title>([^<]{1,200})")
_REFUSED: Final = 403
_OK: Final = 200
_OF_OTHERS: Final = frozenset({401, 403, 407, 451, 502, 503, 504})  # what other filters and proxies answer with


class Outcome(StrEnum):
    """A closed set. Only the first is blocked."""

    BLOCKED = "blocked"  # by Saywhy, with a page and a reference
    LET_THROUGH = "let-through"
    FAULT = "fault"  # Saywhy kept it closed, as it does when something is wrong on the way; without a reference
    ELSEWHERE = "refused-elsewhere"  # an answer without our marks
    NOT_TRUSTED = "not-trusted"  # the certificate is not one that this device believes
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Found:
    """What one request came to. `reference` is that of the page, `detail` what else is to be said."""

    outcome: Outcome
    reference: str = ""
    detail: str = ""
    came: Came | None = None


def found_at(through: ThroughProxy, url: Url, *, http2: bool = False, fields: str = "") -> Found:
    """Ask for an address and read what comes. Never raises for what a network or a proxy does."""
    try:
        came = through.ask(url, http2=http2, fields=fields)
    except NotTrustedError as error:
        return Found(Outcome.NOT_TRUSTED, detail=str(error))
    except NotReachedError as error:
        return Found(Outcome.UNREACHABLE, detail=str(error))
    return read(came, ours=url.host in TEST_NAMES)


def read(came: Came, *, ours: bool) -> Found:
    """What an answer shows. `ours`: behind the address is the filter's own test page, and nothing else."""
    titled = _TITLE.search(came.body)
    title = unescape(titled[1]).strip() if titled else f"status {came.status}"
    if _MARK in came.body or _STATIC in came.body:
        reference = _REFERENCE.search(came.body)
        if came.status == _REFUSED and reference:
            return Found(Outcome.BLOCKED, reference[1], title, came)
        return Found(Outcome.FAULT, detail=title, came=came)
    passed = came.status == _OK and came.body.startswith(TOLD) if ours else came.status not in _OF_OTHERS
    return Found(Outcome.LET_THROUGH if passed else Outcome.ELSEWHERE, detail=title, came=came)
