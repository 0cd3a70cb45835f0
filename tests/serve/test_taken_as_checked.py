"""What `saywhy check` says of a folder in its last line is what a running filter does with it."""

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from saywhy.cli.main import app
from saywhy.serve.policy_keeper import PolicyKeeper
from saywhy.serve.revisions import Revisions
from tests.serve.keeping import NOW

TESTS = Path(__file__).parents[1]
CASES = [
    *((TESTS / "policy" / "reading" / "sound", path) for path in sorted((TESTS / "policy" / "reading" / "broken").glob("*.yaml"))),
    *((TESTS / "rehearse" / "quiet", path) for path in sorted((TESTS / "rehearse" / "unwise").glob("*.yaml"))),
    (TESTS.parent / "policies", None),
]  # fmt: skip


@pytest.mark.parametrize(("base", "case"), CASES, ids=lambda one: one.stem if one is not None else "as-it-is")
def test_a_folder_is_taken_when_check_says_so(base: Path, case: Path | None, tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    shutil.copytree(base, folder)
    if case is not None:
        for section in re.findall(r"^(\w+):", case.read_text("utf-8"), re.MULTILINE):
            (folder / f"{section}.yaml").unlink(missing_ok=True)
        shutil.copy(case, folder / "case.yaml")
    (tmp_path / "lists").mkdir(exist_ok=True)
    said = CliRunner().invoke(app, ["check", str(folder), "--lists", str(tmp_path / "lists")]).output.splitlines()[-1]
    taken = PolicyKeeper(folder, Revisions(tmp_path / "state"), lambda: NOW).begin()
    assert said.startswith("The filter would take this policy.") == (taken is not None)
    assert said.startswith("The filter would not take this policy") == (taken is None)
