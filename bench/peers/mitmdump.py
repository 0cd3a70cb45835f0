"""mitmproxy as it comes."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from bench.peers.peer import Peer


class Mitmdump(Peer):
    """`mitmdump` with its default options."""

    key = "mitmdump"
    label = "mitmdump"
    told = (
        "`mitmdump` 12.2.3 as it comes (RSA-2048, flows written to /dev/null); told only to trust the origin and, for the "
        "hosts that are relayed, to `--ignore-hosts`; no list, as it has no place for a million names"
    )
    port = 3131
    can: ClassVar[frozenset[str]] = frozenset({
        "relayed-new", "relayed-kept", "inspected-new", "inspected-kept", "inspected-http2", "plain-kept", "bulk-relayed",
        "bulk-inspected",
        "idle",
    })  # fmt: skip

    def prepare(self) -> None:
        """Nothing: it makes its authority when it starts."""
        self.trust = self.folder / "mitmproxy-ca-cert.pem"

    def command(self) -> Sequence[str]:
        """What it writes about flows goes nowhere."""
        program = Path(sys.executable).with_name("mitmdump")
        return (
            "sh", "-c", 'exec "$@" >/dev/null', "sh", str(program), "--listen-host", "127.0.0.1", "-p", str(self.port),
            "--set", f"confdir={self.folder}", "--set", f"ssl_verify_upstream_trusted_ca={self.world.origin_ca}",
            "--ignore-hosts", r"\.relayed\.test:",
        )  # fmt: skip
