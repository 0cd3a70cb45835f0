"""Minutes of meetings: kept once, never changed, and the last decision counts."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from saywhy.exceptions.database import Database, StoreUnavailable
from saywhy.exceptions.meetings import About, Decided, Item
from saywhy.exceptions.store import Store
from tests.exceptions.conftest import IT, NOW

DAY = date(2026, 11, 23)
KEEP = Item(About.RULE, "games", Decided.KEEP, "It works as it is.", date(2027, 3, 1))
DROP = Item(About.RULE, "tiktok", Decided.DROP, "Nobody asks for it.")


def test_minutes_come_back_as_they_were_kept(store: Store) -> None:
    kept = store.meetings.keep("form-1", DAY, ["IT support", "lead"], "We talked.", [KEEP, DROP], IT, NOW)
    assert store.meetings.one(kept.id) == kept
    assert (kept.held_on, kept.present, kept.minutes, kept.by, kept.at) == (
        DAY,
        ("IT support", "lead"),
        "We talked.",
        "it",
        NOW,
    )
    assert kept.items == (KEEP, DROP)
    assert store.meetings.one(kept.id + 1) is None


def test_a_form_that_is_sent_twice_counts_once(store: Store) -> None:
    first = store.meetings.keep("form-1", DAY, [], "We talked.", [KEEP], IT, NOW)
    assert store.meetings.keep("form-1", DAY, [], "Something else.", [], IT, NOW) == first
    assert store.meetings.latest() == (first,)


def test_the_last_meeting_counts_whenever_it_was_written_down(store: Store) -> None:
    later = Item(About.RULE, "games", Decided.CHANGE, "Open it at lunch.")
    store.meetings.keep("form-1", DAY + timedelta(days=7), [], "", [later], IT, NOW)
    store.meetings.keep("form-2", DAY, [], "", [KEEP], IT, NOW)
    found = store.meetings.decided_last(About.RULE, ["games", "tiktok"])
    assert found == {"games": (DAY + timedelta(days=7), later)}
    assert [one.held_on for one in store.meetings.latest()] == [DAY + timedelta(days=7), DAY]


def test_what_is_decided_has_a_reason_and_what_is_kept_a_day() -> None:
    with pytest.raises(ValueError, match="reason"):
        Item(About.RULE, "games", Decided.DROP, " ")
    with pytest.raises(ValueError, match="until a day"):
        Item(About.RULE, "games", Decided.KEEP, "It works.")


@pytest.mark.parametrize("table", ["meetings", "meeting_items", "category_answers"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET id = id + 100"])
def test_the_store_itself_keeps_them(store: Store, url: str, table: str, change: str) -> None:
    store.meetings.keep("form-1", DAY, [], "", [KEEP], IT, NOW)
    insert = "INSERT INTO category_answers (host, category, answer, reason, account, at) VALUES ('a', 'b', 'closed', 'c', 'it', '2026-11-23')"
    database = Database(url)
    with database.writing() as session:
        session.execute(text(insert))
    with pytest.raises(StoreUnavailable, match="never changed"), database.writing() as session:
        session.execute(text(change.format(table)))
    database.close()
    assert len(store.meetings.latest()) == 1
