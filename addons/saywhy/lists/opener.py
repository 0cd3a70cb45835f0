"""What opens web addresses: redirects lead to http and https alone, and a head has to be there in time."""

import http.client
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

SECONDS_FOR_A_HEAD: Final = 60.0


def opener() -> urllib.request.OpenerDirector:
    """The usual opener without ftp, file and data, to which a server could redirect."""
    director = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.UnknownHandler,
        _Plain,
        _Secure,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPErrorProcessor,
    ):
        director.add_handler(handler())
    return director


@contextmanager
def _head_in_time(connection: http.client.HTTPConnection) -> Iterator[None]:
    """Ends the connection if its head is not there by then: a time-out of the socket is for each byte.

    Raises TimeoutError.
    """
    open_socket = connection.sock
    ended = threading.Event()

    def give_up() -> None:
        ended.set()
        with suppress(OSError):
            open_socket.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(SECONDS_FOR_A_HEAD, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if ended.is_set():  # http.client takes the end for the end of the head
        raise TimeoutError


class _PlainConnection(http.client.HTTPConnection):
    def getresponse(self) -> http.client.HTTPResponse:
        with _head_in_time(self):
            return super().getresponse()


class _SecureConnection(http.client.HTTPSConnection):
    def getresponse(self) -> http.client.HTTPResponse:
        with _head_in_time(self):
            return super().getresponse()


class _Plain(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_PlainConnection, req)


class _Secure(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_SecureConnection, req)
