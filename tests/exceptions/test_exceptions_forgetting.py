"""What is over is deleted, what is asked for is handed out or erased, and the audit trail stays whole."""

import json
from datetime import timedelta

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions.chosen_lines import ChosenLines
from saywhy.exceptions.forgetting import Person
from saywhy.exceptions.state import State
from saywhy.exceptions.store import Store
from tests.exceptions.conftest import IT, NOW, THIS_SITE_TODAY, change, refusal, say_yes, submission
from tests.exceptions.test_exceptions_trail import every, said, tamper

YEAR = timedelta(days=365)
OTHER_DEVICE = refusal(device="10.30.7.99")
WORDS = ("Play chess", "Chess club", "10.30.7.21", "There is a board.")


def everything(store: Store, url: str) -> str:
    """All that stands in the database, as one text."""
    from sqlalchemy import MetaData, create_engine, select

    engine, metadata = create_engine(url), MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        found = [[tuple(row) for row in connection.execute(select(table))] for table in metadata.sorted_tables]
    engine.dispose()
    return repr(found)


def refused(store: Store, engine: Engine, form: str = "a") -> int:
    asked = store.submit(engine, submission(), form, NOW)
    store.refuse(asked.id, engine, IT, "There is a board.", NOW)
    return asked.id


def test_what_has_been_over_for_so_long_goes_with_every_word(store: Store, url: str, engine: Engine) -> None:
    old = refused(store, engine)
    store.looked(old, "it", NOW)
    assert all(word in everything(store, url) for word in WORDS)
    removed = store.expire(NOW + YEAR + timedelta(seconds=1), YEAR)
    assert (removed.requests, removed.lines) == ((old,), 3)
    assert [word for word in WORDS if word in everything(store, url)] == []
    assert store.request(old) is None
    assert said(store) == []
    assert [(one.line.what, one.gone) for one in every(store)] == [
        ("submitted", ("asked",)),
        ("refused", ("account", "note")),
        ("looked", ("account",)),
        ("expired", ()),
    ]
    assert every(store)[-1].facts == {"lines": [[1, 3]], "requests": [old]}


def test_what_is_not_over_or_not_for_so_long_stays(store: Store, engine: Engine) -> None:
    refused(store, engine)
    waiting = store.submit(engine, submission(), "b", NOW)
    before = everything_known(store)
    assert store.expire(NOW + YEAR, YEAR).requests == ()
    assert everything_known(store) == before
    assert store.expire(NOW + 3 * YEAR, YEAR).requests == (1,)
    kept = store.request(waiting.id)
    assert kept is not None
    assert kept.state is State.OPEN, "no request dies because nobody answered"


def everything_known(store: Store) -> list[object]:
    return [*store.requests(), *every(store)]


def test_a_permit_that_goes_on_keeps_its_request(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    say_yes(store, engine, asked.id, THIS_SITE_TODAY, NOW)
    (grant,) = store.live_grants(NOW)
    assert store.expire(grant.ends + YEAR, YEAR).requests == ()
    assert store.expire(grant.ends + YEAR + timedelta(seconds=1), YEAR).requests == (asked.id,)
    assert said(store) == []


def test_a_permit_that_was_ended_counts_from_its_end(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    say_yes(store, engine, asked.id, THIS_SITE_TODAY, NOW)
    (grant,) = store.live_grants(NOW)
    store.revoke(grant.id, "it", NOW + timedelta(hours=1), "The club is over.")
    assert store.expire(NOW + timedelta(hours=2) + YEAR, YEAR).requests == (asked.id,)


def test_a_second_deletion_finds_nothing_and_says_nothing(store: Store, engine: Engine) -> None:
    refused(store, engine)
    store.expire(NOW + 2 * YEAR, YEAR)
    before = every(store)
    assert store.expire(NOW + 2 * YEAR, YEAR).lines == 0
    assert every(store) == before


def test_many_go_in_steps(store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saywhy.exceptions.forgetting._AT_ONCE", 2)
    for number in range(5):
        refused(store, engine, str(number))
    assert len(store.expire(NOW + 2 * YEAR, YEAR).requests) == 5
    assert [one.line.what for one in every(store)].count("expired") == 3
    assert said(store) == []


def test_what_was_done_to_accounts_goes_as_well(new_store: Store, url: str) -> None:
    store = new_store
    store.accounts.add_account("teacher", ["teaching"], "root")
    later = every(store)[0].line.at + YEAR
    assert store.expire(later, YEAR).lines == 0
    assert store.expire(later + timedelta(seconds=1), YEAR).lines == 1
    store.accounts.remove_account("teacher")
    assert "root" not in everything(store, url)
    assert said(store) == []


def test_a_deletion_by_hand_is_no_deletion_by_policy(store: Store, url: str, engine: Engine) -> None:
    refused(store, engine)
    refused(store, engine, "b")
    store.erase(Person(receipt=str(getattr(store.request(1), "receipt", ""))), "root", NOW)
    assert said(store) == []
    tables = ("trail_texts", "reviews", "request_details", "exception_requests")
    tamper(url, *(f"DELETE FROM {table}" for table in tables))
    assert said(store)[0].startswith("what line 3 said (asked) was taken away")
    assert "R-1002 is missing, and no line says that it was deleted" in said(store)


def test_one_person_is_erased_by_receipt_and_nobody_else(store: Store, url: str, engine: Engine) -> None:
    first = store.submit(engine, submission(), "a", NOW)
    second = store.submit(engine, submission(OTHER_DEVICE), "b", NOW)
    removed = store.erase(Person(receipt=first.receipt), "root", NOW)
    assert (removed.requests, removed.ended) == ((first.id,), 0)
    assert store.by_receipt(first.receipt) is None
    assert store.request(second.id) == second
    assert first.receipt not in everything(store, url)
    assert [(one.line.what, one.texts.get("account")) for one in every(store)][2:] == [
        ("withdrawn", None),
        ("erased", "root"),
    ]
    assert said(store) == []


def test_permits_of_somebody_who_is_erased_end_at_once(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    say_yes(store, engine, asked.id, THIS_SITE_TODAY, NOW)
    before = store.change_number()
    assert store.erase(Person(device="10.30.7.21"), "root", NOW).ended == 1
    assert store.live_grants(NOW) == ()
    assert store.change_number() > before
    assert said(store) == []


@pytest.mark.parametrize("of_what", ["device", "account", "receipt"])
def test_who_joined_is_taken_out_and_the_request_goes_on(store: Store, url: str, engine: Engine, of_what: str) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    receipt = store.joining.join(asked.id, OTHER_DEVICE, "kim of 9b", "browser", NOW)
    person = {
        "device": Person(device="10.30.7.99"),
        "account": Person(account="kim of 9b"),
        "receipt": Person(receipt=receipt),
    }[of_what]
    (joined,) = store.export(person, "root", NOW)["joined"]
    assert (joined["device"], joined["account"]) == ("10.30.7.99", "kim of 9b")
    removed = store.erase(person, "root", NOW)
    assert (removed.left, removed.requests) == (1, ())
    assert store.joining.receipt(receipt) is None
    assert store.request(asked.id) is not None
    kept = everything(store, url)
    assert receipt not in kept
    assert "10.30.7.99" not in kept
    assert of_what != "account" or "kim of 9b" not in kept
    assert store.check_trail().faults == ()
    assert store.export(person, "root", NOW)["joined"] == []


def test_an_account_is_erased_where_nobody_needs_it_any_more(store: Store, url: str, engine: Engine) -> None:
    store.accounts.add_account("helper", ["teaching"], "root")
    mine = store.submit(engine, submission(OTHER_DEVICE, "helper"), "a", NOW)
    store.submit(engine, submission(), "b", NOW)
    assert store.erase(Person(account="helper"), "root", NOW).requests == (mine.id,)
    assert "helper" in everything(store, url), "who may sign in is known by name"
    store.accounts.remove_account("helper", "root")
    store.erase(Person(account="helper"), "root", NOW)
    assert "helper" not in everything(store, url)
    assert said(store) == []


@pytest.mark.parametrize("person", [Person(), Person(receipt="x"), Person(device="10.0.0.1"), Person(account="nobody")])
def test_nobody_is_erased_by_a_name_that_nobody_has(store: Store, engine: Engine, person: Person) -> None:
    refused(store, engine)
    before = everything_known(store)
    removed = store.erase(person, "root", NOW)
    assert (removed.requests, removed.lines) == ((), 0)
    assert everything_known(store) == before


def test_one_person_gets_all_that_is_kept_of_them(store: Store, engine: Engine) -> None:
    mine = refused(store, engine)
    store.submit(engine, submission(OTHER_DEVICE), "b", NOW)
    found = json.loads(json.dumps(store.export(Person(device="10.30.7.21"), "root", NOW)))
    (request,) = found["requests"]
    assert (request["number"], request["wants"], request["device"]) == ("R-1001", "Play chess", "10.30.7.21")
    assert [one["reason"] for one in request["reviews"]] == ["There is a board."]
    assert [one["what"] for one in request["steps"]] == ["submitted", "refused"]
    assert (every(store)[-1].line.what, every(store)[-1].line.request) == ("exported", mine)
    by_account = store.export(Person(account="it"), "root", NOW)
    assert by_account["requests"] == []
    assert [one["what"] for one in by_account["steps"]] == ["refused"]
    assert said(store) == []


def test_lines_are_chosen_by_request_account_and_time(store: Store, engine: Engine) -> None:
    refused(store, engine)
    store.submit(engine, submission(), "b", NOW + timedelta(hours=1))

    def chosen(**said: object) -> list[int]:
        return [one["line"] for one in store.trail_lines(ChosenLines(**said))]  # type: ignore[arg-type]

    assert chosen() == [1, 2, 3]
    assert chosen(request=1) == [1, 2]
    assert chosen(account="it") == [2]
    assert chosen(since=NOW + timedelta(minutes=1)) == [3]
    assert chosen(until=NOW) == []
    assert chosen(request=1, account="it", since=NOW) == [2]


def test_what_others_hang_on_a_request_goes_with_it(store: Store, url: str, engine: Engine) -> None:
    """Reviews and grants are found by their keys, as any table will be that refers to requests."""
    refused(store, engine)
    asked = store.submit(engine, submission(), "b", NOW)
    say_yes(store, engine, asked.id, THIS_SITE_TODAY, NOW)
    store.expire(NOW + 3 * YEAR, YEAR)
    change(url, "DELETE FROM counters")
    assert "games.example" not in everything(store, url)
