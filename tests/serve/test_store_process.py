"""What the store lacks is made by a process of its own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.store import Store
from saywhy.serve.fork_server import ForkServer
from saywhy.serve.store_process import prepare_store_apart
from tests.serve.children import fork_server
from tests.serve.test_child_process import SETTINGS

ROLES = {"it": "IT support", "safeguarding": "Safeguarding lead"}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ForkServer]:
    monkeypatch.syspath_prepend(str(tmp_path))
    server = fork_server(tmp_path)
    yield server
    server.close()


def test_tables_and_first_accounts_are_made_once(server: ForkServer, tmp_path: Path) -> None:
    settings = replace(SETTINGS, state=tmp_path)
    made = dict(prepare_store_apart(server, settings, ROLES))
    assert made.keys() == ROLES.keys()
    assert not prepare_store_apart(server, settings, ROLES)
    store = Store(settings.database)
    assert store.change_number() > 0
    store.close()


def test_why_it_cannot_be_used_is_told(server: ForkServer, tmp_path: Path) -> None:
    settings = replace(SETTINGS, state=tmp_path / "not" / "there")
    with pytest.raises(StoreUnavailable, match=r"saywhy\.sqlite3 cannot be used"):
        prepare_store_apart(server, settings, ROLES)


def test_a_process_that_ends_before_it_has_answered_is_told_as_well(tmp_path: Path, server: ForkServer) -> None:
    settings = replace(SETTINGS, state=tmp_path)
    with pytest.raises(StoreUnavailable, match="that process ended with 1"):
        prepare_store_apart(server, settings, 7)  # type: ignore[arg-type]
