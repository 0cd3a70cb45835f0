"""What rules can be about and what an allow can carry: what each kind says of itself, and that a new file is a new kind."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.policy import criteria, obligations
from saywhy.policy.address import canonical_url, suffixes
from saywhy.policy.catalogue import NOTHING, Membership
from saywhy.policy.criterion import EVERYTHING, About, Criteria, Key, Piece
from saywhy.policy.obligation import NO_OBLIGATIONS, Obligation
from saywhy.policy.obligations.inspect import INSPECT
from saywhy.policy.pattern import parse_pattern

SHOP = parse_pattern("www.example.org/shop/*")
WHOLE = Criteria(categories=("games", "chat"), apps=("tiktok",), domains=("a.example",), urls=(SHOP,))


@pytest.mark.parametrize(
    ("about", "pieces", "told"),
    [
        (Criteria(everything=True), [EVERYTHING], ["everything"]),
        (Criteria(categories=("games",)), [("category", "games")], ["category games"]),
        (Criteria(apps=("tiktok",)), [("app", "tiktok")], ["app tiktok"]),
        (Criteria(domains=("a.example",)), [("host", "a.example")], ["a.example"]),
        (Criteria(urls=(SHOP,)), [SHOP], ["www.example.org/shop/*"]),
        (
            WHOLE,
            [("app", "tiktok"), ("category", "games"), ("category", "chat"), ("host", "a.example"), SHOP],
            ["app tiktok", "category games", "category chat", "a.example", "www.example.org/shop/*"],
        ),
        (Criteria(), [], []),
    ],
)
def test_what_a_rule_is_filed_under_and_how_it_is_told(about: Criteria, pieces: list[Piece], told: list[str]) -> None:
    assert list(criteria.pieces_of(about)) == pieces
    assert criteria.told(about) == told


def test_criteria_are_the_same_in_whatever_order_they_are_written() -> None:
    again = Criteria(urls=[SHOP], domains=["a.example"], apps=["tiktok"], categories=["games", "chat"])
    assert again == WHOLE
    assert hash(again) == hash(WHOLE)
    assert Criteria(apps=("tiktok",), categories=()) == Criteria(apps=("tiktok",))
    assert Criteria(categories=("games", "chat")) != Criteria(categories=("chat", "games"))


def test_entries_are_had_by_key() -> None:
    assert {key: WHOLE.of(key) for key in criteria.kinds()} == {
        "apps": WHOLE.apps,
        "categories": WHOLE.categories,
        "domains": WHOLE.domains,
        "urls": WHOLE.urls,
    }
    assert WHOLE.of("another") == ()


ABOUT = About(
    tuple(suffixes("www.example.org")),
    Membership(frozenset({"games"}), frozenset({"tiktok"}), frozenset({"chat"}), frozenset({"shorts"})),
)


def test_a_target_has_its_names_and_what_it_belongs_to_for_certain() -> None:
    names = {("host", "www.example.org"), ("host", "example.org"), ("host", "org")}
    for about in (ABOUT, About(ABOUT.names, ABOUT.membership, canonical_url("https://www.example.org/shop/1"))):
        assert set(criteria.keys_of(about)) == {*names, ("category", "games"), ("app", "tiktok")}


def test_a_host_may_have_what_only_a_path_could_tell() -> None:
    assert set(criteria.possible_keys_of(ABOUT)) == {("category", "chat"), ("app", "shorts")}
    assert set(criteria.possible_keys_of(About(ABOUT.names, NOTHING))) == set()


def test_none_of_them_has_to_see_the_whole_url() -> None:
    assert not criteria.sees_url(WHOLE)
    about = About(ABOUT.names, ABOUT.membership, canonical_url("https://www.example.org/"))
    assert list(criteria.url_keys_of(about)) == []


labels = st.lists(st.from_regex("[a-z]{1,4}", fullmatch=True), min_size=1, max_size=4).map(".".join)


@given(labels, st.sets(labels, max_size=4))
def test_a_listed_name_matches_exactly_what_lies_below_it(host: str, written: set[str]) -> None:
    keys: set[Piece | Key] = set(criteria.keys_of(About(tuple(suffixes(host)), NOTHING)))
    matched = not keys.isdisjoint(criteria.pieces_of(Criteria(domains=tuple(written))))
    assert matched == any(host == one or host.endswith(f".{one}") for one in written)


@pytest.mark.parametrize(("room", "name"), [(criteria, "CRITERION"), (obligations, "OBLIGATION")])
def test_a_file_has_one_kind_and_is_called_as_it_is_written(room: object, name: str) -> None:
    package = room.__name__  # type: ignore[attr-defined]
    files = sorted(one.stem for one in Path(room.__file__).parent.glob("*.py") if one.stem != "__init__")  # type: ignore[attr-defined]
    assert list(room.kinds()) == files  # type: ignore[attr-defined]
    for file in files:
        module = import_module(f"{package}.{file}")
        kind = getattr(module, name)
        classes = [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__]
        assert classes == [type(kind)]
        assert (kind.key, kind.description[-1]) == (file, ".")


def test_an_obligation_is_told_by_its_key_and_what_is_left_out_as_that() -> None:
    assert obligations.told("inspect", frozenset({INSPECT})) == "true"
    assert obligations.told("inspect", NO_OBLIGATIONS) == "false"
    assert obligations.told("inspect", frozenset({Obligation("another", 1)})) == "false"
    assert INSPECT.inside


SCHEMES = '''
"""`schemes`: what stands before ://."""
from saywhy.policy.criterion import Criterion
from saywhy.policy.fields import Text

class Schemes(Criterion):
    key = "schemes"
    annotation = list[Text]
    description = "Schemes, like http."
    example = "[http]"
    by_url = True

    def pieces(self, written):
        return (("scheme", one) for one in written)

    def keys(self, about):
        return [("scheme", about.url.scheme)]

    def told(self, one):
        return f"scheme {one}"

CRITERION = Schemes()
'''
NOTED = '''
"""`noted`: a word about what passes."""
from saywhy.policy.fields import Text
from saywhy.policy.obligation import Obligation, ObligationKind

class Noted(ObligationKind):
    key = "noted"
    annotation = Text
    left_out = ""
    description = "A word about what passes."
    example = "often"
    not_for_block = "there is nothing to note"

    def read(self, written):
        return Obligation("noted", written) if written else None

    def told(self, obligation):
        return str(obligation.value)

OBLIGATION = Noted()
'''
TRY = """
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from saywhy.policy import criteria, obligations

folder = Path(sys.argv[1])
criteria.__path__.append(str(folder / "criteria"))
obligations.__path__.append(str(folder / "obligations"))

from saywhy.decide.access import Access, Subject, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.decide.inspection import way_of
from saywhy.decide.matching import facts_of, mismatch
from saywhy.decide.trace import trace
from saywhy.exceptions.reach import reached
from saywhy.policy.grant import GrantTarget
from saywhy.policy.problem import PolicyError
from saywhy.policy.reading.json_schema import json_schema_of
from saywhy.policy.reading.load import load_policy
from saywhy.policy.reading.schema import FilePart
from saywhy.rehearse.check import check_policy
from saywhy.rehearse.diff_rules import edits

school = folder / "school"
engine = Engine(load_policy(school))
now = datetime(2026, 11, 23, 10, tzinfo=UTC)
told = {}


def ask(target):
    access = Access(Subject(), target, now)
    decision = decide(engine, NO_GRANTS, access)
    rules = [one for one in engine.policy.rules if mismatch(engine, one, access, facts_of(engine, access)) is None]
    return {
        "rule": decision.rule.id,
        "law": rules[0].id if rules else "default",
        "needs_url": decision.needs_url,
        "way": way_of(decision).value,
        "obligations": sorted(f"{one.kind} {one.value}" for one in decision.obligations),
        "trace": [f"{step.rule.id} {step.mismatch.value}" for step in trace(engine, access, decision)],
    }


told["http"] = ask(target_of_url("http://a.example/"))
told["https"] = ask(target_of_url("https://a.example/"))
told["host"] = ask(target_of_host("a.example"))
written = engine.policy.rules[0]
told["reached"] = [one.id for one in reached(engine, written, GrantTarget(site="a.example"), ()).opens]
changed = replace(engine.policy, rules=(written, replace(engine.policy.rules[1], obligations=frozenset()), engine.policy.rules[2]))
told["edits"] = [one.sentence for one in edits(changed, engine.policy)]
told["words"] = criteria.told(written.criteria)
definitions = json_schema_of(FilePart, "A file")["$defs"]
told["schema"] = [
    next(part for part in definitions.values() if "domains" in part["properties"] and "schemes" in part["properties"])["properties"]["schemes"]["description"],
    definitions["RulePart"]["properties"]["noted"]["description"],
]
told["checked"] = [one.what for one in check_policy(school, now).problems if one.what.startswith("rule 'again'")]
(school / "school.yaml").write_text((school / "school.yaml").read_text().replace("owner: it\\n  - id: noted", "owner: it\\n    noted: x\\n  - id: noted"))
try:
    load_policy(school)
except PolicyError as error:
    told["problems"] = [one.what for one in error.problems]
print(json.dumps(told))
"""
SCHOOL = """
school: {name: Hillside School, timezone: Europe/London}
roles: {it: IT support}
groups: {students: {}}
default: allow
rules:
  - id: plain
    block: {schemes: [http]}
    why: Others on the way can read it.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
  - id: noted
    allow: {domains: [a.example]}
    noted: often
  - id: again
    block: {schemes: [http]}
    why: Others on the way can read it.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a process says that finds a criterion and an obligation more."""
    folder = tmp_path_factory.mktemp("kinds")
    for name, text in {
        "criteria/schemes.py": SCHEMES,
        "obligations/noted.py": NOTED,
        "school/school.yaml": SCHOOL,
    }.items():
        (folder / name).parent.mkdir()
        (folder / name).write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(Path(criteria.__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, "-c", TRY, folder], capture_output=True, text=True, check=False, timeout=60, env=environment
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


class TestANewFile:
    """Nothing else is written for it, anywhere."""

    def test_is_decided_by_and_by_the_law_alike(self, told: dict[str, dict[str, object]]) -> None:
        assert [(told[one]["rule"], told[one]["law"]) for one in ("http", "https")] == [
            ("plain", "plain"),
            ("noted", "noted"),
        ]
        assert told["https"]["needs_url"] is False

    def test_that_has_to_see_the_url_leaves_a_host_open(self, told: dict[str, dict[str, object]]) -> None:
        assert (told["host"]["rule"], told["host"]["needs_url"], told["host"]["way"]) == ("noted", True, "inspect")
        assert told["host"]["trace"] == ["plain needs-url"]
        assert told["https"]["trace"] == ["plain target"]

    def test_is_carried_by_what_it_allows(self, told: dict[str, dict[str, object]]) -> None:
        assert told["https"]["obligations"] == ["noted often"]
        assert told["http"]["obligations"] == []

    def test_is_weighed_with_a_permit_for_a_site(self, told: dict[str, object]) -> None:
        assert told["reached"] == ["plain"]

    def test_is_told_in_words_and_in_differences(self, told: dict[str, object]) -> None:
        assert told["words"] == ["scheme http"]
        assert told["edits"] == ["Rule noted: `noted` was nothing, is often."]

    def test_is_in_the_schema_and_in_what_is_checked(self, told: dict[str, object]) -> None:
        assert told["schema"] == ["Schemes, like http.", "A word about what passes."]
        assert told["checked"] == ["rule 'again' can never decide, because rule 'plain' (line 7) always does"]
        assert told["problems"] == ["rule 'plain' blocks, so there is nothing to note"]
