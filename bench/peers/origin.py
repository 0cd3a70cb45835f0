"""What the proxies fetch from: nginx, and for the relayed gigabyte a server that is cheaper than any cipher.

Both are the same for all proxies and not counted.
"""

import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from bench.peers.authority import Authority, p256
from bench.peers.mix import SIZES, hosts
from bench.peers.waiting import until_listening

ADDRESS: Final = "127.0.0.2"
BULK_ADDRESS: Final = "127.0.0.3"
BULK_HOST: Final = "bulk.relayed.test"
BULK_FILE_HOST: Final = "bulk.inspected.test"
BULK_BYTES: Final = 1_000_000_000
HTTP2_PATH: Final = "/page-http2"  # the same page, by HTTP/2 alone
_CERTIFIED: Final = ("*.relayed.test", "*.inspected.test", "*.blocked.test")
# TLS application data (RFC 8446 section 5.1) of the largest size, as a server sends it; nobody can tell that it says nothing
_RECORD: Final = b"\x17\x03\x03\x40\x11" + bytes(range(1, 252)) * 65 + b"\x00" * (16_401 - 251 * 65)
RECORDS: Final = _RECORD * 64

NGINX: Final = """
daemon off;
user root;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 2;
worker_rlimit_nofile 60000;
events {{ worker_connections 25000; multi_accept on; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000; keepalive_timeout 900; client_header_timeout 900;
  default_type text/html;
  server {{
    listen {address}:80 backlog=4096; listen {address}:443 ssl http2 backlog=4096;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    root {folder}/files;
    add_header Cache-Control no-store;
    location = /page {{ return 200 "<!DOCTYPE html><title>$host</title><p>{words}</p>"; }}
    location = {http2_path} {{
      if ($server_protocol != "HTTP/2.0") {{ return 505; }}
      return 200 "<!DOCTYPE html><title>$host</title><p>{words}</p>";
    }}
  }}
}}
"""
WORDS: Final = "One small page, the same for all. " * 30


def page(host: str) -> bytes:
    """The body of /page at a host."""
    return f"<!DOCTYPE html><title>{host}</title><p>{WORDS}</p>".encode()


def sized(size: int) -> bytes:
    """The body of /SIZE."""
    return (b"%d " % size * (size // 2))[:size]


class Origin:
    """Started in a folder; its authority is what the proxies trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.authority = Authority(folder / "origin-ca", "Origins of the benchmark", p256())
        self._certificate, self._key = self.authority.leaf(_CERTIFIED, p256())

    def start(self) -> None:
        """Start both servers and wait until they listen."""
        files = self._folder / "files"
        files.mkdir()
        for size in SIZES:
            (files / str(size)).write_bytes(sized(size))
        with (files / "bulk").open("wb") as bulk:
            bulk.truncate(BULK_BYTES)  # a file of holes: read without a disk
        text = NGINX.format(
            folder=self._folder,
            address=ADDRESS,
            certificate=self._certificate,
            key=self._key,
            words=WORDS,
            http2_path=HTTP2_PATH,
        )
        (self._folder / "nginx.conf").write_text(text)
        self._nginx = subprocess.Popen(["nginx", "-p", str(self._folder), "-c", str(self._folder / "nginx.conf")])
        self._bulk = get_context("fork").Process(target=_serve_bulk, args=(self._certificate, self._key), daemon=True)
        self._bulk.start()
        until_listening(ADDRESS, 443, self._nginx)
        until_listening(BULK_ADDRESS, 443, None)

    def stop(self) -> None:
        """End both."""
        self._bulk.terminate()
        self._nginx.terminate()
        self._nginx.wait()


def hosts_file() -> str:
    """Names for all hosts, as in /etc/hosts."""
    named = dict.fromkeys(one for kind in ("relayed", "inspected", "blocked") for one in hosts(kind))
    lines = ["127.0.0.1 localhost", f"{BULK_ADDRESS} {BULK_HOST}", f"{ADDRESS} {BULK_FILE_HOST} page.relayed.test"]
    return "\n".join([*lines, *(f"{ADDRESS} {name}" for name in named), ""])


def _serve_bulk(certificate: Path, key: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server((BULK_ADDRESS, 443), backlog=100) as listening:
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_send_bulk, args=(context, connection), daemon=True).start()


def _send_bulk(context: ssl.SSLContext, connection: socket.socket) -> None:
    """A real handshake and request; then records that cost nothing to make, so that the relay is measured and not AES."""
    with suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
        if not tls.recv(65536).startswith(b"GET "):
            return
        tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BULK_BYTES)
        for piece in _pieces(BULK_BYTES):
            left = piece
            while left:
                left = left[os.write(tls.fileno(), left) :]


def _pieces(total: int) -> Iterator[memoryview]:
    whole = memoryview(RECORDS)
    for _ in range(total // len(whole)):
        yield whole
    if total % len(whole):
        yield whole[: total % len(whole)]
