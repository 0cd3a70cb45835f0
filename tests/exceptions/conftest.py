"""A small school, a store on a real file, and the people in it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import create_engine

from saywhy.decide.engine import Engine
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.request import Account, Refusal, Submission
from saywhy.exceptions.state import State
from saywhy.exceptions.store import Store
from saywhy.exceptions.tables import AccountRoleRow, AccountRow
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.reading.load import load_policy
from tests.exceptions.lent_databases import LentDatabases
from tests.exceptions.postgresql_server import Server, postgresql_server
from tests.migrated_store import copy_migrated

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday
IT = Account("it", frozenset({"it"}))
LEAD = Account("lead", frozenset({"safeguarding"}))
BOTH = Account("both", frozenset({"it", "safeguarding"}))
OTHER_BOTH = Account("other", frozenset({"it", "safeguarding"}))
TEACHER = Account("teacher", frozenset({"teaching"}))
PEOPLE = (IT, LEAD, BOTH, OTHER_BOTH, TEACHER)
THIS_SITE_TODAY = Chosen(who="device", what="site", until="today")
THIS_PAGE_TODAY = Chosen(who="device", what="page", until="today")  # which one person may give
WHY = "The lesson is about this."
GRANTS_CAN_CHANGE = {  # what somebody could do who owns the database
    "sqlite": "DROP TRIGGER grants_only_end",
    "postgresql": "DROP TRIGGER grants_only_end ON grants",
}

_COMPILED: dict[str, Engine] = {}

sqlite_only = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

SCHOOL = """
school: {name: Hillside School, timezone: Europe/London}
roles: {it: IT support, safeguarding: Safeguarding lead, teaching: Head of teaching}
groups:
  students: {label: Students}
  year7: {label: Year 7, reader: secondary, within: [students]}
places:
  - {network: 10.30.7.0/24, groups: [year7, students], name: Year 7 classrooms}
default: allow
apps:
  tiktok: {label: TikTok, domains: [tiktok.example]}
rules:
  - id: floor
    block: {domains: [floor.example]}
    why: It is not safe.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-03-01
    owner: safeguarding
    locked: true
  - id: games
    block: {domains: [games.example]}
    why: {risk: Games take time from lessons., would_change: A club that needs one may ask.}
    decided: {by: Senior leadership team and IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
  - id: tiktok
    block: {apps: [tiktok]}
    why: It keeps notes about you.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
    ask: {decides: [it], offer: [this-lesson, this-page, this-app]}
  - id: chat
    block: {domains: [chat.example]}
    why: Strangers can write to you.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
    ask: {decides: [it], signs_off: [safeguarding]}
  - id: betting
    block: {domains: [bets.example]}
    why: Betting is for adults.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
    ask: nobody
  - id: care
    block: {domains: [hurt.example]}
    why: You matter to us.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-03-01
    owner: safeguarding
    help: [{name: Mrs Patel, contact: Room 12, url: "https://help.example/"}]
    locked: true
  - id: videos
    block: {urls: ["films.example/watch?v=bad"]}
    why: This film is not for you.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""


def school(folder: Path, text: str = SCHOOL) -> Engine:
    """What the policy of a text is compiled to: once, where nothing else lies in its folder."""
    folder.mkdir(exist_ok=True)
    (folder / "school.yaml").write_text(text, encoding="utf-8")
    if len(list(folder.iterdir())) > 1:
        return Engine(load_policy(folder))
    if text not in _COMPILED:
        _COMPILED[text] = Engine(load_policy(folder))
    return _COMPILED[text]


def hire(store: Store, *people: Account) -> None:
    """Accounts without a password, for those who answer; none that is there already."""
    there = {one.name for one in store.accounts.every_account()}
    with store._database.writing() as session:
        for one in people:
            if one.name not in there:
                session.add(AccountRow(name=one.name, password="none"))
                session.flush()
                session.add_all(AccountRoleRow(account=one.name, role=role) for role in one.roles)


def say_yes(  # one answer, all of its parts
    store: Store,
    engine: Engine,
    request: int,
    chosen: Chosen = THIS_SITE_TODAY,
    at: datetime = NOW,
    first: Account = IT,
    note: str = WHY,
) -> None:
    """A yes by all who have to agree: a second person, who holds every role, where one is needed."""
    second = Account("second", frozenset(engine.policy.roles))
    hire(store, first, second)
    if store.approve(request, engine, first, chosen, note, at).state is State.AWAITING_SIGN_OFF:
        store.sign_off(request, engine, second, note, at)


def refusal(host: str = "games.example", path: str = "/", rule: str = "games", **facts: object) -> Refusal:
    """A refusal of this page to a device in Year 7."""
    known: dict[str, object] = {
        "code": "K7-42QX-9M",
        "host": host,
        "url": f"https://{host}{path}",
        "scheme": "https",
        "rule": rule,
        "reason": "rule",
        "groups": ("year7", "students"),
        "place": "Year 7 classrooms",
        "device": "10.30.7.21",
        "reader": Reader.SECONDARY,
        "at": NOW,
        "revision": "an older one",
    }
    return Refusal(**{**known, **facts})  # type: ignore[arg-type]


def submission(refused: Refusal | None = None, asked_by: str = "") -> Submission:
    """A form that was filled in."""
    return Submission(
        "Play chess", "Chess club", "Year 7 chess club", date(2026, 11, 27), refused or refusal(), asked_by
    )


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return school(tmp_path / "policies")


@pytest.fixture
def policy(engine: Engine) -> Policy:
    return engine.policy


def change(url: str, *statements: str) -> None:
    """Do this to the database by hand, as somebody who is past the program would."""
    opened = create_engine(url)
    with opened.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    opened.dispose()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One PostgreSQL for all tests of a session."""
    # not in pytest's own folder, which each session that begins closes to other users again
    with TemporaryDirectory(prefix="saywhy-postgresql-") as folder, postgresql_server(Path(folder)) as running:
        yield running


@pytest.fixture(scope="session")
def databases(server: Server) -> Iterator[LentDatabases]:
    """Its databases with the tables."""
    lent = LentDatabases(server)
    yield lent
    lent.close()


@pytest.fixture
def postgresql_url(databases: LentDatabases) -> Iterator[str]:
    """A PostgreSQL database with the tables, for this test alone."""
    lent = databases.lend()
    yield lent.url
    databases.take_back(lent)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the store is, with its tables: each test that asks for it runs on both."""
    if request.param == "postgresql":
        made: str = request.getfixturevalue("postgresql_url")
        return made
    return copy_migrated(tmp_path / "store.sqlite3")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where the store will be; no table is there yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.sqlite3'}"
        return
    running: Server = request.getfixturevalue("server")
    made = running.empty()
    yield made
    running.drop(made)


@pytest.fixture
def reported() -> list[str]:
    return []


@pytest.fixture
def new_store(url: str, reported: list[str]) -> Iterator[Store]:
    """A store that nobody has an account in."""
    opened = Store(url, report=reported.append)
    yield opened
    opened.close()


@pytest.fixture
def store(new_store: Store) -> Store:
    hire(new_store, *PEOPLE)
    return new_store
