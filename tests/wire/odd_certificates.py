"""Origins that are odd in their certificates or their TLS, each under a name of its own, at one port."""

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import SSL

from tests.wire.issuing import Issued, issue

ROOT_NAME: Final = "Root of the odd"
BODY: Final = b"this is the content"
_lib: Final[Any] = SSL._lib  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Shown:
    """What an origin shows: its chain, and how its TLS is set."""

    chain: tuple[Issued, ...]
    set_up: Callable[[SSL.Context], object] = lambda _: None
    answer: bytes = BODY


type Make = Callable[["Origins", str], Shown]


def usage(*wanted: str) -> tuple[x509.KeyUsage, bool]:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in wanted for name in every}), True


def _purpose(*purposes: x509.ObjectIdentifier) -> tuple[x509.ExtendedKeyUsage, bool]:
    return x509.ExtendedKeyUsage(purposes), False


def _leaf(*, names: tuple[str, ...] | None = None, **odd: Any) -> Make:
    """A leaf that the root has issued; `names` in the place of the host's own."""

    def make(origins: "Origins", host: str) -> Shown:
        return Shown((issue(origins.root, host, names=(host,) if names is None else names, **odd),))

    return make


def _between(*, issuer: Mapping[str, Any] | None = None, shown: bool = True, aia: bool = False, **odd: Any) -> Make:
    """A leaf below an intermediate that is odd, or is not shown."""

    def make(origins: "Origins", host: str) -> Shown:
        between = issue(origins.root, f"Between for {host}", **({"ca": True} | odd))
        at = (origins.issuer_at(host, between),) if aia else ()
        leaf = issue(between, host, names=(host,), aia=at, **(issuer or {}))
        return Shown((leaf, between) if shown else (leaf,))

    return make


def _tls(set_up: Callable[[SSL.Context], object], kind: str = "p256") -> Make:
    return lambda origins, host: Shown((issue(origins.root, host, names=(host,), kind=kind),), set_up)


def _only(version: int) -> Make:
    def set_up(context: SSL.Context) -> None:
        context.set_min_proto_version(version)
        context.set_max_proto_version(version)

    return _tls(set_up)


def _groups(names: bytes, newest: int = SSL.TLS1_3_VERSION) -> Make:
    def set_up(context: SSL.Context) -> None:
        context.set_max_proto_version(newest)
        assert _lib.SSL_CTX_set1_curves_list(context._context, names) == 1

    return _tls(set_up)


def _signs(schemes: bytes, kind: str, newest: int = SSL.TLS1_2_VERSION) -> Make:
    def set_up(context: SSL.Context) -> None:
        context.set_max_proto_version(newest)
        assert _lib.SSL_CTX_set1_sigalgs_list(context._context, schemes) == 1

    return _tls(set_up, kind)


def _asks_for_certificate(context: SSL.Context) -> None:
    context.set_verify(SSL.VERIFY_PEER, lambda *_: True)


def _asks_for_certificate_12(context: SSL.Context) -> None:
    _asks_for_certificate(context)
    context.set_max_proto_version(_12)


def _stranger(origins: "Origins", host: str) -> Shown:
    stranger = issue(None, "A stranger", ca=True)
    return Shown((issue(stranger, host, names=(host,)), stranger))


def _self_signed(origins: "Origins", host: str) -> Shown:
    return Shown((issue(None, host, names=(host,)),))


def _same_name_as_root(origins: "Origins", host: str) -> Shown:
    false = issue(None, ROOT_NAME, ca=True)
    return Shown((issue(false, host, names=(host,)), false))


def _wrong_order(origins: "Origins", host: str) -> Shown:
    upper = issue(origins.root, f"Upper for {host}", ca=True)
    lower = issue(upper, f"Lower for {host}", ca=True)
    beside = issue(origins.root, f"Beside {host}", ca=True)
    return Shown((issue(lower, host, names=(host,)), beside, upper, lower, origins.root))


def _too_deep(origins: "Origins", host: str) -> Shown:
    upper = issue(origins.root, f"Upper for {host}", more=((x509.BasicConstraints(ca=True, path_length=0), True),))
    lower = issue(upper, f"Lower for {host}", ca=True)
    return Shown((issue(lower, host, names=(host,)), lower, upper))


def _constrained(*permitted: str) -> Make:
    trees = [x509.DNSName(name) for name in permitted]
    return _between(more=((x509.NameConstraints(trees, None), True),))


_UNKNOWN: Final = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")
_12, _13 = SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION

CASES: Final[Mapping[str, Make]] = {
    # keys
    "rsa2048.test": _leaf(kind="rsa2048"),
    "rsa1024.test": _leaf(kind="rsa1024"),
    "rsa1024-12.test": lambda o, h: Shown(
        (issue(o.root, h, names=(h,), kind="rsa1024"),), lambda c: c.set_max_proto_version(_12)
    ),
    "rsa1024-between.test": _between(kind="rsa1024"),
    "p384.test": _leaf(kind="p384"),
    "p521.test": _leaf(kind="p521"),
    "p224.test": _leaf(kind="p224"),
    "ed25519.test": _leaf(kind="ed25519"),
    "p521-between.test": _between(kind="p521"),
    "p224-between.test": _between(kind="p224"),
    "ed25519-between.test": _between(kind="ed25519"),
    # signatures of certificates
    "sha224.test": _leaf(digest=hashes.SHA224()),
    "sha384.test": _leaf(digest=hashes.SHA384()),
    "sha512.test": _leaf(digest=hashes.SHA512()),
    "sha3.test": _leaf(digest=hashes.SHA3_256()),
    "pss.test": _between(kind="rsa2048", issuer={"pss": True}),
    # times
    "ten-years.test": _leaf(days=(-20, 3650)),
    "expired.test": _leaf(days=(-20, -1)),
    "notyet.test": _leaf(days=(2, 10)),
    "expired-between.test": _between(days=(-20, -1)),
    # names
    "a_b.wild.test": _leaf(names=("*.wild.test",)),
    "_a.wild.test": _leaf(names=("*.wild.test",)),
    "c_d.test": _leaf(),
    "x.e_f.test": _leaf(names=("*.e_f.test",)),
    "one.wild.test": _leaf(names=("*.wild.test",)),
    "one.two.wild.test": _leaf(names=("*.wild.test",)),
    "bare.wild.test": _leaf(names=("*.bare.wild.test",)),
    "partial.wild.test": _leaf(names=("part*.wild.test",)),
    "inner.star.test": _leaf(names=("inner.*.test",)),
    "top.test": _leaf(names=("*.test",)),
    "xn--mnchen-3ya.wild.test": _leaf(names=("*.wild.test",)),
    "xn--zrich-kva.test": _leaf(),
    "dot.test": _leaf(names=("dot.test.",)),
    "wilddot.wild.test": _leaf(names=("*.wild.test.",)),
    "capitals.test": _leaf(names=("CAPITALS.Test",)),
    "wrong.test": _leaf(names=("another.test",)),
    "commonname.test": _leaf(names=()),
    "127.0.0.1": _leaf(names=("127.0.0.1",)),
    "127.0.0.2": lambda o, h: Shown(
        (issue(o.root, h, more=((x509.SubjectAlternativeName([x509.DNSName(h)]), False),)),)
    ),
    # what a certificate is for
    "forservers.test": _leaf(more=(_purpose(ExtendedKeyUsageOID.SERVER_AUTH),)),
    "forclients.test": _leaf(more=(_purpose(ExtendedKeyUsageOID.CLIENT_AUTH),)),
    "forany.test": _leaf(more=(_purpose(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE),)),
    "forclients-between.test": _between(more=(_purpose(ExtendedKeyUsageOID.CLIENT_AUTH),)),
    "forany-between.test": _between(more=(_purpose(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE),)),
    "agrees-only.test": _leaf(more=(usage("key_agreement"),)),
    "enciphers-only.test": _leaf(kind="rsa2048", more=(usage("key_encipherment"),)),
    "enciphers-only-12.test": lambda o, h: Shown(
        (issue(o.root, h, names=(h,), kind="rsa2048", more=(usage("key_encipherment"),)),),
        lambda c: (c.set_max_proto_version(_12), c.set_cipher_list(b"ECDHE-RSA-AES128-GCM-SHA256")),
    ),
    "signs-only.test": lambda o, h: Shown(
        (issue(o.root, h, names=(h,), kind="rsa2048", more=(usage("digital_signature"),)),),
        lambda c: (c.set_max_proto_version(_12), c.set_cipher_list(b"AES128-GCM-SHA256")),
    ),
    "leaf-is-ca.test": _leaf(ca=True),
    # what issues
    "uncritical.test": _between(critical=False),
    "no-constraints.test": _between(ca=False),
    "not-ca.test": _between(ca=False, more=((x509.BasicConstraints(ca=False, path_length=None), True),)),
    "may-not-sign.test": _between(more=(usage("digital_signature"),)),
    "too-deep.test": _too_deep,
    "permitted.test": _constrained("permitted.test"),
    "forbidden.test": _constrained("elsewhere.test"),
    "unknown-critical.test": _leaf(more=((_UNKNOWN, True),)),
    "unknown.test": _leaf(more=((_UNKNOWN, False),)),
    # chains
    "between.test": _between(),
    "wrong-order.test": _wrong_order,
    "lacks.test": _between(shown=False, aia=True),
    "lacks-all.test": _between(shown=False),
    "stranger.test": _stranger,
    "selfsigned.test": _self_signed,
    "falseroot.test": _same_name_as_root,
    # TLS
    "tls11.test": _only(SSL.TLS1_1_VERSION),
    "tls12.test": _only(_12),
    "tls13.test": _only(_13),
    "x25519.test": _groups(b"X25519"),
    "hybrid.test": _groups(b"X25519MLKEM768"),
    "g-p256.test": _groups(b"P-256"),
    "g-p384.test": _groups(b"P-384"),
    "g-p521.test": _groups(b"P-521"),
    "g-p521-12.test": _groups(b"P-521", _12),
    "g-x448.test": _groups(b"X448"),
    "g-ffdhe.test": _groups(b"ffdhe2048"),
    "s-pkcs1.test": _signs(b"rsa_pkcs1_sha256", "rsa2048"),
    "s-pkcs1-512.test": _signs(b"rsa_pkcs1_sha512", "rsa2048"),
    "s-sha1.test": _signs(b"rsa_pkcs1_sha1", "rsa2048"),
    "s-ecdsa-sha1.test": _signs(b"ecdsa_sha1", "p256"),
    "s-sha224.test": _signs(b"rsa_pkcs1_sha224", "rsa2048"),
    "s-pss.test": _signs(b"rsa_pss_rsae_sha512", "rsa2048", _13),
    "asks.test": _tls(_asks_for_certificate),
    "asks12.test": _tls(_asks_for_certificate_12),
}


@dataclass
class Origins:
    """All of CASES, behind one port, and the issuers that some name."""

    root: Issued = field(default_factory=lambda: issue(None, ROOT_NAME, ca=True))
    asked: set[str] = field(default_factory=set)  # hosts that a request came for

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("", 0), backlog=200)
        self.port: int = self._socket.getsockname()[1]
        self._issuers: dict[str, bytes] = {}
        self._contexts: dict[str, SSL.Context] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.shutdown(
            socket.SHUT_RDWR
        )  # else the thread would take the connections of the next socket with this number
        self._socket.close()

    def issuer_at(self, host: str, issuer: Issued) -> str:
        self._issuers[f"/{host}"] = issuer.der
        return f"http://issuers.test:{self.port}/{host}"

    def _context(self, host: str) -> SSL.Context:
        with self._lock:
            if host not in self._contexts:
                shown = CASES[host](self, host)
                made = SSL.Context(SSL.TLS_SERVER_METHOD)
                made.set_cipher_list(b"ALL:@SECLEVEL=0")
                made.set_min_proto_version(SSL.TLS1_VERSION)
                made.use_certificate(shown.chain[0].certificate)
                made.use_privatekey(shown.chain[0].key)
                for one in shown.chain[1:]:
                    made.add_extra_chain_cert(one.certificate)
                made.set_session_id(b"odd")
                shown.set_up(made)
                self._contexts[host] = made
            return self._contexts[host]

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(plain,), daemon=True).start()

    def _handle(self, plain: socket.socket) -> None:
        with plain, suppress(OSError, SSL.Error, KeyError):
            plain.settimeout(20)
            first = plain.recv(16_384, socket.MSG_PEEK)
            if first[:1] != b"\x16":
                plain.recv(16_384)
                body = self._issuers[first.split(b" ")[1].decode()]
                plain.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                return
            plain.setblocking(True)
            host = next((one for one in CASES if f"\0{chr(len(one))}{one}".encode() in first), plain.getsockname()[0])
            tls = SSL.Connection(self._context(host), plain)
            tls.set_accept_state()
            asked = b""
            while b"\r\n\r\n" not in asked:
                asked += tls.recv(65_536)
            self.asked.add(host)
            tls.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                % len(BODY)
                + BODY
            )
            tls.shutdown()
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(65_536):
                pass
