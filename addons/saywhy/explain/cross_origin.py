"""Who may read an answer beside whom it was sent to: pages of other origins (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol).

A page's own script may read why something is closed, whatever origin it is of: else it could only say that something went wrong.
What is read so says nothing of the person (`saywhy.explain.problem`). Pages, cards and texts are for people, and no script reads
them: they may name a group, and link to the form.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from saywhy.explain.accept import Shape
from saywhy.explain.answer import Answer

_NO_CONTENT: Final = 204
_ORIGIN: Final = re.compile(r"null|[a-z][a-z0-9+.-]{1,20}://[!-~]{1,300}")  # serialized, RFC 6454 section 6.2
_METHOD: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}")  # a token, RFC 9110 section 5.6.2
_NAMES: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z, -]{0,2000}")
_TO_READ: Final = frozenset({Shape.PROBLEM, Shape.IMAGE, Shape.STYLE, Shape.SCRIPT, Shape.NOTE, Shape.GRPC_WEB})


def shared(answer: Answer, method: str, headers: Mapping[str, str]) -> Answer:
    """The answer to a request with this method and these headers, as other origins may read it.

    A preflight is answered with yes, and not to be remembered: nothing leaves for the site by it, the request that follows is
    refused, and only so can its script read why.
    """
    origin = headers.get("origin", "")
    if not _ORIGIN.fullmatch(origin) or "," in origin:
        return answer
    allowed = {
        "Access-Control-Allow-Origin": origin,
        # an answer is the same with and without cookies, but a request with them could not read it otherwise
        "Access-Control-Allow-Credentials": "true",
    }
    asked = headers.get("access-control-request-method", "")
    if method.upper() == "OPTIONS" and _METHOD.fullmatch(asked):
        return _preflight(answer, headers, {**allowed, "Access-Control-Allow-Methods": asked})
    return replace(answer, headers={**answer.headers, **allowed}) if answer.shape in _TO_READ else answer


def _preflight(answer: Answer, headers: Mapping[str, str], allowed: dict[str, str]) -> Answer:
    names = headers.get("access-control-request-headers", "")
    if names and _NAMES.fullmatch(names):
        allowed["Access-Control-Allow-Headers"] = names
    allowed["Access-Control-Max-Age"] = "0"
    allowed["Cache-Control"] = "no-store"
    allowed["Vary"] = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    return Answer(_NO_CONTENT, answer.content_type, b"", allowed, answer.shape)
