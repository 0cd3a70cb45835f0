"""A portal with a small school behind it, a clock that stands still, and people to use it."""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from saywhy.decide.engine import Engine
from saywhy.exceptions.store import Store
from saywhy.explain.reference import BadReferenceError, Reference, References
from saywhy.policy.reader import Reader
from saywhy.portal.app import create_app
from saywhy.portal.context import Noticed, PortalContext
from saywhy.portal.dossier.sources import NO_SOURCES, DossierSources
from saywhy.portal.outside import Outside
from tests.cheap_passwords import cheap_passwords
from tests.exceptions.conftest import NOW, WHY, school

PROOF = "the relay's own proof"
SECRET = b"0123456789abcdef0123456789abcdef"

ANSWERS = {
    "wants": "Play the opening that we learnt",
    "because": "Our chess club practises on this site",
    "work": "Year 7 chess club",
    "until": "2026-11-27",
}
PAGE_TODAY = {"who": "device", "what": "page", "until": "today"}  # one person may give it
SITE_TODAY = {**PAGE_TODAY, "what": "site"}  # it needs two
WHOLE = {"note": WHY, "agreement": WHY, "instead": "nothing"}  # what a form needs besides


def csrf(response: TestResponse) -> str:
    """The token that a page's forms carry."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', response.text)
    assert found is not None, response.text
    return found[1]


class Browser(FlaskClient):
    """A browser as people use it: forms to ask are opened on the device that was refused, and receipts lead to their page."""

    world: "World"

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        path = args[0] if args and isinstance(args[0], str) else ""
        if path.startswith("/ask/"):
            with suppress(BadReferenceError):
                device = self.world.references.read(path.split("?")[0].split("/")[2], self.world.now).device
                kwargs["environ_base"] = {"REMOTE_ADDR": device or "127.0.0.1", **kwargs.get("environ_base", {})}
        if path.startswith("/receipt/") and kwargs.get("method", "GET") == "GET":
            kwargs.setdefault("follow_redirects", True)
        return super().open(*args, **kwargs)


@dataclass
class World:
    """The portal, and what its pages are made from."""

    store: Store
    engine: Engine | None
    now: datetime = NOW
    noticed: list[Noticed] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)
    references: References = field(default_factory=lambda: References(SECRET))
    sources: DossierSources = NO_SOURCES
    limits: Path | None = None

    def __post_init__(self) -> None:
        self.context = PortalContext(
            engine=lambda: self.engine,
            store=self.store,
            references=self.references,
            secret=SECRET,
            now=lambda: self.now,
            relay_proof=PROOF,
            observe=self.noticed.append,
            dossier=self.sources,
            safe_address="https://why.school.internal",
            own_names=frozenset({"why.school.internal"}),
            limits=self.limits,
        )
        self.app: Flask = create_app(self.context)
        self.app.jinja_env.bytecode_cache = COMPILED
        self.app.test_client_class = Browser

    def client(self) -> FlaskClient:
        """A browser with its own cookies."""
        browser = self.app.test_client()
        browser.world = self  # type: ignore[attr-defined]
        return browser

    def give(self, outside: Outside) -> None:
        """What the portal has of other rooms from now on."""
        object.__setattr__(self.context, "outside", outside)

    def token(self, host: str = "games.example", path: str = "/chess", rule: str = "games", **facts: object) -> str:
        """A signed reference, as a block page carries it."""
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
            "revision": "1",
        }
        return self.references.sign(Reference(**{**known, **facts}))  # type: ignore[arg-type]

    def ask(self, client: FlaskClient | None = None, token: str | None = None, **answers: str) -> str:
        """Ask for a site; the receipt's path."""
        client = client or self.client()
        path = f"/ask/{token or self.token()}"
        form = client.get(path)
        sent = client.post(path, data={"news": "Something else", **ANSWERS, "csrf_token": csrf(form), **answers})
        assert sent.status_code == 303, sent.text
        return str(sent.headers["Location"])

    def walk(self, client: FlaskClient, token: str, answers: Mapping[str, str], to: str = "") -> TestResponse:
        """Go through the form a page at a time; the page of the step `to`, or what follows the last one."""
        page = client.get(f"/ask/{token}")
        for _ in range(12):
            at = re.search(r'action="(/ask/[^"]+)"[^>]*novalidate|action="(/ask/[^"]+/instead)"', page.text)
            assert at is not None, page.text
            action = (at[1] or at[2]).replace("&amp;", "&")
            step = action.rpartition("/")[2]
            if step == to or (action == f"/ask/{token}" and to == "check"):
                return page
            hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
            sent = client.post(action, data={**hidden, **({} if action == f"/ask/{token}" else answers)})
            if sent.status_code != 303 or "/receipt/" in sent.headers["Location"]:
                return sent
            page = client.get(sent.headers["Location"])
        raise AssertionError("the form has no end")

    def staff(self, name: str) -> FlaskClient:
        """A browser in which somebody has signed in."""
        client = self.client()
        form = client.get("/sign-in")
        data = {"name": name, "password": self.passwords[name], "csrf_token": csrf(form)}
        assert client.post("/sign-in", data=data).status_code == 303
        return client


def say_both(world: "World", number: int, **form: str) -> None:
    """A yes by IT, and by a second person."""
    say(world.staff("it"), number, "approve", **form)
    say(world.staff("both"), number, "sign-off")


def say(client: FlaskClient, number: int, answer: str, /, **form: str) -> TestResponse:
    """Send one of the forms of a request's page."""
    page = client.get(f"/requests/{number}")
    seen = re.search(r'name="round" value="(\d+)"', page.text)
    data = {**WHOLE, "round": "" if seen is None else seen[1], **form, "csrf_token": csrf(page)}
    return client.post(f"/requests/{number}/{answer}", data=data)


class Compiled(BytecodeCache):
    """Templates compiled once for the portals of all tests."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


@dataclass(frozen=True)
class NewStore:
    """A store with the first accounts, as a file to be copied, and their passwords: making one takes long."""

    path: Path
    passwords: Mapping[str, str]


@pytest.fixture(autouse=True)
def cheap() -> Iterator[None]:
    with cheap_passwords():
        yield


@pytest.fixture(scope="session")
@cheap_passwords()
def new_store(tmp_path_factory: pytest.TempPathFactory) -> NewStore:
    folder = tmp_path_factory.mktemp("new-store")
    engine = school(folder / "policies")
    store = Store(f"sqlite:///{folder / 'store.sqlite3'}")
    store.migrate()
    passwords = dict(
        store.accounts.ensure_first_accounts({role.id: role.title for role in engine.policy.roles.values()})
    )
    both = store.accounts.add_account("both", ["it", "safeguarding"])
    store.close()
    return NewStore(folder / "store.sqlite3", {**passwords, "both": both})


@pytest.fixture
def world(tmp_path: Path, new_store: NewStore) -> Iterator[World]:
    shutil.copyfile(new_store.path, tmp_path / "store.sqlite3")
    store = Store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    yield World(store, school(tmp_path / "policies"), passwords=dict(new_store.passwords))
    store.close()
