"""What a list is about has to be something that a rule can name: `saywhy lists add` stores nothing else."""

from pathlib import Path

import pytest

from saywhy.cli.list_subject import SubjectError, subject
from saywhy.lists.store import ListStore
from tests.cli.test_cli_lists import add_bets, saywhy


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    return tmp_path / "lists"


@pytest.fixture
def bets(tmp_path: Path) -> Path:
    source = tmp_path / "bets.txt"
    source.write_text("bet.example\npoker.example\n")
    return source


@pytest.mark.parametrize(
    ("written", "identity"), [("social_networks", "social-networks"), ("gambling", "gambling"), (" games ", "games")]
)
def test_a_category_is_read_as_the_policy_reads_it(lists: Path, bets: Path, written: str, identity: str) -> None:
    assert subject("category", written) == identity
    done = saywhy("lists", "add", "mine/bets", bets, "--category", written, "--lists", lists)
    assert (done.exit_code, done.stderr) == (0, "")
    assert ListStore(lists).manifest("mine/bets").id == identity


@pytest.mark.parametrize(
    ("option", "written", "said"),
    [
        ("--category", "gambing", "did you mean 'gambling'?"),
        ("--category", "gamez", "did you mean 'games'?"),
        ("--category", "porn", "did you mean 'pornography'?"),  # as UT1 calls it
        ("--category", "two words", "can be no id"),
        ("--category", "zzzzzz", "`saywhy categories` shows all there are"),
        ("--app", "tiktock", "did you mean 'tiktok'?"),
        ("--app", "gambling", "there is no app 'gambling'"),
    ],
)
def test_a_list_about_what_nobody_knows_is_not_stored(
    lists: Path, bets: Path, option: str, written: str, said: str
) -> None:
    done = saywhy("lists", "add", "mine/bets", bets, option, written, "--lists", lists)
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())
    assert ListStore(lists).names() == []


def test_a_list_may_be_about_a_category_of_the_policy(lists: Path, bets: Path, tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "sites.yaml").write_text("categories: {raffles: {domains: [raffle.example]}}\napps: {our-app: {}}\n")
    arguments = ("--lists", lists, "--policies", policies)
    assert saywhy("lists", "add", "a", bets, "--category", "raffles", *arguments).exit_code == 0
    assert saywhy("lists", "add", "b", bets, "--app", "our-app", *arguments).exit_code == 0
    assert [(one.kind, one.id) for one in map(ListStore(lists).manifest, ("a", "b"))] == [
        ("category", "raffles"),
        ("app", "our-app"),
    ]
    again = saywhy(
        "lists", "add", "a", bets, "--category", "raffles", "--lists", lists, "--policies", tmp_path / "none"
    )
    assert again.exit_code == 0  # what is listed already is known, wherever the policy is


def test_no_id_is_none_at_all() -> None:
    with pytest.raises(SubjectError, match="can be no id"):
        subject("app", "")


def test_a_format_or_a_list_that_there_is_not_is_told_with_the_nearest(lists: Path, bets: Path) -> None:
    assert add_bets(lists, bets).exit_code == 0
    done = saywhy("lists", "add", "a", bets, "--category", "games", "--format", "domain", "--lists", lists)
    assert "did you mean 'domains'?" in " ".join(done.output.replace("│", " ").split())
    for command in ("show", "remove", "update"):
        done = saywhy("lists", command, "mine/bet", "--lists", lists)
        assert done.exit_code == 1
        assert "did you mean 'mine/bets'?" in done.output
