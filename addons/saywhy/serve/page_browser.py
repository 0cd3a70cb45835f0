"""Chromium, without a window, opens one page and notes which hosts the page asks: by its own net log.

It is a process of its own with a new profile that is taken away again, one at a time, bounded in time and memory, behind its
own sandbox: without that it does not run, so root hands it to `nobody`.
"""

import asyncio
import json
import os
import pwd
import resource
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from saywhy.policy.address import AddressError, canonical_host
from saywhy.proxy.outbound.outbound import Outbound
from saywhy.serve.page_relay import PageRelay

NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MOST_HOSTS: Final = 40
MOST_PAGES: Final = 20
_SECONDS: Final = 25.0
_PAGE_MILLISECONDS: Final = 8_000  # after its load, for what scripts fetch then; a page's clock runs fast
_MOST_MEMORY: Final = 1024 * 1024 * 1024  # bytes of all its processes together
_LOOK_SECONDS: Final = 0.2
_LARGEST_FILE: Final = 64 * 1024 * 1024
_OPTIONS: Final = (
    "--headless=new",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-first-run",
    "--no-pings",
    "--deny-permission-prompts",
    "--renderer-process-limit=2",
    "--js-flags=--max-old-space-size=256",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--proxy-bypass-list=<-loopback>",
)
_ONE_AT_A_TIME: Final = threading.Lock()


class NotOpenedError(Exception):
    """A page that could not be opened; the message says why, in words for a page."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page asked for, in that order: other hosts, and addresses at its own host without what follows a "?"."""

    hosts: tuple[str, ...]
    pages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageBrowser:
    """Chromium by its path, and what it may reach: `outbound` makes what resolves and connects, for one run."""

    program: str
    outbound: Callable[[], Outbound]

    def asked_by(self, url: str, may: Callable[[str, int], bool]) -> Asked:
        """What this page asks for. Waits up to half a minute.

        Raises NotOpenedError.
        """
        if not _ONE_AT_A_TIME.acquire(timeout=1.0):
            raise NotOpenedError("another page is being opened; try again in a moment")
        try:
            return asyncio.run(self._opened(url, may))
        finally:
            _ONE_AT_A_TIME.release()

    async def _opened(self, url: str, may: Callable[[str, int], bool]) -> Asked:
        outbound = self.outbound()
        relay = PageRelay(outbound, may)
        folder = Path(tempfile.mkdtemp(prefix="saywhy-page-"))
        try:
            port = await relay.start()
            await self._run(folder, url, port)
            if canonical_host(urlsplit(url).hostname or "") not in relay.reached:
                raise NotOpenedError("it does not answer, or leads to a place that nobody may open")
            return _asked(folder / "net.json", url)
        except OSError as error:
            raise NotOpenedError(f"the browser cannot be started ({error.strerror})") from None
        finally:
            await relay.stop()
            outbound.close()
            shutil.rmtree(folder, ignore_errors=True)

    async def _run(self, folder: Path, url: str, port: int) -> None:
        nobody = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        if nobody is not None:
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        process = await asyncio.create_subprocess_exec(
            self.program,
            *_OPTIONS,
            f"--user-data-dir={folder / 'profile'}",
            f"--proxy-server=http://127.0.0.1:{port}",
            f"--log-net-log={folder / 'net.json'}",
            f"--virtual-time-budget={_PAGE_MILLISECONDS}",
            "--dump-dom",
            url,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "TMPDIR": str(folder)},
            cwd=folder,
            start_new_session=True,
            user=None if nobody is None else nobody.pw_uid,
            group=None if nobody is None else nobody.pw_gid,
            extra_groups=None if nobody is None else [],
        )
        with suppress(ProcessLookupError, PermissionError):
            resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
        try:
            async with asyncio.timeout(_SECONDS):
                while await _still(process):
                    if _memory_of_session(process.pid) > _MOST_MEMORY:
                        raise NotOpenedError("the page takes more memory than it may")
        except TimeoutError:
            pass  # what it asked until then counts
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _still(process: asyncio.subprocess.Process) -> bool:
    try:
        await asyncio.wait_for(process.wait(), _LOOK_SECONDS)
    except TimeoutError:
        return True
    return False


def _memory_of_session(session: int) -> int:
    """Bytes of memory that the processes of a session hold."""
    pages = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == session:
                    pages += int((entry / "statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _asked(log: Path, url: str) -> Asked:
    """What the page asked for, from a net log, whole or cut off."""
    own = urlsplit(url)
    hosts: dict[str, None] = {}
    pages: dict[str, None] = {}
    for asked, of_page in _requests(log):
        try:
            parts = urlsplit(asked)
            host = canonical_host(parts.hostname or "")
        except (AddressError, ValueError):
            continue
        if of_page and host != own.hostname:
            hosts[host] = None
        elif of_page and parts.path not in ("", "/", own.path, "/favicon.ico"):
            pages[f"{parts.scheme}://{parts.netloc}{parts.path}"] = None
    return Asked(tuple(hosts)[:MOST_HOSTS], tuple(pages)[:MOST_PAGES])


def _requests(log: Path) -> Iterator[tuple[str, bool]]:
    """Each address asked, and whether a page asked for it: what the browser asks of itself has no origin."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        if '"url":"' not in line or '"initiator":"' not in line:
            continue
        with suppress(ValueError, AttributeError):
            event = json.loads(line.strip().removesuffix(",").removesuffix("]}").removesuffix(","))
            asked, by = event["params"]["url"], event["params"]["initiator"]
            if asked.startswith(("http://", "https://", "ws://", "wss://")):
                yield asked, by.startswith(("http://", "https://"))


def found_browser(wanted: str) -> str | None:
    """The path of a browser: the one that was named, or the first that is installed; None for "off" and where none is."""
    if wanted == "off":
        return None
    return shutil.which(wanted) if wanted else next(filter(None, map(shutil.which, NAMES)), None)
