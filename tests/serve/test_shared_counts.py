"""The memory in which workers count their clients, as supervisor and workers hand it on."""

import os
from collections.abc import Iterator

import pytest

from saywhy.serve.shared_counts import SharedCounts, counts_from_parent


@pytest.fixture
def counts() -> Iterator[SharedCounts]:
    made = SharedCounts(2)
    yield made
    made.close()


def handed_on(counts: SharedCounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the fork server does with descriptors."""
    for name, descriptor in counts.descriptors.items():
        monkeypatch.setenv(name, str(os.dup(descriptor)))


def test_workers_share_it_and_what_one_that_ended_had_is_forgotten(
    counts: SharedCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_on(counts, monkeypatch)
    first = counts_from_parent(0, 2)
    handed_on(counts, monkeypatch)
    second = counts_from_parent(1, 2)
    first.came("10.0.0.1")
    assert second.elsewhere("10.0.0.1") == 1
    counts.forget(0)
    assert second.elsewhere("10.0.0.1") == 0


def test_without_memory_each_counts_by_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    counts = SharedCounts(2)
    assert counts.descriptors == {}
    assert "each counts its own: [Errno 28] No space left" in caplog.text
    counts.forget(0)
    worker = counts_from_parent(1, 2)
    worker.came("10.0.0.1")
    assert worker.elsewhere("10.0.0.1") == 0
    counts.close()


def test_a_worker_that_cannot_use_it_counts_by_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reading, writing = os.pipe()
    os.close(writing)
    monkeypatch.setenv("SAYWHY_CLIENT_COUNTS", str(reading))
    assert counts_from_parent(0, 2).elsewhere("10.0.0.1") == 0
    assert "cannot be used" in caplog.text


def test_one_worker_needs_none() -> None:
    assert SharedCounts(1).descriptors == {}
