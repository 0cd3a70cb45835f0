"""File rules that begin while a request waits for its answer, while that is held, or while a download runs."""

import time
from datetime import timedelta

import pytest

from tests.wire.filter_process import read_all, read_head
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get
from tests.wire.test_wire_decided_again import TUESDAY_TEN, WITHIN, School, closing, ends, school
from tests.wire.test_wire_files import CLOSED, ORDINARY, TAIL

__all__ = ["school"]
BY = ("policy", "lesson")


def begins(school: School, how: str, text: str) -> None:
    """Have what was written come into force: as another policy, or as a lesson of the one that is in force."""
    if how == "policy":
        school.policy(text)
    else:
        school.clock.at = TUESDAY_TEN + timedelta(hours=1)


@pytest.mark.parametrize("how", BY)
@pytest.mark.parametrize(
    ("name", "body", "passes"), [("closed", CLOSED["programs"][1], False), ("photo.png", None, True)]
)
def test_the_answer_to_a_request_that_waited_is_held_by_a_file_rule_that_began(
    school: School, origin: Origin, how: str, name: str, body: bytes | None, passes: bool
) -> None:
    sent = body or ORDINARY[name][1]
    path = f"/slow/{name}"
    origin.slow_may_end.clear()
    origin.answers[path] = [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(sent), sent]
    rule = closing("good.test", "files: [programs]" + ("" if how == "policy" else "\n    when: [lessons]"))
    if how == "lesson":
        school.policy(rule)
    with school.proxy.tunnel("good.test") as kept:
        kept.sendall(get(f"good.test:{school.proxy.origin_port}", path))
        school.proxy.wait_for(lambda: path.encode() in origin.bytes_for("good.test"), "the origin to have it")
        begins(school, how, rule)
        origin.slow_may_end.set()
        answer = read_all(kept)
    assert (b" 200 " in answer[:20], sent in answer) == (passes, passes)
    assert (b"So it is." in answer) != passes


def test_what_is_held_is_told_by_the_kinds_that_are_asked_for_by_then(school: School, origin: Origin) -> None:
    archive = CLOSED["archives"][1]
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(archive)
    school.policy(closing("good.test", "files: [programs]"))
    origin.slow_may_end.clear()
    origin.answers["/held"] = [head, b"P"]
    origin.ends["/held"] = archive[1:]
    with school.proxy.tunnel("good.test") as kept:
        kept.sendall(get(f"good.test:{school.proxy.origin_port}", "/held"))
        school.proxy.wait_for(lambda: b"/held" in origin.bytes_for("good.test"), "the origin to have it")
        time.sleep(0.3)  # until the filter holds its first byte
        school.policy(closing("good.test", "files: [archives]"))
        time.sleep(1)
        origin.slow_may_end.set()
        answer = read_all(kept)
    assert b" 403 " in answer[:20]
    assert archive[:30] not in answer


@pytest.mark.parametrize("how", BY)
@pytest.mark.parametrize(
    ("fields", "goes_on"),
    [
        (b"Content-Type: application/x-msdownload", False),
        (b"Content-Disposition: attachment; filename=setup.exe", False),
        (b"Content-Type: video/mp4", True),
    ],
)
def test_a_download_is_ended_by_a_file_rule_that_begins_as_far_as_its_head_tells(
    school: School, origin: Origin, how: str, fields: bytes, goes_on: bool
) -> None:
    path = "/begun"
    origin.slow_may_end.clear()
    origin.answers[path] = [b"HTTP/1.1 200 OK\r\n" + fields + b"\r\nContent-Length: 10007\r\n\r\n", TAIL[:10_000]]
    origin.ends[path] = b"its end"
    rule = closing("good.test", "files: [programs]" + ("" if how == "policy" else "\n    when: [lessons]"))
    if how == "lesson":
        school.policy(rule)
    with school.proxy.tunnel("good.test") as kept:
        kept.sendall(get(f"good.test:{school.proxy.origin_port}", path))
        assert b" 200 " in read_head(kept)[:20]
        begins(school, how, rule)
        if not goes_on:
            assert ends(kept)
            return
        time.sleep(WITHIN)
        origin.slow_may_end.set()
        received = b""
        while not received.endswith(b"its end"):
            received += kept.recv(65_536)
