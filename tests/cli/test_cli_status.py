"""`saywhy status`: on one screen, as JSON, again and again; and how it ends."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from saywhy.cli.status import exit_code, watched
from saywhy.cli.status_as_json import as_json
from saywhy.cli.status_as_text import as_text, lasting
from saywhy.observe.finding_wrong import each_once, wrong_in_figures
from saywhy.observe.health_told import ProcessTold
from saywhy.observe.wrong import Wrong, found
from saywhy.serve.running import RunningFilter, hold
from saywhy.serve.settings import Endpoint, Settings
from saywhy.serve.status import InForce, Status
from tests.cli.conftest import RUN, Say
from tests.observe.scraping import SCRAPED_AT, scraped
from tests.second_user import give, run_as_service, two_users

NOW = datetime.fromtimestamp(SCRAPED_AT, UTC)
STATE = Path("/var/lib/saywhy/state")
RUNNING = RunningFilter(
    1_234_567, NOW - timedelta(days=3), STATE, Path("/etc/saywhy"), STATE / "lists", ("0.0.0.0:8080", "[::]:8080"),
    metrics="127.0.0.1:9090",
)  # fmt: skip
BUSY = (
    'saywhy_requests_total{scheme="https"} 12345678', 'saywhy_connection_ways_total{way="relay"} 23456789',
    'saywhy_connection_ways_total{way="inspect"} 3456789', 'saywhy_connection_ways_total{way="plain"} 45678',
    'saywhy_decisions_total{effect="allow",group="year9",reason="default"} 23456789', "saywhy_connections 9876",
    'saywhy_exception_requests{state="open"} 12', "saywhy_exception_requests_oldest_age_seconds 8000",
    "saywhy_permits 34", "saywhy_permits_ending 5", "saywhy_listed_names 12345678",
    'saywhy_list_checked_timestamp_seconds{list="ut1/games"} 1795909402',
    f"saywhy_selftest_timestamp_seconds {SCRAPED_AT - 20}",
    *(f'saywhy_selftest_ok{{check="{check}"}} 1' for check in ("allowed", "blocked", "sealed")),
)  # fmt: skip


def status(*changed: str) -> Status:
    """A busy filter that is well, but for these series."""
    figures = scraped(*BUSY, *changed)
    processes = tuple(ProcessTold(name, "up", 8, NOW, 0) for name in ("portal", "worker 1", "worker 2", "worker 3"))
    policy = InForce("6186f691e3d6", NOW - timedelta(days=40), "Kim (commit 3f2a1c9)", "1 rule changed")
    wrong = each_once(wrong_in_figures(figures, SCRAPED_AT))
    return Status(NOW, STATE, RUNNING, figures, processes, policy, figures.state, wrong)


def plain(found: Status) -> list[str]:
    return [re.sub("\x1b\\[[0-9;]*m", "", line) for line in as_text(found)]


def test_a_filter_that_is_well_fits_on_a_screen_also_when_it_is_watched() -> None:
    watched_one = replace(status(), before=replace(status(), at=NOW - timedelta(seconds=2)))
    for lines in (plain(status()), plain(watched_one)):
        assert lines[0] == "All is well."
        assert len(lines) <= 24
        assert max(map(len, lines)) <= 80
    assert [line.rstrip() for line in plain(status())] == SCREEN.splitlines()


SCREEN = """\
All is well.
Sun 29 Nov 2026 05:16:42

Filter       process 1234567, up for 3 days, since Thu 26 Nov 2026 05:16:42
             state folder /var/lib/saywhy/state
Policy       revision 6186f691e3d6, since Tue 20 Oct 2026 05:16:42, by Kim
             (commit 3f2a1c9)
Processes    portal, worker 1, worker 2, worker 3: all up
Connections  9,876 open of 19,800 at most, at 0.0.0.0:8080, [::]:8080
Since start  12,345,678 requests (47.6 a second on average), 7 errors of origins
             connections: 23,456,789 relayed, 3,456,789 inspected, 45,678 plain,
             0 refused
             decisions: 23,456,789 allowed, 2 blocked, 0 with caution
Self-test    all 3 checks passed 20 seconds ago
Lists        3, none failing; their index has 12,345,678 names and addresses
             ut1/gambling: 300 entries, updated 7 seconds ago
             ut1/games: 300 entries, updated 6 seconds ago, asked 5 hours ago
             ut1/adult: 300 entries, updated 4 seconds ago
Certificate  the school's own ends in 1,824 days, on Fri 28 Nov 2031
Requests     12 unanswered, none overdue, the oldest for 2 hours; 34 permits, 5
             end within 7 days
"""


def test_what_is_wrong_comes_first_with_what_to_do() -> None:
    lines = plain(status('saywhy_alarm{kind="refusing"} 1', 'saywhy_list_failing{list="ut1/adult"} 1'))
    assert lines[:9] == [
        "Everything is refused. 2 things are wrong.",
        "Sun 29 Nov 2026 05:16:42",
        "",
        "  CRITICAL: Everything is refused.",
        "    What to do: `saywhy check` says what is wrong with the policy; `saywhy",
        "    rollback` puts an earlier revision into force. Where lists are missing: put",
        "    their folder back, or run `saywhy lists compile`.",
        "",
        "  WARNING: The list ut1/adult is not updated.",
    ]
    assert max(map(len, lines)) <= 80
    assert "             ut1/adult: 300 entries, updated 4 seconds ago, last update FAILED" in lines


def test_colour_is_never_alone_and_nothing_of_others_reaches_the_terminal() -> None:
    evil = replace(status(), wrong=(found(Wrong.LISTS, detail="\x1b[2Jgone\nAll is well."),))
    text = "\n".join(plain(evil))
    assert "\x1b" not in text
    assert "\nAll is well" not in text
    assert "CRITICAL" in text


def test_rates_are_those_since_the_look_before() -> None:
    before = replace(status(), at=NOW - timedelta(seconds=2))
    later = replace(status('saywhy_requests_total{scheme="https"} 12345703'), before=before)
    assert "Last 2 s     12.5 requests a second, 0.0 errors of origins" in plain(later)
    assert json.loads(as_json(later, 0))["per_second"]["requests"] == 12.5
    assert json.loads(as_json(status(), 0))["per_second"] is None


def test_json_has_all_that_is_known_and_nobody_who_asks() -> None:
    told = json.loads(as_json(status('saywhy_alarm{kind="sealed"} 1'), 1))
    assert (told["exit"], told["well"]) == (1, False)
    assert [(one["kind"], one["severity"], one["alert"]) for one in told["wrong"]] == [
        ("sealed", "critical", "SaywhySealedListsLost")
    ]
    assert told["filter"]["metrics"] == "127.0.0.1:9090"
    assert told["policy"]["by"] == "Kim (commit 3f2a1c9)"
    assert told["self_test"] == {
        "at": "2026-11-29T05:16:22+00:00",
        "checks": {"allowed": True, "blocked": True, "sealed": True},
    }
    assert [one["name"] for one in told["lists"]] == ["ut1/adult", "ut1/gambling", "ut1/games"]
    assert "year9" not in json.dumps(told)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7_200, "2 hours"),
        (172_800, "2 days"),
    ],
)
def test_how_long_something_lasts_is_said_in_words(seconds: float, words: str) -> None:
    assert lasting(seconds) == words


def twice(looks: Iterator[Status]) -> tuple[Callable[[], Status], Callable[[float], object]]:
    """Looks, and a pause in the second of which somebody presses Ctrl-C."""
    numbers = count(1)

    def pause(_: float) -> None:
        if next(numbers) == 2:
            raise KeyboardInterrupt

    return lambda: next(looks), pause


def test_watching_goes_on_until_ctrl_c_and_ends_as_the_last_look_was(capsys: pytest.CaptureFixture[str]) -> None:
    second = replace(status("saywhy_policy_problems 1"), at=NOW + timedelta(seconds=2))
    look, pause = twice(iter([status(), second]))
    assert watched(look, json=False, pause=pause) == 1
    first, then = re.split(r"\n\n(?=A change)", capsys.readouterr().out)
    assert first.startswith("All is well.\n")
    assert "Last 2 s" not in first
    assert "Last 2 s     0.0 requests a second" in then


def test_watching_as_json_gives_a_line_for_each_look(capsys: pytest.CaptureFixture[str]) -> None:
    look, pause = twice(iter([status(), replace(status(), at=NOW + timedelta(seconds=2))]))
    assert watched(look, json=True, pause=pause) == 0
    assert [json.loads(line)["well"] for line in capsys.readouterr().out.splitlines()] == [True, True]


def test_how_it_ends() -> None:
    assert exit_code(status()) == 0
    assert exit_code(status("saywhy_exception_requests_overdue 1")) == 1
    assert exit_code(replace(status(), figures=None)) == 3


# As a command


def settings_for(state: Path) -> Settings:
    nobody = Endpoint("127.0.0.1", 1)
    return Settings(Path("/etc/hillside"), state, (nobody,), nobody, nobody)


def test_where_no_filter_runs_it_says_so_and_where_it_looked(say: Say) -> None:
    done = say("status")
    assert done.exit_code == 3
    assert done.output.startswith("No filter runs here, as far as this user can see.\n")
    assert str(Path("state").absolute()) in done.output.replace("\n    ", "")
    assert "`saywhy run`" in done.output
    assert json.loads(say("status", "--json").output)["wrong"][0]["kind"] == "not-running"


def test_a_folder_that_is_not_there_is_not_understood_and_those_of_filters_are_named(say: Say, tmp_path: Path) -> None:
    held = hold(settings_for(tmp_path / "state"), NOW)
    try:
        done = say("status", "--state", tmp_path / "stat")
    finally:
        held.close()
    assert done.exit_code == 2
    assert f"there is no folder {tmp_path / 'stat'}; a filter runs with {tmp_path / 'state'}" in done.output


def test_of_several_filters_one_has_to_be_named(say: Say, tmp_path: Path) -> None:
    held = [hold(settings_for(tmp_path / name), NOW) for name in ("a", "b")]
    try:
        done = say("status")
        named = say("status", "--state", tmp_path / "b")
    finally:
        for one in held:
            one.close()
    assert done.exit_code == 2
    assert "2 filters run here" in done.output
    assert named.exit_code == 3
    assert "does not answer (Connection refused)" in named.output.replace("\n    ", " ")
    assert str(tmp_path / "b") in named.output


def test_an_address_that_is_none_is_not_understood(say: Say) -> None:
    assert say("status", "--metrics", "here").exit_code == 2


@two_users
def test_a_state_folder_of_another_user_is_told_with_whose_it_is(tmp_path: Path) -> None:
    give(tmp_path)
    (tmp_path / "state").mkdir(mode=0o700)
    done = run_as_service([sys.executable, "-c", RUN, "status", "--state", tmp_path / "state"])
    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith("The state folder may not be read by this user.\n")
    assert "it belongs to root (mode 700)" in done.stdout.replace("\n    ", " ")
    assert "No filter runs" not in done.stdout
