"""A real Chromium for each way, and what it says of a page that it loaded."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Playwright

from bench.page_load.pages import VISITED, address
from bench.page_load.ways import Way

_QUIET_SECONDS: Final = 0.3  # until what a closed browser leaves behind is taken apart
_PATIENCE: Final = 60_000  # milliseconds
_LOADED: Final = "performance.getEntriesByType('navigation')[0].loadEventEnd > 0"
# https://www.w3.org/TR/navigation-timing-2/, https://www.w3.org/TR/resource-timing/; times in milliseconds since navigation began
_TOLD: Final = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  const all = [page, ...performance.getEntriesByType("resource")];
  return [page.loadEventEnd, all.map(one => [
    one.name, one.nextHopProtocol, one.decodedBodySize, one.connectEnd > one.connectStart,
  ])];
}"""


class WrongPageError(Exception):
    """A page was not what it should be, or did not come as it should."""


@dataclass(frozen=True, slots=True)
class Load:
    """One page: milliseconds until it was there, CPU seconds of the filter (of whatever it runs), connections opened for it."""

    milliseconds: float
    cpu: float
    connections: int


type Visit = tuple[Load, Load]  # a first page by a browser that knows nothing, a second one by the same


def launch(playwright: Playwright, way: Way, home: Path) -> Browser:
    """A browser whose certificate database, in `home`, holds whom the way trusts and nobody else."""
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    made = ["certutil", "-d", f"sql:{database}"]
    subprocess.run([*made, "-N", "--empty-password"], check=True)
    subprocess.run([*made, "-A", "-t", "C,,", "-n", "bench", "-i", str(way.trust)], check=True)
    chromium = os.environ.get("SAYWHY_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        sys.exit("This needs Chromium: deploy/system-packages.sh installs it.")
    return playwright.chromium.launch(
        executable_path=chromium,
        args=[
            "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update",
            *way.arguments,
        ],
        env={**os.environ, "HOME": str(home)},
        # what Chromium asks its makers by itself is not for the filter to spend time on, and leads nowhere
        proxy=None if way.proxy is None else {"server": way.proxy, "bypass": ".com"},
    )  # fmt: skip


def visit(browser: Browser, way: Way, layout: str, sizes: Mapping[str, int]) -> Visit:
    """Two pages with nothing kept from any visit before: no cache, no connection, no TLS session. Raises WrongPageError.

    What it costs to close everything counts for the second page.
    """
    spent = way.cpu or (lambda: 0.0)
    context = browser.new_context()
    began = spent()
    page = context.new_page()
    first, opened = _load(page, way, VISITED[0], layout, sizes)
    between = spent()
    second, opened_then = _load(page, way, VISITED[1], layout, sizes)
    context.close()
    time.sleep(_QUIET_SECONDS)
    return Load(first, between - began, opened), Load(second, spent() - between, opened_then)


def _load(page: Page, way: Way, name: str, layout: str, sizes: Mapping[str, int]) -> tuple[float, int]:
    """Milliseconds until the load event was over, and how many connections were opened."""
    page.goto(address(name, layout), timeout=_PATIENCE)
    page.wait_for_function(_LOADED, timeout=_PATIENCE)
    milliseconds, told = page.evaluate(_TOLD)
    check(told, way.spoken, f"/{name}/{layout}.html", sizes)
    return milliseconds, sum(opened for *_, opened in told)


def check(told: list[Any], spoken: str, document: str, sizes: Mapping[str, int]) -> None:
    """Hold what came, as (URL, protocol, length of the body, …), against what should. Raises WrongPageError."""
    folder = document.rpartition("/")[0]
    wanted = {path: size for path, size in sizes.items() if path.startswith(folder) and not path.endswith(".html")}
    wanted[document] = sizes[document]
    came = {urlsplit(url).path: size for url, _, size, *_ in told}
    if came != wanted:
        differ = sorted(path for path in came.keys() | wanted.keys() if came.get(path) != wanted.get(path))
        raise WrongPageError(f"{document}: {len(differ)} objects are not what they should be: {', '.join(differ[:5])}")
    protocols = sorted({protocol for _, protocol, *_ in told})
    if protocols != [spoken]:
        raise WrongPageError(f"{document}: came by {', '.join(map(repr, protocols))} and not by {spoken!r} alone")
