"""The list of requests in the store: whom they concern, merged, in pages; fast with twenty thousand."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, insert, text

from saywhy.decide.engine import Engine
from saywhy.exceptions.concerned import answering_roles, needs_two, reads_all
from saywhy.exceptions.deciders import deciding_roles
from saywhy.exceptions.listing import PAGE_LENGTH, Wanted
from saywhy.exceptions.page_key import page_key
from saywhy.exceptions.rows import row_of_submission
from saywhy.exceptions.state import UNDECIDED, State
from saywhy.exceptions.store import Store
from saywhy.exceptions.tables import RequestRow
from tests.exceptions.conftest import IT, LEAD, NOW, SCHOOL, THIS_SITE_TODAY, WHY, refusal, school, submission

MANY = 20_000
WAITING_FOR_IT = Wanted(UNDECIDED, frozenset({"it"}))


def sorted_all(store: Store, engine: Engine) -> None:
    while store.listing.sort(engine):
        pass


def ask(store: Store, engine: Engine, *paths: str, host: str = "games.example", rule: str = "games") -> None:
    for number, path in enumerate(paths):
        store.submit(engine, submission(refusal(host, path, rule)), f"{host}{path}{number}", NOW)


def firsts(store: Store, wanted: Wanted) -> list[tuple[int, int]]:
    return [(one.first.id, one.asked) for one in store.listing.entries(wanted).shown]


def test_what_is_not_sorted_is_shown_to_nobody(store: Store, engine: Engine) -> None:
    ask(store, engine, "/a")
    assert store.listing.unsorted(engine) == 1
    assert firsts(store, WAITING_FOR_IT) == firsts(store, Wanted(UNDECIDED, None)) == []
    assert store.listing.sort(engine) == 0
    assert firsts(store, WAITING_FOR_IT) == [(1, 1)]


def test_it_is_sorted_some_at_a_time(store: Store, engine: Engine) -> None:
    ask(store, engine, "/a", "/b", "/c")
    assert [store.listing.sort(engine, most=2) for _ in range(3)] == [1, 0, 0]


def test_the_same_page_is_one_entry_in_each_state(store: Store, engine: Engine) -> None:
    ask(store, engine, "/a", "/b", "/a", "/a", host="chat.example", rule="chat")
    store.approve(3, engine, IT, THIS_SITE_TODAY, WHY, NOW)
    sorted_all(store, engine)
    assert firsts(store, WAITING_FOR_IT) == [(1, 2), (2, 1), (3, 1)]
    assert store.listing.counts(WAITING_FOR_IT) == (3, 4)
    assert [one.first.id for one in store.listing.alike(WAITING_FOR_IT, [4, 1, 2, 99])] == [1, 2]


def test_a_request_that_moved_on_waits_until_it_is_sorted_again(store: Store, engine: Engine) -> None:
    ask(store, engine, "/a", host="chat.example", rule="chat")
    sorted_all(store, engine)
    store.approve(1, engine, IT, THIS_SITE_TODAY, WHY, NOW)
    assert store.listing.unsorted(engine) == 1
    sorted_all(store, engine)
    assert firsts(store, Wanted(UNDECIDED, frozenset({"safeguarding"}))) == [(1, 1)]


def test_another_policy_sorts_what_waits_anew_and_leaves_what_was_answered(
    store: Store, engine: Engine, tmp_path: Path
) -> None:
    ask(store, engine, "/a", "/b")
    sorted_all(store, engine)
    store.refuse(1, engine, IT, "There is a board.", NOW)
    later = school(
        tmp_path / "later", SCHOOL.replace("    owner: it\n", "    owner: it\n    ask: {decides: [teaching]}\n", 1)
    )
    assert store.listing.unsorted(later) == 1
    stale = Wanted(UNDECIDED, frozenset({"it"}), revision=later.revision)
    assert firsts(store, stale) == [], "until it is sorted again, it is shown to nobody"
    sorted_all(store, later)
    assert firsts(store, Wanted(UNDECIDED, frozenset({"teaching"}))) == [(2, 1)]
    assert firsts(store, WAITING_FOR_IT) == []
    answered = Wanted(frozenset({State.REFUSED}), frozenset({"it"}))
    assert [one.id for one in store.listing.requests(answered).shown] == [1]
    assert store.listing.roles_of(1) == {"it"}
    assert store.listing.concerning([1, 2], frozenset({"teaching"})) == {2}
    assert store.listing.concerning([1, 2], None) == {1, 2}


def test_a_request_concerns_those_who_decide_and_agree(engine: Engine, store: Store) -> None:
    ask(store, engine, "/a", host="chat.example", rule="chat")
    ask(store, engine, "/b")
    chat, games = store.requests()
    assert answering_roles(engine, chat) == {"it", "safeguarding"}
    assert answering_roles(engine, games) == {"it"}
    assert (needs_two(engine, chat), needs_two(engine, games)) == (True, False)
    assert deciding_roles(engine.policy) == ("it", "safeguarding")


def test_who_reads_only_reads_all(tmp_path: Path) -> None:
    roles = "governors: {title: Governors, reads: true}, auditor: Auditor, it: IT support"
    policy = school(tmp_path / "policies", SCHOOL.replace("it: IT support", roles)).policy
    assert reads_all(policy, {"auditor", "it"})
    assert reads_all(policy, {"governors"})
    assert not reads_all(policy, {"it"})


def test_what_nobody_decides_any_more_concerns_who_answers_for_its_rule(
    engine: Engine, store: Store, tmp_path: Path
) -> None:
    ask(store, engine, "/a", host="chat.example", rule="chat")
    [asked] = store.requests()
    nobody = SCHOOL.replace("ask: {decides: [it], signs_off: [safeguarding]}", "locked: true")
    assert answering_roles(school(tmp_path / "a", nobody), asked) == {"it"}
    gone = SCHOOL.replace("id: chat", "id: talk").replace("domains: [chat.example]", "domains: [talk.example]")
    assert answering_roles(school(tmp_path / "b", gone), asked) == {"it", "safeguarding"}


def test_a_key_tells_pages_and_rules_apart() -> None:
    keys = {
        page_key("a", "https://a/", "r"),
        page_key("a", None, "r"),
        page_key("a", "https://a/", "s"),
        page_key("b", None, "r"),
    }
    assert len(keys) == 4
    assert {len(key) for key in keys} == {64}


def test_requests_from_before_get_their_page(url: str, engine: Engine, store: Store) -> None:
    ask(store, engine, "/a")
    made = create_engine(url)
    with made.connect() as connection:
        row = connection.execute(text("SELECT host, url, rule, page FROM exception_requests")).one()
    made.dispose()
    assert row.page == page_key(row.host, row.url, row.rule)


@pytest.fixture
def full(store: Store, url: str, engine: Engine) -> Store:
    """Twenty thousand requests that wait, two for each page, and as many that were answered."""
    made = create_engine(url)  # past the store, which waits two seconds at the most
    like = row_of_submission(submission(), "", "", NOW)
    alike = {one.key: getattr(like, one.key) for one in RequestRow.__table__.columns if one.key != "id"}
    rows = []
    for number in range(2 * MANY):
        waits, address = number < MANY, f"https://games.example/p{number // 2}"
        state = State.OPEN.value if waits else State.REFUSED.value
        rows.append(
            {
                **alike,
                "receipt": f"r{number}",
                "form": f"f{number}",
                "url": address,
                "page": page_key("games.example", address, "games"),
                "state": state,
                "answered_at": None if waits else NOW + timedelta(seconds=number),
                "sorted_by": f"{state} {engine.revision}",
                "two": False,
                "needs_two": False,
                "round": 1,
                "held": 0,
            }
        )
    with made.begin() as connection:
        connection.execute(insert(RequestRow), rows)
        connection.execute(text("INSERT INTO request_roles (request, role) SELECT id, 'it' FROM exception_requests"))
    made.dispose()
    return store


def test_with_twenty_thousand_every_page_is_reached_and_quick(full: Store, engine: Engine) -> None:
    began = time.monotonic()
    assert full.listing.sort(engine) == 0
    assert full.listing.counts(WAITING_FOR_IT) == (MANY // 2, MANY)
    page = full.listing.entries(WAITING_FOR_IT)
    assert len(page.shown) == PAGE_LENGTH
    last = full.listing.entries(WAITING_FOR_IT, after=MANY - 2 * PAGE_LENGTH)
    assert (len(last.shown), last.after) == (PAGE_LENGTH, None)
    answered = Wanted(frozenset({State.REFUSED}), frozenset({"it"}))
    first = full.listing.requests(answered)
    assert first.shown[0].id == 2 * MANY
    assert full.listing.requests(answered, first.after or 0).shown[0].id == 2 * MANY - PAGE_LENGTH
    assert [one.asked for one in full.listing.entries(Wanted(UNDECIDED, None, words=("/p77",), alike=155)).shown] == [2]
    assert time.monotonic() - began < 60, "an order of magnitude above what it takes"


def plans(store: Store, url: str) -> list[str]:
    """How SQLite goes about each statement of the list, told by itself."""
    statements: list[tuple[str, object]] = []
    engine = store._database._at_hand().engine

    def keep(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith("SELECT"):
            statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    store.listing.entries(WAITING_FOR_IT)
    store.listing.requests(Wanted(frozenset({State.REFUSED}), None))
    store.listing.requests(Wanted(frozenset({State.REFUSED}), None), 30_000)
    store.listing.entries(Wanted(UNDECIDED, frozenset({"it"}), alike=5))
    event.remove(engine, "before_cursor_execute", keep)
    made = create_engine(url)
    with made.connect() as connection:
        found = [
            "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))  # type: ignore[arg-type]
            for statement, parameters in statements
        ]
    made.dispose()
    return found


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_no_page_of_the_list_reads_the_whole_table(full: Store, url: str) -> None:
    found = plans(full, url)
    assert len(found) >= 4
    for plan in found:
        assert "SCAN exception_requests\n" not in f"{plan}\n", plan
    told = "\n".join(found)
    assert "ix_exception_requests_page" in told
    assert "ix_exception_requests_answered" in told


def test_roles_go_with_their_request(store: Store, engine: Engine) -> None:
    ask(store, engine, "/a")
    sorted_all(store, engine)
    assert store.listing.roles_of(1) == {"it"}
    with store._database.writing() as session:
        session.execute(text("DELETE FROM request_details WHERE request = 1"))
        session.execute(text("DELETE FROM exception_requests WHERE id = 1"))
        assert session.scalar(text("SELECT count(*) FROM request_roles WHERE request = 1")) == 0


def test_a_second_persons_no_keeps_both_roles(store: Store, engine: Engine) -> None:
    ask(store, engine, "/a", host="chat.example", rule="chat")
    store.approve(1, engine, IT, THIS_SITE_TODAY, WHY, NOW)
    store.refuse(1, engine, LEAD, "There is a board.", NOW)
    assert store.listing.roles_of(1) == {"it", "safeguarding"}
