"""`saywhy explain --ref`: from the code on a page to what was decided, and to the answer of now."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from saywhy.cli.basis import basis_for
from saywhy.cli.by_reference import recalled, remembered
from saywhy.observe.daily_log import DailyLog
from saywhy.observe.decision_log import DecisionRecord
from saywhy.policy.reading.load import load_policy
from tests.cli.conftest import ROOT, Say

CODE = "K7-42QX-9M"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


def lay(state: Path, policies: Path, **changes: Any) -> DecisionRecord:
    """Write a decision about TikTok for a device of Year 7 into the log of the policy of now."""
    fields: dict[str, Any] = {
        "at": datetime(2026, 11, 23, 10, 0, 5, tzinfo=UTC),
        "groups": ("year7", "students"),
        "place": "Year 7 classrooms",
        "device": "10.30.7.21",
        "method": "GET",
        "scheme": "https",
        "host": "www.tiktok.com",
        "port": 443,
        "path": "/@someone",
        "effect": "block",
        "reason": "rule",
        "rule": "tiktok",
        "grant": None,
        "categories": ("social",),
        "apps": ("tiktok",),
        "reference": CODE,
        "revision": load_policy(policies).revision,
        "microseconds": 21,
    }
    record = DecisionRecord(**{**fields, **changes})
    log = DailyLog(state / "decisions.jsonl")
    log.write(record)
    log.close()
    return record


def explained(say: Say, state: Path, policies: Path, *more: str, code: str = CODE) -> Any:
    done = say("explain", "--ref", code, "--state", state, "--policies", policies, *more)
    assert done.exit_code == 0, done.output
    return json.loads(done.output) if "--json" in more else done.output


@pytest.mark.parametrize("code", [CODE, "k742qx9m", " k7 42qx 9m ", "K7-42QX-9M"])
def test_a_code_is_found_as_people_write_it_down(say: Say, state: Path, policies: Path, code: str) -> None:
    lay(state, policies)
    assert explained(say, state, policies, code=code).startswith(f"Reference {CODE}\n")


def test_then_and_now_stand_side_by_side(say: Say, state: Path, policies: Path) -> None:
    record = lay(state, policies)
    said = explained(say, state, policies)
    assert said.splitlines()[:6] == [
        f"Reference {CODE}",
        "  GET https://www.tiktok.com/@someone",
        "  for year7, students at Year 7 classrooms, device 10.30.7.21, Monday 23 November 2026 at 10:00:05",
        f"  then: blocked by tiktok [rule], policy revision {record.revision}",
        f"  now:  blocked by tiktok [rule], policy revision {record.revision}",
        "  The policy is the same as then; the answer would be the same now.",
    ]
    assert "Blocked: https://www.tiktok.com/@someone\n" in said
    assert "An exception is decided by: IT support, Safeguarding lead." in said


def test_json_has_then_and_the_keys_of_now(say: Say, state: Path, policies: Path) -> None:
    lay(state, policies)
    given = explained(say, state, policies, "--json")
    assert given["then"]["time"] == "2026-11-23T10:00:05.000+00:00"
    assert (given["reference"], given["rule"], given["place"]) == (CODE, "tiktok", "Year 7 classrooms")
    assert (given["same_revision"], given["differs"], given["notes"]) == (True, False, [])
    text = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    assert {key for key in (*given, *given["then"]) if f"`{key}`" not in text} == set()


def test_an_answer_that_has_changed_is_said_to_differ(say: Say, state: Path, policies: Path) -> None:
    lay(state, policies, revision="000000000000")
    rules = (policies / "rules.yaml").read_text()
    (policies / "rules.yaml").write_text(rules.replace("rules:\n", "rules:\n  - {id: open, allow: {apps: [tiktok]}}\n"))
    said = explained(say, state, policies)
    assert "  now:  allowed by open [rule], policy revision " in said
    assert "  The policy has changed since; the answer would be another one now.\n" in said
    given = explained(say, state, policies, "--json")
    assert (given["same_revision"], given["differs"], given["effect"]) == (False, True, "allow")


def test_a_rule_that_is_gone_is_still_named(say: Say, state: Path, policies: Path) -> None:
    lay(state, policies, rule="tiktok-2025", revision="000000000000")
    said = explained(say, state, policies)
    assert "  then: blocked by tiktok-2025 [rule]" in said
    assert "  The policy has changed since; still blocked now, but for another reason.\n" in said


def test_a_refusal_without_a_rule_has_its_reason(say: Say, state: Path, policies: Path) -> None:
    lay(state, policies, rule=None, reason="port", port=99)
    said = explained(say, state, policies)
    assert "https://www.tiktok.com:99/@someone" in said
    assert "  then: blocked [port]" in said


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"groups": ("staff",)}, "This device was in staff then; now it is in year7, students."),
        ({"device": "10.99.0.1"}, "This device was in year7, students then; now it is in no group."),
        ({"device": None, "groups": ("year7", "year6")}, "The policy does not know the group year6 any more."),
        ({"path": "/" + "x" * 900}, "The log keeps only the beginning of so long an address; a rule about paths may answer otherwise."),
    ],
)  # fmt: skip
def test_what_is_not_quite_the_same_access_is_noted(
    say: Say, state: Path, policies: Path, changes: dict[str, Any], note: str
) -> None:
    lay(state, policies, **changes)
    assert explained(say, state, policies, "--json")["notes"] == [note]


def test_the_same_moment_is_asked_about(state: Path, policies: Path) -> None:
    record = lay(state, policies, host="games.example", rule="games", at=datetime(2026, 7, 7, 14, 15, tzinfo=UTC))
    found = recalled(remembered(CODE, state), basis_for(policies, state, None))
    assert found.record == record
    assert found.inquiry.access.at.isoformat() == "2026-07-07T15:15:00+01:00"
    assert not found.differs


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--ref", "K7-42"), 2, "'K7-42' is no reference; one looks like K7-42QX-9M"),
        (("--ref", "K7-42QX-9M", "tiktok.com"), 2, "leave --ref out"),
        (("--ref", "K7-42QX-9M", "--as", "year7"), 2, "leave --ref out"),
        (("--ref", "K7-42QX-9M", "--at", "10:00"), 2, "leave --ref out"),
        (("--ref", "ZZ-ZZZZ-ZZ"), 1, "No decision with the reference ZZ-ZZZZ-ZZ is in "),
        (("--ref", "ZZ-ZZZZ-ZZ"), 1, "The log goes from 23 November 2026 to 23 November 2026; what is older was deleted."),
    ],
)  # fmt: skip
def test_what_is_not_found_or_not_understood(
    say: Say, state: Path, policies: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    lay(state, policies)
    done = say("explain", *arguments, "--state", state, "--policies", policies)
    assert done.exit_code == code
    assert said in done.output.replace("\n", " ").replace("  ", " ") or said in done.output


def test_without_a_log_it_says_so(say: Say, state: Path, policies: Path) -> None:
    done = say("explain", "--ref", CODE, "--state", state, "--policies", policies)
    assert done.exit_code == 1
    assert "There is no log yet; --state names the state folder" in done.stderr
    assert say("explain", "--ref", CODE, "--state", state / "no", "--policies", policies).exit_code == 2


def test_a_policy_with_problems_ends_with_1(say: Say, state: Path, policies: Path) -> None:
    lay(state, policies)
    (policies / "rules.yaml").write_text("rules: []\n")
    done = say("explain", "--ref", CODE, "--state", state, "--policies", policies)
    assert done.exit_code == 1
    assert "rules.yaml:1:8: an empty list" in done.stderr


def test_nothing_in_the_log_acts_on_a_terminal(say: Say, state: Path, policies: Path) -> None:
    lay(state, policies, path="/\x1b[31m", method="\x1b]0;x", rule="\x1b[2J")
    assert "\x1b" not in explained(say, state, policies)
