"""Origins whose TLS is old, restricted or none at all, chosen by the first label of the name in the client hello."""

import socket
import ssl
import struct
import warnings
from collections.abc import Callable, Mapping

from tests.wire.certificates import TestAuthority

type Handling = Callable[[socket.socket, TestAuthority], ssl.SSLSocket]
"""Makes TLS of a connection whose client hello was not read yet, or raises OSError after having done something else."""


def _tls(kind: str, ciphers: str, oldest: ssl.TLSVersion, newest: ssl.TLSVersion) -> Handling:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that they are old is the point
        context.minimum_version, context.maximum_version = oldest, newest

    def handle(plain: socket.socket, authority: TestAuthority) -> ssl.SSLSocket:
        context.load_cert_chain(authority.leaf(f"{kind}.test"))
        return context.wrap_socket(plain, server_side=True)

    return handle


def _says(answer: bytes) -> Handling:
    def handle(plain: socket.socket, _: TestAuthority) -> ssl.SSLSocket:
        plain.recv(16_384)
        plain.sendall(answer)
        raise ConnectionError

    return handle


def _resets(plain: socket.socket, _: TestAuthority) -> ssl.SSLSocket:
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionError


def _triple_des(plain: socket.socket, _: TestAuthority) -> ssl.SSLSocket:
    """Take TLS_RSA_WITH_3DES_EDE_CBC_SHA alone, which OpenSSL does not have any more: an alert unless it is offered."""
    offered = suites_offered(plain.recv(16_384))
    assert 0x000A not in offered
    plain.sendall(b"\x15\x03\x03\x00\x02\x02\x28")  # fatal, handshake_failure (RFC 5246 section 7.2)
    raise ConnectionError


_1_1, _1_2, _1_3 = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3

ODD: Mapping[str, Handling] = {
    "oldtls": _tls("oldtls", "ALL", ssl.TLSVersion.TLSv1, _1_1),
    "staticrsa": _tls("staticrsa", "AES128-GCM-SHA256:AES256-GCM-SHA384", _1_2, _1_2),
    "staticcbcrsa": _tls("staticcbcrsa", "AES128-SHA:AES256-SHA", _1_2, _1_2),
    "staticsha2rsa": _tls("staticsha2rsa", "AES128-SHA256:AES256-SHA256", _1_2, _1_2),
    "cbcrsa": _tls("cbcrsa", "ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA", _1_2, _1_2),
    "cbcsha": _tls("cbcsha", "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA", _1_2, _1_2),
    "cbcsha2": _tls("cbcsha2", "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384", _1_2, _1_2),
    "tripledes": _triple_des,
    "modernrsa": _tls("modernrsa", "ECDHE-RSA-AES128-GCM-SHA256", _1_2, _1_2),
    "modernec": _tls("modernec", "ECDHE-ECDSA-CHACHA20-POLY1305", _1_2, _1_2),
    "newest": _tls("newest", "DEFAULT", _1_3, _1_3),
    "plain": _says(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
    "ssh": _says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "garbage": _says(bytes(range(200, 256)) * 20),
    "hangsup": _says(b""),
    "resets": _resets,
}


def odd_one(hello: bytes) -> Handling | None:
    """The handling that the name in a client hello asks for, if it is an odd one."""
    for kind, handling in ODD.items():
        name = f"{kind}.test".encode()
        if struct.pack("!H", len(name)) + name in hello:
            return handling
    return None


def suites_offered(hello: bytes) -> tuple[int, ...]:
    """The cipher suites in a client hello that came in one record (RFC 8446 section 4.1.2)."""
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]
    (length,) = struct.unpack_from("!H", hello, at)
    return struct.unpack_from(f"!{length // 2}H", hello, at + 2)
