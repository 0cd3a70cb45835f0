"""Documentation that runs: policies in ```yaml blocks, list files in ```text blocks that name them, tables of decisions."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import pytest

from saywhy.decide.access import Access, Subject, subject_at, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.explain.explain import explain
from saywhy.explain.explanation import Explanation
from saywhy.policy.obligations import told
from saywhy.policy.policy import Policy
from tests.docs.installed import build_wheel, install

ROOT: Final = Path(__file__).parents[2]
MONDAY: Final = date(2026, 11, 23)
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HEADER: Final = "| who | when | address | answer | rule |"
WITH: Final = f"{HEADER} with |"
_FENCE: Final = re.compile(r"^```(\w*) ?(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: who opens what, when, and what is answered; `-` as the rule means that reach refused.

    `carried` is what an allow carries, where the table has a column for it.
    """

    who: str
    when: str
    address: str
    answer: str
    rule: str
    carried: str | None = None


@dataclass(slots=True)
class Section:
    """What stands under one heading."""

    title: str
    yaml: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    def lay_out(self, folder: Path) -> None:
        """Write the policy and its lists into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "policy.yaml").write_text("\n".join(self.yaml), encoding="utf-8")
        write_files(self.files, folder)


def write_files(files: dict[str, str], folder: Path) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def sections(text: str) -> list[Section]:
    """The sections of a page, whatever the level of their headings. Headings are looked for outside of fences."""
    bare = _FENCE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    starts = [(found.start(), found[2]) for found in _HEADING.finditer(bare)]
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return [_section(title, text[start:end]) for (start, title), end in zip(starts, ends, strict=True)]


def _section(title: str, text: str) -> Section:
    section = Section(title)
    for language, name, body in _FENCE.findall(text):
        if language == "yaml":
            section.yaml.append(body)
        elif language == "text" and name:
            section.files[name] = body
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line in (HEADER, WITH):
            for row in lines[number + 2 :]:
                if not row.startswith("|"):
                    break
                section.rows.append(Row(*(cell.strip().strip("`") for cell in row.strip("|").split("|"))))
    return section


@dataclass(frozen=True, slots=True)
class Asked:
    """What a row's access comes to, as `saywhy explain` works it out."""

    subject: Subject
    decision: Decision
    explanation: Explanation

    @property
    def rule(self) -> str:
        """The rule that decided; `-` where reach refused."""
        return "-" if self.decision.rule is None else self.decision.rule.id


def asked(policy: Policy, row: Row) -> Asked:
    """Decide a row's access, and explain it."""
    try:
        subject = subject_at(Engine(policy), ip_address(row.who))
    except ValueError:
        subject = subject_in(policy, (row.who,))
    access = Access(subject, target_of_url(row.address), moment(row.when).replace(tzinfo=policy.school.timezone))
    decision = decide(Engine(policy), NO_GRANTS, access)
    return Asked(
        subject, decision, explain(Engine(policy), NO_GRANTS, access, decision, reference=None, ask_url="https://ask/")
    )


def moment(text: str) -> datetime:
    """`monday 10:00` in the week of these documents, or a date and a time."""
    day, _, clock = text.partition(" ")
    if day not in DAYS:
        return datetime.fromisoformat(text)
    return datetime.combine(MONDAY + timedelta(days=DAYS.index(day)), time.fromisoformat(clock))


def answered(policy: Policy, row: Row) -> Row:
    """The row as the policy answers it."""
    found = asked(policy, row)
    carried = "; ".join(sorted(f"{one.kind}: {told(one.kind, frozenset({one}))}" for one in found.decision.obligations))
    given = None if row.carried is None else carried or "nothing"
    return replace(row, answer=found.decision.effect.value, rule=found.rule, carried=given)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment in which Saywhy is installed from its wheel."""
    folder = tmp_path_factory.mktemp("installed")
    return install(build_wheel(folder / "wheel"), folder / "environment")
