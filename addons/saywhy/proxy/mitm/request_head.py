"""mitmproxy's requests as the heads that both lanes write by."""

from mitmproxy import http

from saywhy.proxy.http.framing import RequestHead, asks_for_websocket


def head_of(request: http.Request) -> RequestHead:
    """The head of a request, as it stands now."""
    data = request.data
    return RequestHead(data.method, data.scheme, data.authority, data.path, data.http_version, request.headers.fields)


def begins_websocket(request: http.Request) -> bool:
    """Whether a request begins a WebSocket."""
    return "upgrade" in request.headers and asks_for_websocket(head_of(request))
