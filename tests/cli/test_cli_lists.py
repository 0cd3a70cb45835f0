"""`saywhy lists` and `saywhy lookup`, as somebody types them."""

import json
import shutil
import tarfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from saywhy.cli.lists_as_text import accounted, held
from saywhy.cli.main import app
from saywhy.lists.index import open_index
from saywhy.lists.store import ListStore

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    return tmp_path / "lists"


@pytest.fixture
def bets(tmp_path: Path) -> Path:
    source = tmp_path / "bets.txt"
    source.write_text("# bets\nbet.example\npoker.example\ntwo words\n")
    return source


def saywhy(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def add_bets(lists: Path, bets: Path) -> Result:
    return saywhy("lists", "add", "mine/bets", bets, "--category", "gambling", "--licence", "CC0", "--lists", lists)


def test_add_says_what_became_of_the_lines_and_compiles(lists: Path, bets: Path) -> None:
    done = add_bets(lists, bets)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "mine/bets (category gambling): 2 names; 4 lines: 1 blank or comments, 0 repeats, 1 losses",
        "  read as domains",
        "  bets.txt:4: a space within: two words",
    ]
    assert len(open_index(ListStore(lists).index)) == 2
    manifest = ListStore(lists).manifest("mine/bets")
    assert (held(manifest), accounted(manifest)[:7]) == ("2 names", "4 lines")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mine/bets"], "write NAME SOURCE"),
        (["mine/bets", "x"], "--category ID or --app ID"),
        (["mine/bets", "x", "--category", "a", "--app", "b"], "--category ID or --app ID"),
        (["mine/bets", "x", "--category", "a", "--format", "csv"], "is no format"),
        (["mine/bets", "--ut1", "x"], "itself"),
    ],
)
def test_add_says_what_is_missing(lists: Path, arguments: list[str], said: str) -> None:
    done = saywhy("lists", "add", *arguments, "--lists", lists)
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())


def test_a_source_that_is_not_there_is_a_problem(lists: Path, tmp_path: Path) -> None:
    done = saywhy("lists", "add", "a", tmp_path / "none", "--category", "games", "--lists", lists)
    assert done.exit_code == 1
    assert "check its name" in done.stderr


def test_a_tree_is_added_at_once(lists: Path, tmp_path: Path) -> None:
    for folder, part, line in (("ai", "domains", "chat.example"), ("games", "urls", "example.org/games")):
        (tmp_path / "ut1" / folder).mkdir(parents=True)
        (tmp_path / "ut1" / folder / part).write_text(f"{line}\n")
    (tmp_path / "ut1/play").symlink_to("games")
    done = saywhy("lists", "add", "--ut1", tmp_path / "ut1", "--lists", lists)
    assert done.exit_code == 0, done.output
    assert "links are not followed: play" in done.stdout
    assert ListStore(lists).names() == ["ut1/ai", "ut1/games"]


def test_update_fails_loudly_keeps_what_was_and_counts_it(lists: Path, bets: Path) -> None:
    add_bets(lists, bets)
    bets.write_text("# gone\n")
    done = saywhy("lists", "update", "--lists", lists)
    assert done.exit_code == 1
    assert "mine/bets: it is empty" in done.stderr
    assert json.loads((lists / "status.json").read_text())["failures"] == 1
    assert len(open_index(ListStore(lists).index)) == 2
    assert "FAILED" in saywhy("lists", "show", "mine/bets", "--lists", lists).stdout
    assert "UPDATE FAILED" in saywhy("lists", "show", "--lists", lists).stdout


def test_update_takes_what_is_new(lists: Path, bets: Path) -> None:
    add_bets(lists, bets)
    assert "nothing new" in saywhy("lists", "update", "mine/bets", "--lists", lists).stdout
    bets.write_text("bet.example\npoker.example\nslots.example\n")
    done = saywhy("lists", "update", "--lists", lists)
    assert (done.exit_code, done.stdout.split(":")[0]) == (0, "mine/bets (category gambling)")
    assert len(open_index(ListStore(lists).index)) == 3


def test_show_tells_where_a_list_comes_from(lists: Path, bets: Path) -> None:
    add_bets(lists, bets)
    shown = saywhy("lists", "show", "mine/bets", "--lists", lists).stdout
    for part in (str(bets), "CC0", "2 names", "bets.txt:4: a space within"):
        assert part in shown
    assert "1 lists, 2 entries" in saywhy("lists", "show", "--lists", lists).stdout
    assert saywhy("lists", "show", "none", "--lists", lists).exit_code == 1


def test_remove_and_compile(lists: Path, bets: Path) -> None:
    add_bets(lists, bets)
    assert "1 lists, 2 entries" in saywhy("lists", "compile", "--lists", lists).stdout
    assert saywhy("lists", "remove", "mine/bets", "--lists", lists).exit_code == 0
    assert "There are no lists" in saywhy("lists", "show", "--lists", lists).stdout
    assert len(open_index(ListStore(lists).index)) == 0


def test_lookup_says_which_line_of_which_list_and_when(lists: Path, bets: Path) -> None:
    add_bets(lists, bets)
    done = saywhy("lookup", "WWW.Bet.Example.", "--lists", lists, "--policies", POLICIES)
    assert done.exit_code == 0, done.output
    head, category, by, told = done.stdout.splitlines()
    assert told.startswith(f"Answered from the folder {POLICIES}, lists of ")
    assert (head, category) == ("www.bet.example", "  category gambling: Gambling")
    assert by.startswith("    bet.example (list mine/bets, bets.txt:2, of 20")


def test_lookup_of_an_address_in_json(lists: Path, bets: Path) -> None:
    add_bets(lists, bets)
    done = saywhy("lookup", "https://TikTok.com/@a?b=c", "--json", "--lists", lists, "--policies", POLICIES)
    answer = json.loads(done.stdout)
    assert answer["url"] == "https://tiktok.com/@a?b=c"
    assert answer["host"] == "tiktok.com"
    assert answer["apps"] == {"tiktok": "TikTok"}
    assert answer["because"][0]["line"] > 0


def test_lookup_names_what_came_with_saywhy_by_its_own_name(lists: Path) -> None:
    lists.mkdir()
    said = saywhy("lookup", "ome.tv", "--lists", lists, "--policies", POLICIES).stdout
    assert "    ome.tv (catalogue/apps/chat.yaml:" in said


def test_lookup_shows_corrections_and_what_they_overrule(lists: Path, bets: Path, tmp_path: Path) -> None:
    add_bets(lists, bets)
    policies = tmp_path / "policies"
    shutil.copytree(POLICIES, policies)
    (policies / "corrections.yaml").write_text(
        "corrections:\n  - {name: bet.example, never: [gambling], also: [games], because: A theatre., on: 2026-09-03}\n"
    )
    arguments = ("lookup", "www.bet.example", "--lists", lists, "--policies", policies)
    lines = saywhy(*arguments).stdout.splitlines()
    assert lines[1] == "  category games: Games"
    assert lines[3].startswith("  not category gambling, though listed: bet.example (list mine/bets, bets.txt:2, of 20")
    assert lines[4] == (
        f"  corrected: bet.example is never gambling, also games ({policies}/corrections.yaml:2, 2026-09-03): A theatre."
    )
    answer = json.loads(saywhy(*arguments, "--json").stdout)
    assert answer["categories"] == {"games": "Games"}
    assert [(one["id"], one["list"], one["line"]) for one in answer["overruled"]] == [("gambling", "mine/bets", 2)]
    assert answer["corrections"] == [
        {
            "name": "bet.example",
            "never": ["gambling"],
            "also": ["games"],
            "because": "A theatre.",
            "on": "2026-09-03",
            "file": f"{policies}/corrections.yaml",
            "line": 2,
        }
    ]


def test_a_list_that_is_added_again_shorter_is_not_taken_unless_that_is_right(lists: Path, bets: Path) -> None:
    bets.write_text("".join(f"{number}.example\n" for number in range(10)))
    add_bets(lists, bets)
    bets.write_text("1.example\n")
    for command in (["add", "mine/bets", bets, "--category", "gambling"], ["update"]):
        done = saywhy("lists", *command, "--lists", lists)
        assert done.exit_code == 1
        assert "by more than half" in done.stderr
        assert len(open_index(ListStore(lists).index)) == 10
    assert saywhy("lists", "update", "--even-if-shorter", "--lists", lists).exit_code == 0
    assert len(open_index(ListStore(lists).index)) == 1


def test_one_file_of_an_archive_is_a_list(lists: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/games").write_text("include:chess\nfull:www.go.example @cn\n")
    (tmp_path / "data/chess").write_text("chess.example\nads.chess.example @ads\n")
    with tarfile.open(tmp_path / "v2fly.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "data", "repository/data")
    arguments = ("lists", "add", "v2fly/games", tmp_path / "v2fly.tar.gz", "--category", "games", "--lists", lists)
    assert "--member" in saywhy(*arguments).stderr
    done = saywhy(*arguments, "--member", "repository/data/games")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "v2fly/games (category games): 3 names; 4 lines: 1 blank or comments, 0 repeats, 0 losses",
        "  read as v2fly",
    ]
    said = saywhy("lookup", "ads.chess.example", "--lists", lists, "--policies", POLICIES).stdout
    assert "list v2fly/games, chess:2" in said
    assert "no file and no folder" in saywhy(*arguments, "--member", "repository/none").stderr


def test_lookup_of_what_nobody_knows_and_of_what_is_no_address(lists: Path) -> None:
    lists.mkdir()
    assert "nothing that" in saywhy("lookup", "nobody.example", "--lists", lists, "--policies", POLICIES).stdout
    assert saywhy("lookup", "a..b", "--lists", lists, "--policies", POLICIES).exit_code == 2


def test_lookup_with_a_damaged_index_is_a_problem(lists: Path) -> None:
    lists.mkdir()
    (lists / "index").write_bytes(b"damaged")
    done = saywhy("lookup", "a.example", "--lists", lists, "--policies", POLICIES)
    assert done.exit_code == 1
    assert "lists compile" in done.stderr


def test_explain_names_the_list(lists: Path, bets: Path) -> None:
    add_bets(lists, bets)
    done = saywhy("explain", "https://bet.example/", "--as", "year7", "--policies", POLICIES, "--lists", lists)
    assert done.exit_code in {0, 1}, done.output
    assert "category gambling: bet.example (list mine/bets)" in done.stdout


def test_seal_and_unseal_say_nothing_of_what_is_listed(tmp_path: Path) -> None:
    source = tmp_path / "sealed.txt"
    source.write_text("http://bad.example/x\nnot an address\n")
    state = tmp_path / "state"
    done = saywhy("lists", "seal", "iwf", source, "--kind", "urls", "--state", state)
    assert done.exit_code == 1  # a line was left out
    assert "1 entries are under seal" in done.stdout
    assert "left out: 2" in done.stderr
    assert "bad.example" not in done.output
    assert saywhy("lists", "seal", "iwf", source, "--kind", "csv", "--state", state).exit_code == 1
    assert saywhy("lists", "unseal", "iwf", "--state", state).exit_code == 0
    assert saywhy("lists", "unseal", "iwf", "--state", state).exit_code == 1


@pytest.fixture
def broad(tmp_path: Path) -> Path:
    """A list with entries that take in too much."""
    source = tmp_path / "broad"
    source.mkdir()
    (source / "domains").write_text("bet.example\ncom\nbet.br\n")
    (source / "expressions").write_text("^[0-9.]+/search\n(^|[./-])proxy([./-]|$)\n")
    return source


def test_what_is_held_back_is_told_with_its_line_its_cost_and_how_to_take_it(lists: Path, broad: Path) -> None:
    added = saywhy("lists", "add", "broad", broad, "--category", "gambling", "--lists", lists)
    assert added.exit_code == 0, added.output
    shown = saywhy("lists", "show", "broad", "--lists", lists)
    checked = saywhy("check", POLICIES, "--lists", lists)
    assert checked.exit_code == 0
    for told in (added.stdout, shown.stdout, checked.stdout):
        assert "HELD BACK (2): entries that take in every site below a public suffix" in told
        assert "    domains:2: com\n    domains:3: bet.br\n" in told
        assert "lists update broad --suffix NAME" in told
        assert "HELD BACK (1): expressions that name no host, so that every HTTPS connection would have to be" in told
        assert "    expressions:2: (^|[./-])proxy([./-]|$)" in told
        assert "lists update broad --inspect-all-for-expressions" in told
    assert "SOME HELD BACK" in saywhy("lists", "show", "--lists", lists).stdout


def test_what_is_confirmed_is_taken_and_its_cost_is_told_from_then_on(lists: Path, broad: Path) -> None:
    saywhy("lists", "add", "broad", broad, "--category", "gambling", "--lists", lists)
    done = saywhy("lists", "update", "broad", "--suffix", "*.bet.br", "--inspect-all-for-expressions", "--lists", lists)
    assert "2 names, 2 expressions" in done.stdout
    assert "domains:2: com" in done.stdout
    assert "bet.br" not in done.stdout
    for told in (done, saywhy("lists", "show", "broad", "--lists", lists), saywhy("check", POLICIES, "--lists", lists)):
        assert "EVERY HTTPS CONNECTION IS DECRYPTED" in told.stdout
    assert "as confirmed: bet.br" in saywhy("lists", "show", "broad", "--lists", lists).stdout
    (broad / "domains").write_text("bet.example\ncom\nbet.br\nslots.example\n")
    assert "3 names, 2 expressions" in saywhy("lists", "update", "--lists", lists).stdout
    done = saywhy("lists", "update", "broad", "--suffixes", "--lists", lists)
    assert "4 names, 2 expressions" in done.stdout
    assert "HELD BACK" not in done.stdout


def test_what_is_confirmed_has_to_be_of_a_list_by_name(lists: Path, broad: Path) -> None:
    saywhy("lists", "add", "broad", broad, "--category", "gambling", "--lists", lists)
    done = saywhy("lists", "update", "--suffixes", "--lists", lists)
    assert done.exit_code == 2
    assert "name the list" in done.output


def test_a_tree_is_added_with_what_is_confirmed(lists: Path, broad: Path) -> None:
    options = ("--suffixes", "--inspect-all-for-expressions", "--lists", lists)
    done = saywhy("lists", "add", "--ut1", broad.parent, *options)
    assert done.exit_code == 0, done.output
    assert "3 names, 2 expressions" in done.stdout


def test_check_tells_of_an_update_that_failed(lists: Path, bets: Path) -> None:
    add_bets(lists, bets)
    assert "list mine/bets" not in saywhy("check", POLICIES, "--lists", lists).stdout
    bets.unlink()
    saywhy("lists", "update", "--lists", lists)
    assert "the last update was not taken" in saywhy("check", POLICIES, "--lists", lists).stdout


@pytest.mark.parametrize(("form", "said"), [("auto", "read as adblock"), ("domains", "read as domains")])
def test_the_format_that_was_taken_is_printed(lists: Path, tmp_path: Path, form: str, said: str) -> None:
    (tmp_path / "list.txt").write_text("[Adblock Plus 2.0]\none.example\ntwo.example\n")
    done = saywhy(
        "lists", "add", "a", tmp_path / "list.txt", "--category", "advertising", "--format", form, "--lists", lists
    )
    assert f"  {said}\n" in done.stdout


def test_what_is_known_of_a_category_has_its_lists_with_as_many_entries_as_were_taken(lists: Path, bets: Path) -> None:
    add_bets(lists, bets)
    done = saywhy("categories", "gambling", "--json", "--lists", lists, "--policies", POLICIES)
    (listed,) = json.loads(done.stdout)["lists"]
    (manifest,) = [ListStore(lists).manifest(name) for name in ListStore(lists).names()]
    assert (listed["list"], listed["entries"], listed["updated"]) == ("mine/bets", manifest.entries, manifest.updated)
    assert 0 < manifest.entries < manifest.counts["lines"]  # comments are none
