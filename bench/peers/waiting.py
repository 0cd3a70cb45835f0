"""Waiting for a server to listen."""

import socket
import subprocess
import time
from contextlib import suppress


def until_listening(address: str, port: int, process: "subprocess.Popen[bytes] | None", seconds: float = 120) -> None:
    """Wait until somebody accepts there. Raises RuntimeError when the process ends before, or after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with suppress(OSError), socket.create_connection((address, port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nobody listens on {address}:{port} after {seconds:.0f} s")
