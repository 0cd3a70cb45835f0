"""What the portal is given: the policy in force as files, the log, and a real Chromium within the policy's bounds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic, sleep

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions.category_reports import Reported
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.request import Dossier
from saywhy.exceptions.store import Store
from saywhy.policy.reading.files import Folder
from saywhy.policy.reading.load import load_folder
from saywhy.portal.outside import CannotBeWrittenError
from saywhy.serve.portal_outside import PAGE_BROWSER, PortalOutside
from saywhy.serve.revisions import Revisions
from saywhy.serve.settings import Endpoint, Settings
from tests.exceptions.conftest import NOW, SCHOOL, refusal, say_yes, school, submission
from tests.migrated_store import copy_migrated
from tests.observe.test_log_search import OTHER

MORE = """
reach: {ports: [80, 443, 1], addresses: [127.0.0.0/24]}
categories:
  fun: {label: Fun, domains: [chess.example]}
"""


def settings(tmp_path: Path) -> Settings:
    ends = (Endpoint("127.0.0.1", 1), Endpoint("127.0.0.1", 2), Endpoint("127.0.0.1", 3))
    return Settings(tmp_path / "policies", tmp_path / "state", (ends[0],), ends[1], ends[2])


def in_force(tmp_path: Path, policy: str = SCHOOL + MORE) -> Engine:
    """A policy in force in a state folder, as the supervisor leaves it there."""
    school(tmp_path / "policies", policy)
    folder = Folder(tmp_path / "policies")
    engine = Engine(load_folder(folder))
    revisions = Revisions(settings(tmp_path).revisions)
    revisions.prepare()
    revisions.store(engine.revision, folder.contents)
    (revisions.root / "current").write_text(f'{{"revision": "{engine.revision}", "set_aside": "", "pinned": false}}')
    return engine


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(copy_migrated(tmp_path / "store.sqlite3"))
    yield opened
    opened.close()


def granted(store: Store, engine: Engine, host: str = "games.example", who: str = "group:year7") -> Dossier:
    asked = store.submit(engine, submission(refusal(host, url=f"http://{host}/page", scheme="http")), "a", NOW)
    say_yes(store, engine, asked.id, Chosen(who, "site", "today"))
    found = store.dossier(asked.id)
    assert found is not None
    return found


def test_edits_are_made_of_what_is_in_force(tmp_path: Path, store: Store) -> None:
    engine = in_force(tmp_path)
    given = PortalOutside(settings(tmp_path), lambda: engine, lambda: NOW)
    written = given.as_policy(granted(store, engine), "")
    assert written.told[0] == "The new rule from-r-1001 stands above rule games."
    assert "168 of the 168 hours" in written.told[1]
    assert b"from-r-1001" in written.whole
    kept = given.kept_until("games", date(2027, 9, 1))
    assert "+    review_by: 2027-09-01" in kept.patch
    report = Reported("chess.example", "fun", 2, NOW, NOW)
    correction = given.as_correction(report, "", "2 people told us.")
    assert "+  - {name: chess.example, never: [fun]" in correction.patch
    assert correction.told == ("school.yaml:64 says that it is in fun.",)


def test_what_cannot_be_written_says_why(tmp_path: Path, store: Store) -> None:
    engine = in_force(tmp_path)
    given = PortalOutside(settings(tmp_path), lambda: engine, lambda: NOW)
    with pytest.raises(CannotBeWrittenError, match="one device"):
        given.as_policy(granted(store, engine, who="device"), "")
    with pytest.raises(CannotBeWrittenError, match="no rule"):
        given.kept_until("nothing", date(2027, 9, 1))
    with pytest.raises(CannotBeWrittenError, match="Nothing says"):
        given.as_correction(Reported("a.example", "fun", 1, NOW, NOW), "", "")
    nothing = PortalOutside(settings(tmp_path / "elsewhere"), lambda: engine, lambda: NOW)
    with pytest.raises(CannotBeWrittenError, match="No policy"):
        nothing.kept_until("games", date(2027, 9, 1))


def lay(tmp_path: Path) -> None:
    lines = [replace(OTHER, host="cdn.example", page="games.example"), replace(OTHER, grant="one")]
    (tmp_path / "state" / "decisions-2026-11-23.jsonl").write_bytes(b"".join(one.line() for one in lines))


def test_the_log_tells_what_pages_asked_for_and_what_permits_are_used(tmp_path: Path, store: Store) -> None:
    engine = in_force(tmp_path)
    given = PortalOutside(settings(tmp_path), lambda: engine, lambda: NOW)
    asked = granted(store, engine).request
    assert given.logged(asked).hosts == ()
    lay(tmp_path)
    assert given.logged(asked).hosts == ("cdn.example",)
    waited = monotonic() + 20
    while (used := given.permits_used()) is None and monotonic() < waited:
        sleep(0.01)  # it is counted aside
    assert used == {"one": OTHER.at}
    nothing = PortalOutside(settings(tmp_path / "elsewhere"), lambda: engine, lambda: NOW)
    assert "cannot be read" in nothing.logged(asked).told


def test_a_browser_is_taken_out_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PAGE_BROWSER, "off")
    assert PortalOutside(settings(tmp_path), lambda: None, lambda: NOW).outside.opened is None


def test_a_page_that_cannot_be_opened_leaves_what_the_log_says(
    tmp_path: Path, store: Store, chromium: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PAGE_BROWSER, chromium)
    engine = in_force(tmp_path)
    lay(tmp_path)
    hosts = tmp_path / "hosts"
    hosts.write_text("10.0.0.1 games.example\n")  # private, so nothing connects to it
    given = PortalOutside(replace(settings(tmp_path), hosts=hosts), lambda: engine, lambda: datetime.now(UTC))
    opened = given.outside.opened
    assert opened is not None
    asked = granted(store, engine).request
    found = opened(asked)
    assert found.hosts == ("cdn.example",)
    assert "nobody may open" in found.told
    monkeypatch.setenv(PAGE_BROWSER, "false")
    given = PortalOutside(settings(tmp_path), lambda: engine, lambda: NOW)
    found = given.opened(asked)
    assert found.hosts == ("cdn.example",)
    assert found.told.startswith("The page was not opened: it does not answer")
