"""What an allow asks to be done with a request: a service's headers and parameters, or its safe address.

And what the service answers those whose account is another.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from urllib.parse import unquote_plus

from mitmproxy import http

from saywhy.decide.decide import unmet
from saywhy.decide.decision import Reason
from saywhy.explain.answer import Answer
from saywhy.policy.obligation import Obligation
from saywhy.proxy.judged import Judged
from saywhy.proxy.mitm import gate

type Obligations = frozenset[Obligation]

_OBLIGED: Final = "saywhy.obliged"
_PAIR: Final = re.compile(r"[&;][^&;]*")
_END_OF_NAME: Final = re.compile(r"[\[\x00]")
_AS_UNDERSCORES: Final = str.maketrans(". ", "__")
_PAGES: Final = frozenset({"document", "iframe", "frame"})


def oblige(request: http.Request, obligations: Obligations) -> None:
    """Put the headers and parameters into a request, in the place of the client's own. They are not written down.

    A client could name them in Connection, so that they would be taken out on the way (RFC 9110 section 7.6.1).
    """
    for one in obligations:
        if one.means is None or one.control is None:
            continue
        for means in one.control.levels.values():  # those of other levels are the client's as well
            for name, _ in means.headers:
                request.headers.pop(name, None)
        for name, value in one.means.headers:
            request.headers[name] = value
        if one.means.headers:
            _keep_from_connection(request, {name for name, _ in one.means.headers})
        if not one.means.headers and not one.means.address:
            _put_parameters(request, dict(one.means.parameters))


def remember(flow: http.HTTPFlow, judged: Judged) -> bool:
    """Remember what was decided, where the service may answer that the account is another than policy allows; whether it may."""
    may = any(one.control is not None and one.control.refused_with for one in judged.decision.obligations)
    if may:
        flow.metadata[_OBLIGED] = judged
    return may


def explain_account(refused: Callable[[http.HTTPFlow, Judged], Answer], flow: http.HTTPFlow) -> bool:
    """Whether the service refused the account. The client then gets the page that explains it, where it asked for one."""
    judged: Judged | None = flow.metadata.get(_OBLIGED)
    if judged is None or flow.response is None or not _asks_for_page(flow.request):
        return False
    decision, status = judged.decision, flow.response.status_code
    if not any(one.control is not None and status in one.control.refused_with for one in decision.obligations):
        return False
    gate.replace_response(flow, refused(flow, replace(judged, decision=unmet(decision, Reason.ACCOUNT))))
    return True


def _asks_for_page(request: http.Request) -> bool:
    """Whether somebody is to read the answer: programs of a page understand the service's own."""
    destination = request.headers.get("sec-fetch-dest")
    return destination in _PAGES if destination is not None else "text/html" in request.headers.get("accept", "")


def _keep_from_connection(request: http.Request, names: set[str]) -> None:
    """Take names out of what the client says is for one connection alone; the rest of it stays, as for an upgrade."""
    for field in ("connection", "proxy-connection"):
        if field in request.headers:
            said = [one.strip() for value in request.headers.get_all(field) for one in value.split(",")]
            kept = [one for one in said if one and one.lower() not in names]
            del request.headers[field]
            if kept:
                request.headers[field] = ", ".join(kept)


def _put_parameters(request: http.Request, parameters: dict[str, str]) -> None:
    """Set parameters of the query; all others stay as they are written."""
    path, _, query = request.path.partition("?")
    names = {_folded(name) for name in parameters}
    kept = [one for one in _PAIR.findall(f"&{query}" if query else "") if _name(one) not in names]
    ours = (f"&{name}={value}" for name, value in parameters.items())
    request.path = f"{path}?{''.join([*kept, *ours])[1:]}"


def _name(pair: str) -> str:
    """The name of a parameter, with the sign before it, as servers may read it.

    Some split at a semicolon as well (HTML 4.01, appendix B.2.2), some take what stands in brackets, or after a NUL, for no
    part of it.
    """
    return _folded(_END_OF_NAME.split(unquote_plus(pair[1:].partition("=")[0]))[0])


def _folded(name: str) -> str:
    """Some take either case, and an underscore for a dot or a space (as PHP does)."""
    return name.strip().lower().translate(_AS_UNDERSCORES)
