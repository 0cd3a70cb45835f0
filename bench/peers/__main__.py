"""`make bench`: measure Saywhy beside its peers, print what comes out, write docs/performance.md and the plot."""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.lists import generated
from bench.peers.clients import Clients
from bench.peers.e2guardian import E2guardian
from bench.peers.mitmdump import Mitmdump
from bench.peers.mix import hosts
from bench.peers.origin import Origin, hosts_file
from bench.peers.peer import Peer, World
from bench.peers.rounds import Outcomes, measure
from bench.peers.saywhy import Saywhy
from bench.peers.scenarios import SCENARIOS
from bench.peers.squid import Squid, SquidBump, SquidBumpRsa

ROOT: Final = Path(__file__).parents[2]
BUILD: Final = ROOT / "build" / "peers"
PEERS: Final = ("squid", "squid-bump", "squid-bump-rsa", "e2guardian", "mitmdump", "saywhy")
_INSIDE: Final = "SAYWHY_BENCH_INSIDE"  # set where the namespace has been entered
_OPEN_FILES: Final = 65_536


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description="Measure Saywhy beside its peers.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the names, short rounds; writes no document")
    parser.add_argument("--only", action="append", choices=[one.key for one in SCENARIOS], metavar="SCENARIO")
    parser.add_argument("--peers", help=f"which, with commas between: {','.join(PEERS)}")
    parser.add_argument("--saywhy", type=Path, default=ROOT, help="the checkout whose code and .venv are measured")
    parser.add_argument("--profile", type=Path, help="run Saywhy's worker under cProfile and write its figures there")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--keep", type=Path, help="the folder for settings and logs, kept; default: a temporary one")
    given = parser.parse_args(arguments)
    given.peers = given.peers.split(",") if given.peers else list(PEERS)
    unknown = set(given.peers) - set(PEERS)
    if unknown:
        parser.error(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    given.rounds = given.rounds or (3 if given.quick else 5)
    return given


def enter_namespace() -> None:
    """Start again in a network and mount namespace of its own: every port is free there, and nothing leads outside."""
    who = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *who, "--net", "--mount", sys.executable, "-m", "bench.peers", *sys.argv[1:]]
    os.execvpe(command[0], command, {**os.environ, _INSIDE: "1"})


def set_up_namespace(folder: Path) -> Path:
    """Loopback up, many ports, names of the benchmark's hosts. Gives the file of names."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for name, value in {"ip_local_port_range": "1024 65535", "tcp_max_syn_backlog": "8192", "tcp_tw_reuse": "1"}.items():
        Path("/proc/sys/net/ipv4", name).write_text(value)
    Path("/proc/sys/net/core/somaxconn").write_text("8192")
    names = folder / "hosts"
    names.write_text(hosts_file())
    subprocess.run(["mount", "--bind", names, "/etc/hosts"], check=True)
    allow_open_files()
    return names


def allow_open_files() -> int:
    """As many open files as may be, up to what 10,000 tunnels need; how many that is. Inherited by all that is started."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES
    if most != resource.RLIM_INFINITY and most < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
        except ValueError:  # not ours to raise
            wanted = most
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    return wanted


def made(key: str, world: World, given: argparse.Namespace) -> Peer:
    """A proxy by its key."""
    if key == "saywhy":
        return Saywhy(world, given.saywhy.absolute(), given.profile)
    if key == "e2guardian":
        return E2guardian(world, BUILD / "e2guardian")
    return {"squid": Squid, "squid-bump": SquidBump, "squid-bump-rsa": SquidBumpRsa, "mitmdump": Mitmdump}[key](world)


def run(given: argparse.Namespace, folder: Path) -> Outcomes:
    """Start everything, measure, end everything."""
    folder.chmod(0o755)  # Squid's helpers leave root behind
    names = set_up_namespace(folder)
    count = 100_000 if given.quick else 1_000_000
    listed = folder / "listed"
    own = hosts("blocked")
    listed.write_text("".join(f"{name}\n" for name in (*generated(count - len(own)), *own)))
    outcomes: Outcomes = {}
    with ExitStack() as ending, Clients(4) as clients:
        origin = Origin(folder)
        origin.start()
        ending.callback(origin.stop)
        world = World(folder, listed, count, origin.authority.certificate, names)
        scenarios = [one for one in SCENARIOS if not given.only or one.key in given.only]
        peers = []
        for key in given.peers:
            peer = made(key, world, given)
            if any(one.key in peer.can for one in scenarios):
                print(f"Starting {peer.label} …", flush=True)
                ending.callback(peer.stop)
                peer.start()
                peers.append(peer)
        for scenario in scenarios:
            print(scenario.title, flush=True)
            outcomes[scenario.key] = measure(
                scenario, peers, clients, given.rounds, 0.5 if given.quick else 1, lambda line: print(line, flush=True)
            )
    return outcomes


def main() -> None:
    """Install what is missing, enter the namespace, measure."""
    given = options(sys.argv[1:])
    if _INSIDE not in os.environ:
        BUILD.mkdir(parents=True, exist_ok=True)
        subprocess.run([Path(__file__).with_name("install.sh"), BUILD], check=True)
        enter_namespace()
    with tempfile.TemporaryDirectory(prefix="saywhy-peers-") as temporary:
        if given.keep:
            given.keep.mkdir(parents=True)
        run(given, given.keep or Path(temporary))


if __name__ == "__main__":
    main()
