"""An HTTP/2 client that floods is sent away, one in no hurry as well, and nobody else notices."""

import threading
import time

import pytest

from tests.wire.filter_process import FilterProcess
from tests.wire.http2_client import flooded
from tests.wire.origin import Origin
from tests.wire.test_wire_allowed import over_http2
from tests.wire.tricks import frames

ASKED = frames.request(frames.fields(b"good.test"), 1)
FLOODS = {
    "PING": frames.frame(frames.PING, bytes(8)) * 1_000,
    "SETTINGS": frames.frame(frames.SETTINGS) * 1_000,
    "PRIORITY": frames.frame(2, b"\0\0\0\3\0", 0, 1) * 1_000,
    "WINDOW_UPDATE": frames.frame(frames.WINDOW_UPDATE, b"\0\0\0\1") * 1_000,
    "unknown frames": frames.frame(0xFA, bytes(8)) * 1_000,
    "a head that never ends": frames.frame(frames.HEADERS, bytes(16_000), 0, 1)
    + frames.frame(frames.CONTINUATION, bytes(16_000), 0, 1) * 100,
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_ends_its_connection(running: FilterProcess, origin: Origin, kind: str) -> None:
    assert flooded(running, "good.test", FLOODS[kind])


def test_streams_opened_and_reset_end_it_as_well(running: FilterProcess, origin: Origin) -> None:
    pairs = b"".join(
        frames.request(frames.fields(f"good.test:{running.origin_port}".encode()), number)
        + frames.frame(frames.RST_STREAM, b"\0\0\0\x08", 0, number)
        for number in range(1, 2_001, 2)
    )
    assert flooded(running, "good.test", pairs)


def test_while_one_floods_the_others_are_answered(running: FilterProcess, origin: Origin) -> None:
    stop = threading.Event()

    def flood() -> None:
        while not stop.is_set():
            flooded(running, "good.test", FLOODS["PING"], 1)

    threads = [threading.Thread(target=flood) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            began = time.monotonic()
            assert over_http2(running, "good.test", "/hello")[0] == 200
            assert time.monotonic() - began < 10
    finally:
        stop.set()
        for thread in threads:
            thread.join()
