"""A policy, lists and sealed lists, compiled: what is written stays as it is, and what was compiled never changes."""

from dataclasses import FrozenInstanceError, replace
from ipaddress import ip_address

import pytest

from saywhy.decide.access import Access, Subject, Target, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.lists.index import ListIndex
from saywhy.lists.sealed import Sealed, marks_of
from saywhy.policy.catalogue import SEALED
from saywhy.policy.inspection import Inspection, Sites, View
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.rule import Effect
from saywhy.policy.school import Place
from tests.decide.conftest import MONDAY_TEN, engine, lists_of, policy, rule

KEY = b"k" * 32
WRITTEN = policy([rule("games", categories=("games",)), rule("bets", categories=("gambling",))])


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> ListIndex:
    parts = {("games", "domains"): "chess.test\n", ("gambling", "domains"): "bet.test\n"}
    return lists_of(tmp_path_factory.mktemp("lists"), parts)


@pytest.fixture(scope="module")
def sealed() -> Sealed:
    marks, _, _ = marks_of("urls", ["http://bad.test/page"], KEY, b"salt")
    return Sealed(KEY, b"salt", frozenset(marks))


def decided(by: Engine, target: Target) -> Decision:
    return decide(by, NO_GRANTS, Access(Subject(), target, MONDAY_TEN))


class TestWhatItIsMadeFrom:
    def test_a_policy_alone_is_what_was_written(self) -> None:
        made = Engine(WRITTEN)
        assert made.policy is made.written is WRITTEN
        assert (made.lists, made.sealed, made.revision) == (None, None, WRITTEN.revision)

    def test_what_was_given_is_kept_beside_what_was_joined(self, lists: ListIndex, sealed: Sealed) -> None:
        made = Engine(WRITTEN, lists, sealed)
        assert (made.written, made.lists, made.sealed) == (WRITTEN, lists, sealed)
        assert made.revision == WRITTEN.revision
        assert Engine(made.written, made.lists, made.sealed).policy == made.policy

    def test_the_schools_label_stays_and_what_only_a_list_names_gets_a_plain_one(self, lists: ListIndex) -> None:
        catalogue = Engine(WRITTEN, lists).policy.catalogue
        assert {one: catalogue.categories[one].label for one in ("games", "gambling")} == {
            "games": WRITTEN.catalogue.categories["games"].label,
            "gambling": "Gambling",
        }
        assert "gambling" not in WRITTEN.catalogue.categories

    def test_with_sealed_lists_there_is_one_rule_more_which_the_school_did_not_write(self, sealed: Sealed) -> None:
        made = Engine(WRITTEN, None, sealed)
        last = made.policy.rules[-1]
        assert made.policy.rules[:-1] == made.written.rules
        assert (last.id, last.number, last.locked, last.effect) == (SEALED, 3, True, Effect.BLOCK)
        assert made.rule_by_id.get(SEALED) is last
        assert Engine(WRITTEN).rule_by_id.get(SEALED) is None

    def test_lists_and_the_policys_own_names_count_alike(self, lists: ListIndex, sealed: Sealed) -> None:
        made = Engine(WRITTEN, lists, sealed)
        asked = ("https://play.example/", "https://chess.test/", "https://bet.test/", "https://bad.test/page")
        assert [(one := decided(made, target_of_url(url)).rule) and one.id for url in asked] == [
            "games",
            "games",
            "bets",
            SEALED,
        ]
        assert decided(Engine(WRITTEN), target_of_url("https://bet.test/")).allowed


def test_a_rule_is_found_by_its_id_and_the_default_is_one() -> None:
    made = Engine(WRITTEN)
    assert [made.rule_by_id.get(one) for one in ("games", "bets", "default", "nothing")] == [
        *WRITTEN.rules,
        WRITTEN.default,
        None,
    ]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("10.30.9.5", "year 9 rooms"),  # the narrowest of those that hold it
        ("10.30.1.5", "everywhere else"),
        ("192.0.2.1", None),
        ("fd00::1", None),
        ("::ffff:10.30.9.5", None),  # another kind of address, although it means the same device
    ],
)
def test_the_narrowest_place_holds_an_address(address: str, place: str | None) -> None:
    found = Engine(WRITTEN).place_of(ip_address(address))
    assert (None if found is None else found.name) == place


def test_the_order_in_which_places_are_written_does_not_matter() -> None:
    turned = replace(WRITTEN, places=WRITTEN.places[::-1])
    found = Engine(turned).place_of(ip_address("10.30.9.5"))
    assert isinstance(found, Place)
    assert found.name == "year 9 rooms"


class TestWhatMayBeSeen:
    SCHOOL = engine(
        [rule("shorts", urls=(parse_pattern("paths.example/shorts"),))],
        inspection=Inspection(Sites(domains=frozenset({"bank.example"})), Sites(domains=frozenset({"seen.example"}))),
    )

    @pytest.mark.parametrize(
        ("host", "view"),
        [("www.bank.example", View.NEVER), ("seen.example", View.ALWAYS), ("paths.example", View.OPEN)],
    )
    def test_of_a_host(self, host: str, view: View) -> None:
        assert self.SCHOOL.view(host) is view

    @pytest.mark.parametrize(
        ("host", "depends"), [("www.paths.example", True), ("youtube.com", True), ("plain.example", False)]
    )
    def test_whether_a_path_matters(self, host: str, depends: bool) -> None:
        assert self.SCHOOL.has_patterns(host) is depends


class TestItNeverChanges:
    """Neither the engine nor what it was made from: another policy is another engine, and the old one goes on."""

    def test_nothing_can_be_set_on_what_it_is_made_from(self) -> None:
        for one, name in ((WRITTEN, "rules"), (WRITTEN.catalogue, "names"), (WRITTEN.rules[0], "effect")):
            with pytest.raises(FrozenInstanceError):
                setattr(one, name, None)

    def test_compiling_leaves_the_policy_as_it_was(self, lists: ListIndex, sealed: Sealed) -> None:
        made = policy([rule("games", categories=("games",))])
        same = replace(made)
        Engine(made, lists, sealed).prepare()
        assert made == same
        assert not hasattr(made, "__dict__")

    def test_two_engines_answer_each_by_its_own_policy_in_any_order(self) -> None:
        opened, closed = (
            engine([rule("one", effect, domains=("a.example",))]) for effect in (Effect.ALLOW, Effect.BLOCK)
        )
        target = target_of_host("a.example")
        assert [decided(one, target).allowed for one in (opened, closed, opened, closed)] == [True, False, True, False]

    def test_what_was_remembered_of_a_host_is_of_this_engine(self, lists: ListIndex) -> None:
        bare, listed = Engine(WRITTEN), Engine(WRITTEN, lists)
        for _ in range(2):
            assert bare.membership("bet.test", None).categories == frozenset()
            assert bare.standing("bet.test", None).membership.categories == frozenset()
            assert listed.standing("bet.test", None).membership.categories == {"gambling"}

    def test_preparing_changes_no_answer(self, lists: ListIndex) -> None:
        target = target_of_url("https://www.youtube.com/shorts/1")
        school = policy([rule("shorts", apps=("shorts",))])
        made, prepared = Engine(school, lists), Engine(school, lists)
        prepared.prepare()
        assert decided(made, target) == decided(prepared, target)
