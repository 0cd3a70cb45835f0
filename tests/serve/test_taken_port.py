"""An address that cannot be listened on: what is said, from what Linux tells of sockets and processes."""

import errno
import os
import socket
from pathlib import Path

import pytest

from saywhy.serve.settings import Endpoint
from saywhy.serve.taken_port import listener, why_not

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROW = (
    "   0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 {user} 0 {inode} 1 0000000000000000\n"
)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A machine on which nginx has port 8080, and nobody else can be looked at."""
    (tmp_path / "net").mkdir()
    rows = [
        ROW.format(address="0100007F:1F90", state="0A", user=0, inode=77),
        ROW.format(address="0100007F:1F91", state="01", user=0, inode=78),  # a connection
        ROW.format(address="0100007F:1F92", state="0A", user=0, inode=79),
        ROW.format(address="0100007F:1F93", state="0A", user=4_000_000_000, inode=80),
    ]
    (tmp_path / "net" / "tcp").write_text(HEAD + "".join(rows))
    (tmp_path / "net" / "tcp6").write_text(HEAD)
    (tmp_path / "812" / "fd").mkdir(parents=True)
    (tmp_path / "812" / "comm").write_text("nginx\n")
    (tmp_path / "812" / "fd" / "5").symlink_to("socket:[77]")
    (tmp_path / "813").mkdir()  # ended meanwhile
    (tmp_path / "sys/net/ipv4").mkdir(parents=True)
    (tmp_path / "sys/net/ipv4/ip_unprivileged_port_start").write_text("1024\n")
    return tmp_path


@pytest.mark.parametrize(
    ("port", "who"),
    [
        (8080, "nginx (process 812)"),
        (8081, ""),
        (8082, "a program of root"),
        (8083, "a program of user 4000000000"),
        (1, ""),
    ],
)
def test_who_listens_is_looked_up(proc: Path, port: int, who: str) -> None:
    assert listener(port, proc) == who


@pytest.mark.parametrize(
    ("number", "port", "said"),
    [
        (errno.EADDRINUSE, 8080, "nginx (process 812) listens there. End that, or choose another port"),
        (errno.EADDRINUSE, 8081, "another program listens there"),
        (errno.EACCES, 80, "ports below 1024 need root on this machine. Choose a port from 1024 on; or,"),
        (errno.EACCES, 443, "sysctl net.ipv4.ip_unprivileged_port_start=443"),
        (errno.EADDRNOTAVAIL, 8080, "this machine has no such address"),
        (errno.ENOBUFS, 8080, "(No buffer space available); choose another address"),
    ],
)
def test_each_reason_has_its_own_words_and_what_to_do(proc: Path, number: int, port: int, said: str) -> None:
    told = why_not(Endpoint("127.0.0.1", port), OSError(number, os.strerror(number)), proc)
    assert told.startswith(f"127.0.0.1:{port} cannot be listened on")
    assert said in told


def test_the_limit_is_that_of_the_machine(proc: Path, tmp_path: Path) -> None:
    (proc / "sys/net/ipv4/ip_unprivileged_port_start").write_text("100\n")
    assert "ports below 100 need root" in why_not(Endpoint("127.0.0.1", 80), PermissionError(errno.EACCES, ""), proc)
    assert "ports below 1024" in why_not(
        Endpoint("127.0.0.1", 80), PermissionError(errno.EACCES, ""), tmp_path / "none"
    )


def test_on_this_machine_it_is_this_program() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert f"(process {os.getpid()})" in listener(server.getsockname()[1])
