"""The gate: which flows may go out, and to where."""

from dataclasses import dataclass
from typing import Final

from mitmproxy import http
from mitmproxy.connection import Client

from saywhy.explain.answer import Answer
from saywhy.explain.fault import STATIC_REFUSAL, STATIC_REFUSAL_HEADERS

_VERDICT: Final = "saywhy.verdict"
_RESPONSE_PASSED: Final = "saywhy.response-passed"
_INSTEAD: Final = "saywhy.instead"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An allow, for one destination and nothing else. `through` is the host to connect to in its place, if any."""

    scheme: str
    host: str
    port: int
    through: str = ""


def open_for(flow: http.HTTPFlow, *, through: str = "") -> None:
    """Let the flow out, to where its request points now, by connecting to `through` where that is said."""
    request = flow.request
    flow.metadata[_VERDICT] = Verdict(request.scheme, request.host, request.port, through)


def leads_through(flow: http.HTTPFlow) -> str:
    """The host to connect to in the place of the one that the request points to; "" for none."""
    verdict: Verdict | None = flow.metadata.get(_VERDICT)
    return "" if verdict is None else verdict.through


def is_open(flow: http.HTTPFlow) -> bool:
    """Whether the flow has a verdict for where its request points now."""
    request = flow.request
    verdict: Verdict | None = flow.metadata.get(_VERDICT)
    return verdict is not None and (verdict.scheme, verdict.host, verdict.port) == (
        request.scheme,
        request.host,
        request.port,
    )


def close(flow: http.HTTPFlow) -> None:
    """Take the verdict away, and the pass of the response with it."""
    flow.metadata.pop(_VERDICT, None)
    flow.metadata.pop(_RESPONSE_PASSED, None)


def pass_response(flow: http.HTTPFlow) -> None:
    """Say that the head of the response was looked at and may go to the client."""
    flow.metadata[_RESPONSE_PASSED] = True


def response_passed(flow: http.HTTPFlow) -> bool:
    """Whether the head of the response was looked at and found good."""
    return is_open(flow) and bool(flow.metadata.get(_RESPONSE_PASSED))


def replace_response(flow: http.HTTPFlow, answer: Answer) -> None:
    """Say what the client gets in place of the origin's response, which is not passed."""
    flow.metadata[_INSTEAD] = response_from(answer)


def response_instead(flow: http.HTTPFlow) -> http.Response:
    """What the client gets in place of a response that was not passed."""
    instead: http.Response | None = flow.metadata.get(_INSTEAD)
    return instead or static_refusal()


def refuse(flow: http.HTTPFlow, answer: Answer) -> None:
    """Answer the flow ourselves. A body that is still coming is passed over, not kept."""
    close(flow)
    respond(flow, response_from(answer))
    flow.request.stream = True
    flow.request.headers.pop("expect", None)  # no "100 Continue" before a refusal


def refuse_without_explaining(flow: http.HTTPFlow) -> None:
    """Answer with the page that needs nothing to work."""
    close(flow)
    respond(flow, static_refusal())
    flow.request.stream = True
    flow.request.headers.pop("expect", None)


def respond(flow: http.HTTPFlow, response: http.Response) -> None:
    """Set our own response. To HEAD it has the head alone (RFC 9110 section 9.3.2); mitmproxy would send the body."""
    if flow.request.method.upper() == "HEAD":
        response.data.content = b""  # past the setter, which would change Content-Length
    flow.response = response


def static_refusal() -> http.Response:
    """The page that needs no policy, no template and no I/O."""
    return http.Response.make(503, STATIC_REFUSAL, dict(STATIC_REFUSAL_HEADERS))


def response_from(answer: Answer) -> http.Response:
    """An answer of `explain` as mitmproxy's response."""
    return http.Response.make(answer.status, answer.body, {"Content-Type": answer.content_type, **answer.headers})


class Distrusted:
    """Client connections in whose handling something raised before there was a flow: nothing more leaves them."""

    def __init__(self) -> None:
        self._ids: set[str] = set()

    def add(self, client: Client) -> None:
        """Distrust the connection until it ends."""
        self._ids.add(client.id)

    def forget(self, client: Client) -> None:
        """The connection has ended."""
        self._ids.discard(client.id)

    def __contains__(self, client: Client) -> bool:
        return client.id in self._ids
