"""`mitmdump -s addons/saywhy.py`: the same filter inside somebody's own mitmproxy."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import NAMES, POLICY, FilterProcess, read_all
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import assert_page, get

REPOSITORY = Path(__file__).parents[2]


class Mitmdump(FilterProcess):
    """mitmdump with options that would leave the way open."""

    @property
    def ca(self) -> Path:
        return self.folder / "mitmproxy" / "mitmproxy-ca-cert.pem"

    def start(self) -> None:
        self.write_policy(self.policy)
        hosts = self.folder / "hosts"
        hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in NAMES))
        script = self.folder / "checkout"
        if not script.exists():
            shutil.copytree(REPOSITORY / "addons", script / "addons", ignore=shutil.ignore_patterns("__pycache__"))
            shutil.copytree(REPOSITORY / "block_pages", script / "block_pages")
            shutil.copytree(REPOSITORY / "catalogue", script / "catalogue")
        command = [
            str(Path(sys.executable).parent / "mitmdump"), "-s", str(script / "addons" / "saywhy.py"),
            "--listen-host", "127.0.0.1", "--listen-port", str(self.listen_port),
            "--set", f"confdir={self.folder / 'mitmproxy'}",
            "--set", f"ssl_verify_upstream_trusted_ca={self.upstream_ca}",
            "--set", "rawtcp=true", "--set", "connection_strategy=eager", "--set", "stream_large_bodies=1",
            "--set", "tcp_hosts=.*",
        ]  # fmt: skip
        environment = {
            "SAYWHY_POLICIES": str(self.policies),
            "SAYWHY_STATE": str(self.state),
            "SAYWHY_PORTAL": f"127.0.0.1:{self.portal_port}",
            "SAYWHY_METRICS": f"127.0.0.1:{self.metrics_port}",
            "SAYWHY_HOSTS": str(hosts),
            **self.environment,
        }
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment}
        )
        threading.Thread(target=self._read, daemon=True).start()
        self.wait_for(lambda: self._listens() or self.process.poll() is not None, "mitmdump to start")

    def _listens(self) -> bool:
        try:
            self.connect().close()
        except OSError:
            return False
        return "Saywhy guards this proxy" in self.output


@pytest.fixture
def mitmdump(tmp_path: Path, origin: Origin, test_authority: TestAuthority) -> Iterator[Mitmdump]:
    process = Mitmdump(tmp_path, origin.port, test_authority.path)
    yield process
    if process.process.poll() is None:
        process.stop()


def ask(proxy: FilterProcess, host: str) -> bytes:
    with proxy.tunnel(host) as connection:
        connection.sendall(get(f"{host}:{proxy.origin_port}", "/hello"))
        return read_all(connection)


def test_it_blocks_explains_and_lets_through(mitmdump: Mitmdump, origin: Origin) -> None:
    mitmdump.start()
    assert b"hello from good.test" in ask(mitmdump, "good.test")
    assert_page(ask(mitmdump, "blocked.test"))
    assert origin.bytes_for("blocked.test") == b""
    with mitmdump.connect() as connection:
        connection.sendall(get("why.school.internal", "http://why.school.internal/"))
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")


def test_it_stays_closed_when_the_script_is_saved_with_a_mistake(mitmdump: Mitmdump, origin: Origin) -> None:
    mitmdump.start()
    assert_page(ask(mitmdump, "blocked.test"))
    (mitmdump.folder / "checkout" / "addons" / "saywhy.py").write_text("def load(loader:\n")
    mitmdump.wait_for(lambda: "SyntaxError" in mitmdump.output, "mitmproxy to reload the script")
    assert_page(ask(mitmdump, "blocked.test"))
    assert origin.bytes_for("blocked.test") == b""


def test_without_a_policy_everything_is_refused(mitmdump: Mitmdump, origin: Origin) -> None:
    mitmdump.policy = POLICY.replace("default: allow", "default: perhaps")
    mitmdump.start()
    assert mitmdump.process.poll() is not None or ask(mitmdump, "good.test").startswith(b"HTTP/1.1 503 ")
    assert origin.connections == []


def test_it_does_not_run_unguarded_when_it_cannot_start(mitmdump: Mitmdump, origin: Origin) -> None:
    mitmdump.state.write_text("a file where a folder has to be")
    mitmdump.start()
    assert mitmdump.process.wait(20) != 0


def test_its_tls_is_as_strict_and_its_keys_are_written_nowhere(mitmdump: Mitmdump, origin: Origin) -> None:
    log = mitmdump.folder / "keys"
    mitmdump.environment = {"SSLKEYLOGFILE": str(log), "MITMPROXY_SSLKEYLOGFILE": str(log)}
    mitmdump.start()
    for kind in ("staticsha2rsa", "cbcsha", "tripledes", "oldtls"):
        answer = ask(mitmdump, f"{kind}.test")
        assert b"upstream-old-tls" in answer
        assert b"mitmproxy" not in answer
    assert b"no longer safe" in ask(mitmdump, "smallkey.test")
    assert b"does not know" in ask(mitmdump, "unknownissuer.test")  # nobody there completes a chain
    for kind in ("modernec", "staticrsa", "cbcrsa"):
        assert f"hello from {kind}.test".encode() in ask(mitmdump, f"{kind}.test")
    assert not log.exists()
