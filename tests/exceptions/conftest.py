"""A small school, a store on a real file, and the people in it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.request import Account, Refusal, Submission
from saywhy.exceptions.state import State
from saywhy.exceptions.store import Store
from saywhy.exceptions.tables import AccountRoleRow, AccountRow
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.reading.load import load_policy

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
    """What the policy of a text is compiled to."""
    folder.mkdir(exist_ok=True)
    (folder / "school.yaml").write_text(text, encoding="utf-8")
    return Engine(load_policy(folder))


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
) -> None:
    """A yes by all who have to agree: a second person, who holds every role, where one is needed."""
    second = Account("second", frozenset(engine.policy.roles))
    hire(store, first, second)
    if store.approve(request, engine, first, chosen, WHY, at).state is State.AWAITING_SIGN_OFF:
        store.sign_off(request, engine, second, WHY, at)


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


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.sqlite3'}"


@pytest.fixture
def reported() -> list[str]:
    return []


@pytest.fixture
def new_store(url: str, reported: list[str]) -> Iterator[Store]:
    """A store that nobody has an account in."""
    opened = Store(url, report=reported.append)
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def store(new_store: Store) -> Store:
    hire(new_store, *PEOPLE)
    return new_store
