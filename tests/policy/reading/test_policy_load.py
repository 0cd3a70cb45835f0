import os
import shutil
from collections.abc import Callable
from datetime import date, time
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from saywhy.decide.engine import Engine
from saywhy.decide.lookup import Lookup
from saywhy.policy.catalogue import Source
from saywhy.policy.criterion import Criteria
from saywhy.policy.problem import PolicyError
from saywhy.policy.reader import Reader
from saywhy.policy.reading.load import load_policy
from saywhy.policy.rule import Ask, Decided, Effect, Offer, Why
from saywhy.policy.school import Span

SOUND = Path(__file__).parent / "sound"
WHOLE = b"\n".join(file.read_bytes() for file in sorted(SOUND.glob("*.yaml")))


def problems_of(directory: Path) -> list[str]:
    with pytest.raises(PolicyError) as raised:
        load_policy(directory)
    return [str(problem) for problem in raised.value.problems]


class TestASoundPolicy:
    def test_its_school(self, school: Path) -> None:
        policy = load_policy(school)
        assert policy.school.name == "Hillside School"
        assert policy.school.timezone.key == "Europe/London"
        assert policy.school.languages == ("en", "cy")
        assert {role.id: role.title for role in policy.roles.values()} == {
            "it": "IT support",
            "safeguarding": "Safeguarding lead",
        }

    def test_its_groups_and_places(self, school: Path) -> None:
        policy = load_policy(school)
        assert policy.groups["year7"].within == {"students"}
        assert policy.groups["sixth-form"].label == "Sixth form"
        assert policy.groups["sixth-form"].reader is Reader.ADULT
        assert policy.groups["students"].reader is None
        place = Engine(policy).place_of(ip_address("10.30.7.9"))
        assert place is not None
        assert place.name == "Library"
        assert place.groups == ("year7",)
        assert policy.closed_groups(place.groups) == {"year7", "students"}
        assert policy.reader_of(place.groups) is Reader.SECONDARY
        assert [place.name for place in policy.places] == ["Library", "Library", "10.30.8.0/24"]
        assert Engine(policy).place_of(ip_address("192.0.2.1")) is None
        assert policy.reader_of(("students",)) is Reader.ADULT

    def test_its_times_and_reach(self, school: Path) -> None:
        policy = load_policy(school)
        assert policy.times["lessons"].label == "lesson time"
        assert policy.times["lessons"].spans[1] == Span(frozenset({0, 2}), time(13, 10), time(15, 30))
        assert policy.times["night"].label == "night"
        assert policy.times["night"].spans == (Span(frozenset(range(7)), time(22), time(6)),)
        assert policy.reach.ports == {80, 443, 8443}
        assert policy.reach.addresses == (ip_network("10.30.0.0/24"), ip_network("10.30.9.9"))

    def test_its_rules(self, school: Path) -> None:
        policy = load_policy(school)
        assert [(rule.number, rule.id) for rule in policy.rules] == [
            (1, "revision-videos"),
            (2, "tiktok"),
            (3, "gambling"),
            (4, "games"),
        ]
        rules = {rule.id: rule for rule in policy.rules}
        tiktok = rules["tiktok"]
        assert tiktok.effect is Effect.BLOCK
        assert tiktok.criteria == Criteria(apps=("tiktok",))
        assert tiktok.source == Source("rules.yaml", 4)
        assert tiktok.groups == {"students"}
        assert tiktok.places == {"Library"}
        assert tiktok.times == ("lessons",)
        assert tiktok.why == Why("It never ends.", {Reader.PRIMARY: "It is hard to stop."}, "A lesson that needs it.")
        assert tiktok.instead == ("short-videos",)
        assert tiktok.decided == Decided("Senior leadership team", date(2026, 9, 3))
        assert (tiktok.review_by, tiktok.owner) == (date(2027, 3, 1), "it")
        assert tiktok.ask == Ask(("it",), ("safeguarding",), (Offer.THIS_LESSON, Offer.THIS_PAGE))

    def test_who_decides_where_a_rule_does_not_say(self, school: Path) -> None:
        rules = {rule.id: rule for rule in load_policy(school).rules}
        assert rules["games"].ask == Ask(("it",), (), tuple(Offer))
        assert rules["gambling"].ask is None
        assert rules["gambling"].locked
        assert rules["revision-videos"].ask is None

    def test_its_default(self, school: Path) -> None:
        default = load_policy(school).default
        assert (default.id, default.number, default.effect) == ("default", 0, Effect.ALLOW)
        assert default.criteria == Criteria(everything=True)
        (school / "default.yaml").write_text(
            "default: {effect: block, why: Not known., decided: {by: IT, on: 2026-09-03}, review_by: 2027-03-01, owner: it}"
        )
        default = load_policy(school).default
        assert default.effect is Effect.BLOCK
        assert default.why == Why("Not known.")
        assert default.ask == Ask(("it",), (), tuple(Offer))

    def test_its_catalogue_and_where_each_name_is_written(self, school: Path) -> None:
        catalogue = load_policy(school).catalogue
        assert Lookup(catalogue).membership("www.casino.example", None).because[0].source == Source(
            "lists/gambling.txt", 3
        )
        assert catalogue.names["bet.example"][0].source == Source("categories.yaml", 2)
        assert len(catalogue.names["bet.example"]) == 1
        assert catalogue.patterns["example.org"][0][1].source == Source("categories.yaml", 3)
        assert catalogue.categories["games"].label == "Games"
        assert catalogue.apps["tiktok"].purposes == ("short-videos",)
        alternative = catalogue.purposes["short-videos"].alternatives[0]
        assert alternative.url.without_query == "https://www.bbc.co.uk/bitesize"

    def test_an_ask_of_nobody_and_help(self, school: Path) -> None:
        (school / "rules.yaml").write_text(
            """
rules:
  - id: self-harm
    block: everything
    why: You are not alone.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-03-01
    owner: safeguarding
    ask: nobody
    help: [{name: Childline, contact: "0800 1111", url: "HTTPS://www.childline.org.uk"}]
"""
        )
        rule = load_policy(school).rules[0]
        assert rule.criteria == Criteria(everything=True)
        assert rule.ask is None
        assert (rule.help[0].contact, rule.help[0].url) == ("0800 1111", "https://www.childline.org.uk/")

    def test_groups_within_groups_within_groups(self, school: Path) -> None:
        text = "groups:\n" + "".join(f"  g{n}: {{within: [g{n + 1}]}}\n" for n in range(2000)) + "  g2000: {}\n"
        (school / "more.yaml").write_text(text)
        assert len(load_policy(school).groups["g1990"].within) == 10
        assert len(load_policy(school).groups["g0"].within) == 2000

    def test_the_same_in_one_file(self, school: Path) -> None:
        apart = load_policy(school)
        for file in school.glob("*.yaml"):
            file.unlink()
        (school / "school.yaml").write_bytes(WHOLE)
        together = load_policy(school)
        assert together.groups == apart.groups
        assert [rule.id for rule in together.rules] == [rule.id for rule in apart.rules]

    def test_only_yaml_files_directly_in_the_folder_are_policy(self, school: Path) -> None:
        before = load_policy(school).revision
        (school / "tests").mkdir()
        (school / "tests" / "broken.yaml").write_text("[")
        (school / "README.md").write_text("[")
        (school / ".rules.yaml.swp").write_text("[")
        (school / ".#rules.yaml").symlink_to("nowhere")
        assert load_policy(school).revision == before


class TestRevision:
    def test_equal_content_gives_equal_revisions_wherever_it_is(self, school: Path) -> None:
        shutil.copytree(school, "elsewhere")
        revision = load_policy(school).revision
        assert load_policy(Path("elsewhere").absolute()).revision == revision
        assert len(revision) == 12
        int(revision, 16)

    @pytest.mark.parametrize("name", ["rules.yaml", "lists/gambling.txt"])
    def test_any_byte_of_a_file_or_list_counts(self, school: Path, name: str) -> None:
        before = load_policy(school).revision
        with (school / name).open("ab") as file:
            file.write(b"# a comment\n")
        assert load_policy(school).revision != before

    def test_so_do_the_names_of_files(self, school: Path) -> None:
        before = load_policy(school).revision
        (school / "rules.yaml").rename(school / "our-rules.yaml")
        assert load_policy(school).revision != before


class TestFoldersThatCannotBeRead:
    def test_a_folder_that_is_not_there(self) -> None:
        assert problems_of(Path("no-such-school")) == [
            "no-such-school:1:1: there is no such folder; name the folder that holds the policy"
        ]

    def test_a_file_instead_of_a_folder(self, school: Path) -> None:
        assert problems_of(school / "rules.yaml") == [
            "school/rules.yaml:1:1: this is a file; name the folder that holds it"
        ]

    def test_a_folder_without_policy(self, tmp_path: Path) -> None:
        assert "no file here ends in .yaml" in problems_of(tmp_path)[0]

    @pytest.mark.parametrize("name", ["\0", "a" * 5000])
    def test_a_name_that_no_folder_can_have(self, name: str) -> None:
        assert len(problems_of(Path(name))) == 1

    @pytest.mark.parametrize(
        "make",
        [
            Path.mkdir,
            os.mkfifo,
            lambda path: path.symlink_to("nowhere"),
            lambda path: path.symlink_to(path.name),
            Path.touch,
        ],
        ids=["folder", "pipe", "link to nothing", "link to itself", "empty"],
    )
    def test_a_yaml_file_that_is_none(self, school: Path, make: Callable[[Path], None]) -> None:
        make(school / "zzz.yaml")
        (problem,) = problems_of(school)
        assert problem.startswith("school/zzz.yaml:1:1: ")

    def test_a_file_that_may_not_be_read(self, school: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        opened = os.open

        def refuse(path: Path, *args: Any, **kwargs: Any) -> Any:
            if Path(path).name == "rules.yaml":
                raise PermissionError(13, "Permission denied")
            return opened(path, *args, **kwargs)

        monkeypatch.setattr(os, "open", refuse)
        assert problems_of(school) == [
            "school/rules.yaml:1:1: the file cannot be read: Permission denied; check its name and its permissions"
        ]

    @pytest.mark.parametrize("name", ["rules.yml", "rules.YAML"])
    def test_a_file_that_would_be_passed_over_in_silence(self, school: Path, name: str) -> None:
        (school / "rules.yaml").rename(school / name)
        assert (
            f"school/{name}:1:1: a file whose name does not end in .yaml is not read; rename it to rules.yaml"
            in problems_of(school)
        )

    def test_a_file_beside_the_one_that_it_would_be_renamed_to(self, school: Path) -> None:
        shutil.copy(school / "rules.yaml", school / "rules.yml")
        assert problems_of(school) == [
            (
                "school/rules.yml:1:1: a file whose name does not end in .yaml is not read; "
                "rules.yaml is there as well, so take this one out, or put what it says into that file"
            )
        ]

    def test_a_file_larger_than_any_policy(self, school: Path) -> None:
        with (school / "rules.yaml").open("ab") as file:
            file.truncate(9_000_000)
        assert "larger than 8 MB" in problems_of(school)[0]


class TestSeveralFiles:
    def test_sections_that_stand_once_and_names_that_come_twice(self, school: Path) -> None:
        (school / "z.yaml").write_text(
            "default: allow\n"
            "apps:\n  tiktok: {domains: [tiktok.example]}\n"
            "rules:\n  - {id: games, allow: everything}\n"
            "groups:\n  staff: {}\n"
        )
        assert problems_of(school) == [
            "school/z.yaml:1:1: a second section 'default'; the first is in school/default.yaml; keep all of it in one file",
            "school/z.yaml:3:3: a second app 'tiktok'; the first is at school/apps.yaml:2; give each its own name",
            "school/z.yaml:4:1: a second section 'rules'; the first is in school/rules.yaml; keep all of it in one file",
            "school/z.yaml:5:10: a second rule 'games'; the first is at school/rules.yaml:22; give each its own name",
            "school/z.yaml:7:3: a second group 'staff'; the first is at school/groups.yaml:5; give each its own name",
        ]

    def test_a_circle_over_files(self, school: Path) -> None:
        (school / "more.yaml").write_text("groups:\n  pupils: {within: [year7]}\n")
        (school / "groups.yaml").write_text(
            "groups: {students: {}, sixth-form: {}, staff: {}, year7: {within: [students, pupils]}}\n"
        )
        assert problems_of(school) == [
            "school/groups.yaml:1:59: these groups lie within one another: year7 in pupils in year7; take one of them out"
        ]

    def test_with_one_file_unreadable_nobody_is_told_that_its_names_are_unknown(self, school: Path) -> None:
        (school / "groups.yaml").write_text("groups: [")
        (school / "roles.yaml").write_text("roles: {it: 7}")
        assert [problem.split(": ")[0] for problem in problems_of(school)] == [
            "school/groups.yaml:1:9",
            "school/roles.yaml:1:13",
        ]

    def test_a_name_whose_own_entry_is_wrong_is_still_known(self, school: Path) -> None:
        (school / "apps.yaml").write_text("apps: {tiktok: {label: TikTok}}")
        assert [problem.split(": ")[0] for problem in problems_of(school)] == ["school/apps.yaml:1:16"]
