"""TLS between a transport and a protocol: both ends are ours here, the socket's transports are lists."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL

from saywhy.proxy.lane.tls_transport import GONE, TlsTransport
from saywhy.proxy.tls.authority import ensure_authority, read_authority
from saywhy.proxy.tls.device_contexts import DeviceContexts


class Raw:
    """A socket's transport that keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.paused = self.closed = self.ended = False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        del high, low

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def taken(self) -> bytes:
        written, self.written = b"".join(self.written), []
        return written

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.closed = True

    abort = close


class Heard(asyncio.Protocol):
    """A protocol inside that remembers."""

    def __init__(self, *, refuses: str = "") -> None:
        self.data = b""
        self.said: list[object] = []
        self._refuses = refuses

    def handshaken(self) -> str:
        self.said.append("handshaken")
        return self._refuses

    def handshake_failed(self, error: str, *, by_them: bool, said_all: bool) -> None:
        del said_all
        self.said.append((error, by_them))

    def data_received(self, data: bytes) -> None:
        self.data += data

    def eof_received(self) -> bool:
        self.said.append("eof")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.said.append("lost")


class Two:
    """A device and the filter."""

    def __init__(self, folder: Path, *, refuses: str = "", verify: bool = False) -> None:
        settings = SSL.Context(SSL.TLS_CLIENT_METHOD)
        if verify:
            settings.set_verify(SSL.VERIFY_PEER)
        client = SSL.Connection(settings)
        client.set_connect_state()
        ours = DeviceContexts(read_authority(folder)).connection("a.test", None, None)
        self.raws, self.heard = (Raw(), Raw()), (Heard(), Heard(refuses=refuses))
        self.device, self.filter = (
            TlsTransport(connection, heard, heard) for connection, heard in zip((client, ours), self.heard, strict=True)
        )

    async def begin(self) -> None:
        for end, raw in zip((self.filter, self.device), self.raws[::-1], strict=True):
            end.connection_made(raw)  # type: ignore[arg-type]
        await self.settle()

    async def settle(self) -> None:
        """Carry bytes over until there are none, to whoever reads."""
        ends: Any = (self.device, self.filter)
        for _ in range(20):
            await asyncio.sleep(0)
            for number, raw in enumerate(self.raws):
                if raw.written and not self.raws[1 - number].paused:
                    ends[1 - number].data_received(raw.taken())


def runs[**P](test: Callable[P, Coroutine[None, None, None]]) -> Callable[P, None]:
    """A test that runs in a loop of its own."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("authority")
    ensure_authority(made, "Hillside School", datetime.now(UTC))
    return made


async def begun(folder: Path) -> Two:
    two = Two(folder)
    await two.begin()
    assert [one.said for one in two.heard] == [["handshaken"], ["handshaken"]]
    return two


@pytest.mark.parametrize("size", [1, 16_384, 16_385, 300_000, 2_000_000])
@runs
async def test_what_is_written_arrives_whole(folder: Path, size: int) -> None:
    two = await begun(folder)
    two.device.write(b"x" * size)
    two.filter.write(b"y" * size)
    await two.settle()
    assert (two.heard[1].data, two.heard[0].data) == (b"x" * size, b"y" * size)


@runs
async def test_nothing_is_handed_on_while_reading_is_paused_and_nothing_is_lost(folder: Path) -> None:
    two = await begun(folder)
    two.filter.pause_reading()
    two.device.write(b"x" * 50_000)
    await two.settle()
    assert (two.heard[1].data, two.filter.is_reading()) == (b"", False)
    two.filter.resume_reading()
    await two.settle()
    assert two.heard[1].data == b"x" * 50_000


@runs
async def test_a_protocol_that_pauses_in_the_middle_gets_the_rest_later(folder: Path) -> None:
    two = await begun(folder)

    def once(data: bytes) -> None:
        two.heard[1].data += data
        two.filter.pause_reading()

    two.heard[1].data_received = once  # type: ignore[method-assign]
    two.device.write(b"x" * 50_000)
    await two.settle()
    assert len(two.heard[1].data) == 16_384
    del two.heard[1].data_received
    two.filter.resume_reading()
    await two.settle()
    assert len(two.heard[1].data) == 50_000


@runs
async def test_the_end_is_said_in_tls(folder: Path) -> None:
    two = await begun(folder)
    two.device.write_eof()
    await two.settle()
    assert two.raws[0].ended
    assert two.heard[1].said == ["handshaken", "eof"]
    assert two.raws[1].closed


@runs
async def test_a_device_that_does_not_trust_us_says_so(folder: Path) -> None:
    two = Two(folder, verify=True)
    await two.begin()
    assert two.heard[0].said[0][1] is False  # type: ignore[index]
    assert "unknown ca" in str(two.heard[1].said[0])
    assert two.heard[1].said[0][1] is True  # type: ignore[index]


@runs
async def test_whoever_goes_during_the_handshake_is_told_of(folder: Path) -> None:
    two = Two(folder)
    two.filter.connection_made(two.raws[1])  # type: ignore[arg-type]
    two.filter.connection_lost(None)
    assert two.heard[1].said == [(GONE, True), "lost"]


@runs
async def test_what_was_proven_may_not_do(folder: Path) -> None:
    two = Two(folder, refuses="it does not do")
    await two.begin()
    assert two.heard[1].said == ["handshaken", ("it does not do", False)]


@runs
async def test_after_the_end_the_two_do_not_hold_each_other(folder: Path) -> None:
    two = await begun(folder)
    two.filter.connection_lost(None)
    assert two.filter.get_protocol() is not two.heard[1]
