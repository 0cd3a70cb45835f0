"""A school's network of four namespaces: devices, the filter and the router on one side, the world on the other.

client ─┐
        ├─ (lan0, a bridge) router (wan0) ── world
filter ─┘
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

RULES: Final = Path(__file__).parents[2] / "deploy" / "nftables" / "saywhy.nft"
PROBE: Final = Path(__file__).with_name("probe.py")
NEEDED: Final = (
    "This test makes network namespaces and sends packets through the shipped firewall rules. It needs root (or "
    "CAP_NET_ADMIN and CAP_SYS_ADMIN) and Debian's nftables and iproute2 (deploy/system-packages.sh). In a container, "
    "start it with --cap-add NET_ADMIN --cap-add SYS_ADMIN. It is not skipped, since nobody would notice."
)
ADDRESSES: Final = {
    "client": ("10.30.0.9", "fd30:5a1e::9"),
    "filter": ("10.30.0.2", "fd30:5a1e::2"),
    "router": ("10.30.0.1", "fd30:5a1e::1"),
    "world": ("198.51.100.7", "2001:db8:7::7"),  # documentation networks (RFC 5737, RFC 3849)
}
# As docs/firewall.md has it: a router forwards, and may refuse more than once a second.
SETTINGS: Final = {
    "net/ipv4/ip_forward": 1,
    "net/ipv6/conf/all/forwarding": 1,
    "net/ipv4/icmp_ratelimit": 10,
    "net/ipv6/icmp/ratelimit": 10,
}
_SECONDS: Final = 30


@dataclass
class SchoolNetwork:
    """The namespaces, by the names they play; `run` runs a program in one of them."""

    tag: str
    listening: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self, where: str, *command: str | Path, stdin: str | None = None) -> str:
        """The output of a command in a namespace. Fails the test where the command fails."""
        return _run("ip", "netns", "exec", f"{self.tag}-{where}", *command, stdin=stdin)

    def listen(self, where: str, *ports: str) -> None:
        """Answer at ports, written like tcp/443, until the test is over."""
        command = ["ip", "netns", "exec", f"{self.tag}-{where}", sys.executable, str(PROBE), "listen", *ports]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.listening.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"

    def ask(self, where: str, address: str, *ports: str) -> dict[str, tuple[str, float]]:
        """What comes of asking each port, "answered", "refused" or "silence", and how long it took."""
        found: dict[str, tuple[str, float]] = json.loads(self.run(where, sys.executable, PROBE, "ask", address, *ports))
        return {port: (outcome, took) for port, (outcome, took) in found.items()}

    def load(self, rules: Path, **parameters: str) -> None:
        """Load the rules in the router's namespace, with some parameters set otherwise."""
        text = rules.read_text("utf-8")
        for name, value in parameters.items():
            text, times = re.subn(rf"^define {name} = .*$", f"define {name} = {value}", text, flags=re.MULTILINE)
            assert times == 1, name
        self.run("router", "nft", "--file", "-", stdin=text)

    def counted(self) -> dict[str, int]:
        """The packets that each counter of the rules has seen."""
        listed = json.loads(self.run("router", "nft", "--json", "list", "counters", "table", "inet", "saywhy"))
        return {one["counter"]["name"]: one["counter"]["packets"] for one in listed["nftables"] if "counter" in one}


def _run(*command: str | Path, stdin: str | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, input=stdin, timeout=_SECONDS)
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, command))}: {done.stderr.strip()}\n{NEEDED}", pytrace=False)
    return done.stdout


@pytest.fixture(scope="module")
def built() -> Iterator[SchoolNetwork]:
    """The network. Fails, and does not skip, where it cannot be made."""
    missing = [program for program in ("ip", "nft") if shutil.which(program, path=_path()) is None]
    if missing:
        pytest.fail(f"not found: {', '.join(missing)}. {NEEDED}", pytrace=False)
    made = SchoolNetwork(f"saywhy{os.getpid()}")
    try:
        _build(made)
        yield made
    finally:
        for name in ADDRESSES:
            subprocess.run(["ip", "netns", "del", f"{made.tag}-{name}"], check=False, capture_output=True)


@pytest.fixture
def network(built: SchoolNetwork) -> Iterator[SchoolNetwork]:
    """The network, without any rules and with nobody who listens."""
    yield built
    built.run("router", "nft", "flush", "ruleset")
    while built.listening:
        process = built.listening.pop()
        process.terminate()
        process.wait(_SECONDS)
        assert process.stdout is not None
        process.stdout.close()


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def _build(network: SchoolNetwork) -> None:
    for name in ADDRESSES:
        _run("ip", "netns", "add", f"{network.tag}-{name}")
        network.run(name, "ip", "link", "set", "lo", "up")
    network.run(
        "router", "sh", "-c", " && ".join(f"echo {value} >/proc/sys/{name}" for name, value in SETTINGS.items())
    )
    network.run("router", "ip", "link", "add", "lan0", "type", "bridge")
    _give(network, "router", "lan0", ADDRESSES["router"])
    for name in ("client", "filter"):
        _cable(network, name, f"port-{name}")
        network.run("router", "ip", "link", "set", f"port-{name}", "master", "lan0")
        _give(network, name, "eth0", ADDRESSES[name])
        _way_out(network, name, ADDRESSES["router"])
    _cable(network, "world", "wan0")
    outside = ("198.51.100.1", "2001:db8:7::1")
    _give(network, "router", "wan0", outside)
    _give(network, "world", "eth0", ADDRESSES["world"])
    _way_out(network, "world", outside)
    for name in ("client", "filter"):
        for address in ADDRESSES["world"]:
            _wait_for_the_way(network, name, address)


def _wait_for_the_way(network: SchoolNetwork, name: str, address: str) -> None:
    """Wait until packets get through: the first few are lost while interfaces come up and neighbours are found."""
    for _ in range(20):
        if network.ask(name, address, "udp/9")["udp/9"][0] == "refused":
            return
    pytest.fail(f"no packet gets from {name} to {address}. {NEEDED}", pytrace=False)


def _cable(network: SchoolNetwork, name: str, port: str) -> None:
    """A cable from eth0 of a namespace to a port of the router."""
    at_router = ["peer", "name", port, "netns", f"{network.tag}-router"]
    network.run(name, "ip", "link", "add", "eth0", "type", "veth", *at_router)
    network.run("router", "ip", "link", "set", port, "up")


def _give(network: SchoolNetwork, name: str, interface: str, addresses: Sequence[str]) -> None:
    four, six = addresses
    network.run(name, "ip", "address", "add", f"{four}/24", "dev", interface)
    network.run(name, "ip", "address", "add", f"{six}/64", "dev", interface, "nodad")
    network.run(name, "ip", "link", "set", interface, "up")


def _way_out(network: SchoolNetwork, name: str, through: Sequence[str]) -> None:
    four, six = through
    network.run(name, "ip", "route", "add", "default", "via", four)
    network.run(name, "ip", "-6", "route", "add", "default", "via", six)
