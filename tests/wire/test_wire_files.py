"""Kinds of file: refused with a page before a byte of them is passed on, whatever they are called; ordinary ones pass."""

import gzip
import io
import itertools
import json
import zipfile
from collections.abc import Callable, Iterator

import brotli
import pytest

from saywhy.policy.file_kinds import FILE_KINDS
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import POLICY, FilterProcess
from tests.wire.http1_client import Http1Client
from tests.wire.http2_client import Answered, Http2Client
from tests.wire.mitmdump_process import Mitmdump
from tests.wire.origin import Origin

OF_A_BLOCK = """
    why: {risk: Files of this kind can harm a computer.}
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""
FILE_RULES = f"""
rules:
  - id: no-files
    block: everything
    files: [{", ".join(kind for kind in FILE_KINDS if kind not in ("audio", "video"))}]
    for: [students]
    instead: [watch]{OF_A_BLOCK}
  - id: films
    block: {{domains: [ws.test]}}
    files: [video]{OF_A_BLOCK}
  - id: read-only
    block: {{domains: [fine.test]}}
    posting: true{OF_A_BLOCK}
  - id: no-uploads
    block: {{domains: [big.test]}}
    uploads: true{OF_A_BLOCK}
"""
FILES_POLICY = POLICY.replace("\nrules:\n", FILE_RULES, 1)


def zipped(**files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name.replace("__", "/"), body)
    return held.getvalue()


def office(**more: bytes) -> bytes:
    return zipped(
        **{"[Content_Types].xml": b"<Types/>" * 50, "_rels__.rels": b"<r/>", "word__document.xml": b"<d/>", **more}
    )


TAIL = bytes(range(256)) * 40
TAR = b"homework/setup.exe".ljust(257, b"\0") + b"ustar\x0000" + TAIL
ISO = bytes(32_769) + b"CD001" + TAIL
# what is closed, by kind: the right name, and the body
CLOSED = {
    "programs": ("setup.exe", b"MZ\x90\0\x03\0\0\0\x04\0\0\0" + TAIL),
    "programs of Linux": ("tool.run", b"\x7fELF\x02\x01\x01" + TAIL),
    "programs of macOS": ("tool.pkg", b"xar!\0\x1c" + TAIL),
    "programs in Java": ("tool.jar", zipped(**{"META-INF/MANIFEST.MF": b"Main-Class: A"})),
    "installers": ("tool.msi", bytes.fromhex("d0cf11e0a1b11ae1") + TAIL),
    "phone-apps": ("game.apk", zipped(**{"AndroidManifest.xml": b"<m/>", "classes.dex": TAIL})),
    "browser-extensions": ("proxy.crx", b"Cr24\x03\0\0\0" + TAIL),
    "scripts": ("run.sh", b"#!/bin/sh\nrm -rf ~\n" + b"# more\n" * 900),
    "office-macros": ("letter.docm", office(**{"word/vbaProject.bin": TAIL})),
    "archives": ("all.zip", zipped(**{"games/doom.bin": TAIL})),
    "archives by 7-Zip": ("all.7z", b"7z\xbc\xaf\x27\x1c\0\x04" + TAIL),
    "archives by tar": ("all.tar", TAR),
    "archives by gzip": ("all.tgz", gzip.compress(TAIL)),
    "disk-images": ("linux.iso", ISO),
    "torrents": ("film.torrent", b"d8:announce30:http://tracker.example/announce" + TAIL),
}
ORDINARY = {
    "notes.pdf": ("application/pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + TAIL),
    "letter.docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", office()),
    "book.epub": ("application/epub+zip", zipped(mimetype=b"application/epub+zip", OEBPS__a=TAIL)),
    "game.sb3": ("application/octet-stream", zipped(**{"project.json": b"{}", "a.svg": b"<svg/>"})),
    "photo.jpg": ("image/jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF" + TAIL),
    "photo.png": ("image/png", b"\x89PNG\r\n\x1a\n" + TAIL),
    "film.mp4": ("video/mp4", b"\0\0\0\x18ftypisom" + TAIL * 20),
    "page.html": ("text/html; charset=utf-8", b"<!doctype html><p>MZ PK 7z</p>" * 300),
    "short.html": ("text/html", b"M"),
    "empty.txt": ("text/plain", b""),
    "data.json": ("application/json", b'{"MZ": 1}'),
    "table.csv": ("text/csv", b"MZ,code,country\nMZ,508,Mozambique\n" * 40),
    "code.js": ("text/javascript", b"export const run = () => 1;\n" * 90),
    "font.woff2": ("font/woff2", b"wOF2\0\x01\0\0" + TAIL),
    "setup.exe": ("text/html", b"<!doctype html><h1>What setup.exe is</h1>"),
    "module.wasm": ("application/wasm", b"\0asm\x01\0\0\0" + TAIL),
    "zeros.dat": ("application/octet-stream", bytes(100_000)),
}
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def closing(
    shared_origin: Origin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FilterProcess]:
    process = FilterProcess(tmp_path_factory.mktemp("files"), shared_origin.port, test_authority.path, FILES_POLICY)
    process.start()
    yield process
    process.stop()


def serve(origin: Origin, name: str, body: bytes, *fields: str, pieces: int = 0, status: str = "200 OK") -> str:
    """Have the origin answer with this at a path of its own; in chunks of so many bytes, where that is given."""
    path = f"/{next(NUMBERS)}/{name}"
    framing = "Transfer-Encoding: chunked" if pieces else f"Content-Length: {len(body)}"
    head = "\r\n".join([f"HTTP/1.1 {status}", framing, *fields, "", ""]).encode()
    if not pieces:
        origin.answers[path] = [head + body]
    else:
        small = body[:3_000]
        parts = [small[at : at + pieces] for at in range(0, len(small), pieces)] + [body[3_000:]]
        chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in parts if part]
        origin.answers[path] = [head, *chunks, b"0\r\n\r\n"]
    return path


DISGUISES = ("wrong extension", "wrong type", "no type", "renamed", "chunked")


def disguised(origin: Origin, how: str, name: str, body: bytes) -> str:
    match how:
        case "wrong extension":
            return serve(origin, "photo.jpg", body, "Content-Type: application/octet-stream")
        case "wrong type":
            return serve(origin, "photo", body, "Content-Type: image/jpeg")
        case "no type":
            return serve(origin, "photo", body)
        case "renamed":
            disposition = f"Content-Disposition: attachment; filename=\"a.txt\"; filename*=UTF-8''{name}"
            return serve(origin, "photo", b"not to be told by its bytes" * 40, "Content-Type: text/plain", disposition)
        case _:
            return serve(origin, "photo.jpg", body, "Content-Type: text/html", pieces=7)


@pytest.mark.parametrize("how", DISGUISES)
@pytest.mark.parametrize("client", [Http1Client, Http2Client])
def test_a_file_of_each_kind_is_closed_before_a_byte_of_it(
    closing: FilterProcess, origin: Origin, how: str, client: type[Http1Client] | type[Http2Client]
) -> None:
    paths = {kind: disguised(origin, how, *file) for kind, file in CLOSED.items()}
    for kind, path in paths.items():
        with client(closing, "good.test") as connection:
            answer = ask(connection, path)
        assert answer.status == 403, (kind, how)
        assert b"Files of this kind can harm" in answer.body, (kind, how)
        assert CLOSED[kind][1][:4] not in answer.body


def ask(connection: Http1Client | Http2Client, path: str, method: str = "GET", **fields: str) -> Answered:
    named = {"accept": "text/html", **{name.replace("_", "-"): value for name, value in fields.items()}}
    if isinstance(connection, Http1Client):
        return connection.ask(path, method, named)
    return connection.answer(connection.ask(path, method, list(named.items())))


def fetched(process: FilterProcess, path: str, method: str = "GET", host: str = "good.test", **fields: str) -> Answered:
    with Http1Client(process, host) as connection:
        return ask(connection, path, method, **fields)


@pytest.mark.parametrize("client", [Http1Client, Http2Client])
def test_ordinary_files_pass_byte_for_byte(
    closing: FilterProcess, origin: Origin, client: type[Http1Client] | type[Http2Client]
) -> None:
    with client(closing, "good.test") as connection:
        for name, (kind, body) in ORDINARY.items():
            for pieces in (0, 11):
                path = serve(origin, name, body, f"Content-Type: {kind}", pieces=pieces)
                answer = ask(connection, path)
                assert (answer.status, answer.body) == (200, body), name


def test_large_answers_are_streamed_and_come_whole(closing: FilterProcess) -> None:
    answer = fetched(closing, "/big/40", host="good.test")
    assert (answer.status, len(answer.body)) == (200, 40 * 1024 * 1024)


def test_other_streams_of_a_connection_go_on_beside_a_refused_answer(closing: FilterProcess, origin: Origin) -> None:
    closed = serve(origin, "photo.jpg", CLOSED["programs"][1] * 30, "Content-Type: image/jpeg")
    with Http2Client(closing, "good.test") as connection:
        big, refused, hello = connection.ask("/big/4"), connection.ask(closed), connection.ask("/hello")
        assert connection.answer(refused).status == 403
        assert connection.answer(hello).body.startswith(b"hello from good.test")
        assert len(connection.answer(big).body) == 4 * 1024 * 1024


def test_an_origin_with_http2(closing: FilterProcess, origin: Origin) -> None:
    head = [(":status", "200"), ("content-type", "image/png")]
    origin.http2_answers["/program"] = (head, CLOSED["programs"][1])
    origin.http2_answers["/picture"] = (head, ORDINARY["photo.png"][1])
    with Http2Client(closing, "h2.test") as connection:
        assert ask(connection, "/program").status == 403
        assert ask(connection, "/picture").body == ORDINARY["photo.png"][1]


@pytest.mark.parametrize(
    ("coding", "coded"),
    [("gzip", gzip.compress), ("br", brotli.compress), ("gzip, br", lambda one: brotli.compress(gzip.compress(one)))],
)
def test_what_comes_compressed_is_read_as_it_will_be_read(
    closing: FilterProcess, origin: Origin, coding: str, coded: Callable[[bytes], bytes]
) -> None:
    fields = ("Content-Type: text/plain", f"Content-Encoding: {coding}")
    for pieces in (0, 5):
        closed = serve(origin, "notes.txt", coded(CLOSED["programs"][1]), *fields, pieces=pieces)
        assert fetched(closing, closed).status == 403
        plain = coded(ORDINARY["page.html"][1])
        assert fetched(closing, serve(origin, "page", plain, *fields, pieces=pieces)).body == plain
        for behind in (plain[:-4] + bytes(4), plain + b"\x1fjunk") if coding == "gzip" else ():
            assert fetched(closing, serve(origin, "page", behind, *fields, pieces=pieces)).body == behind
    assert fetched(closing, serve(origin, "page", b"no such form" * 30, *fields)).status == 403
    odd = (fields[0], f"{fields[1]};q=1")
    assert fetched(closing, serve(origin, "page", plain, *odd)).body == plain


def test_a_coding_that_cannot_be_looked_into_is_not_asked_for(closing: FilterProcess) -> None:
    asked = fetched(closing, "/headers", accept_encoding="zstd, br;q=0.9, gzip").body.lower()
    assert b"accept-encoding: br;q=0.9, gzip" in asked
    assert b"zstd" not in asked


def test_parts_are_told_by_their_beginning_or_by_what_they_say(closing: FilterProcess, origin: Origin) -> None:
    def part(name: str, kind: str, begins: int) -> int:
        fields = (*([f"Content-Type: {kind}"] if kind else []), f"Content-Range: bytes {begins}-99/100")
        path = serve(origin, name, b"M" * (100 - begins), *fields, status="206 Partial Content")
        return fetched(closing, path, range=f"bytes={begins}-").status

    assert part("film.mp4", "video/mp4", 50) == 206
    assert part("notes.pdf", "application/pdf", 0) == 206
    assert part("data", "application/octet-stream", 0) == 206
    assert part("data", "application/octet-stream", 1) == 403  # the beginning would tell, and is left out
    assert part("data", "", 1) == 403
    assert part("data", "*/*", 1) == 403
    assert part("data", "application/x-download; charset=utf-8", 1) == 403
    assert part("data", "image/png, application/octet-stream", 1) == 403
    assert part("all.zip", "application/pdf", 50) == 403
    assert part("all.zip", "application/octet-stream", 50) == 403
    assert part("data", "application/x-msdownload", 50) == 403
    assert part("film.mp4", "application/octet-stream", 50) == 206  # films are not closed
    assert part("world.pmtiles", "application/vnd.pmtiles", 50) == 206
    assert part("letter.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", 50) == 206
    assert part("data", "multipart/byteranges; boundary=x", 0) == 403


def test_answers_without_a_body_are_told_by_their_head(closing: FilterProcess, origin: Origin) -> None:
    def head(name: str, *fields: str, status: str = "200 OK", method: str = "GET") -> int:
        return fetched(closing, serve(origin, name, b"", *fields, status=status), method).status

    assert head("setup.exe", method="HEAD") == 403
    assert head("x", "Content-Type: application/zip", method="HEAD") == 403
    assert head("page", "Content-Type: text/html", method="HEAD") == 200
    assert head("setup.exe", status="304 Not Modified") == 403
    assert head("page", status="304 Not Modified") == 304
    assert head("setup.exe", "Location: /elsewhere", status="302 Found") == 302
    assert head("setup.exe", "Content-Type: text/html", status="404 Not Found") == 404
    assert head("nothing", status="204 No Content") == 204


def test_what_a_text_turns_out_to_be_is_broken_off(closing: FilterProcess, origin: Origin) -> None:
    text = b"a line of text\n" * 2_184 + b"123456789"
    path = serve(origin, "notes.txt", (text + bytes(32_769 - len(text)) + b"CD001" + TAIL), pieces=512)
    with Http2Client(closing, "good.test") as connection:
        answer = ask(connection, path)
        assert answer.reset is not None
        assert b"CD001" not in answer.body
        assert ask(connection, "/hello").status == 200


def test_plain_http_and_pages_say_it_too(closing: FilterProcess, origin: Origin) -> None:
    path = serve(origin, "photo.jpg", CLOSED["programs"][1])
    with closing.connect() as connection:
        host = f"good.test:{closing.origin_port}"
        connection.sendall(
            f"GET http://{host}{path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n".encode()
        )
        received = b""
        while piece := connection.recv(65_536):
            received += piece
    assert received.startswith(b"HTTP/1.1 403 ")
    assert b"Files of this kind" in received


def test_the_refusal_is_written_down_with_its_rule_and_its_reference(closing: FilterProcess, origin: Origin) -> None:
    answer = fetched(closing, serve(origin, "photo.jpg", CLOSED["programs"][1]), accept="text/html")
    lines = lambda: [one for one in map(json.loads, closing.decisions.splitlines()) if one["reference"]]  # noqa: E731
    closing.wait_for(lambda: any(one["reference"].encode() in answer.body for one in lines()), "the line of the log")
    line = next(one for one in lines() if one["reference"].encode() in answer.body)
    assert (line["effect"], line["rule"]) == ("block", "no-files")
    assert b"/ask/" in answer.body


def test_where_only_films_are_closed_archives_pass(closing: FilterProcess, origin: Origin) -> None:
    archive = CLOSED["archives"][1]
    closing_for_students = fetched(closing, serve(origin, "a", archive), host="ws.test")
    assert closing_for_students.status == 403  # no-files is for everything
    assert fetched(closing, serve(origin, "a", ORDINARY["film.mp4"][1]), host="ws.test").status == 403
    assert fetched(closing, serve(origin, "a", ORDINARY["film.mp4"][1]), host="good.test").status == 200


def test_inside_mitmdump(mitmdump: Mitmdump, origin: Origin) -> None:
    mitmdump.policy = FILES_POLICY
    mitmdump.start()
    assert fetched(mitmdump, serve(origin, "photo.jpg", CLOSED["programs"][1], pieces=3)).status == 403
    assert fetched(mitmdump, serve(origin, "photo.jpg", ORDINARY["photo.jpg"][1])).body == ORDINARY["photo.jpg"][1]
    assert fetched(mitmdump, "/echo", "POST", host="fine.test").status == 403
