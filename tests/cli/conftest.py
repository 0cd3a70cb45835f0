import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from saywhy.cli.main import app
from tests.cheap_passwords import cheap_passwords

ROOT = Path(__file__).parents[2]
RUN = "from saywhy.cli.main import run; run()"

SCHOOL = """\
school: {name: Hillside School, timezone: Europe/London}
roles: {it: IT support, safeguarding: Safeguarding lead}
groups:
  students: {label: Students}
  year7: {label: Year 7, reader: secondary, within: [students]}
  staff: {label: Staff, reader: staff}
places:
  - {network: 10.30.7.0/24, groups: [year7, students], name: Year 7 classrooms}
times:
  lessons: {label: lesson time, spans: [{days: mon-fri, from: 09:15, until: 15:20}]}
reach: {addresses: [192.0.2.0/24]}
default: allow
"""
SITES = """\
categories:
  gambling: {label: Gambling, lists: [lists/gambling.txt]}
  social: {label: Social networks, domains: [tiktok.com]}
apps:
  tiktok: {label: TikTok, domains: [tiktok.com], purposes: [short-videos]}
purposes:
  short-videos:
    label: Watch short, funny videos
    alternatives:
      - {name: BBC Bitesize, url: "https://www.bbc.co.uk/bitesize?x=1", trusted: Made by the BBC for schools.}
      - {name: TikTok for schools, url: "https://schools.tiktok.com/", trusted: Somebody said so.}
"""
RULES = """\
rules:
  - id: gambling
    block: {categories: [gambling]}
    why: Gambling is for adults.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: safeguarding
    locked: true
  - id: games
    block: {domains: [games.example]}
    for: [students]
    when: [lessons]
    why: Games keep you from your lesson.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
  - id: shorts
    block: {urls: ["videos.example/shorts/*"]}
    for: [students]
    at: [Year 7 classrooms]
    why: Short videos follow one another without end.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
  - id: tiktok
    block: {apps: [tiktok]}
    for: [students]
    why: {risk: TikTok collects a great deal about people., would_change: A version without tracking.}
    instead: [short-videos]
    decided: {by: Senior leadership team, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
    ask: {decides: [it], signs_off: [safeguarding], offer: [this-lesson, this-page]}
  - id: self-harm
    block: {domains: [harm.example]}
    why: We want you to be safe.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: safeguarding
    locked: true
    help: [{name: Mrs Okafor, contact: room 12}]
"""

type Say = Callable[..., Result]
type Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing lies and no filter runs: commands look for what is in force in both."""
    folder = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SAYWHY_REGISTRY", str(folder / "registry"))


@pytest.fixture(autouse=True)
def cheap() -> Iterator[None]:
    with cheap_passwords():
        yield


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    (folder / "lists").mkdir(parents=True)
    (folder / "school.yaml").write_text(SCHOOL)
    (folder / "sites.yaml").write_text(SITES)
    (folder / "rules.yaml").write_text(RULES)
    (folder / "lists" / "gambling.txt").write_text("# ours\nbet.example\n")
    return folder


@pytest.fixture
def say() -> Say:
    """Call `saywhy` with these arguments inside this process."""

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(one) for one in arguments], prog_name="saywhy")

    return call


@pytest.fixture
def shell() -> Shell:
    """Call `saywhy` with these arguments as a program of its own."""

    def call(*arguments: object, code: str = RUN) -> subprocess.CompletedProcess[str]:
        command: Sequence[str] = [sys.executable, "-c", code, *map(str, arguments)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "addons"), "PYTHONUTF8": "1"}
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)

    return call
