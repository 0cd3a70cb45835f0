"""Password hashes that cost next to nothing, for tests in which somebody only has to sign in.

What a real one costs, and that a cheaper one is made anew, is held by tests/exceptions/test_exceptions_accounts.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher

_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Within this process, for as long as it lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("saywhy.exceptions.accounts._HASHER", _CHEAP)
        yield
