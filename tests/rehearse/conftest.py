from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.policy.reading.load import load_policy

POLICY = """\
school: {name: Hillside School, timezone: Europe/London}
roles: {it: IT support}
groups:
  students: {}
  year7: {reader: secondary, within: [students]}
  staff: {reader: staff}
places:
  - {network: 10.30.7.0/24, groups: [year7], name: Library}
  - {network: 10.30.8.0/24, groups: [staff], name: Office}
times:
  lessons: [{days: mon-fri, from: 09:15, until: 15:20}]
default: allow
apps:
  tiktok: {domains: [tiktok.com]}
purposes:
  short-videos:
    label: Watch short, funny videos
    alternatives:
      - {name: BBC Bitesize, url: "https://www.bbc.co.uk/bitesize", trusted: Made by the BBC.}
      - {name: TikTok for schools, url: "https://schools.tiktok.com/", trusted: Somebody said so.}
rules:
  - id: gambling
    block: {domains: [bet.example]}
    why: Gambling is for adults.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
    locked: true
  - id: library
    allow: {domains: [games.example]}
    at: [Library]
  - id: games
    block: {domains: [games.example]}
    for: [students]
    when: [lessons]
    why: Games keep you from your lesson.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
  - id: tiktok
    block: {apps: [tiktok]}
    for: [students]
    why: TikTok collects a great deal about people.
    instead: [short-videos]
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
"""
GOOD = """\
# What should be so
tests:
  - name: TikTok is closed
    who: year7
    when: monday 10:00
    open: https://www.tiktok.com/
    expect: {effect: block, rule: tiktok, alternatives: [BBC Bitesize]}
"""


def write_tests(folder: Path, text: str, name: str = "school.yaml") -> Path:
    """Write a file of tests into a policy's folder."""
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "tests" / name).write_text(text, "utf-8")
    return folder / "tests" / name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "school.yaml").write_text(POLICY)
    return tmp_path


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same policy, only to be read."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "school.yaml").write_text(POLICY)
    return folder


@pytest.fixture
def engine(folder: Path) -> Engine:
    return Engine(load_policy(folder))
