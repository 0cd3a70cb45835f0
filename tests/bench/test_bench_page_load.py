"""The pages that a browser loads, the link that they come over, what counts as loaded, and what is written of it."""

import json
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.page_load.browser import Load, WrongPageError, check
from bench.page_load.link import pass_on
from bench.page_load.origin import ADDRESSES, hosts_file
from bench.page_load.pages import HOSTS, LAYOUTS, SMALL, VISITED, Part, document, parts, write
from bench.page_load.report import Outcome, as_json, report
from bench.page_load.ways import HTTP_1_ALONE

PARTS = parts()


def test_a_page_has_60_small_parts_and_five_large_ones_the_same_each_time() -> None:
    sizes = [len(part.body) for part in PARTS]
    assert all(SMALL[0] - 100 <= size <= SMALL[-1] for size in sizes[:60])
    assert [round(size, -4) for size in sizes[60:]] == [300_000, 450_000, 600_000, 800_000, 1_000_000]
    assert Counter(part.kind for part in PARTS[:60]) == {"css": 12, "js": 18, "png": 30}
    assert parts() == PARTS


@pytest.mark.parametrize("part", [part for part in PARTS if part.kind == "png"], ids=lambda part: part.name)
def test_a_picture_is_one(part: Part) -> None:
    width, height = struct.unpack(">II", part.body[16:24])
    length = struct.unpack(">I", part.body[33:37])[0]
    assert part.body[37:41] == b"IDAT"
    assert len(zlib.decompress(part.body[41 : 41 + length])) == (width + 1) * height


@pytest.mark.parametrize(("layout", "counts"), [("one-host", {65}), ("six-hosts", {10, 11})])
def test_a_document_names_every_part_once_at_the_hosts_of_its_layout(layout: str, counts: set[int]) -> None:
    named = re.findall(r'"https://([^/]+)/first/([^"]+)"', document("first", layout, PARTS).decode())
    assert sorted(name for _, name in named) == sorted(part.name for part in PARTS)
    assert set(Counter(host for host, _ in named).values()) == counts


def test_every_host_has_an_address_of_its_own() -> None:
    assert [line.split() for line in hosts_file().splitlines()[1:]] == [
        [address, host] for address, host in zip(ADDRESSES, HOSTS, strict=True)
    ]
    assert len(set(ADDRESSES)) == len(HOSTS)


@pytest.fixture
def sizes(tmp_path: Path) -> dict[str, int]:
    return write(tmp_path)


def came(sizes: dict[str, int], protocol: str) -> list[list[object]]:
    """What a browser tells of a page that came whole."""
    return [
        [f"https://h1.page.test{path}", protocol, size, False]
        for path, size in sizes.items()
        if path.startswith("/first/") and path != "/first/six-hosts.html"
    ]


def test_files_are_as_long_as_they_are_said_to_be(tmp_path: Path, sizes: dict[str, int]) -> None:
    assert len(sizes) == len(VISITED) * (len(PARTS) + len(LAYOUTS))
    assert {path: (tmp_path / path[1:]).stat().st_size for path in sizes} == sizes


def test_a_page_that_came_whole_by_the_protocol_meant_counts(sizes: dict[str, int]) -> None:
    check(came(sizes, "h2"), "h2", "/first/one-host.html", sizes)


@pytest.mark.parametrize(
    ("bent", "says"),
    [
        (lambda told: told[1:], "1 objects are not"),
        (lambda told: [[told[0][0], "h2", 12, False], *told[1:]], "/first/0.css"),
        (lambda told: [*told, ["https://h1.page.test/why", "h2", 9, False]], "/why"),
        (lambda told: [[told[0][0], "http/1.1", told[0][2], False], *told[1:]], "came by 'h2', 'http/1.1'"),
        (lambda told: [[told[0][0], "", told[0][2], False], *told[1:]], "came by '', 'h2'"),
    ],
    ids=["one is missing", "one is shorter", "one too many", "another protocol", "no protocol is told"],
)
def test_any_other_page_does_not(sizes: dict[str, int], bent: object, says: str) -> None:
    assert callable(bent)
    with pytest.raises(WrongPageError, match=re.escape(says)):
        check(bent(came(sizes, "h2")), "h2", "/first/one-host.html", sizes)


@contextmanager
def linked(half: float) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two sockets that keep packets apart, with the link between them."""
    near, one = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    far, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with near, far, one, other:
        for end in (one, other):
            end.setblocking(False)
        near.settimeout(30)
        far.settimeout(30)
        passing = threading.Thread(target=pass_on, args=(one.fileno(), other.fileno(), SimpleNamespace(value=half)))
        passing.start()
        try:
            yield near, far
        finally:
            near.close()
            passing.join(30)


def test_packets_are_passed_on_both_ways_in_order_and_none_before_it_is_due() -> None:
    with linked(0.02) as (near, far):
        before = time.monotonic()
        for number in range(100):
            near.send(b"%d" % number)
        assert [far.recv(100) for _ in range(100)] == [b"%d" % number for number in range(100)]
        far.send(b"back")
        assert near.recv(100) == b"back"
        assert time.monotonic() - before >= 0.04


def test_a_filter_for_http1_is_one_whose_handshakes_offer_http1_unless_told_otherwise() -> None:
    told = "import inspect; print(inspect.signature(DeviceContexts).parameters['http2'].default)"
    said = subprocess.run([sys.executable, "-c", HTTP_1_ALONE + told], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


OUTCOMES = [
    Outcome("one-host", 20, 20.6, {
        "filter-http2": [(Load(1000, 0.2, 1), Load(500, 0.1, 0)), (Load(1200, 0.2, 1), Load(500, 0.1, 0))],
        "filter-http1": [(Load(1500, 0.1, 6), Load(250, 0.1, 0)), (Load(1500, 0.1, 5), Load(250, 0.1, 1))],
        "direct-http2": [(Load(700, 0, 1), Load(300, 0, 0)), (Load(700, 0, 1), Load(300, 0, 0))],
    }),
]  # fmt: skip
LABELS = {"filter-http2": "Two", "filter-http1": "One", "direct-http2": "None"}


@pytest.mark.parametrize(
    "line",
    [
        "| Two | 1,100 (1,000 to 1,200) | 500 | 200 | 100 | 1 | 0 |",
        "| One | 1,500 | 250 | 100 | 100 | 5 to 6 | 0 to 1 |",
        "| None | 700 | 300 |  |  | 1 | 0 |",
        "| All at one host | 20 ms | 1.38 (1.25 to 1.50) | 0.500 | 0.500 | 1.00 |",
        "### All at one host",
    ],
)
def test_a_line_says_what_was_measured(line: str) -> None:
    assert line in report(OUTCOMES, LABELS, 2).splitlines()


def test_what_was_not_measured_has_no_table() -> None:
    assert "six hosts" not in report(OUTCOMES, LABELS, 2)
    alone = Outcome("six-hosts", 5, 5.5, {"direct-http2": OUTCOMES[0].visits["direct-http2"]})
    assert "divided" not in report([alone], LABELS, 2)


def test_json_holds_every_load() -> None:
    held = json.loads(as_json(OUTCOMES))[0]
    assert held["visits"]["filter-http1"][1][1] == {"milliseconds": 250, "cpu": 0.1, "connections": 1}
