"""Telling people, put together: the settings are followed, and whatever is wrong with them stops nothing."""

import logging
import smtplib
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from saywhy.cli.defaults import DEFAULTS
from saywhy.exceptions.store import Store
from saywhy.notify.recipient import Channel
from saywhy.notify.replies import Outcome
from saywhy.observe.labels import REPLY_OUTCOMES, TOLD_BY
from saywhy.serve.clock import wall_clock
from saywhy.serve.settings import Settings
from saywhy.serve.telling import FollowedTelling, TellingPeople, telling_path
from tests.notify.conftest import KEY, Figures

GOOD = "portal: https://why.hillside.example\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(DEFAULTS, state=tmp_path)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = Store(settings.database)
    opened.migrate()
    yield opened
    opened.close()


def test_the_settings_are_in_the_state_folder_or_where_it_is_said(settings: Settings, tmp_path: Path) -> None:
    assert telling_path(settings) == tmp_path / "telling.yaml"
    named = replace(settings, telling=Path("/etc/saywhy/telling.yaml"))
    assert telling_path(named) == Path("/etc/saywhy/telling.yaml")
    assert Settings.from_json(named.as_json()) == named


def test_a_file_that_becomes_wrong_changes_nothing_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "telling.yaml"
    followed = FollowedTelling(path, is_named=False)
    followed.read()
    assert (followed.telling, followed.wrong) == (None, "")
    path.write_text(GOOD)
    followed.read()
    good = followed.telling
    assert good is not None
    path.write_text("portal: nowhere\n")
    with caplog.at_level(logging.ERROR):
        followed.read()
        followed.read()
    assert followed.telling == good
    assert "telling.yaml:1:9" in followed.wrong
    assert caplog.text.count("what it said before goes on") == 1
    path.write_text(GOOD + "every: 3\n")
    followed.read()
    assert followed.wrong == ""
    assert followed.telling != good
    path.unlink()
    followed.read()
    assert followed.telling is None


def test_a_file_that_was_named_and_is_not_there_is_wrong(tmp_path: Path) -> None:
    followed = FollowedTelling(tmp_path / "telling.yaml", is_named=True)
    followed.read()
    assert "there is no such file" in followed.wrong


def test_replies_are_listened_for_where_the_settings_say_so(settings: Settings, store: Store) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        telling_path(settings).write_text(
            GOOD
            + "mail: {server: 127.0.0.1, from: saywhy@hillside.example}\n"
            + f'replies: {{domain: reply.hillside.example, listen: "127.0.0.1:{port}"}}\n'
        )
        people = TellingPeople(settings, store, lambda: None, KEY, wall_clock, Figures())
        people.start()  # somebody else has the port: nothing but replies is missing
    people._listen()
    try:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="there.example") as smtp:
            assert smtp.ehlo()[0] == 250
        telling_path(settings).write_text(GOOD)
        people._followed.read()
        people._listen()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    finally:
        people.stop()


def test_what_is_counted_has_names_that_the_figures_know() -> None:
    assert {str(one) for one in Channel} == TOLD_BY
    assert {str(one) for one in Outcome} | {"refused"} == REPLY_OUTCOMES
