"""What an allow asks to be done with a request: a service's headers and parameters, or its safe address.

And what the service answers those whose account is another.
"""

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from mitmproxy import http

from saywhy.decide.access import Access
from saywhy.decide.decide import unmet
from saywhy.decide.decision import Decision, Reason
from saywhy.policy.obligation import Obligation
from saywhy.proxy import gate

if TYPE_CHECKING:
    from saywhy.proxy.enforce import Enforcer

type Obligations = frozenset[Obligation]

_OBLIGED: Final = "saywhy.obliged"
_PAGES: Final = frozenset({"document", "iframe", "frame"})


def address_inside(obligations: Obligations) -> str:
    """The host that a decrypted request goes to in the place of its own; "" where it goes to its own.

    A header reaches each request by itself, so it is preferred where the service takes one.
    """
    return next(
        (
            one.means.address
            for one in obligations
            if one.means is not None and not one.means.headers and one.means.address
        ),
        "",
    )


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


def remember(flow: http.HTTPFlow, access: Access, decision: Decision) -> None:
    """Remember what was decided, where the service may answer that the account is another than policy allows."""
    if any(one.control is not None and one.control.refused_with for one in decision.obligations):
        flow.metadata[_OBLIGED] = (access, decision)


def explain_account(enforcer: "Enforcer", flow: http.HTTPFlow) -> bool:
    """Whether the service refused the account. The client then gets the page that explains it, where it asked for one."""
    found: tuple[Access, Decision] | None = flow.metadata.get(_OBLIGED)
    snapshot = enforcer.parts.in_force.now
    if found is None or flow.response is None or snapshot is None or not _asks_for_page(flow.request):
        return False
    access, decision = found
    status = flow.response.status_code
    if not any(one.control is not None and status in one.control.refused_with for one in decision.obligations):
        return False
    refused = unmet(decision, Reason.ACCOUNT)
    request = flow.request
    gate.replace_response(flow, enforcer.refused(request.method, snapshot, access, refused, 0.0, request.headers))
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
    ours = set(map(_name, parameters))
    kept = [one for one in query.split("&") if one and _name(one) not in ours]
    request.path = f"{path}?{'&'.join([*kept, *(f'{name}={value}' for name, value in parameters.items())])}"


def _name(pair: str) -> str:
    """The name of a parameter as servers read it, folded in case: some take either."""
    return unquote_plus(pair.partition("=")[0]).strip().lower()
