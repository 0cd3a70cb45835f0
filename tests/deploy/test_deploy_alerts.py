"""The alerts for Prometheus: they are rules, fire when they should and stay quiet, and each says what to do."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from saywhy.observe.documented import told_metrics

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "saywhy.rules.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("promtool")
    assert program is not None, "promtool is missing: run deploy/system-packages.sh"
    return subprocess.run([program, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "--lint-fatal", "saywhy.rules.yml"),
        ("check", "config", "prometheus.yml"),
        ("test", "rules", "saywhy.test.yml"),
    ],
    ids=" ".join,
)
def test_promtool_is_content(arguments: tuple[str, ...]) -> None:
    done = promtool(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_is_tried_both_ways() -> None:
    tried = {one["name"] for one in yaml.safe_load((FOLDER / "saywhy.test.yml").read_text("utf-8"))["tests"]}
    assert tried == {f"{rule['alert']} {way}" for rule in RULES for way in ("fires", "quiet")}


def test_each_asks_for_metrics_that_there_are() -> None:
    told = {name: kind for name, kind, *_ in told_metrics()}
    for rule in RULES:
        for name in re.findall(r"saywhy_[a-z_]+", rule["expr"]):
            known = told.get(name) or (told.get(name.removesuffix("_bucket")) == "histogram")
            assert known, f"{rule['alert']}: {name}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_each_says_what_it_means_and_where_to_read_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    notes = rule["annotations"]
    assert notes["summary"]
    assert notes["description"].endswith(".")
    page, _, section = notes["runbook"].partition("#")
    text = (ROOT / page).read_text("utf-8")
    found = re.search(rf"^## {rule['alert']}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, section
    assert section == rule["alert"].lower()
    assert re.search(r"^1\. ", found[1], re.MULTILINE), "what to do"
