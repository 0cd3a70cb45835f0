"""What a filter says of its health, of any age."""

import json
from datetime import UTC, datetime

import pytest

from saywhy.observe.health_told import HealthTold, ProcessTold, WrongTold, read_lines, read_ready


def test_processes_and_what_is_wrong() -> None:
    told = {
        "ready": False,
        "processes": [
            {"name": "worker 1", "pid": 12, "since": "2026-11-23T10:00:00+00:00", "state": "silent", "restarts": 2}
        ],
        "wrong": [{"process": "worker 1", "kind": "silent", "text": "it says nothing", "do": "start it again"}],
        "policy": {"revision": "0123456789ab", "since": None},
    }
    assert read_ready(json.dumps(told).encode()) == HealthTold(
        False,
        (ProcessTold("worker 1", "silent", 12, datetime(2026, 11, 23, 10, tzinfo=UTC), 2),),
        (WrongTold("worker 1", "silent", "it says nothing", "start it again"),),
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, ProcessTold("a process", "up")),
        ({"name": "portal", "pid": "x", "since": "yesterday", "restarts": None}, ProcessTold("portal", "up")),
        ({"name": "portal", "since": 0}, ProcessTold("portal", "up", None, datetime(1970, 1, 1, tzinfo=UTC))),
        ({"name": "portal", "since": "2026-11-23T10:00:00", "new": []}, ProcessTold("portal", "up")),
        ({"name": "portal", "since": 1e300}, ProcessTold("portal", "up")),
    ],
)
def test_nothing_of_a_process_has_to_be_there(told: object, expected: ProcessTold) -> None:
    found = read_ready(json.dumps({"ready": True, "processes": [told, "none"], "wrong": {}}).encode())
    assert found == HealthTold(True, (expected,))


@pytest.mark.parametrize("content", [b"", b"ok\n", b"[]", b"{}", b'{"ready": "yes"}', b"[" * 100_000, b"\xff"])
def test_what_is_no_such_answer_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_ready(content)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("worker 2, lists: gone: /x", WrongTold("worker 2", "lists", "gone: /x")),
        ("not answering: portal", WrongTold("portal", "silent", "portal")),
        (
            "not answering: worker 1, which has stood still for 12 seconds (process 7)",
            WrongTold("worker 1", "silent", "worker 1, which has stood still for 12 seconds (process 7)"),
        ),
        ("self-test, sealed: it opened", WrongTold("self-test", "sealed", "it opened")),
        ("self-test: it has not run", WrongTold("self-test", "", "it has not run")),
        ("the disk is full", WrongTold("", "policy", "the disk is full")),
    ],
)
def test_lines_of_an_older_filter(line: str, expected: WrongTold) -> None:
    assert read_lines(503, f"{line}\n".encode()) == HealthTold(ready=False, wrong=(expected,))


def test_ok_is_ready() -> None:
    assert read_lines(200, b"ok\n") == HealthTold(ready=True)
