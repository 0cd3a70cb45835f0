"""e2guardian 5 of Debian, inspecting."""

import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

from bench.peers.authority import Authority, p256
from bench.peers.peer import Peer, World

# What Debian's settings say otherwise. Phrases and scanners are off: the policy is one of names.
_SETTINGS: Final = {
    "filterip": "127.0.0.1",
    "filterports": "{port}",
    "enablessl": "on",
    "weightedphrasemode": "0",
    "cacertificatepath": "'{ca}'",
    "caprivatekeypath": "'{key}'",
    "certprivatekeypath": "'{key}'",
    "generatedcertpath": "'{folder}/certificates/'",
    "generatedcertstart": "{start}",
    "generatedcertend": "{end}",
    "sslcertificatepath": "'{roots}/'",
    "loglocation": "'{folder}/access.log'",
    "pidfilename": "'{folder}/e2guardian.pid'",
    "filecachedir": "'{folder}/cache'",
    "daemonuser": "'root'",
    "daemongroup": "'root'",
}
_GROUP: Final = {"sslmitm": "on", "groupname": "'students'", "reportinglevel": "3"}


class E2guardian(Peer):
    """Everything is inspected but the hosts that are relayed."""

    key = "e2guardian"
    label = "e2guardian"
    told = (
        "e2guardian 5.3 with Debian's settings, MITM on (P-256), phrases and scanners off; the names in its list of "
        "banned sites, the hosts that are relayed in its list of exceptions"
    )
    port = 3135
    can: ClassVar[frozenset[str]] = frozenset({
        "relayed-new", "relayed-kept", "inspected-new", "inspected-kept", "plain-kept", "block-pages", "block-pages-plain",
        "bulk-relayed", "bulk-inspected", "school-day",
    })  # fmt: skip
    cannot: ClassVar[Mapping[str, str]] = {"inspected-http2": "e2guardian has no HTTP/2"}
    page_words = b"deemed inappropriate"

    def __init__(self, world: World, unpacked: Path) -> None:
        super().__init__(world)
        self._unpacked = unpacked
        self._authority = Authority(self.folder / "ca", "e2guardian of the benchmark", p256())
        self.trust = self._authority.certificate

    def prepare(self) -> None:
        """Debian's settings in a folder of their own, with the names in its lists."""
        settings = self.folder / "etc"
        shutil.copytree(self._unpacked / "etc" / "e2guardian", settings, symlinks=True)
        share = self._unpacked / "usr" / "share" / "e2guardian"
        for folder in ("certificates", "cache", "roots"):
            (self.folder / folder).mkdir()
        values = {
            "port": self.port, "ca": self._authority.certificate, "key": self._authority.key, "folder": self.folder,
            "roots": self.folder / "roots", "start": int(time.time()) - 86_400, "end": int(time.time()) + 300 * 86_400,
        }  # fmt: skip
        for path in settings.rglob("*"):
            if path.is_file() and not path.is_symlink():
                text = path.read_text("latin-1")
                if "/e2guardian" in text:
                    text = text.replace("/etc/e2guardian", str(settings)).replace("/usr/share/e2guardian", str(share))
                    path.write_text(text.replace(f"{share}/languages", f"{settings}/languages"), "latin-1")
        for name, wanted in (("e2guardian.conf", _SETTINGS), ("e2guardianf1.conf", _GROUP)):
            path = settings / name
            path.write_text(
                _with(path.read_text("latin-1"), {k: v.format(**values) for k, v in wanted.items()}), "latin-1"
            )
        (settings / "lists" / "bannedsitelist").write_bytes(self.world.listed.read_bytes())
        (settings / "lists" / "exceptionsitelist").write_text("relayed.test\n")
        shutil.copy(self.world.origin_ca, self.folder / "roots" / "origin.pem")
        subprocess.run(["openssl", "rehash", self.folder / "roots"], check=True)

    def command(self) -> Sequence[str]:
        """In the foreground."""
        return (
            str(self._unpacked / "usr" / "sbin" / "e2guardian"),
            "-N",
            "-c",
            str(self.folder / "etc" / "e2guardian.conf"),
        )


def _with(text: str, wanted: Mapping[str, str]) -> str:
    """The settings, each wanted one in place of what stands there, in a comment or not."""
    for name, value in wanted.items():
        line = f"{name} = {value}"
        found = re.search(rf"(?m)^#?\s*{name}\s*=.*$", text)
        text = f"{text}\n{line}\n" if found is None else text[: found.start()] + line + text[found.end() :]
    return text
