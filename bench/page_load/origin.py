"""nginx at the far end of the link: HTTP/2 and HTTP/1.1 at six hosts, each with an address of its own.

Browsers share one HTTP/2 connection between hosts at one address; behind a proxy they know no addresses.
"""

import subprocess
from pathlib import Path
from typing import Final

from bench.page_load import pages
from bench.page_load.link import Link
from bench.peers.authority import Authority, p256
from bench.peers.waiting import until_listening

ADDRESSES: Final = tuple(f"198.51.100.{number}" for number in range(1, len(pages.HOSTS) + 1))
NGINX: Final = """
daemon off;
user root;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 1000; multi_accept on; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  keepalive_requests 100000; keepalive_timeout 900;
  types {{ text/html html; text/css css; text/javascript js; image/png png; }}
  server {{
    listen 443 ssl http2 backlog=4096;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    root {folder}/files;
    add_header Cache-Control no-store;
    add_header Timing-Allow-Origin *;
  }}
}}
"""


class Origin:
    """Started in a folder; `sizes` has the length of the body at each path."""

    def __init__(self, folder: Path, link: Link) -> None:
        self.authority = Authority(folder / "origin-ca", "Origins of the benchmark", p256())
        certificate, key = self.authority.leaf(("*.page.test",), p256())
        self.sizes = pages.write(folder / "files")
        settings = folder / "nginx.conf"
        settings.write_text(NGINX.format(folder=folder, certificate=certificate, key=key))
        self._nginx = subprocess.Popen(link.inside(("nginx", "-p", str(folder), "-c", str(settings))))
        until_listening(ADDRESSES[0], 443, self._nginx)

    def stop(self) -> None:
        """End it."""
        self._nginx.terminate()
        self._nginx.wait()


def hosts_file() -> str:
    """Names for all hosts, as in /etc/hosts."""
    named = (f"{address} {host}" for address, host in zip(ADDRESSES, pages.HOSTS, strict=True))
    return "\n".join(["127.0.0.1 localhost", *named, ""])
