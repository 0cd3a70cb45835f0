"""The ClientHello, as a browser sends it, in pieces, in several records, and bent out of shape."""

import ssl
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.proxy.layers.tls import parse_client_hello

from saywhy.proxy.tls.client_hello import LONGEST, ClientHello, ClientHelloError, could_be, read_client_hello


def real_hello(name: str | None = "www.example.org", alpn: tuple[str, ...] = ("h2", "http/1.1")) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    if alpn:
        context.set_alpn_protocols(list(alpn))
    outgoing = ssl.MemoryBIO()
    connection = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with suppress(ssl.SSLWantReadError):
        connection.do_handshake()
    return outgoing.read()


def extension(kind: int, body: bytes) -> bytes:
    return kind.to_bytes(2) + len(body).to_bytes(2) + body


def server_name(*names: bytes) -> bytes:
    listed = b"".join(b"\0" + len(name).to_bytes(2) + name for name in names)
    return extension(0, len(listed).to_bytes(2) + listed)


def hello_with(*extensions: bytes) -> bytes:
    together = b"".join(extensions)
    body = b"\x03\x03" + bytes(32) + b"\0" + b"\0\x02\x13\x01" + b"\x01\0" + len(together).to_bytes(2) + together
    message = b"\x01" + len(body).to_bytes(3) + body
    return in_records(message, 16_384)


def in_records(message: bytes, size: int) -> bytes:
    pieces = [message[start : start + size] for start in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + len(piece).to_bytes(2) + piece for piece in pieces)


@pytest.mark.parametrize("name", ["www.example.org", "xn--bcher-kva.example", None])
@pytest.mark.parametrize("alpn", [("h2", "http/1.1"), ("http/1.1",), ()])
def test_a_real_one_is_read(name: str | None, alpn: tuple[str, ...]) -> None:
    assert read_client_hello(real_hello(name, alpn)) == ClientHello(
        name, tuple(one.encode() for one in alpn), encrypted=False
    )


def test_until_it_is_whole_there_is_none() -> None:
    whole = real_hello()
    assert all(read_client_hello(whole[:length]) is None for length in range(1, len(whole)))
    assert read_client_hello(whole + b"and more") == read_client_hello(whole)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 100, 400])
def test_it_may_come_in_many_records(size: int) -> None:
    whole = real_hello()
    split = in_records(whole[5:], size)
    assert read_client_hello(split) == read_client_hello(whole)
    assert all(read_client_hello(split[:length]) is None for length in range(1, len(split), 7))


def test_an_encrypted_one_is_noticed() -> None:
    read = read_client_hello(hello_with(server_name(b"outer.example"), extension(0xFE0D, bytes(20))))
    assert read == ClientHello("outer.example", (), encrypted=True)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x02\x01\x00\x05\x01\x00\x00\x01\x00",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00",
        b"\x80\x2e\x01\x00\x02",
        b"\x16\x03\x01\x40\x00\x01" + (LONGEST + 1).to_bytes(3) + bytes(100),
        in_records(real_hello()[5:], 100)[:105] + b"\x17\x03\x01\x00\x05hello",
        in_records(real_hello()[5:], 100)[:105] + b"\x16\x03\x01\x00\x00",
        hello_with(server_name(b"one.example", b"two.example")),
        hello_with(server_name(b"one.example"), server_name(b"two.example")),
        hello_with(server_name(b"")),
        hello_with(server_name(b"a\0b.example")),
        hello_with(server_name(b"a b.example")),
        hello_with(server_name("bücher.example".encode())),
        hello_with(extension(0, b"")),
        hello_with(extension(0, b"\x00\x05\x01\x00\x02ab")),
        hello_with(extension(16, b"\x00\x03\x05h2")),
        hello_with(extension(16, b"\x00\x01\x00")),
        hello_with(b"\x00\x0a\x00\x20" + bytes(4)),
    ],
)
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ClientHelloError):
        read_client_hello(data)


def test_the_first_bytes_tell_whether_it_could_be_one() -> None:
    assert all(could_be(real_hello()[:length]) for length in range(1, 20))
    assert not could_be(b"")
    assert not could_be(b"CONNECT")


@given(st.binary(max_size=200), st.integers(0, 600), st.integers(0, 40))
def test_nothing_but_its_own_error_comes_of_bent_bytes(noise: bytes, place: int, cut: int) -> None:
    whole = real_hello()
    for bent in (noise, whole[:place] + noise + whole[place + cut :]):
        try:
            ours = read_client_hello(bent)
        except ClientHelloError:
            continue
        if ours is None:
            continue
        try:
            theirs = parse_client_hello(bent)
        except ValueError:
            continue
        if theirs is not None and theirs.sni is not None:
            assert (ours.sni, list(ours.alpn)) == (theirs.sni, list(theirs.alpn_protocols))
