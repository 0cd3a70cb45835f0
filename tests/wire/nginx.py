"""A real nginx as origin, in a process and a folder of its own; its access log and what it stored are the oracles."""

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess, free_port

_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log notice;
{user}
events {{ worker_connections 512; }}
http {{
  log_format told escape=json '{{"connection":$connection,"method":"$request_method","path":"$request_uri","version":"$server_protocol",'
    '"status":$status,"host":"$http_host","expect":"$http_expect","file":"$request_body_file"}}';
  access_log {folder}/access.log told;
  client_body_temp_path {folder}/bodies;
  proxy_temp_path {folder}/proxied;
  fastcgi_temp_path {folder}/unused;
  uwsgi_temp_path {folder}/unused;
  scgi_temp_path {folder}/unused;
  default_type application/octet-stream;
  server {{
    listen 127.0.0.1:{port} ssl{http2};
    server_name good.test;
    ssl_certificate {certificate};
    ssl_certificate_key {certificate};
    root {folder}/files;
    {extra}
    location /gzip/ {{ alias {folder}/files/; gzip on; gzip_types *; gzip_min_length 1; gzip_http_version 1.0; }}
    location /empty {{ return 204; }}
    location /allowed {{ client_body_in_file_only on; proxy_pass http://unix:{folder}/taken.sock; }}
    location /small {{ client_max_body_size 1k; proxy_pass http://unix:{folder}/taken.sock; }}
  }}
  server {{
    listen unix:{folder}/taken.sock;
    access_log off;
    location / {{ return 200 "taken"; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Logged:
    """A request as nginx has read it, and its body."""

    connection: int
    method: str
    path: str
    version: str
    status: int
    host: str
    expect: str
    body: bytes


class Nginx:
    """One port, at which nginx runs when it is told to."""

    def __init__(self, authority: TestAuthority, folder: Path) -> None:
        self.folder = folder
        self.folder.chmod(0o755)
        self.port = free_port()
        self._certificate = authority.leaf("good.test")
        self.files = folder / "files"
        self.files.mkdir()

    @contextmanager
    def running(self, version: str, extra: str = "") -> Iterator[None]:
        """Serve the files over HTTP/1.1 or h2, with more directives for the server."""
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        assert Path(nginx).exists(), "nginx is needed: deploy/system-packages.sh installs it"
        for name in ("access.log", "error.log"):
            (self.folder / name).write_bytes(b"")
        (self.folder / "nginx.conf").write_text(
            _CONFIGURATION.format(
                folder=self.folder, port=self.port, certificate=self._certificate, extra=extra,
                http2=" http2" if version == "h2" else "", user="user root;" if os.geteuid() == 0 else "",
            )
        )  # fmt: skip
        log = str(self.folder / "error.log")
        with subprocess.Popen(
            [nginx, "-e", log, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")], stderr=subprocess.PIPE
        ) as self._process:
            try:
                FilterProcess.wait_for(self._answers, "nginx to listen")
                yield
            finally:
                self._process.terminate()
                self._process.wait(30)
                (self.folder / "taken.sock").unlink(missing_ok=True)

    def _answers(self) -> bool:
        assert self._process.poll() is None, (self.folder / "error.log").read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def reload(self) -> None:
        """New workers begin, and the old ones say goodbye to their connections."""
        before = self.said("gracefully shutting down")
        self._process.send_signal(signal.SIGHUP)
        FilterProcess.wait_for(lambda: self.said("gracefully shutting down") > before, "nginx to reload")

    def said(self, words: str) -> int:
        """How often its error log says so."""
        return (self.folder / "error.log").read_text().count(words)

    def logged(self, times: int) -> list[Logged]:
        """What nginx has read, once it has read as much; it writes a line when it has answered."""
        log = self.folder / "access.log"
        FilterProcess.wait_for(lambda: log.read_bytes().count(b"\n") >= times, f"{times} requests in nginx's log")
        return [_read(json.loads(line)) for line in log.read_text().splitlines()]


def _read(line: dict[str, str | int]) -> Logged:
    file = str(line.pop("file"))
    return Logged(**line, body=Path(file).read_bytes() if file else b"")  # type: ignore[arg-type]
