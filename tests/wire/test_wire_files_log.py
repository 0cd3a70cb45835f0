"""A request whose answer is decided on has one line in the decision log, whatever becomes of it."""

import json

import pytest

from tests.wire.filter_process import FilterProcess, read_head
from tests.wire.origin import Origin
from tests.wire.test_wire_files import CLOSED, NUMBERS, TAIL, closing, fetched, serve

__all__ = ["closing"]


def lines_for(process: FilterProcess, path: str, effect: str) -> list[dict[str, object]]:
    """The lines about a path, once one with this effect is there."""
    found = lambda: [one for one in map(json.loads, process.decisions.splitlines()) if one["path"] == path]  # noqa: E731
    process.wait_for(lambda: any(one["effect"] == effect for one in found()), f"the line of {path}")
    fetched(process, "/last-line")
    process.wait_for(lambda: '"path":"/last-line"' in process.decisions, "a later line")
    return found()


def test_each_request_has_one_line_whatever_becomes_of_its_answer(closing: FilterProcess, origin: Origin) -> None:
    program, archive = CLOSED["programs"][1], CLOSED["archives"][1]
    for body, method, effect in ((program, "GET", "block"), (program, "HEAD", "allow"), (TAIL, "GET", "allow")):
        path = serve(origin, "data", body)
        fetched(closing, path, method)
        assert [one["effect"] for one in lines_for(closing, path, effect)] == [effect]
    path = serve(origin, "all.zip", archive)
    fetched(closing, path, host="fine.test")
    (line,) = lines_for(closing, path, "block")
    assert line["uses"] == ["file:archives"]


@pytest.mark.parametrize("gone", ["the client", "the origin"])
def test_a_request_whose_answer_never_comes_has_its_line(closing: FilterProcess, origin: Origin, gone: str) -> None:
    path = serve(origin, "slow", b"") if gone == "the origin" else f"/slow/{next(NUMBERS)}"
    if gone == "the origin":
        origin.answers[path] = [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"]
    with closing.tunnel("good.test") as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: good.test:{closing.origin_port}\r\n\r\n".encode())
        closing.wait_for(lambda: path.encode() in origin.bytes_for("good.test"), "the origin to have it")
        if gone == "the origin":
            assert b" 502 " in read_head(connection)[:20]
    assert [one["effect"] for one in lines_for(closing, path, "allow")] == ["allow"]
    origin.slow_may_end.set()
