import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

type InProcess = Callable[[str], subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def in_process(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Run Python in a process of its own, as the service's processes are, with one folder of figures for all."""
    figures = tmp_path / "figures"
    figures.mkdir()

    def run(code: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(figures)}
        return subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )

    return run
