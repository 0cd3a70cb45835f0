"""Every tool answers what the running filter does: each tool in each situation, held to the answer on the wire."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from saywhy.cli.main import app
from saywhy.decide.access import subject_at
from saywhy.decide.engine import Engine
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.request import Refusal, Submission
from saywhy.exceptions.store import Store
from saywhy.policy.reading.load import load_policy
from saywhy.serve.database_url import database_in
from tests.exceptions.conftest import say_yes
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import NAMES, POLICY, FilterProcess, read_all
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get

ADDED = """
  - id: bets
    block: {categories: [betting]}
    why: {risk: Betting takes your money.}
    instead: [watch]
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
categories:
  betting: {label: Betting, domains: [nothing.test]}
corrections:
  - {name: theatre.listed.test, never: [betting], because: It is a theatre., on: 2026-09-03}
carriers:
  reader: {domains: [reader.test], addresses: ["/read?page={address}"]}
"""
ALSO_NAMED = ("listed.test", "theatre.listed.test", "pages.test", "quiet.test", "reader.test", "permitted.test")
HOSTS = "".join(f"127.0.0.1 {name}\n" for name in (*NAMES, *ALSO_NAMED))


@dataclass(frozen=True)
class Situation:
    """An address, and the rule that closes it (None: it is open). `kind` is what a look-up says of it."""

    address: str
    rule: str | None
    kind: str = ""
    alone: str | None = None  # the rule that closes it without permits, where there is one

    @property
    def by_policy(self) -> str | None:
        return self.rule or self.alone


SITUATIONS = {
    "own names": Situation("http://blocked.test:PORT/x", "blocked", "app blocked"),
    "own names, open": Situation("http://good.test:PORT/x", None),
    "imported list": Situation("http://www.listed.test:PORT/any", "bets", "category betting"),
    "URL list": Situation("http://pages.test:PORT/bets/tonight", "bets", "category betting"),
    "URL list, beside it": Situation("http://pages.test:PORT/other", None),
    "sealed list": Situation("http://quiet.test:PORT/secret", "sealed-list", "category sealed-list"),
    "sealed list, beside it": Situation("http://quiet.test:PORT/other", None),
    "correction": Situation("http://theatre.listed.test:PORT/x", None),
    "permit": Situation("http://permitted.test:PORT/x", None, "category betting", alone="bets"),
    "carrier": Situation("http://reader.test:PORT/read?page=http%3A%2F%2Fblocked.test%2F", "blocked"),
    "carrier of what a list names": Situation("http://reader.test:PORT/read?page=listed.test", "bets"),
    "relayed": Situation("https://fine.test:PORT/x", None),
}
every_situation = pytest.mark.parametrize("named", SITUATIONS)


def saywhy(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], prog_name="saywhy")


@pytest.fixture(scope="module")
def filtering(
    shared_origin: Origin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FilterProcess]:
    """A filter with all that can decide: own names, lists of names and pages, a sealed list, a permit."""
    process = FilterProcess(
        tmp_path_factory.mktemp("tools"),
        shared_origin.port,
        test_authority.path,
        policy=POLICY.rstrip() + ADDED,
        hosts=HOSTS,
    )
    process.write_policy(process.policy)
    for file, text in (("domains", "listed.test\npermitted.test\n"), ("urls", "pages.test/bets\n")):
        (process.folder / "bets").mkdir(exist_ok=True)
        (process.folder / "bets" / file).write_text(text)
    secret = process.folder / "secret.txt"
    secret.write_text(f"http://quiet.test:{shared_origin.port}/secret\n")
    for arguments in (
        (
            "add",
            "bets",
            process.folder / "bets",
            "--category",
            "betting",
            "--lists",
            process.state / "lists",
            "--policies",
            process.policies,
        ),
        ("seal", "iwf", secret, "--kind", "urls", "--state", process.state),
    ):
        done = saywhy("lists", *arguments)
        assert done.exit_code == 0, done.stderr
    process.start()
    permit(process)
    process.wait_for(lambda: answered(process, SITUATIONS["permit"]) == 200, "the permit to be taken")
    yield process
    process.stop()


def permit(process: FilterProcess) -> None:
    """What the portal does when the form was filled in and IT said yes."""
    from saywhy.serve.basis import open_lists

    engine = Engine(load_policy(process.policies), open_lists(process.state / "lists"))
    now = datetime.now(UTC)
    refusal = Refusal(
        code="K7-42QX-9M", host="permitted.test", url=f"http://permitted.test:{process.origin_port}/", scheme="http",
        rule="bets", reason="rule", groups=subject_at(engine, ip_address("127.0.0.1")).named_groups, place=None,
        device="127.0.0.1", reader=subject_at(engine, ip_address("127.0.0.1")).reader, at=now, revision=engine.revision,
    )  # fmt: skip
    made = Submission("Count odds", "Mathematics", "Year 9", date(2100, 1, 1), refusal)
    with closing(Store(database_in(process.state))) as store:
        asked = store.submit(engine, made, "form", now)
        chosen = Chosen(who="device", what="site", until="today")
        say_yes(store, engine, asked.id, chosen, now)


def address_of(process: FilterProcess, situation: Situation) -> str:
    return situation.address.replace("PORT", str(process.origin_port))


def page_of(process: FilterProcess, situation: Situation) -> bytes:
    """The answer on the wire."""
    address = address_of(process, situation)
    host = address.split("/")[2]
    if address.startswith("https:"):
        with process.tunnel(host.partition(":")[0]) as connection:
            connection.sendall(get(host, "/" + address.split("/", 3)[3]))
            return read_all(connection)
    with process.connect() as connection:
        connection.sendall(get(host, address))
        return read_all(connection)


def answered(process: FilterProcess, situation: Situation) -> int:
    return int(page_of(process, situation).split(b" ")[1])


@every_situation
def test_the_wire(filtering: FilterProcess, named: str) -> None:
    assert answered(filtering, SITUATIONS[named]) == (403 if SITUATIONS[named].rule else 200)


@every_situation
@pytest.mark.parametrize("options", ["in force", "folder"])
def test_explain(filtering: FilterProcess, named: str, options: str) -> None:
    situation = SITUATIONS[named]
    told = explained(filtering, situation, options)
    assert (told["effect"], told["rule"] if told["effect"] == "block" else None) == (
        "block" if situation.rule else "allow",
        situation.rule,
    )
    assert (told["reason"] == "grant") is (named == "permit")
    if named == "relayed":
        connection = told["connection"]
        assert isinstance(connection, dict)
        assert connection["way"] == "relay"
    assert str(told["from"]).startswith("the running filter, revision " if options == "in force" else "the folder ")
    assert ", lists of " in str(told["from"])


def explained(filtering: FilterProcess, situation: Situation, options: str) -> dict[str, object]:
    named = ("--policies", filtering.policies) if options == "folder" else ()
    done = saywhy(
        "explain", address_of(filtering, situation), "--as", "127.0.0.1", "--state", filtering.state, *named, "--json"
    )
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@every_situation
def test_page(filtering: FilterProcess, named: str) -> None:
    situation = SITUATIONS[named]
    done = saywhy("page", address_of(filtering, situation), "--as", "127.0.0.1", "--state", filtering.state)
    assert done.exit_code == (0 if situation.rule else 1), done.stderr
    if situation.rule:
        served = page_of(filtering, situation).decode()
        reason = re.search(r"<h1[^>]*>(.*?)</h1>", served, re.DOTALL)
        assert reason is not None
        assert reason[0] in done.stdout


@every_situation
def test_explain_by_the_reference_on_the_page(filtering: FilterProcess, named: str) -> None:
    situation = SITUATIONS[named]
    if not situation.rule:
        return  # no page, no reference
    code = re.search(rb"\b[0-9A-Z]{2}-[0-9A-Z]{4}-[0-9A-Z]{2}\b", page_of(filtering, situation))
    assert code is not None
    filtering.wait_for(lambda: code[0].decode() in filtering.decisions, "the line in the log", 5)
    done = saywhy("explain", "--ref", code[0].decode(), "--state", filtering.state, "--json")
    if named == "sealed list":
        assert "no log holds the address" in done.stderr
        return
    told = json.loads(done.stdout)
    if named.startswith("carrier"):  # the log keeps no query, in which the address that decided stood
        assert told["differs"] is None
    else:
        assert (told["differs"], told["then"]["effect"]) == (False, told["effect"])
    assert told["same_revision"] is True


@every_situation
def test_lookup(filtering: FilterProcess, named: str) -> None:
    situation = SITUATIONS[named]
    if named.startswith("carrier"):
        return  # what a look-up says is what the carrier is
    told = json.loads(saywhy("lookup", address_of(filtering, situation), "--state", filtering.state, "--json").stdout)
    found = {f"category {one}" for one in told["categories"]} | {f"app {one}" for one in told["apps"]}
    assert found == ({situation.kind} if situation.kind else set())


@every_situation
def test_policy_tests(filtering: FilterProcess, named: str, tmp_path: Path) -> None:
    situation = SITUATIONS[named]
    folder = policy_beside(filtering, tmp_path)
    (folder / "tests").mkdir()
    expected = f"{{effect: block, rule: {situation.by_policy}}}" if situation.by_policy else "allow"
    test = f'{{name: it, who: 127.0.0.1, open: "{address_of(filtering, situation)}", expect: {expected}}}'
    (folder / "tests" / "all.yaml").write_text(f"tests:\n  - {test}\n")
    done = saywhy("test", folder, "--state", filtering.state)
    if named == "sealed list":
        assert "no rule 'sealed-list'" in done.stdout or done.exit_code == 0  # a name that no policy has
    else:
        assert done.exit_code == 0, done.stdout


def policy_beside(filtering: FilterProcess, folder: Path, *without: str) -> Path:
    """A copy of the policy, without some of its rules."""
    made = folder / f"policies{len(without)}"
    made.mkdir()
    text = (filtering.policies / "school.yaml").read_text()
    for rule in without:
        text = re.sub(rf"  - id: {rule}\n(    .*\n)+", "", text)
    (made / "school.yaml").write_text(text)
    return made


@every_situation
def test_diff(filtering: FilterProcess, named: str, tmp_path: Path) -> None:
    situation = SITUATIONS[named]
    rule = situation.by_policy
    if rule in (None, "sealed-list"):
        return  # no rule of the policy closes it
    old, new = policy_beside(filtering, tmp_path), policy_beside(filtering, tmp_path, str(rule))
    told = json.loads(saywhy("diff", old, new, "--state", filtering.state, "--format", "json").stdout)
    (opened,) = [one for one in told["changes"] if one["kind"] == "newly-opened"]
    assert opened["decisions"] > 0


@every_situation
def test_diff_of_the_log(filtering: FilterProcess, named: str, tmp_path: Path) -> None:
    situation = SITUATIONS[named]
    before = len(filtering.decisions.splitlines())
    page_of(filtering, situation)
    filtering.wait_for(lambda: len(filtering.decisions.splitlines()) > before, "the line in the log", 5)
    line = filtering.decisions.splitlines()[-1]
    log = tmp_path / "log.jsonl"
    log.write_text(f"{line}\n")
    rule = situation.by_policy if situation.by_policy != "sealed-list" else None
    old, new = policy_beside(filtering, tmp_path), policy_beside(filtering, tmp_path, *([rule] if rule else ["floor"]))
    told = json.loads(saywhy("diff", old, new, "--log", log, "--state", filtering.state, "--format", "json").stdout)
    assert told["unreadable"]["lines"] == 0
    assert told["withheld"] == (named == "sealed list")
    assert told["by_name"] == (named == "relayed")
    opened = [one["kind"] for one in told["changes"]]
    if named.startswith("carrier"):
        assert opened == []  # the log keeps no query, and the address inside stood there
    else:
        assert opened == (["newly-opened"] if rule else [])
    back = json.loads(saywhy("diff", new, old, "--log", log, "--state", filtering.state, "--format", "json").stdout)
    closed = {one["kind"]: one["decisions"] for one in back["changes"]}
    assert closed == ({"newly-blocked": 1} if rule and not named.startswith("carrier") else {})


def test_categories_and_check_know_the_lists(filtering: FilterProcess) -> None:
    told = json.loads(saywhy("categories", "betting", "--state", filtering.state, "--json").stdout)
    assert told["lists"][0]["list"] == "bets"
    done = saywhy("check", filtering.policies, "--state", filtering.state)
    assert "school.yaml" in done.stdout


def test_lists_that_are_not_there_are_an_error(filtering: FilterProcess, tmp_path: Path) -> None:
    for command in (
        ("explain", "http://a.test/", "--as", "year9"),
        ("lookup", "a.test"),
        ("check", filtering.policies),
    ):
        done = saywhy(*command, "--lists", tmp_path / "none")
        assert done.exit_code == 2
        assert "there is no folder" in done.stderr
