"""What an allow carries, as `saywhy explain` and `saywhy test` tell it."""

from pathlib import Path

import pytest

from tests.cli.conftest import Say

POLICY = """
school: {name: Hillside School, timezone: Europe/London}
roles: {it: IT support}
groups: {students: {reader: secondary}}
places: [{network: 10.0.0.0/8, groups: [students]}]
default: allow
inspection: {never: {domains: [private.example]}}
apps:
  search: {label: Our Search, domains: [search.example], categories: [search-engines], controls: {safe_search: {address: safe.example}}}
  plain: {label: Plain Search, domains: [plain.example], categories: [search-engines]}
  cloud: {label: Our Cloud, domains: [cloud.example], controls: {accounts: {headers: {allowed: "{accounts}", asks: "{id}"}}}}
  private: {label: Private Cloud, domains: [private.example], controls: {accounts: {headers: {allowed: "{accounts}"}}}}
carriers:
  reader: {label: Easy Reader, domains: [reader.example], addresses: ["/read?u={address}"]}
rules:
  - id: documents-alone
    allow: {domains: [files.example]}
    files: [archives]
  - id: no-files
    block: {domains: [files.example]}
    why: It is full of adverts.
    instead: []
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
  - id: safe
    allow: {categories: [search-engines], apps: [cloud, private]}
    safe_search: true
    accounts: {cloud: [hillside.example], private: [hillside.example]}
"""
TESTS = """
tests:
  - name: carried
    who: students
    open: "https://search.example/"
    expect: {obligations: {safe_search: true, restricted: false, accounts: false}}
  - name: not carried
    who: students
    open: "https://search.example/"
    expect: {obligations: {safe_search: false}}
"""


@pytest.fixture
def school(tmp_path: Path) -> Path:
    folder = tmp_path / "school"
    folder.mkdir()
    (folder / "school.yaml").write_text(POLICY)
    (folder / "tests").mkdir()
    (folder / "tests" / "tests.yaml").write_text(TESTS)
    return folder


@pytest.mark.parametrize(
    ("url", "because"),
    [
        ("https://plain.example/", "nothing switches on `safe_search` at this site"),
        ("https://private.example/", "`accounts` of Private Cloud takes decrypting, and this site is under `never` of `inspection`"),
        ("https://cloud.example/", "`accounts` does not say what Our Cloud wants to know"),
        ("https://reader.example/read?u=https://search.example/", "what fetches this page for the reader would fetch it without that"),
    ],
)  # fmt: skip
def test_why_it_cannot_be_met_is_said(say: Say, school: Path, url: str, because: str) -> None:
    output = say("explain", url, "--policies", school, "--as", "students").output
    assert because in output
    assert "that does not work here" in output


def test_what_a_rule_for_files_lets_through_is_not_told_as_closed(say: Say, school: Path) -> None:
    output = say("explain", "https://files.example/a.zip", "--policies", school, "--as", "students").output
    assert "Allowed" in output
    assert "connection: decrypted: what is allowed here depends on the path, or on what is done" in output
    closed = say("explain", "https://files.example/", "--policies", school, "--as", "students").output
    assert "connection: decrypted, so that a page can be shown; nothing of it goes to the site" in closed


def test_tests_may_expect_that_something_is_not_carried(say: Say, school: Path) -> None:
    output = say("test", school).output
    assert "obligations.safe_search: expected false, but it is true" in output
    assert "1 failed, 1 passed" in output
