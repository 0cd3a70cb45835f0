"""One stream's trouble stays in its stream, and a polite goodbye cuts nobody off: towards HTTP/2 origins."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from saywhy.proxy.mitm.retry import MOST_GOODBYES
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess
from tests.wire.http2_client import Http2Client
from tests.wire.odd_http2 import CUT, MALFORMED, OddHttp2Origin

PICTURES = 100
EACH = 20  # streams of a connection, as nginx's keepalive_requests says


@pytest.fixture(scope="module")
def odd(test_authority: TestAuthority) -> Iterator[OddHttp2Origin]:
    origin = OddHttp2Origin(test_authority)
    yield origin
    origin.close()


@pytest.fixture(scope="module")
def guarded(
    odd: OddHttp2Origin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FilterProcess]:
    process = FilterProcess(tmp_path_factory.mktemp("streams"), odd.port, test_authority.path)
    process.start()
    yield process
    process.stop()


@pytest.mark.parametrize("name", [*MALFORMED, "body-first", "reset"])
def test_a_malformed_answer_is_explained_and_the_others_go_on(
    guarded: FilterProcess, odd: OddHttp2Origin, name: str
) -> None:
    odd.may_end.clear()
    path = f"/malformed/{name.replace(' ', '_')}" if name in MALFORMED else f"/{name}"
    with Http2Client(guarded, "good.test") as client:
        before, bad, after = client.ask("/slow"), client.ask(path), client.ask("/after")
        answered = client.answer(bad)
        assert (answered.status, answered.reset) == (502, None)
        assert b"<html" in answered.body
        assert "mitmproxy" not in str(answered.fields)
        assert b"mitmproxy" not in answered.body
        assert client.answer(after).body == b"picture /after"
        odd.may_end.set()
        assert client.answer(before).body == b"slow"


@pytest.mark.parametrize("name", CUT)
def test_an_answer_that_goes_wrong_later_is_cut_alone(guarded: FilterProcess, odd: OddHttp2Origin, name: str) -> None:
    odd.may_end.clear()
    with Http2Client(guarded, "good.test") as client:
        before, bad = client.ask("/slow"), client.ask(f"/malformed/{name.replace(' ', '_')}")
        assert client.answer(bad).reset is not None
        odd.may_end.set()
        assert client.answer(before).body == b"slow"


@pytest.mark.parametrize("kind", ["refused", "misdirected", "goodbye"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_was_not_processed_is_asked_once_more(
    guarded: FilterProcess, odd: OddHttp2Origin, kind: str, method: str
) -> None:
    path = f"/{kind}/{method}"
    with Http2Client(guarded, "good.test") as client:
        assert client.answer(client.ask("/first")).status == 200
        answered = client.answer(client.ask(path, method, pieces=[b"once"] if method == "POST" else None))
    assert answered.status == 200
    assert odd.times(path) == 2


@pytest.mark.parametrize(("kind", "times"), [("refused", 2), ("misdirected", 2), ("goodbye", 1 + MOST_GOODBYES)])
def test_but_not_for_ever(guarded: FilterProcess, odd: OddHttp2Origin, kind: str, times: int) -> None:
    with Http2Client(guarded, "good.test") as client:
        assert client.answer(client.ask("/first")).status == 200
        answered = client.answer(client.ask(f"/{kind}/always"))
        assert client.answer(client.ask("/after")).status == 200
    assert answered.status == (421 if kind == "misdirected" else 502)
    assert odd.times(f"/{kind}/always") == times


def test_frames_that_nobody_knows_are_passed_over(guarded: FilterProcess) -> None:
    with Http2Client(guarded, "good.test") as client:
        assert client.answer(client.ask("/push")).body == b"picture /push"


def test_a_hundred_pictures_come_whole_from_an_origin_that_says_goodbye(
    test_authority: TestAuthority, tmp_path: Path
) -> None:
    origin = OddHttp2Origin(test_authority, EACH)
    process = FilterProcess(tmp_path, origin.port, test_authority.path)
    process.start()
    try:
        with Http2Client(process, "good.test") as client:
            streams = {client.ask(f"/{number}"): number for number in range(PICTURES)}
            answers = {number: client.answer(stream) for stream, number in streams.items()}
        assert [number for number, one in answers.items() if one.body != f"picture /{number}".encode()] == []
        assert origin.connections >= PICTURES // EACH
    finally:
        process.stop()
        origin.close()
