"""What guessing a password costs: OWASP's recommended minimum for argon2id (Password Storage Cheat Sheet), or more."""

import re

from sqlalchemy import text

from saywhy.exceptions.store import Store
from tests.exceptions.conftest import sqlite_only

MEBIBYTES, PASSES = 19, 2


@sqlite_only
def test_a_password_costs_as_much_to_guess_as_is_recommended(new_store: Store) -> None:
    new_store.accounts.add_account("it", ["it"])
    with new_store._database.reading() as session:
        kept = session.scalar(text("SELECT password FROM accounts"))
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$", str(kept))
    assert found is not None
    assert int(found[1]) >= MEBIBYTES * 1024
    assert int(found[2]) >= PASSES
