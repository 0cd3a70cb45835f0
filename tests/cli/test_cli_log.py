"""`saywhy log`, from a log as the filter writes it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from saywhy.cli.log_as_text import mended
from saywhy.cli.log_period import parse_period
from saywhy.cli.logged import Filters, followed, opened_log
from saywhy.decide.engine import Engine
from saywhy.observe.page_parts import Part
from saywhy.policy.reading.load import load_policy
from tests.cli.conftest import Say
from tests.cli.test_cli_account import keep
from tests.observe.test_decision_log import RECORD

NOW = datetime.now(UTC)
LONDON = ZoneInfo("Europe/London")
MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def state(policies: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    keep(policies, folder)
    at = NOW.replace(microsecond=0)
    lines = [
        replace(RECORD, at=at).line(),
        replace(RECORD, at=at, host="www.gov.uk", path="/", effect="allow", rule="default", reason="default",
                reference=None, apps=(), categories=(), page="").line(),
        b'{"time":"torn\n',
    ]  # fmt: skip
    (folder / f"decisions-{at:%Y-%m-%d}.jsonl").write_bytes(b"".join(lines))
    return folder


def test_it_shows_what_was_decided_and_counts_what_it_cannot_read(say: Say, state: Path) -> None:
    said = say("log", "--state", state, "--from", "2h")
    assert said.exit_code == 0
    assert "block    inspect  10.30.7.21" in said.output
    assert "GET https://www.tiktok.com/@someone  [rule tiktok]  K7PM-2QXA" in said.output
    assert "www.gov.uk" in said.output
    assert "1 lines of the log could not be read" in said.output


@pytest.mark.parametrize(
    ("words", "hosts"),
    [
        ("--host tiktok.com", ["www.tiktok.com"]),
        ("--host TikTok.com --host gov.uk", ["www.tiktok.com", "www.gov.uk"]),
        ("--device 10.30.7.0/24 --effect allow", ["www.gov.uk"]),
        ("--app tiktok", ["www.tiktok.com"]),
        ("--to 1h", []),
        ("--from yesterday --to today", ["www.tiktok.com", "www.gov.uk"]),
    ],
)
def test_filters_give_the_lines_as_they_stand_in_the_log(say: Say, state: Path, words: str, hosts: list[str]) -> None:
    said = say("log", "--state", state, "--from", "2d", "--json", *words.split()).output
    assert [json.loads(line)["host"] for line in said.splitlines() if line.startswith("{")] == hosts


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--effect blok", "did you mean 'block'?"),
        ("--way relayed", "did you mean 'relay'?"),
        ("--device 10.30", "is no address"),
        ("--ref nonsens", "one looks like K7-42QX-9M"),
        ("--from someday", "write today, yesterday, 15m"),
        ("--follow --replay", "do not go together"),
    ],
)
def test_a_filter_that_cannot_be_read_says_what_to_write(say: Say, state: Path, words: str, told: str) -> None:
    said = say("log", "--state", state, *words.split())
    assert said.exit_code == 2
    assert told in " ".join(said.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--rule tiktoc", "no rule 'tiktoc'; did you mean 'tiktok'?"),
        ("--group year77", "no group 'year77'; did you mean 'year7'?"),
        ("--category socal", "no category 'socal'; did you mean 'social'?"),
        ("--app tiktokk", "no app 'tiktokk'; did you mean 'tiktok'?"),
    ],
)
def test_a_name_that_policy_does_not_know_is_told(say: Say, state: Path, words: str, told: str) -> None:
    assert told in say("log", "--state", state, *words.split()).output


def test_following_prints_what_comes_until_it_is_ended(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filters = Filters([], [], [], [], [], [], ["block"], [], [], [])
    found = opened_log(filters, state, MONDAY, follow=True)
    clock: Iterator[datetime] = iter([MONDAY, MONDAY, MONDAY, MONDAY + timedelta(days=1)])
    turns = iter([MONDAY.date(), MONDAY.date() + timedelta(days=1)])

    def wait(_: float) -> None:
        try:
            day = next(turns)
        except StopIteration:
            raise KeyboardInterrupt from None
        with (state / f"decisions-{day}.jsonl").open("ab") as file:
            file.write(replace(RECORD, path=f"/{day}").line() + replace(RECORD, effect="allow").line())

    followed(found, as_json=True, now=lambda: next(clock), wait=wait)
    told = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["path"] for line in told] == ["/2026-11-23", "/2026-11-24"]


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("15m", "2026-11-23T09:15", "2026-11-23T09:15"),
        ("2 h", "2026-11-23T07:30", "2026-11-23T07:30"),
        ("1w", "2026-11-16T09:30", "2026-11-16T09:30"),
        ("today", "2026-11-23T00:00", "2026-11-24T00:00"),
        ("Yesterday", "2026-11-22T00:00", "2026-11-23T00:00"),
        ("2026-10-25", "2026-10-24T23:00", "2026-10-26T00:00"),
        ("08:00", "2026-11-23T08:00", "2026-11-23T08:00"),
        ("monday 10:00", "2026-11-16T10:00", "2026-11-16T10:00"),
        ("friday 10:00", "2026-11-20T10:00", "2026-11-20T10:00"),
        ("2026-07-01T10:00", "2026-07-01T09:00", "2026-07-01T09:00"),
    ],
)
def test_times_are_read_as_people_write_them(text: str, begins: str, ends: str) -> None:
    since, until = (one.astimezone(UTC).isoformat()[:16] for one in parse_period(text, MONDAY, LONDON))
    assert (since, until) == (begins, ends)


@pytest.mark.parametrize("text", ["", "m", "-5m", "2026-13-01", "25:00", "99999w99", "tomorrow"])
def test_what_is_no_time_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no time; write today"):
        parse_period(text, MONDAY, LONDON)


@pytest.mark.parametrize(
    ("rule", "host", "apps", "told"),
    [
        ("gambling", "bets.example", (), "locked"),
        ("gone", "bets.example", (), "not in force any more"),
        (None, "bets.example", (), "No rule closes it"),
        ("tiktok", "tiktok.com", ("tiktok",), "belongs to TikTok"),
        ("games", "games.example", (), "{domains: [games.example]}"),
        ("games", "cdn.example", (), "Worksheets needs it"),
    ],
)
def test_what_would_mend_a_page_is_told(
    policies: Path, rule: str | None, host: str, apps: tuple[str, ...], told: str
) -> None:
    (policies / "more.yaml").write_text(
        "apps: {worksheets: {label: Worksheets, domains: [sheets.example], needs: {domains: [cdn.example]}}}\n"
    )
    engine = Engine(load_policy(policies))
    part = Part(host, rule, "rule", groups={"year7"}, apps=frozenset(apps))
    assert told in mended(("www.sheets.example",), part, engine)
    assert "saywhy explain" in mended(("www.sheets.example",), part, None)
