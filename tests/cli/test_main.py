from pathlib import Path

import pytest

from tests.cli.conftest import RUN, Say, Shell

BROKEN = (
    "import saywhy.policy.reading.load as load\ndef fail(_): raise RuntimeError('two\\nlines')\nload.load_policy = fail\n"
    + RUN
)


def test_help_names_every_command(say: Say) -> None:
    done = say("--help")
    assert done.exit_code == 0
    assert all(command in done.output for command in ("run", "check", "explain", "account"))


def test_version(say: Say) -> None:
    done = say("--version")
    assert done.exit_code == 0
    assert done.output.startswith("saywhy")


@pytest.mark.parametrize("arguments", [("chek",), ("check", "--colour"), ()])
def test_what_was_not_understood_ends_with_2(say: Say, arguments: tuple[str, ...]) -> None:
    assert say(*arguments).exit_code == 2


def test_an_unexpected_error_is_one_line_and_ends_with_3(shell: Shell, tmp_path: Path) -> None:
    done = shell("check", tmp_path, code=BROKEN)
    assert done.returncode == 3
    assert done.stderr == "saywhy: unexpected error: RuntimeError: two lines (saywhy --debug … shows where)\n"


def test_with_debug_it_shows_where(shell: Shell, tmp_path: Path) -> None:
    done = shell("--debug", "check", tmp_path, code=BROKEN)
    assert done.returncode == 3
    assert "Traceback" in done.stderr


def test_help_does_not_wait_for_the_heavy_rooms(shell: Shell) -> None:
    heavy = "('mitmproxy', 'flask', 'sqlalchemy', 'pydantic', 'prometheus_client', 'saywhy.explain.explain')"
    code = f"import sys, saywhy.cli.main\nprint([name for name in {heavy} if name in sys.modules])"
    done = shell(code=code)
    assert done.stdout == "[]\n"
