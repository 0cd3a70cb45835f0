"""Signs of life come from the loops that do the work, and stop with them."""

import asyncio
import logging
import threading
import urllib.request
from collections.abc import Callable
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest
import uvloop
from waitress import create_server

from saywhy.serve.beats import EVERY, STUCK, Stuck, beat, beat_from


def test_a_worker_gives_signs_from_its_event_loop_and_none_while_that_is_blocked() -> None:
    signs: SimpleQueue[int] = SimpleQueue()
    blocked, go_on = threading.Event(), threading.Event()

    def block() -> None:
        blocked.set()
        go_on.wait(20)

    async def work() -> None:
        beating = asyncio.get_running_loop().create_task(beat(lambda: signs.put(threading.get_ident())))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(block)
        await asyncio.sleep(EVERY)
        beating.cancel()

    working = threading.Thread(target=lambda: uvloop.run(work()))
    working.start()
    assert blocked.wait(20)
    assert signs.get(timeout=20) == working.ident
    assert signs.empty()
    go_on.set()
    working.join(20)
    while not signs.empty():
        assert signs.get() == working.ident


class Turning:
    """The loop of a server, turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.signs: list[float] = []
        self.waiting: list[object] = []
        self.server: Any = SimpleNamespace(
            readable=lambda: "as before", task_dispatcher=SimpleNamespace(queue=self.waiting)
        )
        beat_from(self.server, lambda: self.signs.append(self.now), lambda: self.now)

    def turn(self, seconds: float, each: float = 0.5, then: Callable[[], object] = lambda: None) -> None:
        end = self.now + seconds
        while self.now < end:
            assert self.server.readable() == "as before"
            self.now += each
            then()


def test_a_server_gives_a_sign_twice_a_second_however_busy_its_loop_is() -> None:
    turning = Turning()
    turning.turn(2, each=0.125)
    assert turning.signs == [100.0, 100.5, 101.0, 101.5]


def test_threads_that_take_nothing_any_more_end_the_signs_until_they_do() -> None:
    turning = Turning()
    turning.waiting.append("a request")
    turning.turn(STUCK)
    assert turning.signs[-1] == 100 + STUCK - 0.5
    turning.turn(5)
    assert turning.signs[-1] <= 100 + STUCK + 0.5
    turning.waiting[:] = ["another"]
    turning.turn(1)
    assert turning.signs[-1] == turning.now - 0.5


def test_a_slow_database_stops_no_signs() -> None:
    turning = Turning()
    turning.waiting.extend(range(500))
    turning.turn(300, then=lambda: turning.waiting.pop(0) if turning.now % 10 == 0 else None)
    assert len(turning.signs) == 600


def test_that_all_is_stuck_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    stuck, first = Stuck(logging.getLogger("portal")), object()
    for second in range(2 * int(STUCK)):
        for half in (0.0, 0.5):
            stuck.look(second + half, first)
    assert caplog.text.count("no thread has taken one for 30 seconds") == 1


def test_waitress_asks_its_socket_in_its_own_loop() -> None:
    signs: SimpleQueue[int] = SimpleQueue()

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    server = create_server(app, host="127.0.0.1", port=0, asyncore_use_poll=True)
    beat_from(server, lambda: signs.put(threading.get_ident()))
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    with urllib.request.urlopen(f"http://127.0.0.1:{server.effective_port}/", timeout=20) as answer:
        assert answer.status == 200
    assert signs.get(timeout=20) == serving.ident
    server.trigger.pull_trigger(lambda: [one.close() for one in list(server._map.values())])
    server.task_dispatcher.shutdown(timeout=5)
    serving.join(20)
