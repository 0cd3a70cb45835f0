"""The codes of problems: each is used, shown by an example and documented."""

import re
from pathlib import Path

from saywhy.policy.codes import ERRORS_OF_LINT, LINT, Code

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "problems.md").read_text("utf-8")
# Problems with folders, bytes and several files, which no single file of text can show: tests/policy/reading/test_policy_load.py
# tests/rehearse/test_slips_in_folders.py and tests/rehearse/test_rehearse_lint_look.py.
NOT_IN_ONE_FILE = {
    Code.UNREADABLE, Code.FILE_ENDING, Code.NOT_UTF8, Code.DUPLICATE_SECTION, Code.BACKUP_COPY, Code.FOREIGN_TESTS,
    Code.BAD_PAGE,
}  # fmt: skip


def sections() -> dict[str, str]:
    parts = re.split(r"^### `([a-z0-9-]+)`$", DOCUMENT, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_code_is_documented_and_nothing_else_is() -> None:
    assert sorted(sections()) == sorted(code.value for code in Code)


def test_the_document_says_what_a_code_means_in_the_words_of_the_program() -> None:
    assert [code for code in Code if code.meaning not in sections()[code]] == []


def test_the_document_has_an_example_and_what_to_do_for_each() -> None:
    assert [code for code, text in sections().items() if "    " not in text or "**Do:**" not in text] == []


def test_every_code_is_used() -> None:
    used = "".join(path.read_text("utf-8") for path in (ROOT / "addons").rglob("*.py") if path.name != "codes.py")
    assert [code for code in Code if f"Code.{code.name}" not in used] == []


def test_every_code_has_a_golden_example() -> None:
    goldens = [
        *(ROOT / "tests" / "policy" / "reading" / "broken").glob("*.txt"),
        *(ROOT / "tests" / "rehearse" / "unwise").glob("*.txt"),
    ]
    said = "".join(golden.read_text("utf-8") for golden in goldens)
    assert {code for code in Code if f"[{code}]" not in said} == NOT_IN_ONE_FILE


def test_there_are_many_examples() -> None:
    cases = [
        *(ROOT / "tests" / "policy" / "reading" / "broken").glob("*.yaml"),
        *(ROOT / "tests" / "rehearse" / "unwise").glob("*.yaml"),
    ]
    assert len(cases) >= 80


def test_a_code_is_a_short_plain_word() -> None:
    assert [code for code in Code if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+){0,3}", code)] == []
    assert ERRORS_OF_LINT < LINT
