"""What the decision log tells of pages and permits."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from saywhy.observe.asked_by_page import PermitsUsed, hosts_asked_by
from saywhy.observe.log_search import record_of
from tests.observe.test_log_search import OTHER


def lay(folder: Path, day: str, *records: object, end: str = "") -> Path:
    lines = b"".join(one.line() for one in records)  # type: ignore[attr-defined]
    file = folder / f"decisions-{day}.jsonl{end}"
    file.write_bytes(gzip.compress(lines) if end else lines)
    return folder / "decisions.jsonl"


def test_the_hosts_that_pages_asked_for(tmp_path: Path) -> None:
    asked = [replace(OTHER, host=host, page="a.test") for host in ("cdn.test", "ads.test", "cdn.test")]
    lay(tmp_path, "2026-11-22", replace(OTHER, host="old.test", page="a.test"), end=".gz")
    log = lay(tmp_path, "2026-11-23", *asked, replace(OTHER, host="no.test", page="ba.test"), OTHER)
    assert hosts_asked_by(log, "a.test", 10) == ("cdn.test", "ads.test", "old.test")
    assert hosts_asked_by(log, "a.test", 1) == ("cdn.test",)
    assert hosts_asked_by(log, 'a","x":"', 9) == ()
    assert b'"page"' not in OTHER.line()
    assert record_of(json.loads(asked[0].line())).page == "a.test"


def test_when_permits_were_used_last(tmp_path: Path) -> None:
    at = [datetime(2026, 11, day, 10, tzinfo=UTC) for day in (21, 22, 23)]
    lay(tmp_path, "2026-11-21", replace(OTHER, grant="early", at=at[0]))
    lay(tmp_path, "2026-11-22", replace(OTHER, grant="one", at=at[1]), replace(OTHER, grant="two", at=at[1]), end=".gz")
    log = lay(tmp_path, "2026-11-23", replace(OTHER, grant="one", at=at[2]), replace(OTHER, grant=None))
    used = PermitsUsed(log)
    for _ in range(2):
        assert used.since(date(2026, 11, 22)) == {"one": at[2], "two": at[1]}
    assert used.since(date(2026, 11, 1)) == {"one": at[2], "two": at[1], "early": at[0]}
