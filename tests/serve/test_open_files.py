"""How many files a process may open, and what follows for connections."""

import resource
import subprocess
import sys

import pytest

from saywhy.proxy.door.open_connections import Limits, limits_for

RAISED = "from saywhy.serve.open_files import raise_open_files as r; print(r()); print(r())"


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    def lower() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 1_024))

    said = subprocess.run([sys.executable, "-c", RAISED], check=True, capture_output=True, text=True, preexec_fn=lower)
    assert said.stdout.split() == ["1024", "1024"]


@pytest.mark.parametrize("files", [256, 1_024, 4_096, 20_000, 1_048_576])
def test_one_address_never_shuts_the_others_out(files: int) -> None:
    limits = limits_for(files)
    assert 16 <= limits.connections <= Limits().connections
    assert limits.connections * 2 <= max(files // 4, 32)
    assert limits.in_all * 2 <= max(files, 128)
