"""A box in trouble: no room for figures, a full disk, a supervisor that is killed. Deciding goes on all the same."""

import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.wire.filter_process import FilterProcess, read_all
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get

SMALL_MEMORY = 'mount -t tmpfs -o {options} tmpfs /dev/shm && exec "$@"'


def inside_small_memory(options: str) -> tuple[str, ...]:
    return ("unshare", "--mount", "sh", "-c", SMALL_MEMORY.format(options=options), "sh")


def answer(process: FilterProcess, host: str, path: str = "/", port: int | None = None) -> bytes:
    authority = host if port is None else f"{host}:{port}"
    with process.connect() as connection:
        connection.sendall(get(authority, f"http://{authority}{path}"))
        return read_all(connection)


def decides(process: FilterProcess) -> None:
    assert b"Blockedtube" in answer(process, "blocked.test")
    assert b"hello from good.test" in answer(process, "good.test", port=process.origin_port)
    assert b" 4" in answer(process, "good.test", "/\\..\\%00")[:12]  # one more figure
    with process.tunnel("good.test") as connection:
        connection.sendall(get(f"good.test:{process.origin_port}", "/"))
        assert b"hello from good.test" in read_all(connection)


def scraped(process: FilterProcess) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{process.metrics_port}/metrics", timeout=10) as told:
        assert told.status == 200
        return str(told.read(), "utf-8")


class TestNoRoomForFigures:
    @pytest.mark.parametrize("options", ["size=160k", "size=1m,nr_inodes=1"])
    def test_from_the_beginning(self, own_filter: FilterProcess, origin: Origin, options: str) -> None:
        own_filter.inside_of = inside_small_memory(options)
        own_filter.start()
        worker = own_filter.worker_pid()
        for _ in range(3):
            decides(own_filter)
        scraped(own_filter)
        assert own_filter.worker_pid() == worker
        assert "ended by itself" not in own_filter.output
        assert "figures" in own_filter.output

    def test_later(self, own_filter: FilterProcess, origin: Origin) -> None:
        own_filter.inside_of = inside_small_memory("size=4m")
        own_filter.start()
        worker = own_filter.worker_pid()
        decides(own_filter)
        before = scraped(own_filter)
        assert "saywhy_decisions_total{" in before
        fill = "cat /dev/zero > /dev/shm/full; true"
        subprocess.run(
            ["nsenter", "--mount", "--target", str(worker), "sh", "-c", fill], check=True, capture_output=True
        )
        for _ in range(3):
            decides(own_filter)
        assert own_filter.worker_pid() == worker
        kill_worker(own_filter)  # the next one begins with no room at all
        decides(own_filter)
        assert "saywhy_decisions_total{" in scraped(own_filter)


def kill_worker(process: FilterProcess) -> None:
    """End the worker; come back when there is another that listens."""
    worker = process.worker_pid()
    subprocess.run(["kill", "-KILL", str(worker)], check=True)

    def another() -> bool:
        with suppress(OSError, subprocess.CalledProcessError):
            process.connect().close()
            return process.worker_pid() != worker
        return False

    process.wait_for(another, "another worker")


@pytest.fixture
def small_disk(own_filter: FilterProcess) -> Iterator[Path]:
    """The state folder on a disk of its own."""
    own_filter.state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(own_filter.state)], check=True)
    yield own_filter.state
    if own_filter.process.poll() is None:
        own_filter.stop()
    subprocess.run(["umount", "--lazy", str(own_filter.state)], check=True)


def fill(disk: Path) -> Path:
    full = disk / "full"
    with full.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    with full.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"0")
    return full


class TestAFullDisk:
    def test_a_start_and_workers_that_die(self, own_filter: FilterProcess, origin: Origin, small_disk: Path) -> None:
        own_filter.start()
        decides(own_filter)
        own_filter.stop()
        full = fill(small_disk)
        own_filter.output = ""
        own_filter.start()
        decides(own_filter)
        kill_worker(own_filter)
        decides(own_filter)
        assert "Traceback" not in own_filter.output
        full.unlink()
        wait_until_asking_works(own_filter)

    def test_a_policy_that_cannot_be_kept_leaves_the_one_before(
        self, own_filter: FilterProcess, origin: Origin, small_disk: Path
    ) -> None:
        own_filter.start()
        own_filter.stop()
        full = fill(small_disk)
        own_filter.output = ""
        own_filter.policy = own_filter.policy.replace("Shorts never end.", "Shorts go on.")
        own_filter.start()
        assert "changes of the policy cannot be kept here: No space left on device" in own_filter.output
        decides(own_filter)
        full.unlink()
        own_filter.wait_for(lambda: "was accepted" in own_filter.output, "the change to be taken")

    def test_it_fills_while_people_ask(self, own_filter: FilterProcess, origin: Origin, small_disk: Path) -> None:
        own_filter.start()
        full = fill(small_disk)
        for _ in range(20):
            decides(own_filter)
        assert b" 503 " in portal_answer(own_filter)[:20] or b" 200 " in portal_answer(own_filter)[:20]
        full.unlink()
        wait_until_asking_works(own_filter)
        assert "ended by itself" not in own_filter.output

    def test_the_very_first_start_says_what_is_the_matter(
        self, own_filter: FilterProcess, origin: Origin, small_disk: Path
    ) -> None:
        fill(small_disk)
        with pytest.raises(AssertionError):
            own_filter.start()
        own_filter.process.wait(20)
        assert "No space left on device" in own_filter.output
        assert "Traceback" not in own_filter.output
        (small_disk / "full").unlink()
        own_filter.output = ""
        own_filter.start()
        decides(own_filter)


def portal_answer(process: FilterProcess) -> bytes:
    with socket.create_connection(("127.0.0.1", process.portal_port), timeout=20) as connection:
        connection.sendall(b"GET /sign-in HTTP/1.1\r\nHost: why.school.internal\r\nConnection: close\r\n\r\n")
        return read_all(connection)


def wait_until_asking_works(process: FilterProcess) -> None:
    process.wait_for(lambda: b" 200 " in portal_answer(process)[:20], "the portal to be of use again")


class TestEnds:
    def test_after_a_killed_supervisor_the_next_start_waits_for_its_children(
        self, own_filter: FilterProcess, origin: Origin
    ) -> None:
        own_filter.start()
        own_filter.process.kill()
        own_filter.process.wait(10)
        own_filter.output = ""
        own_filter.start()
        decides(own_filter)

    def test_a_relay_that_waits_for_its_answer_is_waited_for(self, own_filter: FilterProcess, origin: Origin) -> None:
        own_filter.start()
        answers: list[bytes] = []

        def ask() -> None:
            with own_filter.tunnel("fine.test") as connection:
                connection.sendall(get(f"fine.test:{own_filter.origin_port}", "/slow"))
                answers.append(read_all(connection))

        origin.slow_may_end.clear()
        asking = threading.Thread(target=ask)
        asking.start()
        own_filter.wait_for(lambda: b"/slow" in origin.bytes_for("fine.test"), "the request to reach the origin")
        own_filter.process.send_signal(signal.SIGTERM)
        time.sleep(4)
        origin.slow_may_end.set()
        asking.join(20)
        assert b"hello from fine.test" in answers[0]
        assert own_filter.process.wait(20) == 0

    def test_a_relay_that_is_kept_for_later_is_not(self, own_filter: FilterProcess, origin: Origin) -> None:
        own_filter.start()
        with own_filter.tunnel("fine.test") as connection:
            connection.sendall(get(f"fine.test:{own_filter.origin_port}", "/big/1"))
            assert len(read_all(connection)) > 1024 * 1024
            started = time.monotonic()
            assert own_filter.stop() == 0
            assert time.monotonic() - started < 20  # seconds; it may wait for thirty

    def test_told_twice_it_waits_for_nobody(self, own_filter: FilterProcess, origin: Origin) -> None:
        own_filter.start()
        origin.slow_may_end.clear()
        with own_filter.connect() as connection:
            host = f"good.test:{own_filter.origin_port}"
            connection.sendall(get(host, f"http://{host}/slow"))
            own_filter.wait_for(lambda: origin.connections_for("good.test"), "the request to reach the origin")
            own_filter.process.send_signal(signal.SIGINT)
            time.sleep(1)
            assert own_filter.process.poll() is None
            own_filter.process.send_signal(signal.SIGINT)
            assert own_filter.process.wait(5) == 0
        origin.slow_may_end.set()
