"""Origins and filters for the wire tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess
from tests.wire.mitmdump_process import Mitmdump
from tests.wire.origin import Origin


@pytest.fixture(scope="session")
def test_authority(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    return TestAuthority(tmp_path_factory.mktemp("origin-certificates"))


@pytest.fixture(scope="session")
def shared_origin(test_authority: TestAuthority) -> Iterator[Origin]:
    origin = Origin(test_authority)
    yield origin
    origin.close()


@pytest.fixture
def origin(shared_origin: Origin) -> Origin:
    """The origin, with nothing seen so far."""
    shared_origin.connections.clear()
    shared_origin.slow_may_end.clear()
    return shared_origin


@pytest.fixture(scope="session")
def running(
    shared_origin: Origin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FilterProcess]:
    """One filter for all tests that do not change it."""
    process = FilterProcess(tmp_path_factory.mktemp("filter"), shared_origin.port, test_authority.path)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def own_filter(shared_origin: Origin, test_authority: TestAuthority, tmp_path: Path) -> Iterator[FilterProcess]:
    """A filter of the test's own, not started yet."""
    process = FilterProcess(tmp_path, shared_origin.port, test_authority.path)
    yield process
    if hasattr(process, "process") and process.process.poll() is None:
        process.stop()


@pytest.fixture
def mitmdump(tmp_path: Path, origin: Origin, test_authority: TestAuthority) -> Iterator[Mitmdump]:
    process = Mitmdump(tmp_path, origin.port, test_authority.path)
    yield process
    if process.process.poll() is None:
        process.stop()
