"""How services name accounts: what could be one, and what to write in the place of what could not."""

import pytest

from saywhy.policy.account_kinds import AccountKind

DOMAINS, IDS, EITHER = AccountKind.DOMAINS, AccountKind.IDS, AccountKind.DOMAINS_OR_IDS


@pytest.mark.parametrize(
    ("account", "taken_by"),
    [
        ("hillside.example", {DOMAINS, EITHER}),
        ("pupils.hillside.sch.uk", {DOMAINS, EITHER}),
        ("consumer_accounts", {DOMAINS, IDS, EITHER}),
        ("T0AAAAAAA", {IDS, EITHER}),
        ("1234567", {IDS, EITHER}),
        ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", {IDS, EITHER}),
        ("dbtid:AAAA-bbbb", {IDS, EITHER}),
        ("hillside", {IDS, EITHER}),
        ("sam@hillside.example", set()),
        ("hillside.example.", set()),
        ("hillside.example:443", set()),
    ],
)
def test_what_could_be_one(account: str, taken_by: set[AccountKind]) -> None:
    assert {kind for kind in AccountKind if kind.takes(account)} == taken_by


@pytest.mark.parametrize(
    ("kind", "account", "instead"),
    [
        (DOMAINS, "sam@hillside.example", "write hillside.example, which lets in everybody there"),
        (EITHER, "sam@hillside.example", "write hillside.example, which lets in everybody there"),
        (IDS, "sam@hillside.example", "write the id that the service shows to those who administer it"),
        (DOMAINS, "hillside", "write the school's own domain, like hillside.example"),
        (DOMAINS, "sam@", "write the school's own domain, like hillside.example"),
        (EITHER, "hillside.example:443", "write the school's own domain or id, like hillside.example"),
    ],
)
def test_what_to_write_instead(kind: AccountKind, account: str, instead: str) -> None:
    assert kind.instead_of(account) == instead
