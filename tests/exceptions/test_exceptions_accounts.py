"""Those who answer: first accounts, passwords, sessions."""

import re
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from saywhy.exceptions.accounts import SIGN_IN_LASTS, AccountError, PasswordError
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.readable import grouped, plain_code, readable_code
from saywhy.exceptions.request import Account
from saywhy.exceptions.store import Store
from tests.exceptions.conftest import NOW

ROLES = {"it": "IT support", "safeguarding": "Safeguarding lead"}


def stored(store: Store, name: str) -> str:
    with store._database.reading() as session:
        return str(session.scalar(text("SELECT password FROM accounts WHERE name = :name"), {"name": name}))


@pytest.fixture
def store(new_store: Store) -> Store:
    return new_store


def test_the_very_first_start_makes_an_account_for_each_role(store: Store) -> None:
    made = store.accounts.ensure_first_accounts(ROLES)
    assert [name for name, _ in made] == ["it", "safeguarding"]
    for name, password in made:
        assert re.fullmatch(r"[0-9a-z]{4}(-[0-9a-z]{4}){3}", password)
        assert store.accounts.check_password(name, password) == Account(name, frozenset({name}))


def test_no_later_start_does(store: Store) -> None:
    (name, password), _ = store.accounts.ensure_first_accounts(ROLES)
    assert store.accounts.ensure_first_accounts({**ROLES, "teaching": "Head of teaching"}) == []
    assert store.accounts.check_password(name, password) is not None


@pytest.mark.parametrize(
    ("roles", "names"),
    [({"IT Support": ""}, ["it-support"]), ({"IT": "", "it": ""}, ["it"]), ({"ö": ""}, ["staff"]), ({}, [])],
)
def test_a_role_whose_id_cannot_be_typed_still_gets_an_account(
    store: Store, roles: dict[str, str], names: list[str]
) -> None:
    made = store.accounts.ensure_first_accounts(roles)
    assert [name for name, _ in made] == names
    for name, password in made:
        account = store.accounts.check_password(name, password)
        assert account is not None
        assert account.roles == set(roles)


def test_passwords_are_kept_as_argon2id_hashes(store: Store) -> None:
    password = store.accounts.add_account("it", ["it"])
    assert stored(store, "it").startswith("$argon2id$")
    assert password not in stored(store, "it")


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("it", "wrong"),
        ("it", ""),
        ("nobody", "right"),
        ("", ""),
        ("it'--", "x"),
        ("it\x00", "x"),
        ("x" * 5000, "y" * 5000),
    ],
)
def test_a_wrong_name_or_password_is_nobody(store: Store, name: str, password: str) -> None:
    right = store.accounts.add_account("it", ["it"])
    assert store.accounts.check_password(name, password.replace("right", right)) is None


def test_a_name_is_read_whatever_its_case(store: Store) -> None:
    password = store.accounts.add_account("Mrs.Patel", ["safeguarding"])
    assert store.accounts.check_password(" MRS.patel ", f" {password} ") == Account(
        "mrs.patel", frozenset({"safeguarding"})
    )


def test_an_unknown_name_is_hashed_like_a_known_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.accounts.add_account("it", ["it"])
    checked: list[str] = []
    verify = PasswordHasher.verify

    def counting(self: PasswordHasher, hash: str, password: str) -> bool:  # noqa: A002 — argon2's own name
        checked.append(hash.split("$")[3])
        return verify(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    for name in ("it", "nobody", "no such name!"):
        assert store.accounts.check_password(name, "wrong") is None
    assert len(checked) == 3
    assert len(set(checked)) == 1  # the same costs


def test_a_hash_of_other_costs_is_made_anew(store: Store) -> None:
    password = store.accounts.add_account("it", ["it"])
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)
    with store._database.writing() as session:
        session.execute(text("UPDATE accounts SET password = :weak"), {"weak": weak})
    assert store.accounts.check_password("it", password) is not None
    assert stored(store, "it") != weak
    assert store.accounts.check_password("it", password) is not None


def test_a_damaged_hash_lets_nobody_in(store: Store) -> None:
    password = store.accounts.add_account("it", ["it"])
    with store._database.writing() as session:
        session.execute(text("UPDATE accounts SET password = ''"))
    assert store.accounts.check_password("it", password) is None
    assert store.accounts.check_password("it", "") is None


def test_a_new_password_ends_the_old_one_and_its_sessions(store: Store) -> None:
    old = store.accounts.add_account("it", ["it"])
    token = store.accounts.sign_in(Account("it", frozenset({"it"})), NOW)
    new = store.accounts.reset_password("IT")
    assert new != old
    assert store.accounts.check_password("it", old) is None
    assert store.accounts.check_password("it", new) is not None
    assert store.accounts.signed_in(token, NOW) is None


def test_a_session_lasts_its_time_and_ends_when_it_is_ended(store: Store) -> None:
    store.accounts.add_account("it", ["it"])
    account = Account("it", frozenset({"it"}))
    token, other = store.accounts.sign_in(account, NOW), store.accounts.sign_in(account, NOW)
    for minutes in range(25, 8 * 60, 25):
        assert store.accounts.signed_in(token, NOW + timedelta(minutes=minutes)) == account
    assert store.accounts.signed_in(token, NOW + SIGN_IN_LASTS - timedelta(seconds=1)) == account
    assert store.accounts.signed_in(token, NOW + SIGN_IN_LASTS) is None
    store.accounts.sign_out(token)
    assert store.accounts.signed_in(token, NOW) is None
    assert store.accounts.signed_in(other, NOW) == account
    assert store.accounts.signed_in("made up", NOW) is None


def test_a_session_that_is_not_used_ends(store: Store) -> None:
    store.accounts.add_account("it", ["it"])
    account = Account("it", frozenset({"it"}))
    token = store.accounts.sign_in(account, NOW)
    assert store.accounts.signed_in(token, NOW + timedelta(minutes=29)) == account
    assert store.accounts.signed_in(token, NOW + timedelta(minutes=58)) == account
    assert store.accounts.signed_in(token, NOW + timedelta(minutes=88)) is None


def test_signing_in_again_ends_the_session_before_in_the_same_browser(store: Store) -> None:
    store.accounts.add_account("it", ["it"])
    account = Account("it", frozenset({"it"}))
    first, elsewhere = store.accounts.sign_in(account, NOW), store.accounts.sign_in(account, NOW)
    second = store.accounts.sign_in(account, NOW, instead_of=first)
    assert store.accounts.signed_in(first, NOW) is None
    assert store.accounts.signed_in(second, NOW) == store.accounts.signed_in(elsewhere, NOW) == account


def test_a_session_whose_use_cannot_be_written_down_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise StoreUnavailable("busy")

    store.accounts.add_account("it", ["it"])
    account = Account("it", frozenset({"it"}))
    token = store.accounts.sign_in(account, NOW)
    monkeypatch.setattr(store.accounts, "_note_use", busy)
    assert store.accounts.signed_in(token, NOW + timedelta(minutes=5)) == account


def test_the_store_does_not_hold_what_a_session_is_continued_with(store: Store) -> None:
    store.accounts.add_account("it", ["it"])
    token = store.accounts.sign_in(Account("it", frozenset()), NOW)
    with store._database.reading() as session:
        assert token not in set(session.scalars(text("SELECT token FROM sign_ins")))


@pytest.mark.parametrize("name", ["", " ", "a b", "-it", "ö", "x" * 65, "a/b"])
def test_an_account_that_cannot_be_made_says_why(store: Store, name: str) -> None:
    with pytest.raises(AccountError, match="no account name"):
        store.accounts.add_account(name, ["it"])


def test_an_account_is_made_once(store: Store) -> None:
    store.accounts.add_account("it", ["it"])
    with pytest.raises(AccountError, match="already"):
        store.accounts.add_account("IT", ["it"])
    with pytest.raises(AccountError, match="no account"):
        store.accounts.reset_password("nobody")


@pytest.mark.parametrize(
    "typed",
    ["{code}", " {grouped} ", "{upper}", "{spaced}", "{grouped}\n"],
    ids=["plain", "grouped", "upper", "spaced", "line"],
)
def test_a_code_is_understood_however_it_was_typed(typed: str) -> None:
    for _ in range(20):
        code = readable_code()
        shown = typed.format(code=code, grouped=grouped(code), upper=grouped(code).upper(), spaced=" ".join(code))
        assert plain_code(shown) == code
    assert plain_code("OIL0") == "0110"


CHOSEN = "four quiet otters dance"


def test_everybody_who_may_sign_in_is_listed_by_name(store: Store) -> None:
    assert store.accounts.every_account() == ()
    store.accounts.add_account("sam", ["it", "safeguarding"])
    store.accounts.add_account("kim", ["it"])
    assert store.accounts.every_account() == (
        Account("kim", frozenset({"it"})),
        Account("sam", frozenset({"it", "safeguarding"})),
    )


def test_who_is_taken_away_is_signed_out_and_cannot_come_back(store: Store) -> None:
    password = store.accounts.add_account("sam", ["it"])
    store.accounts.add_account("kim", ["it"])
    token = store.accounts.sign_in(Account("sam", frozenset({"it"})), NOW)
    store.accounts.remove_account(" Sam ")
    assert store.accounts.signed_in(token, NOW) is None
    assert store.accounts.check_password("sam", password) is None
    assert [one.name for one in store.accounts.every_account()] == ["kim"]
    store.accounts.add_account("sam", ["safeguarding"])  # somebody else of that name gets nothing of what was
    assert store.accounts.signed_in(token, NOW) is None
    assert store.accounts.every_account()[1].roles == {"safeguarding"}


def test_new_roles_take_the_place_of_the_old_at_once(store: Store) -> None:
    store.accounts.add_account("sam", ["it"])
    token = store.accounts.sign_in(Account("sam", frozenset({"it"})), NOW)
    store.accounts.change_roles("SAM", ["safeguarding", "safeguarding"])
    assert store.accounts.signed_in(token, NOW) == Account("sam", frozenset({"safeguarding"}))


def test_a_chosen_password_ends_every_session_and_the_old_password(store: Store) -> None:
    old = store.accounts.add_account("sam", ["it"])
    kim = store.accounts.add_account("kim", ["it"])
    tokens = [store.accounts.sign_in(Account(name, frozenset({"it"})), NOW) for name in ("sam", "sam", "kim")]
    assert store.accounts.change_password("sam", old, CHOSEN)
    assert [store.accounts.signed_in(one, NOW) is None for one in tokens] == [True, True, False]
    assert store.accounts.check_password("sam", old) is None
    assert store.accounts.check_password("sam", f" {CHOSEN} ") is not None
    assert store.accounts.check_password("kim", kim) is not None
    assert stored(store, "sam").startswith("$argon2id$")


def test_without_the_old_password_nothing_changes(store: Store) -> None:
    old = store.accounts.add_account("sam", ["it"])
    token = store.accounts.sign_in(Account("sam", frozenset({"it"})), NOW)
    assert not store.accounts.change_password("sam", "wrong", CHOSEN)
    assert store.accounts.signed_in(token, NOW) is not None
    assert store.accounts.check_password("sam", old) is not None


def test_a_password_is_the_same_however_its_letters_are_put_together(store: Store) -> None:
    old = store.accounts.add_account("sam", ["it"])
    assert store.accounts.change_password("sam", old, "vier süße Otter im See")
    assert store.accounts.check_password("sam", "vier su\u0308ße Otter im See") is not None


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("", "15 characters or more"),
        ("fourteen signs", "15 characters or more"),
        ("a" * 40, "again and again"),
        ("samsamsamsamsam1", "again and again"),
        ("x1y2" * 100, "fewer than 256"),
        ("OLD", "another one"),
    ],
)
def test_a_password_that_is_no_choice_says_why(store: Store, new: str, said: str) -> None:
    old = store.accounts.add_account("sam", ["it"])
    with pytest.raises(PasswordError, match=said):
        store.accounts.change_password("sam", old, old if new == "OLD" else new)
    assert store.accounts.check_password("sam", old) is not None


@pytest.mark.parametrize("name", ["nobody", "two words"])
def test_an_account_that_is_not_there_is_told(store: Store, name: str) -> None:
    for change in (
        lambda: store.accounts.remove_account(name),
        lambda: store.accounts.change_roles(name, ["it"]),
        lambda: store.accounts.change_password(name, "old", CHOSEN),
        lambda: store.accounts.reset_password(name),
    ):
        with pytest.raises(AccountError, match=name):
            change()
