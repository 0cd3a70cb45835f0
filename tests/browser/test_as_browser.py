"""Origins that are odd in their certificates or their TLS open through the filter if they open in Chromium, and only then.

Chromium is asked directly, and trusts the same root. So the list of what is taken (docs/architecture.md) is Chromium's own.
"""

import os
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Playwright, Request

from tests.wire.filter_process import POLICY, FilterProcess
from tests.wire.odd_certificates import BODY, CASES, Origins
from tests.wire.test_wire_upstream import ask

PLAIN = "rsa2048.test"
_ASK = "url => fetch(url, {mode: 'no-cors', cache: 'no-store'}).then(() => true, () => false)"


@pytest.fixture(scope="module")
def odd() -> Iterator[Origins]:
    made = Origins()
    yield made
    made.close()


@pytest.fixture(scope="module")
def filtered(odd: Origins, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilterProcess]:
    folder = tmp_path_factory.mktemp("as-browser")
    root = folder / "root.pem"
    root.write_bytes(odd.root.pem)
    process = FilterProcess(folder, odd.port, root)
    looked_into = ", ".join(f'"{host}/never-there"' for host in ("good.test", *CASES))
    process.policy = POLICY.replace('"good.test/never-there"', looked_into)
    names = [host for host in (*CASES, "issuers.test") if not host[0].isdigit()]
    process.hosts += "".join(f"127.0.0.1 {host}\n" for host in names)
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def direct(
    odd: Origins, playwright: Playwright, chromium: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """Chromium without the filter, with the root of the odd origins in its certificate database."""
    home = tmp_path_factory.mktemp("home")
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    root = home / "root.pem"
    root.write_bytes(odd.root.pem)
    for command in (
        ["certutil", "-N", "-d", f"sql:{database}", "--empty-password"],
        ["certutil", "-A", "-d", f"sql:{database}", "-t", "C,,", "-n", "odd", "-i", str(root)],
    ):
        subprocess.run(command, check=True, capture_output=True)
    browser = playwright.chromium.launch(
        executable_path=chromium,
        args=[
            "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update",
            # or each error page waits three seconds for a captive portal
            "--disable-features=CaptivePortalInterstitial,SSLCommonNameMismatchHandling",
            "--host-resolver-rules=MAP *.test 127.0.0.1",
        ],
        env={**os.environ, "HOME": str(home)},
    )  # fmt: skip
    page = browser.new_context().new_page()
    page.goto(f"https://{PLAIN}:{odd.port}/")
    assert BODY.decode() in page.content()
    yield page
    browser.close()


def opens_in_chromium(direct: Page, odd: Origins, host: str) -> bool:
    """Asked from within a page: an error page of its own would take Chromium seconds to show."""
    failed: list[str] = []

    def note(request: Request) -> None:
        failed.append(request.failure or "")

    direct.on("requestfailed", note)
    opens = bool(direct.evaluate(_ASK, f"https://{host}:{odd.port}/"))
    direct.remove_listener("requestfailed", note)
    assert opens or failed[0].startswith(("net::ERR_CERT_", "net::ERR_SSL_")), failed
    return opens


@pytest.mark.parametrize("host", CASES)
def test_an_origin_opens_through_the_filter_if_it_opens_in_chromium(
    odd: Origins, filtered: FilterProcess, direct: Page, host: str
) -> None:
    opens = opens_in_chromium(direct, odd, host)
    odd.asked.clear()
    answer = ask(filtered, host)
    assert (BODY.decode() in answer) is opens
    assert (host in odd.asked) is opens  # where it does not, no request went out
    assert opens or "<code>upstream-" in answer


def test_both_are_among_the_cases(odd: Origins, filtered: FilterProcess, direct: Page) -> None:
    assert opens_in_chromium(direct, odd, "a_b.wild.test")
    assert not opens_in_chromium(direct, odd, "selfsigned.test")
