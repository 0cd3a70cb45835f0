"""Which kinds of file something is: by its name, its type and its first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.access import target_of_url
from saywhy.decide.file_signs import (
    FIRST_BYTES,
    deepest_for,
    is_attachment,
    is_live,
    is_old_office,
    kinds_of_bytes,
    kinds_of_name,
    kinds_of_type,
    media_type,
    name_in,
    names_in_disposition,
)
from saywhy.decide.use import READING, Use, use_of_request, use_refused
from saywhy.policy.address import canonical_url
from saywhy.policy.file_kinds import FILE_KINDS
from saywhy.policy.uses import POSTING, UPLOADS, file_use

ALL = frozenset(FILE_KINDS)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("setup.exe", {"programs"}),
        ("SETUP.EXE", {"programs"}),
        ("setup.exe. .", {"programs"}),
        ("homework.tar.gz", {"archives"}),
        ("report.docx", set()),
        ("report.docm", {"office-macros"}),
        ("url", set()),
        ("page.html", set()),
        ("app.js", set()),
        ("", set()),
    ],
)
def test_by_name(name: str, kinds: set[str]) -> None:
    assert kinds_of_name(name) == kinds


@pytest.mark.parametrize(
    "path",
    [
        "/setup.exe",
        "/setup.ex%65",
        "/setup%2Eexe",
        "/setup%2eexe",
        "/setup%252eexe",
        "/setup%EF%BC%8Eexe",  # a full-width dot
        "/setup\uff0eexe",
        "/a/setup%2Eexe%20",
        "/a%2Fsetup%2Eexe;v=1",
    ],
)
def test_the_name_in_an_address_is_read_as_the_answer_to_it_is(path: str) -> None:
    target = target_of_url(f"https://files.example{path}")
    assert target.url is not None
    assert kinds_of_name(name_in(target.url)) == {"programs"}  # as the proxy names what comes back
    assert target.use.certain == {file_use("programs")}


@given(st.text("setup.exe%2E5/;\uff0e", max_size=20))
def test_however_an_address_is_written_both_ways_to_name_the_file_agree(path: str) -> None:
    target = target_of_url(f"https://files.example/{path}")
    assert target.url is not None
    assert target.use.certain == {*map(file_use, kinds_of_name(name_in(target.url)))}


def test_code_of_pages_is_a_script_only_where_it_is_saved() -> None:
    assert kinds_of_name("run.js", attached=True) == {"scripts"}
    assert kinds_of_name("run.com", attached=True) == {"programs"}


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("attachment; filename=setup.exe", ["setup.exe"]),
        ('attachment; filename="set\\"up.exe"', ['set"up.exe']),
        ('attachment; FILENAME = "a;b.exe" ; x=y', ["a;b.exe"]),
        ("attachment; filename*=UTF-8''b%2Eexe", ["b.exe"]),
        ("attachment; filename*0=set; filename*1=up.exe", ["set", "up.exe", "setup.exe"]),
        ("filename=a.exe", ["a.exe"]),
        ("inline", []),
        ('attachment; filename="never closed.exe', ["never closed.exe"]),
    ],
)
def test_names_in_a_disposition(header: str, names: list[str]) -> None:
    assert list(names_in_disposition(header)) == names


def test_small_things() -> None:
    assert media_type("Text/HTML; charset=x") == "text/html"
    assert kinds_of_type("video/x-anything") == {"video"}
    assert kinds_of_type("application/pdf") == set()
    assert name_in(canonical_url("https://a.example/x/Set%75p.exe;v=1?q=.zip")).lower() == "setup.exe"
    assert is_attachment("attachment")
    assert is_attachment("filename=x")
    assert not is_attachment("Inline; filename=x")
    assert is_old_office("a.DOC")
    assert not is_old_office("a.docx")


def test_how_far_in_is_waited_for() -> None:
    assert deepest_for(b"{}") == deepest_for(b"12\n[]") < deepest_for(b"homework/all") < deepest_for(b"\0")


@pytest.mark.parametrize(
    "kind",
    [
        "text/event-stream", "multipart/x-mixed-replace", "application/x-ndjson", "application/json-seq",
        "application/geo+json-seq", "application/grpc", "application/grpc+proto", "application/grpc-web",
        "application/grpc-web+proto", "application/grpc-web-text", "application/grpc-web-text+proto",
        "application/connect+proto", "application/connect+json", "application/vnd.amazon.eventstream",
    ],
)  # fmt: skip
def test_types_of_live_answers(kind: str) -> None:
    assert is_live(kind)
    assert not kinds_of_type(kind)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/json", "application/octet-stream", "multipart/mixed"])
def test_types_of_answers_that_end(kind: str) -> None:
    assert not is_live(kind)


@given(st.binary(max_size=60), st.sampled_from([b"MZ\x90\0", b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"\x7fELF", b"#!/"]))
def test_more_bytes_only_settle_what_was_open(tail: bytes, magic: bytes) -> None:
    whole = magic + tail
    final, unsure = kinds_of_bytes(whole, ALL, ended=True)
    assert not unsure
    for length in range(len(whole)):
        found, waits = kinds_of_bytes(whole[:length], ALL, ended=False)
        assert found <= final or "programs" in found - final  # a zip is told apart late
        assert final <= found | waits


@given(st.binary(max_size=200))
def test_what_is_looked_for_is_known_after_the_first_bytes(body: bytes) -> None:
    assert kinds_of_bytes(body.ljust(FIRST_BYTES, b"\0"), ALL, ended=False)[1] == frozenset()


def test_uses_of_requests() -> None:
    assert use_of_request("get") is READING
    assert use_of_request("DELETE").certain == {POSTING}
    assert use_of_request("GET", carries=True).certain == {POSTING}
    assert use_of_request("PUT", uploads=True).certain == {POSTING, UPLOADS}
    assert use_refused(frozenset({UPLOADS})) == Use(frozenset({POSTING, UPLOADS}), settled=True)
    assert READING.answered([file_use("video")]) == Use(frozenset({file_use("video")}), settled=True)
