"""`saywhy upcoming`, as a technician reads it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cli.conftest import Say


def test_it_tells_by_day_what_begins_ends_and_falls_due(say: Say, policies: Path) -> None:
    today = datetime.now(UTC).date()
    path = policies / "rules.yaml"
    dated = (
        "rules:\n"
        "  - id: supply-teacher\n"
        "    allow: {domains: [video.example]}\n"
        f"    until: {today + timedelta(days=3)}\n"
    )
    path.write_text(path.read_text("utf-8").replace("rules:\n", dated, 1), "utf-8")
    done = say("upcoming", "--policies", policies, "--days", "7")
    assert done.exit_code == 0
    day = today + timedelta(days=3)
    assert f"{day:%A} {day.day} {day:%B %Y}\n         rule supply-teacher ends with this day" in done.output
    assert done.output.splitlines()[-1].startswith("Answered from the folder ")
    found = json.loads(say("upcoming", "--policies", policies, "--days", "7", "--json").output)
    ends = next(one for one in found["upcoming"] if one["about"] == "supply-teacher")
    assert ends == {
        "day": str(day), "at": None, "event": "ends", "about": "supply-teacher",
        "told": "rule supply-teacher ends with this day", "overdue": False,
    }  # fmt: skip
    assert say("upcoming", "--policies", policies, "--days", "0").output.count("supply-teacher") == 0


def test_a_number_of_days_that_is_none_is_refused(say: Say, policies: Path) -> None:
    assert say("upcoming", "--policies", policies, "--days", "-1").exit_code == 2
