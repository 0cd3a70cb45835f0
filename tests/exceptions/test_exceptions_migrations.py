"""An existing database goes on: with what is in it, whatever guards it, and whoever refers to it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event, text

from saywhy.decide.engine import Engine
from saywhy.exceptions.request import Account
from saywhy.exceptions.state import State
from saywhy.exceptions.store import Store
from tests.exceptions.conftest import IT, LEAD, NOW, WHY, change, hire, submission

MIGRATIONS = Path(__file__).parents[2] / "addons/saywhy/exceptions/migrations"
REQUEST = """
INSERT INTO exception_requests (receipt, form, wants, because, work, until, asked_by, submitted_at, state, code, host, url,
  scheme, rule, reason, groups, place, device, reader, refused_at, revision, who_kind, who_value, what_kind, what_value, ends,
  weighed)
VALUES ('r{0}', 'f{0}', 'Play chess', 'Chess club', 'Year 7', '2026-11-27', '', '2026-11-23 10:00:00', '{1}', 'K7-42QX-9M',
  'games.example', 'https://games.example/{0}', 'https', 'games', 'rule', '["year7", "students"]', NULL, '10.30.7.21',
  'secondary', '2026-11-23 10:00:00', 'old', {2})
"""
NOTHING = "NULL, NULL, NULL, NULL, NULL, NULL"
A_PAGE = "'device', '10.30.7.21', 'page', 'https://games.example/3', '2026-11-24 00:00:00', '[\"games:old\"]'"
REVIEW = """
INSERT INTO reviews (request, account, role, verdict, reason, at)
VALUES ({}, 'it', 'it', 'approve', '', '2026-11-23 10:00:00')
"""
GRANT = """
INSERT INTO grants (id, request, who_kind, who_value, what_kind, what_value, starts, ends, approved_by, weighed)
VALUES ('g2', 2, 'device', '10.30.7.21', 'site', 'games.example', '2026-11-23 10:00:00', '2027-02-01 00:00:00', 'it, lead',
  '["games"]')
"""


def old(url: str, revision: str) -> None:
    """A database as an earlier version left it: three requests, of which the last was deleted."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys = ON"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    asked = [REQUEST.format(1, "open", NOTHING), REQUEST.format(2, "granted", NOTHING)]
    asked += [REQUEST.format(3, "awaiting-sign-off", A_PAGE), REQUEST.format(4, "open", NOTHING)]
    change(url, *asked, REVIEW.format(2), REVIEW.format(3), GRANT, "DELETE FROM exception_requests WHERE id = 4")
    if revision != "3":
        change(url, "INSERT INTO request_roles (request, role) VALUES (1, 'it'), (2, 'it')")


@pytest.mark.parametrize("revision", ["3", "10"])
def test_what_stands_in_an_older_database_stays_and_goes_on(empty_url: str, engine: Engine, revision: str) -> None:
    old(empty_url, revision)
    store = Store(empty_url)
    store.migrate()
    assert [(one.id, one.state, one.round) for one in store.requests()] == [
        (1, State.OPEN, 1),
        (2, State.GRANTED, 1),
        (3, State.AWAITING_SIGN_OFF, 1),
    ]
    assert [one.approved_by for one in store.live_grants(NOW)] == ["it, lead"]
    hire(store, IT, LEAD, Account("other", frozenset({"it"})))
    assert store.submit(engine, submission(), "new", NOW).id == 5, "no number is given twice"
    assert store.sign_off(3, engine, Account("other", frozenset({"it"})), WHY, NOW).state is State.GRANTED
    assert store.ask_back(1, engine, IT, "Which game is it?", NOW).state is State.QUESTION
    if revision != "3":
        assert store.listing.roles_of(1) == {"it"}, "what refers to a request stays with it"
    store.close()
    with pytest.raises(Exception, match="extended"):
        change(empty_url, "UPDATE grants SET ends = '2028-01-01 00:00:00' WHERE id = 'g2'")
    with pytest.raises(Exception, match="state_known"):
        change(empty_url, "UPDATE exception_requests SET state = 'forgotten'")


def test_the_guards_of_the_trail_stand_after_it(empty_url: str, engine: Engine) -> None:
    old(empty_url, "10")
    store = Store(empty_url)
    store.migrate()
    store.submit(engine, submission(), "new", datetime.now(UTC))
    store.close()
    for statement in ("UPDATE trail SET what = 'refused'", "DELETE FROM trail", "DELETE FROM trail_texts"):
        with pytest.raises(Exception, match="audit trail"):
            change(empty_url, statement)


def test_what_refers_to_nothing_stops_it_and_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    old(url, "10")
    change(url, "PRAGMA foreign_keys = OFF", REVIEW.format(99))
    store = Store(url)
    with pytest.raises(Exception, match="a row refers to one that is gone"):
        store.migrate()
    opened = create_engine(url)
    with opened.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "10"
    opened.dispose()
    store.close()
