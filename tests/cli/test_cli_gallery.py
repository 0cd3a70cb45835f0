"""`saywhy gallery`: files to look at, and nothing of somebody's overwritten."""

from pathlib import Path

from tests.cli.conftest import Say


def test_it_writes_all_pages_and_says_what_is_left_out(say: Say, policies: Path, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "pages"
    done = say("gallery", folder, "--policies", policies, "--lang", "en")
    assert done.exit_code == 0, done.output
    assert f"{folder}/index.html shows {len(list(folder.iterdir())) - 1} pages." in done.output
    assert "Left out:\n" in done.output
    assert "the portal's pages" in done.output
    assert "Answered from the folder " in done.output
    (folder / "old-early-xx.html").write_text("")
    assert say("gallery", folder, "--policies", policies).exit_code == 0
    assert not (folder / "old-early-xx.html").exists()


def test_a_folder_of_something_else_is_left_alone(say: Say, policies: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<h1>Our club</h1>")
    done = say("gallery", tmp_path, "--policies", policies)
    assert done.exit_code == 2
    assert "holds something else" in " ".join(done.output.split())
    assert (tmp_path / "index.html").read_text() == "<h1>Our club</h1>"


def test_where_nothing_can_be_written_it_says_so(say: Say, policies: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = say("gallery", tmp_path / "file" / "pages", "--policies", policies)
    assert done.exit_code == 1
    assert "cannot be written" in done.output


def test_an_unknown_language_says_which_there_are(say: Say, policies: Path, tmp_path: Path) -> None:
    done = say("gallery", tmp_path / "pages", "--policies", policies, "--lang", "xx")
    assert done.exit_code == 2
    assert "there are no pages in 'xx'" in " ".join(done.output.split())
