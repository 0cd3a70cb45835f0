"""Lists that are added and taken away while the filter runs."""

import subprocess
import sys
from pathlib import Path

from tests.wire.filter_process import POLICY, FilterProcess
from tests.wire.origin import Origin
from tests.wire.test_wire_reload import metric, status

BETS = """
categories:
  gambling: {label: Gambling, domains: [bets.test]}
rules:
  - id: bets
    block: {categories: [gambling]}
    why: {risk: Betting takes your money.}
    instead: [watch]
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""


def lists(own_filter: FilterProcess, *arguments: object) -> int:
    command = [Path(sys.executable).with_name("saywhy"), "lists", *map(str, arguments)]
    return subprocess.run(
        [*command, "--lists", own_filter.state / "lists"], check=False, capture_output=True
    ).returncode


def test_a_list_is_in_force_within_seconds_and_a_failed_update_is_counted(
    own_filter: FilterProcess, origin: Origin
) -> None:
    own_filter.policy = POLICY.replace("rules:", BETS.strip(), 1)
    own_filter.start()
    assert (status(own_filter, "good.test"), status(own_filter, "fine.test")) == (200, 200)
    source = own_filter.folder / "names.txt"
    source.write_text("good.test\nother.example\nmore.example\n")
    assert lists(own_filter, "add", "mine/bets", source, "--category", "gambling") == 0
    own_filter.wait_for(lambda: status(own_filter, "good.test") == 403, "the list to be taken", 5)
    assert status(own_filter, "fine.test") == 200
    assert '"categories":["gambling"]' in own_filter.decisions

    source.write_text("fine.test\n")
    assert lists(own_filter, "update") == 1
    own_filter.wait_for(
        lambda: metric(own_filter, "saywhy_list_update_failures_total") == 1, "the failure to be counted", 5
    )
    assert (status(own_filter, "good.test"), status(own_filter, "fine.test")) == (403, 200)

    assert lists(own_filter, "remove", "mine/bets") == 0
    own_filter.wait_for(lambda: status(own_filter, "good.test") == 200, "the list to be gone", 5)
