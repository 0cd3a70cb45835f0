"""A network and mount namespace of a benchmark's own: every port is free there, and nothing leads outside."""

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

_INSIDE: Final = "SAYWHY_BENCH_INSIDE"
_OPEN_FILES: Final = 65_536
_NETWORK: Final = {
    "ipv4/ip_local_port_range": "1024 65535",
    "ipv4/tcp_max_syn_backlog": "8192",
    "ipv4/tcp_tw_reuse": "1",
    "core/somaxconn": "8192",
}


def inside() -> bool:
    """Whether it has been entered."""
    return _INSIDE in os.environ


def enter(module: str, why_root: str) -> None:
    """Start this command, which is that module, again inside. Does not come back."""
    if os.geteuid() != 0:
        sys.exit(f"This needs root: {why_root}.")
    command = [
        "unshare",
        "--net",
        "--mount",
        "--propagation",
        "private",
        sys.executable,
        "-m",
        module,
        *sys.argv[1:],
    ]
    os.execvpe(command[0], command, {**os.environ, _INSIDE: "1"})


def set_up(hosts: Path) -> int:
    """Loopback up, ports enough, this file in place of /etc/hosts. Gives how many files a process may open."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for name, value in _NETWORK.items():
        Path("/proc/sys/net", name).write_text(value)
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
    return _allow_open_files()


def _allow_open_files() -> int:
    """As many as 10,000 tunnels need and this machine allows. Inherited by all that is started."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES
    if most != resource.RLIM_INFINITY and most < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
        except ValueError:  # not ours to raise
            wanted = most
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    return wanted
