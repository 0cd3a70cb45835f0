import re
from pathlib import Path
from textwrap import dedent

import pytest

from saywhy.decide.lookup import Lookup
from saywhy.policy.address import canonical_url
from saywhy.policy.problem import PolicyError
from saywhy.policy.reader import Reader
from saywhy.policy.reading.builtin import builtin, builtin_catalogue, builtin_folder, read_catalogue
from saywhy.policy.reading.load import load_policy

RULE = """\
rules:
  - id: games
    block: {apps: [roblox], categories: [social_networks, games]}
    why: Lessons come first.
    instead: [play-a-game]
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""


@pytest.fixture
def uses_ours(school: Path) -> Path:
    """A school that defines the category games, the category gambling, the app tiktok and one purpose; and no more."""
    (school / "rules.yaml").write_text(RULE)
    return school


class TestWhatAPolicyDoesNotDefineItself:
    def test_comes_from_the_catalogue(self, uses_ours: Path) -> None:
        policy = load_policy(uses_ours)
        catalogue = policy.catalogue
        assert catalogue.apps["roblox"].label == "Roblox"
        assert catalogue.purposes["play-a-game"].alternatives
        found = Lookup(catalogue)
        assert found.membership("www.roblox.com", None).apps == {"roblox"}
        assert found.membership("www.instagram.com", None).categories == {"social-networks"}

    def test_is_named_with_its_place_there(self, uses_ours: Path) -> None:
        catalogue = load_policy(uses_ours).catalogue
        source = Lookup(catalogue).membership("rbxcdn.com", None).because[0].source
        assert (source.file, source.builtin) == ("catalogue/apps/games.yaml", True)
        line = (builtin_folder() / "apps" / "games.yaml").read_text().splitlines()[source.line - 1]
        assert "rbxcdn.com" in line
        assert catalogue.apps["roblox"].source is not None
        assert catalogue.apps["roblox"].source.builtin

    def test_may_be_written_with_an_underscore_as_in_other_lists(self, uses_ours: Path) -> None:
        assert "social-networks" in load_policy(uses_ours).rules[0].criteria.categories

    def test_is_recognised_by_its_path_where_the_host_is_shared(self, school: Path) -> None:
        lookup = Lookup(load_policy(school).catalogue)
        assert lookup.membership("docs.google.com", None).undecided_apps == {"google-forms", "google-docs"}
        form = canonical_url("https://docs.google.com/forms/d/1/viewform")
        assert lookup.membership("docs.google.com", form).apps == {"google-forms"}

    def test_has_what_a_school_should_know(self, school: Path) -> None:
        catalogue = load_policy(school).catalogue
        zoom, gambling = catalogue.apps["zoom"], builtin_catalogue().categories["gambling"]
        assert zoom.pins
        assert "8801-8810" in zoom.ports
        assert zoom.know
        assert gambling.risk
        assert Reader.EARLY in gambling.readers
        assert "money-and-chance" in gambling.purposes


class TestWhatAPolicyDefinesItself:
    def test_replaces_what_the_catalogue_says_entirely(self, school: Path) -> None:
        catalogue = load_policy(school).catalogue
        assert catalogue.apps["tiktok"].know == ""
        lookup = Lookup(catalogue)
        assert lookup.membership("www.tiktok.com", None).apps == {"tiktok"}
        assert not lookup.membership("tiktokcdn.com", None).apps
        assert catalogue.categories["gambling"].about == "Betting."
        assert [one.name for one in catalogue.purposes["short-videos"].alternatives] == ["BBC Bitesize"]

    def test_takes_no_apps_of_the_catalogue_into_a_category_of_the_schools_own(self, school: Path) -> None:
        lookup = Lookup(load_policy(school).catalogue)
        assert lookup.membership("www.roblox.com", None).categories == frozenset()
        assert lookup.membership("games.example", None).categories == {"games"}

    def test_may_put_an_app_into_categories(self, school: Path) -> None:
        (school / "apps.yaml").write_text("apps:\n  ours: {domains: [ours.example], categories: [games, forums]}\n")
        found = Lookup(load_policy(school).catalogue).membership("www.ours.example", None)
        assert found.categories == {"games", "forums"}
        assert found.apps == {"ours"}


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("apps: [robloks]", "roblox"), ("apps: [tiktock]", "tiktok"), ("categories: [pornografy]", "pornography")],
)
def test_a_mistyped_name_is_compared_with_both(uses_ours: Path, wrong: str, meant: str) -> None:
    (uses_ours / "rules.yaml").write_text(RULE.replace("apps: [roblox], categories: [social_networks, games]", wrong))
    with pytest.raises(PolicyError, match=f"did you mean '{meant}'"):
        load_policy(uses_ours)


def test_the_revision_covers_the_catalogue(school: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_policy(school).revision
    assert load_policy(school).revision == before
    ours = builtin()
    other = type(ours)(ours.files, ours.names, b"another release")
    monkeypatch.setattr("saywhy.policy.reading.load.builtin", lambda: other)
    assert load_policy(school).revision != before


def test_it_is_read_once() -> None:
    assert builtin() is builtin()
    assert builtin_catalogue() is builtin_catalogue()


def test_a_damaged_catalogue_is_a_problem_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "apps").mkdir()
    (tmp_path / "categories.yaml").write_text("categories:\n  games: {label: Games, purposes: [play]}\n")
    (tmp_path / "apps" / "games.yaml").write_text("apps:\n  chess: {domain: [chess.example]}\n")
    with pytest.raises(PolicyError) as raised:
        read_catalogue(tmp_path)
    places = [(problem.file, problem.line) for problem in raised.value.problems]
    assert places == [("catalogue/apps/games.yaml", 2), ("catalogue/categories.yaml", 2)]


def test_a_control_of_the_catalogue_has_to_be_whole_as_well(tmp_path: Path) -> None:
    (tmp_path / "apps.yaml").write_text(
        'apps:\n  cloud: {domains: [cloud.example], controls: {accounts: {headers: {X-A: "{account}"}}}}\n'
    )
    with pytest.raises(PolicyError, match=r"did you mean '\{accounts\}'"):
        read_catalogue(tmp_path)


def test_a_catalogue_that_is_not_there_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saywhy.policy.reading.builtin._HERE", tmp_path / "a" / "b")
    with pytest.raises(PolicyError, match="reinstall Saywhy"):
        builtin_folder()


def test_the_rule_and_the_corrections_in_the_documentation_can_be_used(school: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "catalogue.md").read_text("utf-8")
    blocks = [dedent(block) for block in re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)]
    (school / "rules.yaml").write_text("rules:\n" + next(one for one in blocks if one.startswith("- id:")))
    (school / "corrections.yaml").write_text(next(one for one in blocks if one.startswith("corrections:")))
    policy = load_policy(school)
    assert policy.rules[0].criteria.apps == ("ometv", "monkey")
    assert policy.catalogue.corrections.keys() == {"brook.org.uk", "clubs.example.org"}
