"""One Python everywhere: what the package says, what `make` looks for, what the image brings, what the lock is for."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSION = (ROOT / ".python-version").read_text().strip()
FIND = ROOT / "deploy" / "find-python.sh"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("pyproject.toml", r'^requires-python = ">=([\d.]+)"$'),
        ("pyproject.toml", r'"Programming Language :: Python :: (\d+\.\d+)"'),
        ("Dockerfile", r"^FROM python:(\d+\.\d+)-"),
        ("requirements.txt", r"pip-compile with Python (\S+)"),
        ("requirements-build.txt", r"pip-compile with Python (\S+)"),
        ("requirements-dev.txt", r"pip-compile with Python (\S+)"),
        ("deploy/find-python.sh", r"^needed=(\S+)$"),
        ("README.md", r"Python (3\.\d+)"),
        ("CONTRIBUTING.md", r"Python (3\.\d+)"),
    ],
)
def test_every_place_names_the_same_python(file: str, pattern: str) -> None:
    named = re.findall(pattern, (ROOT / file).read_text("utf-8"), re.MULTILINE)
    assert named
    assert set(named) == {VERSION}


def test_ruff_writes_for_it() -> None:
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{VERSION.replace('.', '')}"


def found(bin_folder: Path, **pythons: str) -> subprocess.CompletedProcess[str]:
    """What is found where these programs are of these versions."""
    for name, version in pythons.items():
        program = bin_folder / name.replace("_", ".")
        program.write_text(f'#!/bin/sh\necho "{program} {version}"\n')
        program.chmod(0o755)
    (bin_folder / "bash").symlink_to("/bin/bash")
    environment = {"PATH": str(bin_folder)}
    return subprocess.run(["/bin/bash", FIND], capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize(
    ("pythons", "taken"),
    [
        ({"python3": "3.13.0"}, "python3"),
        ({"python3": "3.12.3", "python3_13": "3.13.5"}, "python3.13"),
        ({"python3": "3.14.0", "python3_13": "3.13.5"}, "python3.13"),
    ],
)
def test_the_one_that_fits_is_taken(tmp_path: Path, pythons: dict[str, str], taken: str) -> None:
    assert found(tmp_path, **pythons).stdout.strip() == str(tmp_path / taken)


@pytest.mark.parametrize("pythons", [{}, {"python3": "3.12.3"}, {"python3": "3.14.0"}])
def test_where_none_fits_it_says_what_there_is_and_what_to_do(tmp_path: Path, pythons: dict[str, str]) -> None:
    done = found(tmp_path, **pythons)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "pyenv install 3.13" in done.stderr
    assert all(f"python3 is {version}" in done.stderr for version in pythons.values())
