import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from saywhy.cli import diff as command
from saywhy.cli.diff_result import Result, as_dict, lines
from saywhy.decide.engine import Engine
from saywhy.lists.compile import Compilation, ListWords
from saywhy.policy.reading.load import load_policy
from saywhy.rehearse.diff import Comparer
from tests.cli.conftest import Say, Shell


def logged(host: str, device: str, **more: object) -> str:
    record = {
        "time": "2026-11-17T10:00:00.000Z",
        "groups": ["year7", "students"],
        "place": "Year 7 classrooms",
        "device": device,
        "scheme": "https",
        "host": host,
        "port": 443,
        "path": "/",
        "reason": "default",
    }
    return json.dumps({**record, **more}) + "\n"


@pytest.fixture
def changed(policies: Path, tmp_path: Path) -> Path:
    """The same school, which also closes news.example for students, and opens games."""
    folder = tmp_path / "changed"
    shutil.copytree(policies, folder)
    rules = (folder / "rules.yaml").read_text()
    rules = rules.replace("block: {apps: [tiktok]}", "block: {apps: [tiktok], domains: [news.example]}")
    rules = rules.replace("block: {domains: [games.example]}", "allow: {domains: [games.example]}")
    (folder / "rules.yaml").write_text(rules.replace("TikTok collects a great deal", "It collects much"))
    return folder


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "decisions-2026-11-17.jsonl"
    written = [logged(f"{n}.news.example", f"10.30.7.{device}") for n in range(14) for device in range(212)]
    written += [logged("games.example", "10.30.7.9", reason="grant")] * 3
    written += [logged("tiktok.com", "10.30.7.9"), logged("videos.example", "10.30.7.9", path="/watch")]
    path.write_text("".join(written) + '{"time": "2026-11-')
    return path


def found(say: Say, *arguments: object) -> dict[str, Any]:
    done = say("diff", *arguments, "--format", "json")
    assert done.exit_code == 0, done.output
    loaded: dict[str, Any] = json.loads(done.output)
    return loaded


def test_it_says_what_changes_for_whom(say: Say, policies: Path, changed: Path, log: Path) -> None:
    done = say("diff", policies, changed, "--log", log)
    assert done.exit_code == 0
    assert "This change newly blocks 14 sites that 212 people used of 17 November 2026" not in done.output
    assert (
        "This change newly blocks 14 sites that 212 people used on 17 November 2026 (2,968 decisions)." in done.output
    )
    assert (
        "This change newly opens 1 site that fewer than 5 people used on 17 November 2026 (3 decisions)." in done.output
    )
    assert "Year 7: 14 sites, 212 people, 2,968 decisions" in done.output
    assert "was allowed by the default, would be blocked by rule tiktok: 14 sites" in done.output
    assert "for example 0.news.example, Year 7 (212 times)" in done.output
    assert "Rule games: `effect` was block, is allow;" in done.output
    assert "1 line of the log could not be read" in done.output
    assert f"{log}:2974: not JSON" in done.output
    assert "3 decisions had been opened by a grant or by going on" in done.output


def test_nobody_can_be_told_from_the_result(say: Say, policies: Path, changed: Path, log: Path) -> None:
    for form in ("text", "json"):
        output = say("diff", policies, changed, "--log", log, "--format", form).output
        assert "10.30.7." not in output
        assert "T10:00:00.000" not in output


def test_the_json(say: Say, policies: Path, changed: Path, log: Path) -> None:
    result = found(say, policies, changed, "--log", log.parent, "--examples", "1")
    assert (result["source"], result["considered"], result["changed"]) == ("log", 2973, 2972)
    assert {one["kind"]: (one["decisions"], one["sites"], one["people"]) for one in result["changes"]} == {
        "newly-blocked": (2968, 14, 212),
        "newly-opened": (3, 1, "fewer than 5"),
        "told-otherwise": (1, 1, "fewer than 5"),
    }
    blocked = result["changes"][0]
    assert blocked["by_group"] == [{"group": "year7", "decisions": 2968, "sites": 14, "people": 212}]
    assert blocked["examples"] == [
        {
            "site": "0.news.example",
            "group": "year7",
            "was": {"effect": "allow", "reason": "default", "rule": "default", "obligations": []},
            "now": {"effect": "block", "reason": "rule", "rule": "tiktok", "obligations": []},
            "decisions": 212,
        }
    ]
    assert {(one["what"], one["id"]) for one in result["edits"]} == {("changed", "games"), ("changed", "tiktok")}
    assert result["unreadable"]["lines"] == 1
    assert result["old"]["revision"] == load_policy(policies).revision


def test_without_a_log_the_listed_names_are_compared(say: Say, policies: Path, changed: Path) -> None:
    result = found(say, policies, changed)
    assert result["source"] == "lists"
    assert {(kind["kind"], one["site"]) for kind in result["changes"] for one in kind["examples"]} == {
        ("newly-blocked", "news.example"),
        ("newly-opened", "games.example"),
        ("told-otherwise", "tiktok.com"),
    }
    assert all(one["people"] is None for one in result["changes"])
    output = say("diff", policies, changed).output
    assert "This change newly blocks 1 site (" in output


def test_equal_policies(say: Say, policies: Path, log: Path) -> None:
    result = found(say, policies, policies, "--log", log)
    assert (result["edits"], result["changes"], result["changed"]) == ([], [], 0)
    assert "Nothing: the files are equal." in say("diff", policies, policies).output


def test_a_comment_is_no_change(say: Say, policies: Path, tmp_path: Path) -> None:
    shutil.copytree(policies, tmp_path / "commented")
    (tmp_path / "commented" / "rules.yaml").write_text("# ours\n" + (policies / "rules.yaml").read_text())
    assert "Nothing that decides: comments" in say("diff", policies, tmp_path / "commented").output


@pytest.mark.parametrize(
    ("option", "same", "code"), [("--exit-code", False, 1), ("--exit-code", True, 0), ("", False, 0)]
)
def test_exit_codes(say: Say, policies: Path, changed: Path, option: str, same: bool, code: int) -> None:
    options = [option] if option else []
    assert say("diff", policies, policies if same else changed, *options).exit_code == code


def test_a_policy_with_problems_is_named(say: Say, policies: Path, changed: Path) -> None:
    (changed / "rules.yaml").write_text("rules: 7\n")
    done = say("diff", policies, changed)
    assert done.exit_code == 1
    assert f"{changed}/rules.yaml:1:8" in done.output


def test_a_log_that_is_not_there(say: Say, policies: Path) -> None:
    done = say("diff", policies, policies, "--log", "nowhere.jsonl")
    assert done.exit_code == 2
    assert "no such file" in re.sub(r"\s+", " ", done.output)


def test_a_hundred_thousand_decisions(shell: Shell, policies: Path, changed: Path, tmp_path: Path) -> None:
    log = tmp_path / "week.jsonl"
    with log.open("w") as file:
        for n in range(100_000):
            host = f"{n % 14}.news.example" if n % 5 == 0 else f"site-{n % 3_001}.example"
            at = f"2026-11-{16 + n % 7}T{8 + n % 9:02}:{n % 60:02}:00Z"
            file.write(logged(host, f"10.30.7.{n % 212}", time=at, path=f"/page/{n}"))
    started = time.monotonic()
    done = shell("diff", policies, changed, "--log", log, "--format", "json")
    took = time.monotonic() - started
    result = json.loads(done.stdout)
    assert result["considered"] == 100_000
    assert result["changes"][0]["decisions"] == 20_000
    assert (result["changes"][0]["sites"], result["changes"][0]["people"]) == (14, 212)
    assert done.stderr == "", "no bar where nobody looks at one"
    assert took < 40, "the goal, 10 seconds, is held by bench/diff.py; this machine may be busy"


def test_the_week_that_is_compared_begins_on_a_monday() -> None:
    assert command._monday().weekday() == 0


def test_what_cannot_be_replayed_is_said(policies: Path) -> None:
    school = Engine(load_policy(policies))
    result = Result("a", "b", Comparer(school, school), replayed=True)
    result.tally.without_query, result.reading.shortened, result.tally.unknown["gone\x1b"] = 2, 1, 7
    output = "\n".join(lines(result, 5))
    assert "2 decisions were at sites where a rule asks for what follows a '?'" in output
    assert "1 address was cut short" in output
    assert "Group gone\ufffd (7 decisions)" in output
    assert as_dict(result, 5)["unknown_groups"] == {"gone\x1b": 7}


def test_what_lists_add_is_no_edit_and_no_rule_of_the_school(say: Say, policies: Path, tmp_path: Path) -> None:
    """A category that the new policy defines is new there, although a list was about it before."""
    lists = tmp_path / "lists"
    lists.mkdir()
    compilation = Compilation()
    compilation.add(ListWords("races", "category", "horse-races", ""), [["c", "names:1", "races.example"]])
    compilation.write(lists / "index")
    changed = tmp_path / "changed"
    shutil.copytree(policies, changed)
    (changed / "more.yaml").write_text("categories: {horse-races: {label: Racing, domains: [horses.example]}}\n")
    told = found(say, policies, changed, "--lists", lists)
    assert next((one["what"], one["kind"], one["id"]) for one in told["edits"]) == ("added", "category", "horse-races")
    assert (told["old"]["rules"], told["new"]["rules"]) == (5, 5)
