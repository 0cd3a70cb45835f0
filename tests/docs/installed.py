"""Saywhy as a wheel, installed into an environment of its own; its dependencies are those of the tests' environment."""

import importlib.util
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def build_wheel(folder: Path) -> Path:
    """The wheel, built from what the Dockerfile copies into the image and nothing else."""
    source = folder / "source"
    source.mkdir(parents=True)
    for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines():
        if line.startswith("COPY "):
            for name in line.split()[1:-1]:
                _copy(ROOT / name, source / name)
    _pip(sys.executable, "wheel", str(source), "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """Install a wheel; the folder of the environment's programs."""
    venv.create(folder, with_pip=False, symlinks=True)
    site = next((folder / "lib").glob("python*")) / "site-packages"
    dependency = importlib.util.find_spec("mitmproxy")
    assert dependency is not None
    assert dependency.origin is not None
    # A .pth is not looked for there in turn, so a checkout that the tests' environment leads to stays out.
    (site / "dependencies.pth").write_text(f"{Path(dependency.origin).parents[1]}\n")
    _pip(str(folder / "bin" / "python"), "install", "--no-deps", "--no-index", "--ignore-installed", str(wheel))
    return folder / "bin"


def _pip(python: str, *arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--python", python, "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)
