"""HTTP/1.1 inside TLS through the filter, spoken and read by Python's own client."""

import http.client
from collections.abc import Iterable, Mapping
from typing import Self

from tests.wire.filter_process import FilterProcess
from tests.wire.http2_client import Answered


class Http1Client:
    """One connection, on which requests follow each other."""

    def __init__(self, process: FilterProcess, host: str) -> None:
        self._http = http.client.HTTPConnection(host, process.origin_port)
        self._http.auto_open = 0  # it would go around the filter
        self._http.sock = process.tunnel(host, alpn=["http/1.1"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(
        self, path: str, method: str = "GET", fields: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
    ) -> Answered:  # fmt: skip
        """Ask and read the answer; raises where it is malformed or cut. A body in pieces goes in chunks."""
        chunked = body is not None and not isinstance(body, bytes)
        named = {**({"Transfer-Encoding": "chunked"} if chunked else {}), **(fields or {})}
        self._http.request(method, path, body, named, encode_chunked=chunked)
        with self._http.getresponse() as response:
            body_read = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answered(response.status, headers, body_read, None, ended=True)
