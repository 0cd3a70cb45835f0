"""The audit trail: what it holds, what the database lets nobody do to it, and what a check finds where somebody did."""

from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from saywhy.decide.engine import Engine
from saywhy.exceptions.chain import BEFORE_THE_FIRST, as_ranges, digest_of, hash_of
from saywhy.exceptions.checking import Remembered
from saywhy.exceptions.moving import locked, move
from saywhy.exceptions.request import Happening, Step
from saywhy.exceptions.state import Event
from saywhy.exceptions.store import Store
from saywhy.exceptions.trail import Told, lines, record
from tests.exceptions.conftest import (
    GRANTS_CAN_CHANGE,
    IT,
    LEAD,
    NOW,
    THIS_PAGE_TODAY,
    THIS_SITE_TODAY,
    WHY,
    change,
    refusal,
    school,
    submission,
)

CHAT = refusal("chat.example", rule="chat")
# What every guard of the tables lets pass, so that only the trail tells.
YES_BY_HAND = """
INSERT INTO reviews (request, account, role, verdict, reason, at, round)
SELECT id, 'lead', 'safeguarding', 'approve', 'By hand.', submitted_at, round FROM exception_requests WHERE id = 2
"""
PERMIT_BY_HAND = """
INSERT INTO grants (id, request, who_kind, who_value, what_kind, what_value, starts, ends, approved_by, first_approver)
SELECT 'by-hand', id, 'device', device, 'page', url, submitted_at, submitted_at, 'lead', 'lead' FROM exception_requests
WHERE id = 2
"""
JOINED_BY_HAND = """
INSERT INTO joins (request, receipt, browser, account, code, device, at)
SELECT id, 'x', 'x', '', code, '10.30.7.99', submitted_at FROM exception_requests WHERE id = 1
"""
WITHOUT_GUARDS = {
    "sqlite": [
        f"DROP TRIGGER {name}"
        for name in (
            "trail_is_not_changed",
            "trail_is_not_deleted",
            "trail_grows_at_its_end",
            "trail_texts_are_not_changed",
            "trail_texts_are_of_the_last_line",
            "trail_texts_go_with_a_line",
        )
    ],
    "postgresql": ["ALTER TABLE trail DISABLE TRIGGER USER", "ALTER TABLE trail_texts DISABLE TRIGGER USER"],
}


def tamper(url: str, *statements: str) -> None:
    """What somebody could do who owns the database."""
    dialect = url[: url.index(":")].partition("+")[0]
    change(url, *WITHOUT_GUARDS[dialect], GRANTS_CAN_CHANGE[dialect], *statements)


def every(store: Store) -> list[Told]:
    with store._database.reading() as session:
        return list(lines(session))


def said(store: Store, *remembered: Remembered) -> list[str]:
    return [one.said for one in store.check_trail(*remembered).faults]


@pytest.fixture
def told(store: Store, engine: Engine) -> Store:
    """A store with six lines: asked, asked, yes, permit, no, an account."""
    first = store.submit(engine, submission(refusal(path="/chess")), "a", NOW)
    second = store.submit(engine, submission(CHAT), "b", NOW)
    store.approve(first.id, engine, IT, THIS_PAGE_TODAY, "For the club.", NOW + timedelta(minutes=1))
    store.refuse(second.id, engine, IT, "There is a board.", NOW + timedelta(minutes=2))
    store.accounts.add_account("helper", ["teaching"], "root")
    return store


def test_every_step_is_a_line_with_who_and_when(told: Store) -> None:
    assert [(one.line.number, one.line.what, one.line.request, one.texts.get("account")) for one in every(told)] == [
        (1, "submitted", 1, None),
        (2, "submitted", 2, None),
        (3, "approved", 1, "it"),
        (4, "given", 1, "it"),
        (5, "refused", 2, "it"),
        (6, "account-added", None, "root"),
    ]
    assert every(told)[5].texts["about"] == "helper"
    assert every(told)[5].facts == {"roles": ["teaching"]}
    assert every(told)[0].line.at == NOW
    checked = told.check_trail()
    assert (checked.faults, checked.lines, checked.head) == ((), 6, told.trail_head()[1])


def test_the_timeline_of_a_request_is_read_from_it(told: Store) -> None:
    told.looked(1, "it", NOW)
    dossier = told.dossier(1)
    assert dossier is not None
    assert [(one.what, one.by, one.note) for one in dossier.timeline] == [
        (Happening.SUBMITTED, "", ""),
        (Happening.APPROVED, "it", "For the club."),
    ]


def test_changes_of_accounts_are_lines(new_store: Store) -> None:
    store = new_store
    store.accounts.ensure_first_accounts({"it": "IT support"})
    store.accounts.change_roles("it", ["it", "safeguarding"], "root")
    store.accounts.reset_password("it", "root")
    store.accounts.remove_account("it", "root")
    assert [(one.line.what, one.texts["account"], dict(one.facts)) for one in every(store)] == [
        ("account-added", "first start", {"roles": ["it"]}),
        ("roles-changed", "root", {"roles": ["it", "safeguarding"]}),
        ("password-reset", "root", {}),
        ("account-removed", "root", {"roles": []}),
    ]


def test_a_look_is_a_line_once_in_a_quarter_of_an_hour(told: Store) -> None:
    for minutes in (0, 1, 14, 16):
        told.looked(1, "it", NOW + timedelta(minutes=minutes))
    told.looked(1, "lead", NOW)
    told.looked(99, "lead", NOW)
    looks = [(one.texts["account"], one.line.at - NOW) for one in every(told) if one.line.what == "looked"]
    assert looks == [("it", timedelta()), ("it", timedelta(minutes=16)), ("lead", timedelta())]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail SET what = 'refused' WHERE number = 3",
        "DELETE FROM trail WHERE number = 6",
        "DELETE FROM trail",
        "UPDATE trail_texts SET value = 'x'",
        "DELETE FROM trail_texts",
        "DELETE FROM trail_texts WHERE line = 6",
        "INSERT INTO trail_texts (line, field, salt, value) VALUES (3, 'more', '', '')",
        "INSERT INTO trail SELECT 9, at, what, request, facts, sealed, hash, 'x' FROM trail WHERE number = 6",
        "INSERT INTO trail SELECT 7, at, what, request, facts, sealed, 'x', 'y' FROM trail WHERE number = 6",
    ],
)
def test_the_database_itself_refuses_what_is_no_growth(told: Store, url: str, statement: str) -> None:
    before = every(told)
    with pytest.raises(DBAPIError, match="audit trail"):
        change(url, statement)
    assert every(told) == before


@pytest.mark.parametrize("table", ["trail", "trail_texts"])
def test_a_row_cannot_be_replaced_or_a_table_emptied(told: Store, url: str, table: str) -> None:
    statement = (
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1"
        if url.startswith("sqlite")
        else f"TRUNCATE {table} CASCADE"
    )
    with pytest.raises(DBAPIError, match="audit trail"):
        change(url, statement)


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE trail SET what = 'refused' WHERE number = 3"], "line 3 was changed"),
        (["UPDATE trail SET request = 2 WHERE number = 3"], "line 3 was changed"),
        (["UPDATE trail SET at = '2026-11-24 10:00:00.000000+00' WHERE number = 3"], "line 3 "),
        (["UPDATE trail SET facts = '{}' WHERE number = 3"], "line 3 was changed"),
        (["UPDATE trail SET facts = 'nothing' WHERE number = 3"], "line 3 cannot be read"),
        (["UPDATE trail_texts SET value = 'lead' WHERE line = 3 AND field = 'account'"], "line 3 was changed"),
        (["UPDATE trail_texts SET value = 'No.' WHERE line = 5 AND field = 'note'"], "line 5 was changed"),
        (["DELETE FROM trail_texts WHERE line = 5"], "what line 5 said (account, note) was taken away"),
        (["INSERT INTO trail_texts (line, field, salt, value) VALUES (5, 'more', '', 'x')"], "line 5 says something"),
        (["DELETE FROM trail_texts WHERE line = 3", "DELETE FROM trail WHERE number = 3"], "line 3 is missing"),
        (
            ["DELETE FROM trail_texts WHERE line IN (3, 4)", "DELETE FROM trail WHERE number IN (3, 4)"],
            "lines 3 to 4 are missing",
        ),
        (["DELETE FROM trail_texts WHERE line = 1", "DELETE FROM trail WHERE number = 1"], "line 1 is missing"),
        (
            ["UPDATE exception_requests SET state = 'granted' WHERE id = 2"],
            "R-1002 is granted, and the trail says refused",
        ),
        (["UPDATE exception_requests SET because = 'x' WHERE id = 2"], "R-1002 was changed since it was asked"),
        (["UPDATE grants SET what_value = 'bets.example'"], "the permit of R-1001 was changed since it was given"),
        (["DELETE FROM grants"], "the permit of R-1001 was changed since it was given"),
        (
            ["UPDATE grants SET revoked_at = starts, revoked_by = 'it'"],
            "the permit of R-1001 was ended early, and no line says so",
        ),
        ([YES_BY_HAND, PERMIT_BY_HAND], "the permit of R-1002 is there, and no line says that it was given"),
        ([YES_BY_HAND], "the answers to R-1002 are not those that the trail tells"),
        (["UPDATE reviews SET reason = 'x' WHERE request = 2"], "the answers to R-1002 are not those"),
        (["DELETE FROM reviews WHERE request = 2"], "the answers to R-1002 are not those"),
        ([JOINED_BY_HAND], "somebody joined R-1001, and no line says so"),
        (
            [
                *(f"DELETE FROM {one} WHERE request = 2" for one in ("reviews", "request_details")),
                "DELETE FROM exception_requests WHERE id = 2",
            ],
            "R-1002 is missing",
        ),
    ],
)
def test_what_was_done_by_hand_is_found_and_told_where(
    told: Store, url: str, statements: list[str], found: str
) -> None:
    tamper(url, *statements)
    assert any(one.startswith(found) for one in said(told)), said(told)


def test_a_permit_that_was_ended_and_is_there_again_is_found(told: Store, url: str) -> None:
    (permit,) = told.live_grants(NOW + timedelta(minutes=3))
    told.revoke(permit.id, "it", NOW + timedelta(minutes=3), WHY)
    assert said(told) == []
    tamper(url, "UPDATE grants SET revoked_at = NULL")
    assert said(told) == ["the permit of R-1001 was ended early, and is there again"]


def test_two_lines_that_changed_places_are_found(told: Store, url: str) -> None:
    tamper(
        url,
        "DELETE FROM trail_texts",
        "UPDATE trail SET number = 100 WHERE number = 3",
        "UPDATE trail SET number = 3 WHERE number = 5",
        "UPDATE trail SET number = 5 WHERE number = 100",
    )
    assert "line 3 does not follow the line before it: it followed line 4, and stands after line 2 now: moved" in said(
        told
    )


def test_a_tail_that_was_cut_off_is_found_by_whoever_remembers_it(told: Store, url: str) -> None:
    number, hash_ = told.trail_head()
    known = Remembered(hash_, "the anchor", number)
    assert said(told, known, Remembered(hash_, "what was expected")) == []
    tamper(url, "DELETE FROM trail_texts WHERE line > 4", "DELETE FROM trail WHERE number > 4")
    assert said(told, known)[0] == "the end is cut off: the anchor knows 6 lines, and 2 of them are gone"
    assert "no line has the hash that what was expected knows" in said(told, Remembered(hash_, "what was expected"))[0]
    assert told.trail_head(4)[0] == 4


def test_a_trail_that_was_written_anew_is_found_by_whoever_remembers_it(told: Store, url: str) -> None:
    number, hash_ = told.trail_head()
    last = every(told)[-1].line
    anew = hash_of(6, last.at, "roles-changed", None, last.facts, last.sealed, last.previous)
    tamper(url, f"UPDATE trail SET what = 'roles-changed', hash = '{anew}' WHERE number = 6")
    assert said(told) == [], "nothing in the chain itself tells"
    assert said(told, Remembered(hash_, "the anchor", number)) != []


def test_an_end_without_a_reason_is_found(told: Store) -> None:
    with told._database.writing() as session:
        row = locked(session, 2)
        row.state = "open"
        move(row, Event.LAPSE, NOW)
        record(session, Step(NOW, Happening.LAPSED, "it", "", 2))
    assert said(told) == ["R-1002 ended without a reason"]


def test_taking_back_is_a_reason_and_so_is_a_second_persons_yes(told: Store, engine: Engine) -> None:
    third = told.submit(engine, submission(CHAT), "c", NOW)
    told.approve(third.id, engine, IT, THIS_SITE_TODAY, WHY, NOW)
    told.sign_off(third.id, engine, LEAD, WHY, NOW)
    told.withdraw(told.submit(engine, submission(), "d", NOW).receipt, NOW)
    assert said(told) == []


def change_roles(url: str, name: str, count: int) -> None:
    """For a process of its own."""
    opened = Store(url)
    for number in range(count):
        opened.accounts.change_roles(name, [f"role{number}"])
    opened.close()


def test_processes_that_write_at_once_make_one_chain(store: Store, url: str) -> None:
    context = get_context("spawn")
    for name in ("one", "two", "three"):
        store.accounts.add_account(name, [])
    processes = [context.Process(target=change_roles, args=(url, name, 15)) for name in ("one", "two", "three")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    checked = store.check_trail()
    assert (checked.lines, checked.faults) == (48, ())


def test_two_who_say_yes_for_the_same_site_at_once_do_not_wait_in_a_circle(
    store: Store, url: str, engine: Engine
) -> None:
    from tests.exceptions.test_exceptions_store import at_once

    for round_ in range(5):
        asked = [store.submit(engine, submission(refusal(path="/chess")), f"{round_} {n}", NOW).id for n in range(2)]
        others = [Store(url), Store(url)]
        outcomes = at_once(
            lambda asked=asked, other=others[0]: other.approve(asked[0], engine, IT, THIS_PAGE_TODAY, WHY, NOW),  # type: ignore[misc]
            lambda asked=asked, other=others[1]: other.approve(asked[1], engine, IT, THIS_PAGE_TODAY, WHY, NOW),  # type: ignore[misc]
        )
        for one in others:
            one.close()
        assert {type(one).__name__ for one in outcomes} <= {"ExceptionRequest", "NotPossible"}
    assert said(store) == []


def test_timelines_from_before_become_lines(empty_url: str, tmp_path: Path) -> None:
    engine = create_engine(empty_url)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[2] / "addons/saywhy/exceptions/migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "2")
        connection.exec_driver_sql(
            "INSERT INTO exception_requests (receipt, form, wants, because, work, until, asked_by, submitted_at, state, code,"
            " host, scheme, rule, reason, groups, reader, refused_at, revision) VALUES ('r', 'f', 'w', 'b', 'k',"
            " '2026-11-27', '', '2026-11-23 10:00:00.000000+00', 'refused', 'c', 'games.example', 'https', 'games', 'rule', '[]',"
            " 'adult', '2026-11-23 10:00:00.000000+00', 'x')".replace(
                "+00'", "'" if empty_url.startswith("sqlite") else "+00'"
            )
        )
        for what, account, note in (("submitted", "", ""), ("refused", "it", "There is a board.")):
            connection.exec_driver_sql(
                "INSERT INTO timeline (request, at, what, account, note)"
                f" VALUES (1, '2026-11-23 10:00:00.000000{'' if empty_url.startswith('sqlite') else '+00'}', '{what}', '{account}', '{note}')"
            )
    engine.dispose()
    store = Store(empty_url)
    store.migrate()
    assert [(one.line.what, one.line.at, dict(one.texts)) for one in every(store)] == [
        ("submitted", NOW, {}),
        ("refused", NOW, {"account": "it", "note": "There is a board."}),
    ]
    assert said(store) == []
    asked = store.submit(school(tmp_path / "policies"), submission(), "a", NOW)
    assert (asked.number, said(store)) == ("R-1002", [])
    store.close()


def test_a_hash_covers_every_field() -> None:
    fields = (1, NOW, "refused", 7, "{}", '{"note":"x"}', BEFORE_THE_FIRST)
    others = (2, NOW + timedelta(microseconds=1), "granted", None, "[]", "{}", "1" * 64)
    hashes = {hash_of(*fields)} | {
        hash_of(*(*fields[:at], other, *fields[at + 1 :]))  # type: ignore[arg-type]
        for at, other in enumerate(others)
    }
    assert len(hashes) == 8
    assert digest_of("note", "salt", "x") != digest_of("note", "other", "x") != digest_of("about", "salt", "x")


def test_the_form_of_a_line_never_changes() -> None:
    """Lines that were written are checked by it for years."""
    assert (
        hash_of(1, NOW, "refused", 7, "{}", '{"note":"x"}', BEFORE_THE_FIRST)
        == "67a13d5a1289b9cfc79b1095a665691d923293aba6a39191e4c5ed056c89f29c"
    )


def test_numbers_are_written_as_ranges() -> None:
    assert as_ranges([7, 1, 3, 2, 2]) == [[1, 3], [7, 7]]
    assert as_ranges([]) == []
