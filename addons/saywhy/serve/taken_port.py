"""Why an address cannot be listened on, and what to do: who has it, whether it needs root, whether it is here at all."""

import errno
import pwd
from pathlib import Path
from typing import Final

from saywhy.serve.settings import Endpoint

_PROC: Final = Path("/proc")
_LISTENING: Final = "0A"  # include/net/tcp_states.h
_NEEDS_NO_ROOT: Final = "sys/net/ipv4/ip_unprivileged_port_start"  # for IPv6 as well


def why_not(endpoint: Endpoint, error: OSError, proc: Path = _PROC) -> str:
    """A sentence for the error that `bind` gave."""
    match error.errno:
        case errno.EACCES:
            first = _first_free_port(proc)
            return (
                f"{endpoint} cannot be listened on: ports below {first} need root on this machine. Choose a port from {first}"
                " on; or, in a unit of systemd, give it AmbientCapabilities=CAP_NET_BIND_SERVICE; or, as root:"
                f" sysctl net.ipv4.ip_unprivileged_port_start={endpoint.port}"
            )
        case errno.EADDRINUSE:
            who = listener(endpoint.port, proc)
            return f"{endpoint} cannot be listened on: {who or 'another program'} listens there. End that, or choose another port"
        case errno.EADDRNOTAVAIL:
            return f"{endpoint} cannot be listened on: this machine has no such address. Choose one that it has, or 0.0.0.0"
    return f"{endpoint} cannot be listened on ({error.strerror}); choose another address"


def listener(port: int, proc: Path = _PROC) -> str:
    """Who listens on a port: "nginx (process 812)", or whose program it is where that alone can be seen; else nothing."""
    sockets: dict[str, int] = {}  # inode: user
    for table in ("net/tcp", "net/tcp6"):
        for line in _lines(proc / table)[1:]:
            fields = line.split()  # Documentation/networking/proc_net_tcp.rst
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                sockets[f"socket:[{fields[9]}]"] = int(fields[7])
    for process in proc.glob("[0-9]*"):
        try:
            if any(str(one.readlink()) in sockets for one in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text('utf-8', 'replace').strip()} (process {process.name})"
        except OSError:  # of another user, or ended meanwhile
            continue
    return f"a program of {_name_of(user)}" if (user := next(iter(sockets.values()), None)) is not None else ""


def _first_free_port(proc: Path) -> int:
    lines = _lines(proc / _NEEDS_NO_ROOT)
    return int(lines[0]) if lines else 1024


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("ascii").splitlines()
    except OSError:  # no Linux
        return []


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
