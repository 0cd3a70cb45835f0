"""A real `saywhy run` in a process of its own, with a policy for test origins."""

import itertools
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.wire import loaded
from tests.wire.odd_tls import ODD

INSPECTED = (
    "good.test", "h2.test", "ws.test", "big.test", "expired.test", "wrongname.test", "selfsigned.test", "nowhere.test",
    "private.test", "notyet.test", "unknownissuer.test", "weaksignature.test", "smallkey.test", "commonname.test", "forclients.test",
    "goodrsa.test", *(f"{kind}.test" for kind in ODD),
)  # fmt: skip
NAMES = (
    "fine.test", "blocked.test", "www.blocked.test", "locked.test", "paths.test", "h2.blocked.test",
    *(name for name in INSPECTED if name not in {"nowhere.test", "private.test"}),
)  # fmt: skip
POLICY = """
school: {name: Test School, timezone: Europe/London}
roles: {it: IT support, safeguarding: Safeguarding lead}
groups:
  students: {label: Students}
  year9: {label: Year 9, public: Year 9, reader: secondary, within: [students]}
  staff: {label: Staff, reader: staff}
places:
  - {network: 127.0.0.0/8, groups: [year9]}
  - {network: 127.0.99.0/24, groups: [staff]}
reach: {ports: [80, 443, ORIGIN_PORT], addresses: [127.0.0.0/8]}
default: allow
purposes:
  watch:
    label: Watch something short
    alternatives:
      - {name: Good One, url: "http://good.test/", trusted: Made for schools.}
      - {name: Good Two, url: "http://fine.test/", trusted: Run by a museum.}
      - {name: Closed, url: "http://blocked.test/", trusted: It is not open to you.}
apps:
  blocked: {label: Blockedtube, domains: [blocked.test], purposes: [watch]}
rules:
  - id: floor
    block: {domains: [locked.test]}
    locked: true
    why: {risk: This is never open at school.}
    decided: {by: Governors, on: 2026-09-01}
    review_by: 2027-09-01
    owner: safeguarding
  - id: staff-may
    allow: {apps: [blocked]}
    for: [staff]
  - id: blocked
    block: {apps: [blocked]}
    for: [students]
    why: {risk: Blockedtube keeps notes about you., would_change: A version without accounts.}
    instead: [watch]
    decided: {by: Senior leadership team and IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
    ask: {decides: [it]}
  - id: inside  # something at these depends on the path, so they are looked into; fine.test is relayed as it is
    block:
      urls: [INSPECTED]
    why: {risk: This is never there.}
    instead: [watch]
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
  - id: shorts
    block: {urls: ["paths.test/shorts"]}
    why: {risk: Shorts never end.}
    instead: [watch]
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
""".replace("INSPECTED", ", ".join(f'"{name}/never-there"' for name in INSPECTED))


SAYWHY = str(Path(sys.executable).parent / "saywhy")
type Process = subprocess.Popen[str] | loaded.Command
_RUN = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = itertools.count(12_000 + 2_500 * (_RUN % 8) + os.getpid() % 1_000)


def free_port() -> int:
    """A port that nobody has: below those the system gives to outgoing connections, apart for tests in parallel."""
    for port in _PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError


@dataclass
class FilterProcess:
    """Where everything is, and what the command said."""

    folder: Path
    origin_port: int
    upstream_ca: Path | None
    policy: str = POLICY
    hosts: str = "".join(f"127.0.0.1 {name}\n" for name in NAMES) + "10.1.2.3 private.test\n"
    environment: Mapping[str, str] = field(default_factory=dict)
    listen: tuple[str, ...] = ("127.0.0.1:PORT",)
    inside_of: tuple[str, ...] = ()  # a command that starts the filter, as `unshare` does
    started_in: Path | None = None
    workers: int | None = 1  # several take longer to start; None: as many as there are cores
    loaded: bool = True  # its code is: a fork of a process that has it; else the command as people run it
    process: Process = field(init=False)
    listen_port: int = field(default_factory=free_port)
    portal_port: int = field(default_factory=free_port)
    metrics_port: int = field(default_factory=free_port)
    output: str = ""

    @property
    def policies(self) -> Path:
        return self.folder / "policies"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def ca(self) -> Path:
        return self.state / "ca" / "saywhy-ca.pem"

    @property
    def proxy(self) -> str:
        return f"http://127.0.0.1:{self.listen_port}"

    @property
    def decisions(self) -> str:
        """All that the decision log holds so far."""
        return "".join(path.read_text() for path in sorted(self.state.glob("decisions-*.jsonl")))

    def write_policy(self, text: str) -> None:
        self.policies.mkdir(parents=True, exist_ok=True)
        (self.policies / "school.yaml").write_text(text.replace("ORIGIN_PORT", str(self.origin_port)))

    def start(self) -> None:
        self.write_policy(self.policy)
        hosts = self.folder / "hosts"
        hosts.write_text(self.hosts)
        self.process = self._started(self.command(hosts))
        threading.Thread(target=self._read, daemon=True).start()
        self.wait_for(lambda: "Ctrl-C" in self.output or self.process.poll() is not None, "the filter to start")
        assert self.process.poll() is None, self.output

    def _started(self, command: list[str]) -> Process:
        # the self-test's own connections would count in what is counted here
        environment = {**os.environ, "SAYWHY_SELF_TEST": "off", **self.environment}
        if self.loaded and command[0] == SAYWHY and not self.inside_of and self.started_in is None:
            return loaded.start(command[1:], environment)
        return subprocess.Popen(
            [*self.inside_of, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            cwd=self.started_in,
        )

    def command(self, hosts: Path) -> list[str]:
        """What starts the filter."""
        command = [
            SAYWHY, "run",
            "--policies", str(self.policies), "--state", str(self.state),
            *(part for one in self.listen for part in ("--listen", one.replace("PORT", str(self.listen_port)))), "--portal", f"127.0.0.1:{self.portal_port}",
            "--metrics", f"127.0.0.1:{self.metrics_port}", "--hosts", str(hosts),
        ]  # fmt: skip
        if self.workers is not None:
            command += ["--workers", str(self.workers)]
        if self.upstream_ca is not None:
            command += ["--upstream-ca", str(self.upstream_ca)]
        return command

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line

    @staticmethod
    def wait_for(condition: object, what: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        assert callable(condition)
        while not condition():
            assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
            time.sleep(0.02)

    def password(self, account: str) -> str:
        found = re.search(rf"^\s+{account}\s+(\S+)$", self.output, re.MULTILINE)
        assert found, self.output
        return found[1]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(45)  # what has begun is waited for, up to 35 s
        except subprocess.TimeoutExpired:
            self.process.kill()  # no test after this one shall find it
            self.process.wait(30)
            raise
        finally:
            if self.process.stdout is not None:
                self.process.stdout.close()

    def worker_pid(self) -> int:
        return self.child_pid("worker")

    def worker_pids(self) -> set[int]:
        """The processes of all workers that there are now."""
        server = str(self.child_pid("forks"))
        found = subprocess.run(
            ["pgrep", "-P", server, "-x", "saywhy worker"], capture_output=True, text=True, check=False
        )
        return {int(one) for one in found.stdout.split()}

    def child_pid(self, name: str) -> int:
        """The process of a child, by the name that the system shows of it."""
        server = pgrep("-P", str(self.process.pid), "-x", "saywhy forks")
        return server if name == "forks" else pgrep("-P", str(server), "-x", f"saywhy {name}")

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        """A plain connection to the proxy, from a loopback address that stands for a place."""
        return socket.create_connection(("127.0.0.1", self.listen_port), timeout=20, source_address=(source, 0))

    def tunnel(
        self, host: str, port: int | None = None, *, sni: str | None = None, alpn: list[str] | None = None,
        source: str = "127.0.0.1",
    ) -> ssl.SSLSocket:  # fmt: skip
        """CONNECT, then TLS with the authorities of the filter and of the origins trusted."""
        connection = self._connected(host, port or self.origin_port, source)
        context = ssl.create_default_context(cafile=str(self.ca))
        if self.upstream_ca is not None:
            context.load_verify_locations(self.upstream_ca)
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # the test origins' certificates are plain ones
        if alpn:
            context.set_alpn_protocols(alpn)
        return context.wrap_socket(connection, server_hostname=sni or host)

    def resumed(self, host: str, context: ssl.SSLContext, session: ssl.SSLSession | None) -> ssl.SSLSocket:
        """The same once more, with a session that was had before."""
        connection = self._connected(host, self.origin_port, "127.0.0.1")
        return context.wrap_socket(connection, server_hostname=host, session=session)

    def _connected(self, host: str, port: int, source: str) -> socket.socket:
        connection = self.connect(source)
        target = f"{host}:{port}"
        connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        head = read_head(connection)
        assert head.startswith(b"HTTP/1.1 200"), head
        return connection


def pgrep(*options: str) -> int:
    """The process that is found by these; there has to be one."""
    found = subprocess.run(["pgrep", *options], check=True, capture_output=True, text=True)
    return int(found.stdout)


def read_head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(1)
        if not piece:
            break
        head += piece
    return head


def read_all(connection: socket.socket) -> bytes:
    """Read until the end of the stream, or until a response with a length is whole."""
    data = b""
    while True:
        head, separator, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)^content-length: *(\d+)", head, re.MULTILINE)
        if separator and length and len(body) >= int(length[1]):
            return data
        try:
            piece = connection.recv(65536)
        except (ConnectionResetError, ssl.SSLEOFError):
            return data
        if not piece:
            return data
        data += piece
