"""A real `mitmdump -s addons/saywhy.py` in a process of its own."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from tests.wire.filter_process import NAMES, FilterProcess

REPOSITORY = Path(__file__).parents[2]


class Mitmdump(FilterProcess):
    """mitmdump with options that would leave the way open."""

    hosts = "".join(f"127.0.0.1 {name}\n" for name in NAMES)

    @property
    def ca(self) -> Path:
        return self.folder / "mitmproxy" / "mitmproxy-ca-cert.pem"

    def start(self) -> None:
        self.write_policy(self.policy)
        hosts = self.folder / "hosts"
        hosts.write_text(self.hosts)
        script = self.folder / "checkout"
        if not script.exists():
            shutil.copytree(REPOSITORY / "addons", script / "addons", ignore=shutil.ignore_patterns("__pycache__"))
            shutil.copytree(REPOSITORY / "block_pages", script / "block_pages")
            shutil.copytree(REPOSITORY / "catalogue", script / "catalogue")
            shutil.copytree(REPOSITORY / "languages", script / "languages")
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
