"""Contexts towards devices: how many are kept, and which HTTP is chosen. What they show is in test_proxy_handshakes.py."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from saywhy.proxy.tls.authority import ensure_authority, read_authority
from saywhy.proxy.tls.device_contexts import DeviceContexts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("authority")
    ensure_authority(made, "Hillside School", datetime.now(UTC))
    return made


def test_random_names_push_out_the_least_used_and_keep_no_more_than_the_limit(folder: Path) -> None:
    ours = DeviceContexts(read_authority(folder), most_kept=3)
    used = ours.context_for("used.test")
    for number in range(20):
        ours.context_for(f"random{number}.test")
        assert ours.context_for("used.test") is used
    assert len(ours._kept) == 3


@pytest.mark.parametrize(
    ("offers", "spoken", "chosen"),
    [
        ((b"h2", b"http/1.1"), None, b"h2"),
        ((b"http/1.1", b"h2"), None, b"http/1.1"),
        ((b"h2", b"http/1.1"), b"http/1.1", b"http/1.1"),
        ((b"http/1.0", b"http/1.1"), None, b"http/1.1"),
        ((b"spdy/3",), None, None),
        ((), None, None),
    ],
)
def test_the_version_is_what_the_origin_speaks_or_the_first_that_both_know(
    folder: Path, offers: tuple[bytes, ...], spoken: bytes | None, chosen: bytes | None
) -> None:
    assert DeviceContexts(read_authority(folder)).chosen(offers, spoken) == chosen


def test_http2_can_be_left_out(folder: Path) -> None:
    assert DeviceContexts(read_authority(folder), http2=False).chosen((b"h2", b"http/1.1"), None) == b"http/1.1"
