import subprocess
from pathlib import Path

import pytest

from saywhy.cli.revision import RevisionError, policy_folder
from tests.cli.conftest import Say


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@school.example", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(policies: Path) -> Path:
    """A repository around the policy's folder, with one commit; the rules in the folder are changed since."""
    root = policies.parent
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "policies")
    git(root, "commit", "-q", "-m", "First")
    rules = policies / "rules.yaml"
    rules.write_text(rules.read_text().replace("    when: [lessons]\n", ""))
    return root


def test_a_revision_is_read_and_gone_afterwards(repository: Path, policies: Path) -> None:
    with policy_folder("git:HEAD", policies) as folder:
        assert "when: [lessons]" in (folder / "rules.yaml").read_text()
        assert (folder / "lists" / "gambling.txt").read_bytes() == (policies / "lists" / "gambling.txt").read_bytes()
    assert not folder.exists()


def test_a_folder_is_itself(policies: Path) -> None:
    with policy_folder(str(policies), Path("elsewhere")) as folder:
        assert folder == policies


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("git:nonsense", "knows no revision 'nonsense'"),
        ("git:--help", "knows no revision"),
        ("git:", "no revision is named"),
        ("git:HEAD:/", "not a git repository"),
    ],
)
def test_a_revision_that_cannot_be_read(repository: Path, policies: Path, text: str, says: str) -> None:
    with pytest.raises(RevisionError, match=says), policy_folder(text, policies):
        pass


def test_a_folder_that_was_not_there_then(repository: Path) -> None:
    (repository / "other").mkdir()
    with pytest.raises(RevisionError, match="has no folder other"), policy_folder("git:HEAD", repository / "other"):
        pass


def test_a_folder_outside_of_git(policies: Path) -> None:
    with pytest.raises(RevisionError, match="not a git repository"), policy_folder("git:HEAD", policies):
        pass


def test_a_link_in_git_is_refused(repository: Path, policies: Path) -> None:
    (policies / "more.yaml").symlink_to("rules.yaml")
    git(repository, "add", "policies")
    git(repository, "commit", "-q", "-m", "Second")
    with pytest.raises(RevisionError, match="a link at more"), policy_folder("git:main", policies):
        pass


def test_diff_against_a_revision(say: Say, repository: Path, policies: Path) -> None:
    done = say("diff", "git:HEAD", policies)
    assert done.exit_code == 0, done.output
    assert "Rule games: `when` was lessons, is always." in done.output
    assert "newly blocks 1 site" in done.output
    named = say("diff", f"git:HEAD:{policies}", f"git:main:{policies}")
    assert "Nothing: the files are equal." in named.output


def test_a_wrong_revision_is_a_mistake_of_the_command(say: Say, repository: Path, policies: Path) -> None:
    done = say("diff", "git:nonsense", policies)
    assert done.exit_code == 2
    assert "nonsense" in done.output
