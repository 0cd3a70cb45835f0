"""squidGuard, asked as Squid asks it: lines into its pipe, answers out of it."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_INSTALL: Final = Path(__file__).with_name("install-squidguard.sh")
_REDIRECT: Final = "http://blocked.test/"
_CONFIGURATION: Final = """\
dbhome {folder}/db
logdir {folder}
dest listed {{
  domainlist domains
}}
acl {{
  default {{
    pass !listed all
    redirect {redirect}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """What squidGuard took: seconds to build, names a second one by one and all at once, how many it blocked."""

    built: float
    one_by_one: float
    at_once: float
    blocked: int


def ask(folder: Path, names: Sequence[str], hosts: Sequence[str]) -> Answered:
    """Build its database of these names in an empty folder, and ask it for these hosts. Installs it if need be."""
    subprocess.run([str(_INSTALL)], check=True, stdout=subprocess.DEVNULL)
    (folder / "db").mkdir()
    (folder / "db/domains").write_text("".join(f"{name}\n" for name in names))
    configuration = folder / "conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder, redirect=_REDIRECT))
    started = time.perf_counter()
    subprocess.run(["squidGuard", "-c", str(configuration), "-C", "all"], check=True, capture_output=True)
    built = time.perf_counter() - started
    questions = [f"http://{host}/ 192.0.2.1/- - GET\n".encode() for host in hosts]
    command = ["squidGuard", "-c", str(configuration)]
    at_once, blocked = _at_once(command, folder / "questions", questions)
    return Answered(built, _one_by_one(command, questions), at_once, blocked)


def _at_once(command: list[str], file: Path, questions: Sequence[bytes]) -> tuple[float, int]:
    """Names a second, the best of three, with its start; and how many it redirects."""
    file.write_bytes(b"".join(questions))
    best, blocked = float("inf"), 0
    for _ in range(3):
        with file.open("rb") as given:
            started = time.perf_counter()
            answered = subprocess.run(command, stdin=given, capture_output=True, check=True)
            best = min(best, time.perf_counter() - started)
        lines = answered.stdout.splitlines()
        if len(lines) != len(questions):
            raise SystemExit(f"squidGuard answered {len(lines)} of {len(questions)}: {answered.stderr.decode()}")
        blocked = sum(_REDIRECT.encode() in line for line in lines)
    return len(questions) / best, blocked


def _one_by_one(command: list[str], questions: Sequence[bytes]) -> float:
    """Names a second, each asked when the one before is answered, as Squid does; the best of three."""
    best = float("inf")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        asking, telling = running.stdin.fileno(), running.stdout.fileno()
        _asked(asking, telling, questions[0])  # it has started
        for _ in range(3):
            started = time.perf_counter()
            for question in questions:
                _asked(asking, telling, question)
            best = min(best, time.perf_counter() - started)
        running.stdin.close()
    return len(questions) / best


def _asked(asking: int, telling: int, question: bytes) -> None:
    os.write(asking, question)
    while answer := os.read(telling, 4096):
        if answer.endswith(b"\n"):
            return
    raise SystemExit("squidGuard ended before it answered")
