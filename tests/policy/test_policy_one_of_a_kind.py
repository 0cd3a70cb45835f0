"""A criterion and an obligation are one file each: files that only this test has work in every tool and on the wire."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CRITERION = '''
"""`schemes`: the beginning of an address, like http."""

from typing import Annotated, Any, ClassVar, Literal

from saywhy.policy.criterion import About, Criterion


class Schemes(Criterion):
    """Only a whole URL has one."""

    key = "schemes"
    annotation: ClassVar[Any] = list[Literal["http", "https", "ws", "wss"]]
    description = "How an address begins."
    example = "[http]"
    by_url = True

    def pieces(self, written):
        return (("scheme", one) for one in written)

    def keys(self, about: About):
        return (("scheme", about.url.scheme),)

    def told(self, one):
        return f"addresses with {one}"


CRITERION = Schemes()
'''
OBLIGATION = '''
"""`watermark`: what an allow asks to be marked with."""

from typing import Any, ClassVar

from saywhy.policy.fields import Text
from saywhy.policy.obligation import Obligation, ObligationKind


class Watermark(ObligationKind):
    """Seen inside, since it would have to be put there."""

    key = "watermark"
    annotation: ClassVar[Any] = Text
    left_out = ""
    description = "A word to mark pages with."
    example = "school"
    not_for_block = "there is nothing to mark"

    def read(self, written):
        return Obligation(self.key, written, inside=True) if written else None

    def told(self, obligation):
        return obligation.value


OBLIGATION = Watermark()
'''
SEES_THEM = """
import saywhy.policy.criteria as criteria, saywhy.policy.obligations as obligations
criteria.__path__.append({folder!r} + "/criteria")
obligations.__path__.append({folder!r} + "/obligations")
from saywhy.cli.main import run; run()
"""
REASONS = "why: So it is.\n    decided: {by: IT, on: 2026-09-03}\n    review_by: 2027-03-01\n    owner: it"
POLICY = f"""
school: {{name: Hillside School, timezone: Europe/London}}
roles: {{it: IT support}}
groups: {{year7: {{label: Year 7, reader: secondary}}}}
default: allow
purposes:
  read: {{label: Read, alternatives: [{{name: A, url: "https://a.example/", trusted: Ours.}}]}}
rules:
  - id: marked
    allow: {{domains: [marked.example]}}
    watermark: hillside
  - id: unencrypted
    block: {{schemes: [http]}}
    instead: [read]
    {REASONS}
"""


@pytest.fixture
def school(tmp_path: Path) -> Path:
    for kind, text in (("criteria", CRITERION), ("obligations", OBLIGATION)):
        (tmp_path / "added" / kind).mkdir(parents=True)
        (tmp_path / "added" / kind / f"only_here_{kind}.py").write_text(text)
    (tmp_path / "policies" / "tests").mkdir(parents=True)
    (tmp_path / "policies" / "school.yaml").write_text(POLICY)
    (tmp_path / "policies" / "tests" / "school.yaml").write_text(
        "tests:\n"
        "  - {name: plain, who: year7, open: http://x.example/, expect: {effect: block, rule: unencrypted}}\n"
        "  - {name: encrypted, who: year7, open: https://x.example/, expect: allow}\n"
    )
    return tmp_path


def saywhy(school: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", SEES_THEM.format(folder=str(school / "added")), *arguments],
        cwd=school, capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT / "addons"), "PYTHONUTF8": "1"},
    )  # fmt: skip


def explained(school: Path, address: str, *more: str) -> dict[str, object]:
    done = saywhy(school, "explain", address, "--as", "year7", "--policies", "policies", "--json", *more)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_they_load_and_a_mistake_in_them_is_told_like_any_other(school: Path) -> None:
    assert saywhy(school, "check", "policies").returncode == 0
    (school / "policies" / "school.yaml").write_text(
        POLICY.replace("[http]", "[gopher]").replace("watermark: hillside", "watermark: [a]")
    )
    told = saywhy(school, "check", "policies").stdout
    assert "school.yaml:11:16: a list where text belongs" in told
    assert "school.yaml:13:23: " in told


def test_a_rule_that_blocks_has_no_obligation(school: Path) -> None:
    (school / "policies" / "school.yaml").write_text(
        POLICY.replace("    instead: [read]\n", "    instead: [read]\n    watermark: x\n")
    )
    assert "'unencrypted' blocks, so there is nothing to mark" in saywhy(school, "check", "policies").stdout


def test_the_schema_has_them(school: Path) -> None:
    done = saywhy(school, "schema", "--out", "schema")
    assert done.returncode == 0, done.stderr
    text = (school / "schema" / "policy.schema.json").read_text("utf-8")
    assert "How an address begins." in text
    assert "A word to mark pages with." in text


def test_explain_decides_by_them_and_says_so(school: Path) -> None:
    blocked, allowed = explained(school, "http://x.example/"), explained(school, "https://x.example/")
    assert (blocked["effect"], blocked["rule"]) == ("block", "unencrypted")
    assert (allowed["effect"], allowed["rule"]) == ("allow", "default")
    assert "it is about addresses with http" in str(allowed["trace"])
    by_name = explained(school, "https://x.example/", "--host-only")
    assert by_name["needs_url"] is True
    marked = explained(school, "https://marked.example/")
    assert "decrypted" in str(marked["connection"])


def test_policy_tests_and_lint_go_by_them(school: Path) -> None:
    assert "2 passed" in saywhy(school, "test", "policies").stdout
    (school / "policies" / "school.yaml").write_text(
        POLICY + f"  - id: again\n    block: {{schemes: [http]}}\n    instead: [read]\n    {REASONS}\n"
    )
    assert "'again'" in saywhy(school, "check", "policies").stdout


def test_diff_says_what_changed_and_what_that_changes(school: Path) -> None:
    new = school / "new"
    new.mkdir()
    (new / "school.yaml").write_text(POLICY.replace("[http]", "[http, ws]").replace("hillside", "meadow"))
    told = saywhy(school, "diff", "policies", "new").stdout
    assert "`schemes` also names ws" in told
    assert "was hillside, is meadow" in told
