"""`saywhy mail` and `saywhy account mail`."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from saywhy.cli.defaults import DEFAULTS
from saywhy.exceptions.mail_address import MailAddress
from saywhy.exceptions.request import Happening
from saywhy.exceptions.store import Store
from saywhy.notify.recipient import RoleBox
from saywhy.notify.reply_address import ReplyAddresses, ReplyTo
from saywhy.serve.clock import wall_clock
from saywhy.serve.secret import REPLIES, derived, read_secret
from tests.cli.conftest import Say
from tests.cli.test_cli_account import keep
from tests.exceptions.conftest import NOW, school, submission

TELLING = """
portal: https://why.hillside.example
mail: {server: 127.0.0.1, port: 9, security: none, from: saywhy@hillside.example}
replies: {domain: reply.hillside.example}
roles: {it: {mail: [office@hillside.example]}, nobody: {mail: [office@hillside.example]}}
"""


@pytest.fixture
def state(tmp_path: Path, policies: Path) -> Path:
    keep(policies, tmp_path / "state")
    (tmp_path / "state" / "telling.yaml").write_text(TELLING)
    return tmp_path / "state"


def test_it_says_what_is_set_up_and_which_role_there_is_not(say: Say, state: Path) -> None:
    done = say("mail", "check", "--state", state)
    assert done.exit_code == 0, done.output
    assert "Mail from saywhy@hillside.example goes to 127.0.0.1 port 9 (none)." in done.output
    assert "Replies to request+…@reply.hillside.example are taken by `saywhy mail receive`." in done.output
    assert "no role 'nobody'" in done.output
    assert "no role 'it'" not in done.output


def test_a_server_that_is_not_there_is_told(say: Say, state: Path) -> None:
    done = say("mail", "check", "--to", "office@hillside.example", "--state", state)
    assert done.exit_code == 1
    assert "127.0.0.1 port 9" in done.output


def test_what_is_wrong_with_the_settings_is_told_with_its_place(say: Say, state: Path) -> None:
    (state / "telling.yaml").write_text("portal: nowhere\n")
    done = say("mail", "check", "--state", state)
    assert done.exit_code == 1
    assert "telling.yaml:1:9" in done.output


def test_an_account_gets_an_address_and_loses_it(say: Say, state: Path) -> None:
    say("account", "add", "kim", "--role", "it", "--state", state)
    done = say("account", "mail", "kim", "kim@hillside.example", "--state", state)
    assert done.output == "kim is told at kim@hillside.example.\n"
    assert say("account", "mail", "kim", "--state", state).output == "kim is told nothing by mail now.\n"
    wrong = say("account", "mail", "kim", "kim at home", "--state", state)
    assert wrong.exit_code == 2
    assert say("account", "mail", "nobody", "kim@hillside.example", "--state", state).exit_code == 2


def receive(state: Path, to: str, message: bytes) -> subprocess.CompletedProcess[bytes]:
    """As a mail server hands a message over."""
    command: list[str | Path] = [
        Path(sys.executable).with_name("saywhy"),
        "mail",
        "receive",
        "--to",
        to,
        "--state",
        state,
    ]
    return subprocess.run(command, input=message, capture_output=True, check=False)


def test_a_mail_server_hands_replies_over_and_is_told_what_became_of_them(tmp_path: Path, state: Path) -> None:
    settings = replace(DEFAULTS, state=state)
    store = Store(settings.database)
    store.migrate()
    asked = store.submit(school(tmp_path / "school"), submission(), "a", NOW)
    key = derived(read_secret(settings.secret), REPLIES)
    box = RoleBox("it", MailAddress("office", "hillside.example"))
    to = ReplyAddresses(key, "reply.hillside.example").make(ReplyTo(asked.id, box), wall_clock())
    taken = receive(state, to, b"Message-ID: <1@x.example>\r\n\r\nIs Friday enough?\r\n")
    assert (taken.returncode, taken.stdout) == (0, b"This reply was kept.\n"), taken.stderr
    dossier = store.dossier(asked.id)
    assert dossier is not None
    assert [one.note for one in dossier.timeline if one.what is Happening.SAID_BY_MAIL] == ["Is Friday enough?"]
    assert receive(state, to.replace("+", "+x"), b"\r\n\r\nhello").returncode == 69
    assert receive(state, to, b"\r\n\r\n> quoted\r\n").returncode == 69
    (state / "telling.yaml").write_text("portal: nowhere\n")
    assert receive(state, to, b"\r\n\r\nhello").returncode == 75
    assert receive(state / "gone", to, b"\r\n\r\nhello").returncode == 75
    store.close()
