"""What is written down: figures, failures and missed aims, each as it was."""

from pathlib import Path

import pytest

from bench.peers.__main__ import PEERS
from bench.peers.accounting import Memory
from bench.peers.aims import AIMS
from bench.peers.plot import MARKS, plot
from bench.peers.report import between, figure, idle_note, report
from bench.peers.rounds import Failure, Outcomes, Sample
from bench.peers.scenarios import SCENARIOS
from bench.peers.summary import Spread

LABELS = {
    "saywhy-files": "Saywhy, files",
    "saywhy-two": "Saywhy, two workers",
    "squid": "Squid",
    "squid-bump": "Bump",
    "mitmdump": "mitmdump",
    "e2guardian": "e2guardian",
    "saywhy": "Saywhy",
}


def rounds(*milliseconds: float) -> list[Sample]:
    return [Sample(1000, each, 2.0, (0.002, 0.004)) for each in milliseconds]


OUTCOMES: Outcomes = {
    "relayed-new": {"squid": rounds(1.0, 1.0), "saywhy": rounds(0.5, 0.7)},
    "inspected-new": {"mitmdump": rounds(10.0), "squid-bump": rounds(4.0), "saywhy": rounds(6.0)},
    "inspected-http2": {"e2guardian": Failure("no HTTP/2", tried=False), "saywhy": rounds(1.0)},
    "block-pages": {"e2guardian": Failure("no page"), "saywhy": rounds(1.0)},
    "bulk-relayed": {"squid": [Sample(1, 0.5, 1.0, (1.0,))], "saywhy": [Sample(1, 0.4, 0.8, (0.8,))]},
    "idle": {"saywhy": [Sample(5000, 5.0, 9.0, (0.1,), (Memory(100_000_000, 0), Memory(200_000_000, 0)))]},
}


@pytest.fixture(scope="module")
def written() -> str:
    return report(OUTCOMES, LABELS, ["Squid: as it comes."], "Some names.")


@pytest.mark.parametrize(
    "line",
    [
        "| New TLS connections, relayed: CPU beside Squid | at most 0.7 times | 0.60 times (0.50 to 0.70) | met |",
        "| New TLS connections, inspected: CPU beside Bump | at most 0.5 times | 1.50 times (1.50 to 1.50) | missed by 200% |",
        "| Kept-alive requests, relayed: CPU beside Squid | at most 0.9 times |  | not measured |",
        "| Block pages over HTTPS: rate beside e2guardian | at least 3 times |  | not measured: e2guardian failed |",
        "| 10,000 idle connections: memory of all processes | at most 200 MB | 300 MB (from 5,000) | missed by 50% |",
        "| Squid | 1.00 | 500 | 2.00 | 4.00 | 0.60 times | 1.00 times |",
        "| Saywhy | 0.600 (0.500 to 0.700) | 500 | 2.00 | 4.00 |  |  |",
        "| e2guardian | failed: no page |  |  |  |  |  |",
        "| e2guardian | cannot: no HTTP/2 |  |  |  |  |  |",
        "| Saywhy | 0.400 | 1,250 |  |  |",
        "| Saywhy | 5,000 | 100 | 200 (0) | 20.0 | 1.00 |",
        "- Squid: as it comes.",
    ],
)
def test_a_line_says_what_was_measured(written: str, line: str) -> None:
    assert line in written.splitlines()


def test_scenarios_that_were_not_run_have_no_table(written: str) -> None:
    assert "### 1 GB relayed" in written
    assert "### A school day" not in written


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0234, "0.023"), (1.234, "1.23"), (12.34, "12.3"), (123.4, "123"), (20304.0, "20,304")]
)
def test_a_figure_has_the_digits_that_count(value: float, shown: str) -> None:
    assert figure(value) == shown


def test_a_spread_of_one_value_is_that_value() -> None:
    assert (between(Spread(1, 1, 1)), between(Spread(1, 2, 3))) == ("1.00", "2.00 (1.00 to 3.00)")


def test_fewer_idle_connections_are_explained_by_the_limit_of_the_machine() -> None:
    assert "20,000 files" in idle_note(20_000)
    assert idle_note(65_536) == ""


def test_the_plot_names_scenarios_and_proxies(tmp_path: Path) -> None:
    plot(OUTCOMES, LABELS, tmp_path / "peers.svg")
    drawn = (tmp_path / "peers.svg").read_text()
    for words in ("New TLS connections, relayed", "1 GB relayed", "Saywhy", "mitmdump"):
        assert f"<!-- {words} -->" in drawn
    assert "<!-- e2guardian -->" not in drawn


def test_every_proxy_has_a_mark_and_measures_what_there_is() -> None:
    assert set(MARKS) == set(PEERS)
    known = {one.key for one in SCENARIOS}
    for peer in PEERS.values():
        assert peer.can | set(peer.cannot) <= known
        assert not peer.can & set(peer.cannot)
    for aim in AIMS:
        assert aim.scenario in PEERS[aim.mine].can & PEERS[aim.peer].can
