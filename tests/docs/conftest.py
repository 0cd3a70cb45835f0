"""Documentation that runs: policies in ```yaml blocks, list files in ```text blocks that name them, tables of decisions."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from addons.cli.asker import parse_asker
from addons.cli.explain import parse_target
from addons.cli.inquiry import Inquiry, inquire
from addons.cli.moment import parse_moment
from addons.decide.access import Access
from addons.policy.policy import Policy

ROOT: Final = Path(__file__).parents[2]
NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
HEADER: Final = "| who | when | address | answer | rule |"
_FENCE: Final = re.compile(r"^```(\w*) ?(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: who opens what, when, and what is answered; `-` as the rule means that reach refused."""

    who: str
    when: str
    address: str
    answer: str
    rule: str


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
        if line == HEADER:
            for row in lines[number + 2 :]:
                if not row.startswith("|"):
                    break
                section.rows.append(Row(*(cell.strip().strip("`") for cell in row.strip("|").split("|"))))
    return section


def asked(folder: Path, policy: Policy, row: Row) -> Inquiry:
    """What the row's access comes to, as `saywhy explain` works it out."""
    subject = parse_asker(row.who, policy)
    moment = parse_moment(row.when, NOW, policy.school.timezone)
    return inquire(folder, policy, Access(subject, parse_target(row.address, host_only=False), moment))


def answered(inquiry: Inquiry, row: Row) -> Row:
    """The row as the policy answers it."""
    rule = inquiry.decision.rule
    answer = inquiry.decision.effect.value
    return Row(row.who, row.when, row.address, answer, "-" if rule is None else rule.id)
