"""A source that misbehaves, in whatever way, fails alone: it is written down, and the other lists are updated."""

import errno
import gzip
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from saywhy.cli.main import app
from saywhy.lists import fetch, opener
from saywhy.lists import store as store_module
from saywhy.lists.index import open_index
from saywhy.lists.publish import compile_lists
from saywhy.lists.store import ListStore, Manifest
from saywhy.lists.taking import add, update

OK: Final = b"HTTP/1.1 200 OK\r\n"
GOOD: Final = b"one.example\ntwo.example\nthree.example\n"


def quiet(_had: int, _of: int | None) -> None:
    pass


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_later(connection: socket.socket) -> None:
    threading.Event().wait(0.2)
    reset(connection)


def fall_silent(_: socket.socket) -> None:
    threading.Event().wait(10)


def drip(connection: socket.socket, start: bytes) -> None:
    """Never silent for long, and never done."""
    connection.sendall(start)
    with suppress(OSError):
        while True:
            connection.sendall(b"x")
            threading.Event().wait(0.05)


@dataclass(frozen=True)
class Bad:
    """What a server sends, or does, and what is told of it."""

    said: str
    sends: bytes = b""
    does: Callable[[socket.socket], None] | None = None


def answer(body: bytes, *fields: bytes, status: bytes = b"200 OK") -> bytes:
    head = b"".join(field + b"\r\n" for field in (*fields, b"Content-Length: %d" % len(body)))
    return b"HTTP/1.1 " + status + b"\r\n" + head + b"\r\n" + body


BAD: Final[dict[str, Bad]] = {
    "cut short": Bad("ended after 11 of 1000 bytes", OK + b"Content-Length: 1000\r\n\r\none.example"),
    "cut short in a chunk": Bad("before its end", OK + b"Transfer-Encoding: chunked\r\n\r\n400\r\none.example"),
    "no last chunk": Bad("before its end", OK + b"Transfer-Encoding: chunked\r\n\r\nc\r\none.example\n\r\n"),
    "a bad chunk": Bad("cannot be fetched", OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\none.example\r\n0\r\n\r\n"),
    "cut short in its head": Bad("", OK + b"Content-Le"),
    "nothing": Bad("hung up without an answer"),
    "reset": Bad("cannot be fetched", does=reset),
    "reset in its body": Bad(
        "cannot be fetched", OK + b"Content-Length: 1000\r\n\r\none", reset_later
    ),
    "no HTTP": Bad("does not answer in HTTP", b"220 ftp.example ready\r\n"),
    "a status that is no number": Bad("does not answer in HTTP", b"HTTP/1.1 abc OK\r\n\r\n"),
    "a status of no kind": Bad("does not answer in HTTP", b"HTTP/1.1 99999 OK\r\n\r\n"),
    "bytes alone": Bad("cannot be fetched", bytes(range(256)) * 10 + b"\r\n\r\n"),
    "a line of the head that is too long": Bad("cannot be fetched", OK + b"X: " + b"x" * 100_000 + b"\r\n\r\n"),
    "a status line that is too long": Bad("cannot be fetched", b"HTTP/1.1 200 " + b"x" * 100_000 + b"\r\n\r\n"),
    "too many lines in the head": Bad("cannot be fetched", OK + b"X: y\r\n" * 200 + b"\r\n"),
    "a length that is no number": Bad("", OK + b"Content-Length: many\r\n\r\n" + b"<html>sign in</html>"),
    "a length below nothing": Bad("", OK + b"Content-Length: -5\r\n\r\n"),
    "no answer": Bad("fell silent", does=fall_silent),
    "silence in its body": Bad(
        "fell silent", OK + b"Content-Length: 1000\r\n\r\none", fall_silent
    ),
    "a head without end": Bad("a-head-without-end", does=lambda one: drip(one, OK + b"X: ")),
    "a body without end": Bad("took longer", does=lambda one: drip(one, OK + b"Content-Length: 100000\r\n\r\n")),
    "too large": Bad("larger than", OK + b"Content-Length: 99999999999\r\n\r\none"),
    "a redirect in a circle": Bad("302", answer(b"", b"Location: /again", status=b"302 Found")),
    "a redirect to ftp": Bad("ftp", answer(b"", b"Location: ftp://127.0.0.1/list", status=b"302 Found")),
    "a redirect to a file": Bad("302", answer(b"", b"Location: file:///etc/hostname", status=b"302 Found")),
    "a redirect to nowhere": Bad("301", answer(b"", status=b"301 Moved")),
    "a redirect to what is no address": Bad("", answer(b"", b"Location: http://[::1", status=b"302 Found")),
    "a redirect to a name that there is not": Bad(
        "cannot be fetched", answer(b"", b"Location: http://\xff\xfe.invalid/", status=b"302 Found")
    ),
    "unchanged, although nobody asked": Bad("304", b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "not there": Bad("404", answer(b"gone", status=b"404 Not Found")),
    "a fault": Bad("503", answer(b"later", status=b"503 Later\x1b[31m")),
    "a web page": Bad("web page", answer(b"<!DOCTYPE html>\n<title>Sign in</title>", b"Content-Type: text/html")),
    "a web page in capitals": Bad("web page", answer(b"\r\n <HTML><body>Portal</body>")),
    "nothing in it": Bad("empty", answer(b"")),
    "no content": Bad("empty", b"HTTP/1.1 204 No Content\r\n\r\n"),
    "bytes of another code": Bad("not UTF-8", answer(b"\xe8\xe9.example\n\xe9.example\n")),
    "two bytes for each letter": Bad("UTF-16", answer("one.example\n".encode("utf-16"))),
    "no text": Bad("no text file", answer(b"\x7fELF\0\0\0\0")),
    "networks alone": Bad("networks of addresses", answer(b"192.0.2.0/24\n198.51.100.0/24\n")),
    "half of it": Bad("shrunk", answer(b"one.example\n")),
    "an archive cut short": Bad("cut short", answer(gzip.compress(GOOD * 99, mtime=0)[:-20])),
    "an encoding cut short": Bad("cut short", answer(gzip.compress(GOOD, mtime=0)[:-5], b"Content-Encoding: gzip")),
    "an encoding of no kind": Bad("not asked for", answer(GOOD, b"Content-Encoding: br")),
}  # fmt: skip


class Server:
    """A socket that answers each request as its path says: `/good` well, all others by `BAD`."""

    def __init__(self, wrap: Callable[[socket.socket], socket.socket] = lambda one: one) -> None:
        self.good = GOOD
        self.honest = True  # whether the bad ones answer well, for the time in which lists are added
        self._wrap = wrap
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection, self._wrap(connection) as one:
            asked = b""
            while b"\r\n\r\n" not in asked and (block := one.recv(65_536)):
                asked += block
            name = asked.split(b" ")[1][1:].decode().replace("-", " ")
            bad = BAD.get(name, BAD["a redirect in a circle"] if name == "again" else None)
            if bad is None or self.honest:
                one.sendall(answer(self.good))
                return
            one.sendall(bad.sends)
            if bad.does is not None:
                bad.does(one)

    def close(self) -> None:
        self._listening.shutdown(
            socket.SHUT_RDWR
        )  # else the thread would take the connections of the next socket with this number
        self._listening.close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    # short enough to wait for, and long enough for the honest sources on a machine that does much else
    monkeypatch.setattr(fetch, "_SILENCE", 3.0)
    monkeypatch.setattr(fetch, "MOST_SECONDS", 5.0)
    monkeypatch.setattr(opener, "SECONDS_FOR_A_HEAD", 5.0)
    running = Server()
    yield running
    running.close()


def added(store: ListStore, name: str, source: str, now: datetime) -> Manifest:
    return add(store, Manifest(name, "category", "malware", source), now, progress=quiet).manifest


@pytest.mark.parametrize("way", BAD)
def test_a_source_that_misbehaves_is_one_failure(store: ListStore, now: datetime, server: Server, way: str) -> None:
    address = f"http://127.0.0.1:{server.port}"
    before = added(store, "a-bad-one", f"{address}/{way.replace(' ', '-')}", now)
    for name in ("0-good", "z-good"):  # before it and behind it
        added(store, name, f"{address}/good?{name}", now)
    server.honest, server.good = False, GOOD + b"four.example\n"
    later = now + timedelta(days=1)
    done = {one.manifest.name: one for one in update(store, store.names(), later, progress=quiet)}
    assert {name: one.changed for name, one in done.items()} == {"0-good": True, "a-bad-one": False, "z-good": True}
    bad = done["a-bad-one"]
    assert bad.failure
    assert BAD[way].said in bad.failure
    assert bad.failure.isprintable()  # one line, and nothing that a terminal would obey
    assert not done["0-good"].failure
    kept = store.manifest("a-bad-one")
    assert kept == replace(before, checked=later.isoformat(timespec="seconds"), failure=bad.failure)
    compile_lists(store)
    index = open_index(store.index)
    assert {one.source.file for one in index.belongings("four.example", None)[0]} == {"0-good", "z-good"}
    assert {one.source.file for one in index.belongings("one.example", None)[0]} == {"0-good", "a-bad-one", "z-good"}


def test_a_server_whose_certificate_nobody_vouches_for_is_one_failure(
    store: ListStore, now: datetime, server: Server, tmp_path: Path
) -> None:
    secure = Server(own_certificate(tmp_path))
    added(store, "good", f"http://127.0.0.1:{server.port}/good", now)
    (store.folder / "bad").mkdir()
    store.save(Manifest("bad", "category", "malware", f"https://127.0.0.1:{secure.port}/good"))
    done = {one.manifest.name: one for one in update(store, store.names(), now, progress=quiet)}
    secure.close()
    assert "CERTIFICATE_VERIFY_FAILED" in done["bad"].failure
    assert not done["good"].failure


@pytest.mark.parametrize(
    "source",
    [
        "https://127.0.0.1:{port}/good",  # no TLS there
        "http://127.0.0.1:1/",
        "http://there-is-none.invalid/",
        "http://[::1/",
        "http://127.0.0.1:port/",
        "http://127.0.0.1:99999/",
        "http:///nothing",
        "http://127.0.0.1:{port}/with a space",
        "http://127.0.0.1:{port}/\u00fc",
        "http://127.0.0.1:{port}/line\nend",
        "/there/is/none",
        "/there/is/none\0",
        "/proc/self/mem",
        "a" * 5000,
    ],
)
def test_an_address_that_cannot_be_had_is_one_failure(
    store: ListStore, now: datetime, server: Server, source: str
) -> None:
    added(store, "good", f"http://127.0.0.1:{server.port}/good", now)
    (store.folder / "bad").mkdir()
    store.save(Manifest("bad", "category", "malware", source.format(port=server.port), read_as="domains"))
    done = {one.manifest.name: one for one in update(store, store.names(), now, progress=quiet)}
    assert done["bad"].failure
    assert store.manifest("bad").failure == done["bad"].failure
    assert not done["good"].failure


def test_a_list_whose_own_record_is_damaged_is_one_failure(store: ListStore, now: datetime, server: Server) -> None:
    for name in ("bad", "good"):
        added(store, name, f"http://127.0.0.1:{server.port}/good?{name}", now)
    (store.folder / "bad/list.json").write_text("{")
    done = {one.manifest.name: one for one in update(store, store.names(), now, progress=quiet)}
    assert "add the list again" in done["bad"].failure
    assert not done["good"].failure


@pytest.mark.parametrize("full_for", ["entries", "records", "temporary files"])
def test_a_full_disk_is_a_failure_of_each_list_and_no_list_is_lost(
    store: ListStore, now: datetime, server: Server, monkeypatch: pytest.MonkeyPatch, full_for: str
) -> None:
    before = [added(store, name, f"http://127.0.0.1:{server.port}/good?{name}", now) for name in ("one", "two")]
    server.good = GOOD + b"four.example\n"

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        if full_for == "entries":
            patch.setattr(store_module, "open_or_make", full)
        elif full_for == "records":
            patch.setattr(store_module, "write_whole", full)
        else:
            patch.setattr(fetch, "TemporaryDirectory", full)
        done = update(store, store.names(), now, progress=quiet)
    assert [("No space left" in one.failure, one.changed) for one in done] == [(True, False)] * 2
    assert [replace(store.manifest(one.name), failure="") for one in before] == before
    assert [len(list(store.entries(store.manifest(one.name)))) for one in before] == [3, 3]
    assert all(one.changed for one in update(store, store.names(), now, progress=quiet))


def test_update_goes_on_says_how_many_failed_and_indexes_what_is_good(tmp_path: Path, server: Server) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    store, now = ListStore(lists), datetime(2026, 11, 23, tzinfo=UTC)
    for name, way in (("a", "no-HTTP"), ("b", "good"), ("c", "cut-short")):
        added(store, name, f"http://127.0.0.1:{server.port}/{way}", now)
    server.honest, server.good = False, GOOD + b"four.example\n"
    done = CliRunner().invoke(app, ["lists", "update", "--lists", str(lists)])
    assert done.exit_code == 1
    assert "b (category malware): 4 names" in done.stdout
    assert "2 of 3 not taken" in done.stderr
    assert "does not answer in HTTP" in done.stderr
    assert json.loads((lists / "status.json").read_text())["failures"] == 2
    assert [one.source.file for one in open_index(store.index).belongings("four.example", None)[0]] == ["b"]
    shown = CliRunner().invoke(app, ["lists", "show", "--lists", str(lists)]).stdout
    assert shown.count("UPDATE FAILED") == 2
    assert (
        "ended after 11 of 1000 bytes" in CliRunner().invoke(app, ["lists", "show", "c", "--lists", str(lists)]).stdout
    )


def test_what_was_taken_is_told_although_the_index_cannot_be_written(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    added(ListStore(lists), "b", f"http://127.0.0.1:{server.port}/good", datetime(2026, 11, 23, tzinfo=UTC))
    compile_lists(ListStore(lists))
    server.good = GOOD + b"four.example\n"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(lists / "index"))

    monkeypatch.setattr("saywhy.lists.index_file.write_whole", full)
    done = CliRunner().invoke(app, ["lists", "update", "--lists", str(lists)])
    assert done.exit_code == 1
    assert "b (category malware): 4 names" in done.stdout
    assert "No space left on device" in done.stderr
    assert open_index(lists / "index").belongings("one.example", None)[0]


def own_certificate(folder: Path) -> Callable[[socket.socket], socket.socket]:
    """What a server does with a connection that has a certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return lambda one: context.wrap_socket(one, server_side=True)
