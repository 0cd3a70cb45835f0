"""Squid 5 of Debian with squidGuard, as a relay and with ssl-bump."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

from bench.peers.authority import Authority, PrivateKey, p256, rsa2048
from bench.peers.peer import Peer, World

_CERTGEN: Final = "/usr/lib/squid/security_file_certgen"
PAGE_HOST: Final = "page.relayed.test"

_SQUID: Final = """
{listen}
pid_filename {folder}/squid.pid
cache_log {folder}/cache.log
access_log daemon:{folder}/access.log squid
coredump_dir {folder}
hosts_file {hosts}
dns_nameservers 127.0.0.1
visible_hostname proxy.school.test
shutdown_lifetime 1 second
max_filedescriptors 60000
cache deny all
acl CONNECT method CONNECT
acl SSL_ports port 443
acl Safe_ports port 80 443
http_access deny !Safe_ports
http_access deny CONNECT !SSL_ports
http_access allow all
url_rewrite_program /usr/bin/squidGuard -c {folder}/squidGuard.conf
url_rewrite_children 4 startup=4 idle=1 concurrency=0
{bump}
"""

_BUMP: Final = """
sslcrtd_program /usr/lib/squid/security_file_certgen -s {folder}/certificates -M 16MB
sslcrtd_children 5 startup=2 idle=1
tls_outgoing_options cafile={origin_ca}
acl step1 at_step SslBump1
acl relayed dstdomain .relayed.test
acl relayed_name ssl::server_name .relayed.test
ssl_bump peek step1
ssl_bump splice relayed_name
ssl_bump bump all
url_rewrite_access deny CONNECT !relayed
"""

_SQUIDGUARD: Final = """
dbhome {database}
logdir {folder}
dest listed {{
 domainlist domains
}}
acl {{
 default {{
  pass !listed all
  redirect 302:http://{page_host}/page
 }}
}}
"""


class Squid(Peer):
    """Tunnels are relayed; squidGuard is asked for each CONNECT."""

    key = "squid"
    label = "Squid + squidGuard"
    told = (
        "Squid 5.7 with squidGuard as `url_rewrite_program` (4 processes); CONNECT is tunnelled, nothing is decrypted"
    )
    port = 3128
    can: ClassVar[frozenset[str]] = frozenset({
        "relayed-new", "relayed-kept", "plain-kept", "block-pages-plain", "bulk-relayed", "idle",
    })  # fmt: skip
    page_words = f"<title>{PAGE_HOST}<".encode()  # the origin says this under that name alone

    def prepare(self) -> None:
        """Settings, and squidGuard's database, made once for all Squids of a run."""
        database = self.world.folder / "squidguard"
        (self.folder / "squidGuard.conf").write_text(
            _SQUIDGUARD.format(database=database, folder=self.folder, page_host=PAGE_HOST)
        )
        if not database.exists():
            database.mkdir()
            shutil.copy(self.world.listed, database / "domains")
            made = subprocess.run(
                ["squidGuard", "-c", self.folder / "squidGuard.conf", "-C", "all"], check=False, capture_output=True
            )
            if not (database / "domains.db").exists():
                raise RuntimeError(f"squidGuard made no database: {made.stderr!r}")
            _give_to_proxy(database)
        text = _SQUID.format(folder=self.folder, hosts=self.world.hosts, listen=self._listen(), bump=self._bump())
        (self.folder / "squid.conf").write_text(text)
        _give_to_proxy(self.folder)

    def _listen(self) -> str:
        return f"http_port 127.0.0.1:{self.port}"

    def _bump(self) -> str:
        return ""

    def command(self) -> Sequence[str]:
        """In the foreground, its helpers below it."""
        return ("squid", "-N", "-f", str(self.folder / "squid.conf"))


class SquidBump(Squid):
    """The same with ssl-bump: peek, then bump, so that the origin's certificate is seen first."""

    key = "squid-bump"
    label = "Squid, ssl-bump"
    told = (
        "the same with ssl-bump: peek at the ClientHello, splice the hosts that are relayed, bump all others; "
        "P-256 authority, whose key Squid uses for its certificates; squidGuard is asked for each request inside"
    )
    port = 3129
    can: ClassVar[frozenset[str]] = frozenset({
        "inspected-new", "inspected-kept", "block-pages", "bulk-inspected", "school-day",
    })  # fmt: skip
    cannot: ClassVar[Mapping[str, str]] = {"inspected-http2": "Squid has no HTTP/2"}

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._authority = Authority(self.folder / "ca", "Squid of the benchmark", self._key())
        self.trust = self._authority.certificate

    @staticmethod
    def _key() -> PrivateKey:
        return p256()

    def prepare(self) -> None:
        """The same, and a store for certificates."""
        subprocess.run(
            [_CERTGEN, "-c", "-s", self.folder / "certificates", "-M", "16MB"], check=True, capture_output=True
        )
        super().prepare()

    def _listen(self) -> str:
        return (
            f"{super()._listen()} ssl-bump tls-cert={self._authority.certificate} tls-key={self._authority.key} "
            "generate-host-certificates=on dynamic_cert_mem_cache_size=16MB"
        )

    def _bump(self) -> str:
        return _BUMP.format(folder=self.folder, origin_ca=self.world.origin_ca)


class SquidBumpRsa(SquidBump):
    """With the key that guides tell people to make."""

    key = "squid-bump-rsa"
    label = "Squid, ssl-bump, RSA"
    told = "the same with an RSA-2048 authority, as most guides have it"
    port = 3130
    can: ClassVar[frozenset[str]] = frozenset({"inspected-new"})
    cannot: ClassVar[Mapping[str, str]] = {}

    @staticmethod
    def _key() -> PrivateKey:
        return rsa2048()


def _give_to_proxy(folder: Path) -> None:
    """Squid and its helpers leave root behind for the user `proxy`."""
    for directory, _, files in os.walk(folder):
        for one in (directory, *(os.path.join(directory, name) for name in files)):  # noqa: PTH118
            shutil.chown(one, "proxy", "proxy")
