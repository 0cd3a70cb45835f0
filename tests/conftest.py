"""What tests of several rooms share: a real Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, sync_playwright


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
