"""`make bench`: measure Saywhy beside its peers, print what comes out, write docs/performance.md and the plot."""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.figures import put_into
from bench.made_up_names import made_up
from bench.peers import namespace
from bench.peers.clients import Clients
from bench.peers.e2guardian import E2guardian
from bench.peers.mitmdump import Mitmdump
from bench.peers.mix import hosts
from bench.peers.origin import Origin, hosts_file
from bench.peers.peer import Peer, World
from bench.peers.plot import plot
from bench.peers.report import idle_note, report
from bench.peers.rounds import Failure, Outcomes, measure
from bench.peers.saywhy import Saywhy, SaywhyFiles, SaywhyTwo
from bench.peers.scenarios import SCENARIOS
from bench.peers.squid import Squid, SquidBump, SquidBumpRsa

ROOT: Final = Path(__file__).parents[2]
BUILD: Final = ROOT / "build" / "peers"
PEERS: Final[Mapping[str, type[Peer]]] = {
    one.key: one for one in (Squid, SquidBump, SquidBumpRsa, E2guardian, Mitmdump, Saywhy, SaywhyFiles, SaywhyTwo)
}
CLIENTS: Final = 4
LISTED: Final = 1_000_000
QUICK_LISTED: Final = 100_000


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """What was asked for."""
    known = [one.key for one in SCENARIOS]
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description="Measure Saywhy beside its peers.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_LISTED:,} names and short rounds; writes nothing")
    parser.add_argument(
        "--only", action="append", choices=known, metavar="SCENARIO", help=f"{', '.join(known)}; may be repeated"
    )
    parser.add_argument("--peers", help=f"which, with commas between: {','.join(PEERS)}")
    parser.add_argument("--rounds", type=int, help="default 5, with --quick 3")
    parser.add_argument("--saywhy", type=Path, default=ROOT, help="the checkout whose code and .venv are measured")
    parser.add_argument("--profile", type=Path, help="run Saywhy's worker under cProfile and write its figures there")
    parser.add_argument("--keep", type=Path, help="a new folder for settings and logs; default: a temporary one")
    given = parser.parse_args(arguments)
    given.peers = given.peers.split(",") if given.peers else list(PEERS)
    unknown = set(given.peers) - set(PEERS)
    if unknown:
        parser.error(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    given.whole = not (given.quick or given.only or given.profile) and set(given.peers) == set(PEERS)
    given.rounds = given.rounds or (3 if given.quick else 5)
    return given


def made(key: str, world: World, given: argparse.Namespace) -> Peer:
    """A proxy by its key."""
    if key == Saywhy.key:
        return Saywhy(world, given.saywhy.absolute(), given.profile)
    if key == SaywhyFiles.key:
        return SaywhyFiles(world, given.saywhy.absolute())
    if key == SaywhyTwo.key:
        return SaywhyTwo(world, given.saywhy.absolute())
    if key == E2guardian.key:
        return E2guardian(world, BUILD / "e2guardian")
    return PEERS[key](world)


def run(given: argparse.Namespace, folder: Path) -> tuple[Outcomes, str]:
    """Start everything, measure, end everything. What came out, and how it was measured in a sentence or two."""
    folder.chmod(0o755)  # Squid's helpers leave root behind
    names = folder / "hosts"
    names.write_text(hosts_file())
    limit = namespace.set_up(names)
    count = QUICK_LISTED if given.quick else LISTED
    listed, own = folder / "listed", hosts("blocked")
    listed.write_text("".join(f"{name}\n" for name in (*made_up(count - len(own)), *own)))
    outcomes: Outcomes = {}
    with ExitStack() as ending, Clients(CLIENTS) as clients:
        origin = Origin(folder)
        ending.callback(origin.stop)
        origin.start()
        world = World(folder, listed, count, origin.authority.certificate, names)
        scenarios = [one for one in SCENARIOS if not given.only or one.key in given.only]
        peers = []
        for key in given.peers:
            if any(one.key in PEERS[key].can for one in scenarios):
                print(f"Starting {PEERS[key].label} …", flush=True)
                peer = made(key, world, given)
                ending.callback(peer.stop)
                peer.start()
                peers.append(peer)
        for scenario in scenarios:
            print(scenario.title, flush=True)
            outcomes[scenario.key] = measure(
                scenario, peers, clients, given.rounds, 0.5 if given.quick else 1, lambda line: print(line, flush=True)
            ) | {
                key: Failure(PEERS[key].cannot[scenario.key], tried=False)
                for key in given.peers
                if scenario.key in PEERS[key].cannot
            }
    return outcomes, f"{count:,} listed names, {CLIENTS} clients, {given.rounds} rounds.{idle_note(limit)}"


def main() -> None:
    """Install what is missing, enter the namespace, measure, write. A missed aim fails nothing: it is written down."""
    given = options(sys.argv[1:])
    if not namespace.inside():
        BUILD.mkdir(parents=True, exist_ok=True)
        subprocess.run([Path(__file__).with_name("install.sh"), BUILD], check=True)
        namespace.enter("bench.peers", "Squid and its helpers change their user, and names are put into /etc/hosts")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="saywhy-peers-") as temporary:
        if given.keep:
            given.keep.mkdir(parents=True)
        outcomes, how = run(given, (given.keep or Path(temporary)).absolute())
    labels = {key: one.label for key, one in PEERS.items()}
    text = report(outcomes, labels, [f"{one.label}: {one.told}." for one in PEERS.values()], how)
    print(f"\n{text}\n\n{(time.monotonic() - started) / 60:.1f} minutes")
    if given.whole:
        plot(outcomes, labels, ROOT / "docs" / "pictures" / "peers.svg")
        put_into(ROOT / "docs" / "performance.md", "peers", text)


if __name__ == "__main__":
    main()
