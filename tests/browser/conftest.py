"""A real Chromium that trusts the filter's certificate authority the way a school's device does."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from tests.wire.conftest import own_filter, shared_origin, test_authority
from tests.wire.filter_process import FilterProcess

__all__ = ["own_filter", "shared_origin", "test_authority"]

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"

type OpenBrowser = Callable[[FilterProcess], Browser]


def trusting_browser(playwright: Playwright, chromium: str, home: Path, behind: FilterProcess) -> Browser:
    """A browser behind a filter, with the filter's authority in its certificate database."""
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True, exist_ok=True)
    for command in (
        ["certutil", "-N", "-d", f"sql:{database}", "--empty-password"],
        ["certutil", "-A", "-d", f"sql:{database}", "-t", "C,,", "-n", "school", "-i", str(behind.ca)],
    ):
        subprocess.run(command, check=True, capture_output=True)
    return playwright.chromium.launch(
        executable_path=chromium,
        args=["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"],
        env={**os.environ, "HOME": str(home)},
        proxy={"server": behind.proxy},
    )


@pytest.fixture
def open_browser(playwright: Playwright, chromium: str, tmp_path: Path) -> Iterator[OpenBrowser]:
    """Starts browsers behind filters."""
    opened: list[Browser] = []

    def start(behind: FilterProcess) -> Browser:
        opened.append(trusting_browser(playwright, chromium, tmp_path / "home", behind))
        return opened[-1]

    yield start
    for browser in opened:
        browser.close()


@pytest.fixture(scope="session")
def pictures() -> Path:
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES
