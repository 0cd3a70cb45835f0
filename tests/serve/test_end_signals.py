"""SIGTERM and SIGINT are heard wherever the main thread stands."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from saywhy.serve.end_signals import EndSignals

# A signal each 200 microseconds, while the main thread does little else than wait: some come at the worst moment.
_MANY = """
import signal
from saywhy.serve.end_signals import EndSignals
heard = EndSignals()
signal.signal(signal.SIGALRM, heard._heard)
signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
while heard.count < 2_000:
    heard.wait(0.0001, heard.count + 1)
signal.setitimer(signal.ITIMER_REAL, 0)
print("heard them all")
"""


@pytest.fixture
def heard() -> Iterator[EndSignals]:
    made = EndSignals()
    yield made
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_each_is_counted_and_ends_the_wait(heard: EndSignals, number: int) -> None:
    assert not heard.wait(0)
    os.kill(os.getpid(), number)
    began = time.monotonic()
    assert heard.wait(60)
    assert time.monotonic() - began < 30
    assert not heard.wait(0.01, 2)
    os.kill(os.getpid(), number)
    assert heard.wait(60, 2)


def test_none_comes_at_a_moment_that_holds_the_process_up() -> None:
    said = subprocess.run([sys.executable, "-c", _MANY], capture_output=True, text=True, timeout=60, check=True)
    assert said.stdout == "heard them all\n"
