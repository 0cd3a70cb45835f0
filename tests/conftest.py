"""What tests of several rooms share: a real Chromium, driven by Playwright."""

import atexit
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Playwright, sync_playwright

# Commands find the filters of this run alone, not those that others run here.
os.environ["SAYWHY_REGISTRY"] = tempfile.mkdtemp(prefix="saywhy-registry-")
atexit.register(shutil.rmtree, os.environ["SAYWHY_REGISTRY"], ignore_errors=True)

# A busy machine is no failure; a build machine tries the same examples each time, a developer's tries new ones.
settings.register_profile("own", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("build", settings.get_profile("own"), derandomize=True)
settings.load_profile("build" if os.environ.get("CI") else "own")


@pytest.fixture(scope="module", autouse=True)
def own_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Commands of a module find the filters of that module alone, not one that another one could not end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAYWHY_REGISTRY", str(tmp_path_factory.mktemp("registry")))
        yield


# Files of these folders take longest by the test, so they begin first: else one of them ends long after all others.
_LONG = frozenset({"wire", "browser", "docs", "portal", "explain"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take long first, those of few tests before others (of real filters, they start one for each)."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (_LONG.isdisjoint(item.path.parts), tests[item.path], str(item.path)))


@pytest.fixture(scope="module")  # while it lives, its event loop is the thread's: tests after it want their own
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path: SAYWHY_CHROMIUM, or what is installed. Without one the test fails; it is never skipped."""
    found = os.environ.get("SAYWHY_CHROMIUM") or shutil.which("chromium")
    assert found, "Chromium is needed: deploy/system-packages.sh installs it"
    return found
