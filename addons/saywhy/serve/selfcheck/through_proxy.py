"""A request through a proxy, as a browser sends it, and what came back. Blocking; for threads and commands."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from socket import create_connection, socket
from typing import Final

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, ResponseReceived, StreamEnded, StreamReset

from saywhy.policy.address import Url, bracketed

SECONDS: Final = 5.0  # for each step of a request
_LONGEST: Final = 512 * 1024  # bytes of an answer that are read
_PIECE: Final = 65_536
_HTML: Final = "text/html,application/xhtml+xml"


class NotReachedError(Exception):
    """No answer came; the message says where it ended."""


class NotTrustedError(Exception):
    """The certificate that was shown is not to be believed here; the message says why."""


@dataclass(frozen=True, slots=True)
class Came:
    """An answer. `certificate` is the SHA-256 of the one that was shown, in hexadecimal; "" without TLS."""

    status: int
    body: str
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class ThroughProxy:
    """A proxy by its name or address. `roots` is a PEM file of what is trusted; None: what this system trusts."""

    host: str
    port: int
    roots: Path | None = None
    seconds: float = SECONDS

    def __str__(self) -> str:
        return f"http://{bracketed(self.host)}:{self.port}"

    def ask(self, url: Url, *, http2: bool = False, fields: str = "") -> Came:
        """Ask for an address. `http2` needs https. `fields` are more lines of the head, each with its end.

        Raises NotReachedError and NotTrustedError.
        """
        try:
            with create_connection((self.host, self.port), self.seconds) as raw:
                head = f"Host: {url.authority}\r\nAccept: {_HTML}\r\n{fields}"
                if url.scheme == "http":
                    return _asked(raw, f"GET http://{url.authority}{url.origin_form} HTTP/1.1\r\n{head}")
                place = f"{bracketed(url.host)}:{url.port}"
                if (refused := _tunnel(raw, place)) is not None:
                    return refused
                with self._in_tls(raw, url.host, "h2" if http2 else "http/1.1") as inside:
                    shown = sha256(inside.getpeercert(binary_form=True) or b"").hexdigest()
                    if http2:
                        return _asked_http2(inside, url, shown)
                    return _asked(inside, f"GET {url.origin_form} HTTP/1.1\r\n{head}", shown)
        except ssl.SSLCertVerificationError as error:
            raise NotTrustedError(error.verify_message) from None
        except (OSError, HTTPException) as error:  # TLS that breaks is an OSError
            said = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise NotReachedError(f"{self} gave no answer: {said}") from None

    @contextmanager
    def _in_tls(self, raw: socket, host: str, protocol: str) -> Iterator[ssl.SSLSocket]:
        context = ssl.create_default_context(cafile=self.roots)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # as browsers: a school's own authority may be an old one
        context.set_alpn_protocols([protocol])
        with context.wrap_socket(raw, server_hostname=host) as inside:
            yield inside


def _tunnel(raw: socket, place: str) -> Came | None:
    """What a CONNECT was answered with, where it was refused."""
    raw.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\nAccept: {_HTML}\r\n\r\n".encode("ascii"))
    answer = HTTPResponse(raw, method="CONNECT")
    answer.begin()
    if answer.status == HTTPStatus.OK:
        return None
    with answer:
        return Came(answer.status, answer.read(_LONGEST).decode("utf-8", "replace"))


def _asked(stream: socket, head: str, shown: str = "") -> Came:
    stream.sendall(f"{head}Connection: close\r\n\r\n".encode("ascii"))
    answer = HTTPResponse(stream, method="GET")
    answer.begin()
    with answer:
        return Came(answer.status, answer.read(_LONGEST).decode("utf-8", "replace"), shown)


def _asked_http2(stream: ssl.SSLSocket, url: Url, shown: str) -> Came:
    if stream.selected_alpn_protocol() != "h2":
        raise NotReachedError("the proxy does not speak HTTP/2 here")
    spoken = H2Connection(H2Configuration())
    spoken.initiate_connection()
    fields = [(":method", "GET"), (":scheme", "https"), (":authority", url.authority), (":path", url.origin_form)]
    spoken.send_headers(1, [*fields, ("accept", _HTML)], end_stream=True)
    status, body = 0, b""
    while len(body) < _LONGEST:
        stream.sendall(spoken.data_to_send())
        came = stream.recv(_PIECE)
        if not came:
            break
        for event in spoken.receive_data(came):
            match event:
                case ResponseReceived():
                    status = int(dict(event.headers)[b":status"])
                case DataReceived():
                    body += event.data
                    spoken.acknowledge_received_data(event.flow_controlled_length, 1)
                case StreamEnded():
                    return Came(status, body.decode("utf-8", "replace"), shown)
                case StreamReset() | ConnectionTerminated():
                    raise NotReachedError("the answer over HTTP/2 was broken off")
    raise NotReachedError("the answer over HTTP/2 did not come to its end")
