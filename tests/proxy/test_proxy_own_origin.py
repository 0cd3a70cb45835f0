"""The origin behind the self-test's names: one answer for whatever is asked, and only for these names."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from saywhy.policy.own_hosts import TEST_NAMES
from saywhy.proxy.lane.own_origin import TOLD, OwnOrigin, settings_for_own
from saywhy.proxy.tls.authority import ensure_authority


async def _said(port: int, *pieces: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    try:
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def _answers(folder: Path, *pieces: bytes) -> bytes:
    origin = OwnOrigin(folder)
    try:
        places = await origin.listen()
        assert places.keys() == {(name, port) for name in TEST_NAMES for port in (80, 443)}
        assert {host for host, _ in places.values()} == {"127.0.0.1"}
        return await _said(places[next(iter(TEST_NAMES)), 80][1], *pieces)
    finally:
        origin.close()


def test_whatever_is_asked_gets_the_one_answer(tmp_path: Path) -> None:
    ensure_authority(tmp_path, "Hillside", datetime.now(UTC))
    body = f"{TOLD}\n\n".encode()
    for pieces in ((b"GET /x HTTP/1.1\r\n", b"Host: a.example\r\n\r\n"), (b"POST / HTTP/1.1\r\n\r\nbody",)):
        head, _, found = asyncio.run(_answers(tmp_path, *pieces)).partition(b"\r\n\r\n")
        assert (head.startswith(b"HTTP/1.1 200 "), found) == (True, body)
    assert asyncio.run(_answers(tmp_path, b"HEAD / HTTP/1.1\r\n\r\n")).endswith(b"\r\n\r\n")


def test_a_head_without_an_end_is_not_kept(tmp_path: Path) -> None:
    ensure_authority(tmp_path, "Hillside", datetime.now(UTC))
    assert asyncio.run(_answers(tmp_path, b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 12_000)) == b""


def test_without_an_authority_there_is_none_and_nothing_stops(tmp_path: Path) -> None:
    async def places() -> object:
        return await OwnOrigin(tmp_path).listen()

    assert asyncio.run(places()) == {}
    assert settings_for_own(tmp_path) == {}


def test_the_authority_is_believed_for_these_names_alone(tmp_path: Path) -> None:
    ensure_authority(tmp_path, "Hillside", datetime.now(UTC))
    assert settings_for_own(tmp_path).keys() == TEST_NAMES
