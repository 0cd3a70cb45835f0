"""Logs are packed and deleted as policy says, and only once others have read them on."""

import errno
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.observe import day_files
from saywhy.policy.keep import Keep
from saywhy.policy.reading.load import load_policy
from saywhy.serve.log_keeping import LogKeeping

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
POLICY = "school: {name: Hillside, timezone: Europe/London}\ndefault: allow\nrules: [{id: all, allow: everything}]\n"


class School:
    """A folder with a log of some days."""

    def __init__(self, folder: Path) -> None:
        (folder / "policies").mkdir()
        (folder / "policies" / "school.yaml").write_text(POLICY)
        self.policy = load_policy(folder / "policies")
        self.keep: Keep | None = Keep()
        self.now = NOW
        self.read_on: date | None = NOW.date()
        self.logs = [folder / "decisions.jsonl", folder / "handshakes.jsonl"]
        self.folder = folder
        for ago in range(6):
            day = NOW.date() - timedelta(days=ago)
            for log in self.logs:
                log.with_name(f"{log.stem}-{day}.jsonl").write_text("{}\n")
        self.keeping = LogKeeping(self.logs, self._engine, lambda: self.read_on, lambda: self.now)

    def _engine(self) -> Engine | None:
        return None if self.keep is None else Engine(replace(self.policy, keep=self.keep))

    @property
    def decisions(self) -> list[str]:
        return sorted(one.name.removeprefix("decisions-2026-11-") for one in self.folder.glob("decisions-*"))


@pytest.fixture
def school(tmp_path: Path) -> School:
    return School(tmp_path)


def test_today_and_yesterday_stay_as_they_are(school: School) -> None:
    assert school.keeping.poll() == 8
    packed = [f"{day}.jsonl.gz" for day in (18, 19, 20, 21)]
    assert school.decisions == [*packed, "22.jsonl", "23.jsonl"]


def test_days_go_when_policy_keeps_them_no_longer_and_at_once_when_it_is_changed(school: School) -> None:
    school.keep = Keep(log=timedelta(days=3))
    school.keeping.poll()
    assert school.decisions == ["20.jsonl.gz", "21.jsonl.gz", "22.jsonl", "23.jsonl"]
    school.keep = Keep(log=timedelta(days=1))
    school.keeping.poll()
    assert school.decisions == ["22.jsonl", "23.jsonl"]


def test_without_a_policy_none_goes(school: School) -> None:
    school.keep, school.now = None, NOW + timedelta(days=900)
    school.keeping.poll()
    assert len(school.decisions) == 6


def test_what_was_not_counted_yet_is_not_packed(school: School) -> None:
    school.read_on = date(2026, 11, 20)
    school.keeping.poll()
    assert school.decisions[:3] == ["18.jsonl.gz", "19.jsonl.gz", "20.jsonl"]


def test_while_nobody_knows_how_far_they_were_read_none_is_packed(school: School) -> None:
    school.read_on = None
    assert school.keeping.poll() == 0


def test_a_full_disk_is_tried_again_after_a_while(
    school: School, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(day_files, "_pack", full)
        assert school.keeping.poll() == 0
    assert "No space left" in caplog.text
    school.now += timedelta(minutes=9)
    assert school.keeping.poll() == 0
    school.now += timedelta(minutes=2)
    assert school.keeping.poll() == 8


def test_a_clock_that_was_set_back_holds_nothing_up(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    school.now += timedelta(days=300)
    with monkeypatch.context() as disk:
        disk.setattr(day_files, "_pack", full)
        school.keep = Keep(log=timedelta(days=366))
        school.keeping.poll()
    school.now = NOW
    assert school.keeping.poll() == 8
