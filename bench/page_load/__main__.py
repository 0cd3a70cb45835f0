"""Measure how fast a page is by each way, print what comes out; a whole run writes docs/performance.md."""

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from bench.figures import put_into
from bench.made_up_names import made_up
from bench.page_load.browser import Visit, launch, visit
from bench.page_load.link import Link, connecting
from bench.page_load.origin import ADDRESSES, Origin, hosts_file
from bench.page_load.pages import LAYOUTS
from bench.page_load.report import FRONT, HTTP_1, HTTP_2, Outcome, as_json, report
from bench.page_load.ways import Saywhy, SaywhyBehind, SaywhyHttp1, Way
from bench.peers import namespace
from bench.peers.peer import World

ROOT: Final = Path(__file__).parents[2]
ROUND_TRIPS: Final = (5, 20, 60)  # milliseconds
LISTED: Final = 1_000
LABELS: Final = {
    HTTP_2: "Saywhy, HTTP/2",
    HTTP_1: "Saywhy, HTTP/1.1 to the browser",
    FRONT: "HTTP/2 to the browser, Saywhy's thin lane behind (trial)",
    "direct-http2": "no filter, HTTP/2",
    "direct-http1": "no filter, HTTP/1.1",
}


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.page_load", description="Measure how fast a browser has a page by HTTP/2 and by HTTP/1.1."
    )
    parser.add_argument("--quick", action="store_true", help="three visits each; writes nothing")
    parser.add_argument("--visits", type=int, help="by each way; default 15, with --quick 3")
    parser.add_argument(
        "--round-trip", type=int, action="append", metavar="MS", help="milliseconds; may be repeated; default 5, 20, 60"
    )
    parser.add_argument("--layout", action="append", choices=LAYOUTS, help="may be repeated; default both")
    parser.add_argument("--saywhy", type=Path, default=ROOT, help="the checkout whose code and .venv are measured")
    parser.add_argument("--json", type=Path, help="write every single load there")
    given = parser.parse_args(arguments)
    given.whole = not (given.quick or given.round_trip or given.layout or given.visits)
    given.visits = given.visits or (3 if given.quick else 15)
    given.round_trip = given.round_trip or list(ROUND_TRIPS)
    given.layout = given.layout or list(LAYOUTS)
    return given


def ways(world: World, checkout: Path, ending: ExitStack) -> list[Way]:
    """All of them, in the order of `LABELS`, with their filters started."""
    found = []
    for made, spoken in ((Saywhy, "h2"), (SaywhyHttp1, "http/1.1"), (SaywhyBehind, "h2")):
        print(f"Starting {LABELS[made.key]} …", flush=True)
        peer = made(world, checkout)
        ending.callback(peer.stop)
        peer.start()
        proxy = f"http://127.0.0.1:{peer.port}"
        found.append(Way(made.key, spoken, peer.trust, proxy, cpu=peer.cpu))
    return [
        *found,
        Way("direct-http2", "h2", world.origin_ca),
        Way("direct-http1", "http/1.1", world.origin_ca, arguments=("--disable-http2",)),
    ]


def measure(
    browsers: Mapping[str, tuple[Way, Browser]], layout: str, visits: int, sizes: Mapping[str, int]
) -> dict[str, list[Visit]]:
    """So many visits by each way, after one that is not counted.

    The ways take turns, so that a busy moment meets them all: there and back, so that none is always the first.
    """
    outcome: dict[str, list[Visit]] = {key: [] for key in browsers}
    for number in range(-1, visits):
        for key in list(browsers)[:: 1 if number % 2 else -1]:
            way, browser = browsers[key]
            done = visit(browser, way, layout, sizes)
            if number >= 0:
                outcome[key].append(done)
    return outcome


def run(given: argparse.Namespace, folder: Path) -> list[Outcome]:
    """Start everything, measure, end everything."""
    names, listed = folder / "hosts", folder / "listed"
    names.write_text(hosts_file())
    listed.write_text("".join(f"{name}\n" for name in made_up(LISTED)))
    namespace.set_up(names)
    outcomes = []
    with ExitStack() as ending:
        link = Link(ADDRESSES)
        ending.callback(link.stop)
        origin = Origin(folder, link)
        ending.callback(origin.stop)
        world = World(folder, listed, LISTED, origin.authority.certificate, names)
        found = ways(world, given.saywhy.absolute(), ending)
        playwright = ending.enter_context(sync_playwright())
        browsers = {one.key: (one, launch(playwright, one, folder / f"home-{one.key}")) for one in found}
        for milliseconds in given.round_trip:
            link.set_round_trip(milliseconds / 1000)
            took = connecting(ADDRESSES[0], 443) * 1000
            for layout in given.layout:
                print(f"{LAYOUTS[layout]}, round trip {milliseconds} ms ({took:.1f} as it is) …", flush=True)
                visits = measure(browsers, layout, given.visits, origin.sizes)
                outcomes.append(Outcome(layout, milliseconds, took, visits))
    return outcomes


def main() -> None:
    """Enter the namespace, measure, print and write."""
    given = options(sys.argv[1:])
    if not namespace.inside():
        namespace.enter("bench.page_load", "it makes a link between two namespaces, and puts names into /etc/hosts")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="saywhy-page-load-") as temporary:
        outcomes = run(given, Path(temporary))
    text = report(outcomes, LABELS, given.visits)
    print(f"\n{text}\n\n{(time.monotonic() - started) / 60:.1f} minutes")
    if given.json:
        given.json.write_text(as_json(outcomes))
    if given.whole:
        put_into(ROOT / "docs" / "performance.md", "page-load", text)


if __name__ == "__main__":
    main()
