"""The wheel by itself: what is in it, and that nothing outside of it is needed."""

import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.docs.commands import ROOT, blocks
from tests.docs.installed import build_wheel

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return zipfile.ZipFile(build_wheel(tmp_path_factory.mktemp("wheel")))


def say(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the installed command elsewhere, with nothing of a checkout in sight."""
    return subprocess.run(
        [installed / "saywhy", *arguments],
        cwd=folder,
        env={"PATH": f"{installed}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_holds_every_file_of_the_package_and_what_it_shows(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    package = (ROOT / "addons").rglob("saywhy/**/*")
    ours = [path.relative_to(ROOT / "addons").as_posix() for path in package if path.is_file()]
    assert [name for name in ours if "__pycache__" not in name and name not in names] == []
    for folder, inside in (
        ("block_pages", "explain/block_pages"),
        ("catalogue", "policy/reading/builtin_catalogue"),
        ("languages", "policy/builtin_languages"),
    ):
        shown = [path.relative_to(ROOT / folder).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()]
        assert [name for name in shown if f"saywhy/{inside}/{name}" not in names] == []


def test_it_brings_nothing_else(wheel: zipfile.ZipFile) -> None:
    assert {name.split("/")[0] for name in wheel.namelist()} == {"saywhy", f"saywhy-{PROJECT['version']}.dist-info"}
    assert [name for name in wheel.namelist() if "__pycache__" in name or name.endswith((".pyc", ".test"))] == []


def test_it_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    about = wheel.read(f"saywhy-{PROJECT['version']}.dist-info/METADATA").decode()
    for line in (
        "License-Expression: MIT",
        "License-File: LICENSE",
        "Classifier: Typing :: Typed",
        "Requires-Python: >=3.13",
    ):
        assert f"\n{line}\n" in about
    assert f"saywhy-{PROJECT['version']}.dist-info/licenses/LICENSE" in wheel.namelist()


def test_a_first_policy_is_written_checked_and_shown_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    assert say(installed, tmp_path, "--version").stdout == f"saywhy {PROJECT['version']}\n"
    found = subprocess.run(
        [installed / "python", "-c", "import saywhy; print(saywhy.__file__)"],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()).is_relative_to(installed.parent)
    assert say(installed, tmp_path, "init", "school", "--kind", "all-through").returncode == 0
    assert say(installed, tmp_path, "check", "school", "--strict").returncode == 0
    assert say(installed, tmp_path, "test", "school").returncode == 0
    page = say(installed, tmp_path, "page", "https://www.tiktok.com/", "--as", "juniors", "--policies", "school")
    assert page.returncode == 0
    assert "This page is closed at school" in page.stdout


def test_the_image_is_made_by_the_steps_that_the_readme_tells_and_make_takes() -> None:
    readme = "".join(block.text for block in blocks((ROOT / "README.md").read_text("utf-8")))
    steps = {
        "the Dockerfile": re.findall(
            r"pip install (.+?)(?: \\)?$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE
        ),
        "README": re.findall(r"pip install (.+)$", readme, re.MULTILINE),
        "make": re.findall(r"\(pip\) install (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)[:2],
    }
    assert steps["the Dockerfile"] == steps["README"]
    assert [one.replace("--editable ", "") for one in steps["make"]] == steps["README"]


def test_every_folder_and_path_that_the_readme_mounts_is_one_of_the_image() -> None:
    image = (ROOT / "Dockerfile").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    mounted = re.findall(r"--volume \S+?:(/[\w/]+)", readme)
    assert mounted == ["/opt/saywhy/policies", "/var/lib/saywhy/state"]
    for path in mounted:
        assert f'"{path}"' in image, "the entry point names it"
    for port in re.findall(r"--publish (\d+):", readme):
        assert re.search(rf"^EXPOSE .*\b{port}\b", image, re.MULTILINE)
