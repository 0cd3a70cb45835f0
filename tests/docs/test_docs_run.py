"""Every command block of every page runs, in order, as it stands; what cannot be run says why."""

import sys
from pathlib import Path

import pytest

from tests.docs.commands import PAGES, ROOT, Block, blocks, copy_of_the_checkout, run, script_of, strays

BY_PAGE = {path.relative_to(ROOT).as_posix(): blocks(path.read_text("utf-8")) for path in PAGES}
WITH_COMMANDS = [name for name, page in BY_PAGE.items() if any(block.is_run for block in page)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_command_stands_outside_of_a_block_that_is_run_or_says_why_not(path: Path) -> None:
    assert list(strays(path.read_text("utf-8"))) == []


def test_hardly_anything_is_not_run() -> None:
    assert sum(block.is_run for page in BY_PAGE.values() for block in page) >= 15
    assert sum(not block.is_run for page in BY_PAGE.values() for block in page) <= 11


@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_the_commands_of_a_page_run(name: str, tmp_path: Path, installed: Path) -> None:
    folder = tmp_path / "checkout"
    folder.mkdir()
    copy_of_the_checkout(folder)
    line, output = run(BY_PAGE[name], folder, installed)
    assert line == 0, f"{name}:{line}\n{output}"
    if name == "README.md":
        assert "<h1>You cannot open this page at school</h1>" in output, "the filter's own answer"


PAGE = """\
<!-- not run: it needs another machine -->
```sh
sudo reboot
```

1. Then:

   ```sh
   echo one
   ```

<!-- keeps running -->
```sh
serve
```
"""


def test_blocks_are_read_with_their_marks_and_places() -> None:
    first, second, third = blocks(PAGE)
    assert (first.line, first.is_run) == (3, False)
    assert (second.line, second.text, second.is_run) == (9, "echo one\n", True)
    assert third.keeps_running
    assert script_of([first, second]).endswith("echo 9 >&3\necho one\n")


@pytest.mark.parametrize(
    ("page", "stray"),
    [
        (PAGE, []),
        ("    saywhy check policies\n", ["saywhy check policies"]),
        ("    $ make run\n", ["$ make run"]),
        ("```\ncurl http://127.0.0.1/\n```\n", ["curl http://127.0.0.1/"]),
        ("<!-- not run: no -->\n```sh\nx\n```\n", ["<!-- not run: no -->"]),
        ("<!-- a remark -->\n```sh\nx\n```\n", ["<!-- a remark -->"]),
        ("    folder/\n      file.py  what it is\n", []),
    ],
)
def test_what_would_be_neither_run_nor_explained_is_seen(page: str, stray: list[str]) -> None:
    assert list(strays(page)) == stray


@pytest.mark.parametrize(
    ("texts", "failed"),
    [
        (["true\n", "cd sub\n", "test -e here\n"], 0),
        (["true\n", "false\n", "true\n"], 2),
        (["curl -s http://127.0.0.1:1/\n"], 1),
    ],
)
def test_one_shell_runs_a_page_and_the_block_that_fails_is_named(texts: list[str], failed: int, tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "here").touch()
    page = [Block(number, text, "") for number, text in enumerate(texts, start=1)]
    assert run(page, folder, tmp_path)[0] == failed


def test_what_keeps_running_is_there_for_what_follows_and_gone_afterwards(tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    folder.mkdir()
    code = "import socket; server = socket.create_server(('127.0.0.1', 8080)); print('Ctrl-C', flush=True); server.accept()"
    server = f'{sys.executable} -c "{code}"\n'
    page = [
        Block(1, server, "<!-- keeps running -->"),
        Block(2, "echo > /dev/tcp/127.0.0.1/8080; cat .running-1\n", ""),
    ]
    line, output = run(page, folder, tmp_path)
    assert line == 0, output
    assert output == "Ctrl-C\n"
