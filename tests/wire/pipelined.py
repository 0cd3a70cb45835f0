"""Answers of HTTP/1.1 that follow each other on one connection, read one by one."""

import socket
import ssl

from tests.wire.filter_process import FilterProcess, read_head


class Answers:
    """Reads what comes on a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._data = b""

    def next(self, method: str = "GET") -> tuple[int, bytes]:
        """Status and body of the next answer; 0 where there is none. Raises AssertionError where it is cut."""
        while b"\r\n\r\n" not in self._data:
            if not self._more():
                assert not self._data, self._data
                return 0, b""
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        status = int(first.split(b" ")[1])
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        if status < 200 or status in (204, 304) or method == "HEAD":
            return status, b""
        if fields.get(b"transfer-encoding") == b"chunked":
            return status, self._chunks()
        return status, self._take(int(fields[b"content-length"]))

    def _chunks(self) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in self._data:
                assert self._more(), "the answer is cut"
            line, _, self._data = self._data.partition(b"\r\n")
            piece = self._take(int(line, 16) + 2)
            if piece == b"\r\n":
                return body
            body += piece[:-2]

    def _take(self, length: int) -> bytes:
        while len(self._data) < length:
            assert self._more(), "the answer is cut"
        taken, self._data = self._data[:length], self._data[length:]
        return taken

    def _more(self) -> bool:
        try:
            piece = self.connection.recv(65_536)
        except (ConnectionError, ssl.SSLEOFError):
            piece = b""
        self._data += piece
        return bool(piece)


WAYS = ("http", "a tunnel", "TLS 1.2", "TLS 1.3", "ALPN")


def opened(proxy: FilterProcess, way: str, host: str = "good.test", source: str = "127.0.0.1") -> socket.socket:
    """A connection to a host by one of WAYS."""
    connection = proxy.connect(source)
    if way == "http":
        return connection
    connection.sendall(
        f"CONNECT {host}:{proxy.origin_port} HTTP/1.1\r\nHost: {host}:{proxy.origin_port}\r\n\r\n".encode()
    )
    assert read_head(connection).startswith(b"HTTP/1.1 200")
    if way == "a tunnel":
        return connection
    context = ssl.create_default_context(cafile=str(proxy.ca))
    if way == "TLS 1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if way == "ALPN":
        context.set_alpn_protocols(["http/1.1"])
    return context.wrap_socket(connection, server_hostname=host)


def request(
    proxy: FilterProcess, way: str, path: str = "/hello", host: str = "good.test", method: str = "GET", fields: str = "",
    body: bytes = b"", version: str = "1.1",
) -> bytes:  # fmt: skip
    """A request as it is written on such a connection."""
    named = f"{host}:{proxy.origin_port}"
    whole = f"http://{named}{path}" if way == "http" else path
    return f"{method} {whole} HTTP/{version}\r\nHost: {named}\r\n{fields}\r\n".encode() + body
