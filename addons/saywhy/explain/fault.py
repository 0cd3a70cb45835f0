"""Faults of the way, not of policy: each with a status, an explanation and what to do."""

import unicodedata
from enum import StrEnum
from typing import Any, Final

from saywhy.explain.answer import Answer, Telling, shaped
from saywhy.explain.certificate import certificate_fault
from saywhy.explain.hostname import shown_host
from saywhy.explain.problem import more_about, type_of
from saywhy.explain.reading_language import SCHOOLS_OWN, PageLanguage
from saywhy.explain.render import PageRenderer, builtin_renderer
from saywhy.explain.static_refusal import STATIC_REFUSAL, STATIC_REFUSAL_HEADERS, STATIC_REFUSAL_STATUS
from saywhy.explain.words import FaultWords

__all__ = [
    "STATIC_REFUSAL",
    "STATIC_REFUSAL_HEADERS",
    "STATIC_REFUSAL_STATUS",
    "FaultKind",
    "fault_page",
    "static_answer",
]

_LONGEST_DETAIL: Final = 300


class FaultKind(StrEnum):
    """Everything that can be wrong on the way."""

    INTERNAL = "internal"
    NO_POLICY = "no-policy"
    UPSTREAM_CERTIFICATE = "upstream-certificate"
    UPSTREAM_OLD_TLS = "upstream-old-tls"
    UPSTREAM_NOT_TLS = "upstream-not-tls"
    UPSTREAM_WANTS_CERTIFICATE = "upstream-wants-certificate"
    UPSTREAM_REFUSED = "upstream-refused"
    UPSTREAM_CLOSED = "upstream-closed"
    UPSTREAM_UNREACHABLE = "upstream-unreachable"
    UPSTREAM_TIMEOUT = "upstream-timeout"
    UPSTREAM_REPLY = "upstream-reply"
    UPSTREAM_ASKS_AS_PROXY = "upstream-asks-as-proxy"
    NAME_NOT_FOUND = "name-not-found"
    NAME_UNANSWERED = "name-unanswered"
    NAME_FAILED = "name-failed"
    SAFE_ADDRESS_NOT_FOUND = "safe-address-not-found"
    TOO_BUSY = "too-busy"
    TOO_MANY_CONNECTIONS = "too-many-connections"
    AMBIGUOUS_REQUEST = "ambiguous-request"
    PROTOCOL_REFUSED = "protocol-refused"
    OWN_ADDRESS = "own-address"

    @property
    def status(self) -> int:
        """The HTTP status that tells this fault (RFC 9110 section 15)."""
        return _STATUS[self]


_STATUS: Final = {
    FaultKind.INTERNAL: 503,
    FaultKind.NO_POLICY: 503,
    FaultKind.UPSTREAM_CERTIFICATE: 502,
    FaultKind.UPSTREAM_OLD_TLS: 502,
    FaultKind.UPSTREAM_NOT_TLS: 502,
    FaultKind.UPSTREAM_WANTS_CERTIFICATE: 502,
    FaultKind.UPSTREAM_REFUSED: 502,
    FaultKind.UPSTREAM_CLOSED: 502,
    FaultKind.UPSTREAM_UNREACHABLE: 502,
    FaultKind.UPSTREAM_TIMEOUT: 504,
    FaultKind.UPSTREAM_REPLY: 502,
    FaultKind.UPSTREAM_ASKS_AS_PROXY: 502,
    FaultKind.NAME_NOT_FOUND: 502,
    FaultKind.NAME_UNANSWERED: 504,
    FaultKind.NAME_FAILED: 502,
    FaultKind.SAFE_ADDRESS_NOT_FOUND: 502,
    FaultKind.TOO_BUSY: 503,
    FaultKind.TOO_MANY_CONNECTIONS: 503,
    FaultKind.AMBIGUOUS_REQUEST: 400,
    FaultKind.PROTOCOL_REFUSED: 403,
    FaultKind.OWN_ADDRESS: 403,
}


def fault_page(  # noqa: PLR0913  # as `answer` takes them
    kind: FaultKind,
    host: str | None,
    school: str | None,
    detail: str = "",
    *,
    accept: str = "text/html",
    destination: str | None = None,
    path: str = "/",
    content_type: str = "",
    renderer: PageRenderer | None = None,
    page_language: PageLanguage = SCHOOLS_OWN,
) -> Answer:
    """The answer for a fault; the static refusal where even that cannot be made.

    `host` is canonical. `detail` is for those who look after the network: the message of a certificate check, what
    was ambiguous; it is shortened and escaped. `accept`, `destination`, `path` and `content_type` are as `answer` takes them;
    without them it is a page. `page_language` is the one that its reader reads.
    """
    try:
        pages = renderer or builtin_renderer()
        telling = _telling(pages, kind, host, school, _tidy(detail), page_language)
        return shaped(telling, pages, accept=accept, destination=destination, path=path, content_type=content_type)
    except Exception:  # noqa: BLE001  # whatever raises here, the way stays closed and something is said
        return static_answer()


def static_answer() -> Answer:
    """The answer that needs no policy, no template and no I/O."""
    headers = {name: value for name, value in STATIC_REFUSAL_HEADERS.items() if name != "Content-Type"}
    return Answer(STATIC_REFUSAL_STATUS, STATIC_REFUSAL_HEADERS["Content-Type"], STATIC_REFUSAL, headers)


def _telling(  # all that a page of a fault is made of
    pages: PageRenderer,
    kind: FaultKind,
    host: str | None,
    school: str | None,
    detail: str,
    page_language: PageLanguage,
) -> Telling:
    words = pages.languages.best((page_language.tag,))
    fault = words.faults[kind]
    what = None if host is None else shown_host(host)
    certificate, url = "", page_language.url
    if kind is FaultKind.UPSTREAM_CERTIFICATE:
        wrong = certificate_fault(detail)
        certificate, url = words.certificate[wrong], url and f"{url}/{wrong}"
    return Telling(
        kind.status,
        lambda framed: pages.fault(
            words,
            framed=framed,
            fault=fault,
            kind=kind.value,
            what=what,
            school=school,
            certificate=certificate,
            detail=detail,
            body_class="fault",
            languages=page_language.offered,
            language_url=url,
        ),
        lambda: pages.small_card(words, fault.title, fault.text, words.no_page["more"]),
        lambda: _problem(kind, fault, what, certificate),
        lambda: "\n".join([f"{fault.title}{f': {what}' if what else ''}", "", fault.text, *fault.advice, ""]),
        fault.title,
        None,
    )


def _problem(kind: FaultKind, fault: FaultWords, what: str | None, certificate: str) -> dict[str, Any]:
    members = {
        "type": type_of(kind.value),
        "title": fault.title,
        "status": kind.status,
        "detail": " ".join(part for part in (fault.text, certificate, *fault.advice) if part),
        "more": more_about(None),
        "host": what,
        "reason": kind.value,
    }
    return {name: value for name, value in members.items() if value is not None}


def _tidy(detail: str) -> str:
    """One short line without control characters."""
    shown = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in detail[: 4 * _LONGEST_DETAIL])
    line = " ".join(shown.split())
    return line if len(line) <= _LONGEST_DETAIL else f"{line[:_LONGEST_DETAIL]}…"
