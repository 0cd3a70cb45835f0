"""What is offered for what should stay open: it opens that when it is pasted, to those whom it is for, and is sound YAML."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.policy.reader import Reader
from saywhy.policy.reading.load import load_policy
from saywhy.rehearse.overblocking import overblocking
from saywhy.rehearse.overblocking_remedy import Remedy, remedy
from saywhy.rehearse.stays_open import Help, ShouldStayOpen

NOW = datetime(2026, 11, 28, 10, tzinfo=UTC)
LINE = ShouldStayOpen(site="www.help.example", name="The help line", about=Help.HELP, ages=Reader.EARLY)
BARE = LINE.model_copy(update={"site": "help.example"})
CARE = ShouldStayOpen(site="www.care.example", name='Sam\'s "care"', about=Help.HEALTH, ages=Reader.SECONDARY)
COUNCILS = ShouldStayOpen(site="www.gov.uk", name="GOV.UK", about=Help.GOVERNMENT, ages=Reader.EARLY)
SCHOOL = """\
school: {name: Hillside School, timezone: Europe/London}
roles: {it: IT support}
groups:
  year4: {reader: primary}
  year9: {reader: secondary}
  staff: {reader: staff}
times: {lessons: [{days: mon-fri, from: 09:15, until: 15:20}]}
categories: {chat: {label: Chat, domains: [help.example]}, games: {label: Games, domains: [www.help.example]}}
default: allow
"""
OTHER = "  - {id: other, allow: {domains: [other.example]}, keep_open: true}\n"
WHY = "why: It is noisy., decided: {by: Governors, on: 2026-09-03}, review_by: 2027-09-01, owner: it"

type Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with the school and these rules, each what follows its id."""

    def write(*rules: str, school: str = SCHOOL) -> Path:
        written = "".join(f"  - {{id: rule-{number}, {one}, {WHY}}}\n" for number, one in enumerate(rules, 1))
        (tmp_path / "school.yaml").write_text(f"{school}rules:\n{OTHER}{written}")
        return tmp_path

    return write


def offered(folder: Path, *sites: ShouldStayOpen) -> Remedy:
    found = overblocking(Engine(load_policy(folder)), sites, NOW).found
    assert found, "nothing is closed"
    return remedy(Engine(load_policy(folder)), (one.site for one in found), NOW)


def closed_when_pasted(folder: Path, remedy: Remedy, *sites: ShouldStayOpen) -> set[tuple[str, str]]:
    """The corrections go into a file of their own, the rules below those that are there."""
    corrections, _, rules = remedy.as_yaml.partition("rules:  # with those that are in school.yaml\n")
    if corrections:
        (folder / "pasted.yaml").write_text(corrections)
    with (folder / "school.yaml").open("a") as file:
        file.write(f"{rules}\n")
    found = overblocking(Engine(load_policy(folder)), sites, NOW).found
    return {(one.site.site, group) for one in found for group in one.groups}


def test_a_correction_names_the_site_as_people_do_and_opens_its_bare_name_as_well(folder: Folder) -> None:
    school = folder("block: {categories: [chat]}")
    said = offered(school, LINE)
    assert said.as_yaml == (
        "corrections:\n"
        '  - {name: help.example, never: [chat], because: "The help line should stay open at school.", on: 2026-11-28}'
    )
    assert closed_when_pasted(school, said, LINE, BARE) == set()


@pytest.mark.parametrize("second", ["block: {categories: [games]}", "block: {categories: [chat, games]}"])
def test_behind_one_category_stands_the_next(folder: Folder, second: str) -> None:
    school = folder("block: {categories: [chat]}", second)
    said = offered(school, LINE)
    assert [(one.name, sorted(one.never)) for one in said.corrections] == [("help.example", ["chat", "games"])]
    assert said.rules == ()
    assert closed_when_pasted(school, said, LINE, BARE) == set()


@pytest.mark.parametrize(
    "second", ["block: {domains: [help.example]}", "block: everything", "block: everything, when: [lessons]"]
)
def test_what_another_rule_closes_as_well_is_kept_open_besides(folder: Folder, second: str) -> None:
    school = folder("block: {categories: [chat]}", second)
    said = offered(school, LINE)
    assert said.as_yaml.endswith(
        "rules:  # with those that are in school.yaml\n  - id: should-stay-open\n    allow: {domains: [help.example]}\n    keep_open: true"
    )
    assert "never: [chat]" in said.as_yaml
    assert closed_when_pasted(school, said, LINE, BARE) == set()


def test_what_a_default_closes_as_well_is_kept_open_besides(folder: Folder) -> None:
    closing = SCHOOL.replace("default: allow", f"default: {{effect: block, {WHY}}}")
    school = folder("block: {categories: [chat]}", school=closing)
    said = offered(school, LINE)
    assert (len(said.corrections), len(said.rules)) == (1, 1)
    assert closed_when_pasted(school, said, LINE, BARE) == set()


def test_it_is_kept_open_for_those_whom_it_is_for_alone(folder: Folder) -> None:
    school = folder("block: everything")
    said = offered(school, LINE, CARE)
    assert said.as_yaml.splitlines() == [
        "rules:  # with those that are in school.yaml",
        "  - id: should-stay-open",
        "    allow: {domains: [help.example]}",
        "    keep_open: true",
        "  - id: should-stay-open-2",
        "    allow: {domains: [care.example]}",
        "    for: [staff, year9]",
        "    keep_open: true",
    ]
    for_all = CARE.model_copy(update={"ages": Reader.EARLY})
    assert closed_when_pasted(school, said, LINE, CARE, for_all) == {("www.care.example", "year4")}


def test_a_group_of_all_ages_is_not_opened_and_told(folder: Folder) -> None:
    wide = SCHOOL.replace("year4: {", "pupils: {}\n  year4: {within: [pupils], ")
    wide = wide.replace("year9: {", "older: {}\n  year9: {within: [older], ")
    school = folder("block: everything", school=wide)
    said = offered(school, CARE)
    (kept,) = said.rules
    assert kept.groups == {"staff", "older"}  # older has year 9 within it
    assert [(one.site, one.groups) for one in said.still_closed] == [(CARE, ("pupils",))]
    assert closed_when_pasted(school, said, CARE) == {("www.care.example", "pupils")}


def test_names_that_are_taken_are_left_and_ids_that_yaml_reads_otherwise_are_in_quotes(folder: Folder) -> None:
    school = folder("block: everything", school=SCHOOL.replace("year9:", '"9":').replace("staff:", '"no":'))
    (school / "school.yaml").write_text(
        (school / "school.yaml").read_text().replace("id: other", "id: should-stay-open")
    )
    said = offered(school, CARE)
    assert '  - id: should-stay-open-2\n    allow: {domains: [care.example]}\n    for: ["9", "no"]' in said.as_yaml
    assert closed_when_pasted(school, said, CARE) == set()


def test_a_correction_that_is_there_is_merged_and_replaced(folder: Folder) -> None:
    school = folder("block: {categories: [chat]}")
    there = 'corrections:\n  - {name: help.example, never: [games], also: [chat, social-networks], because: "Ours: \\"yes\\"."}\n'
    (school / "ours.yaml").write_text(there)
    said = offered(school, LINE)
    assert said.as_yaml.splitlines() == [
        "corrections:",
        "  # in the place of the correction at ours.yaml:2",
        '  - {name: help.example, never: [chat, games], also: [social-networks], because: "Ours: \\"yes\\".", on: 2026-11-28}',
    ]
    assert [one.name for one in said.replaced] == ["help.example"]
    (school / "ours.yaml").unlink()
    assert closed_when_pasted(school, said, LINE, BARE) == set()


def test_what_the_school_says_of_the_nearer_name_is_corrected_there(folder: Folder) -> None:
    school = folder("block: {categories: [chat]}")
    (school / "ours.yaml").write_text("corrections: [{name: www.help.example, also: [chat], because: It has one.}]\n")
    said = offered(school, LINE)
    assert [one.name for one in said.corrections] == ["www.help.example", "help.example"]
    (school / "ours.yaml").unlink()
    assert closed_when_pasted(school, said, LINE, BARE) == set()


def test_below_a_public_suffix_the_site_keeps_its_whole_name(folder: Folder) -> None:
    school = folder(
        "block: {categories: [chat]}", "block: everything", school=SCHOOL.replace("[help.", "[all of gov.uk, help.")
    )
    said = offered(school, COUNCILS)
    assert [one.name for one in said.corrections] == ["www.gov.uk"]
    assert [one.criteria.domains for one in said.rules] == [("www.gov.uk",)]
    assert closed_when_pasted(school, said, COUNCILS) == set()


def test_a_name_of_any_signs_can_be_pasted(folder: Folder) -> None:
    school = folder("block: {categories: [chat]}", school=SCHOOL.replace("help.example]", "care.example]", 1))
    assert closed_when_pasted(school, offered(school, CARE), CARE) == set()


def test_a_site_that_a_list_has_wrongly_is_corrected_although_the_rule_is_locked(folder: Folder) -> None:
    school = folder("block: {categories: [chat]}, locked: true")
    said = offered(school, LINE)
    assert (len(said.corrections), said.rules, said.still_closed) == (1, (), ())
    assert closed_when_pasted(school, said, LINE) == set()


@pytest.mark.parametrize(
    "about", ["{domains: [help.example]}", "everything", "{categories: [chat], domains: [help.example]}"]
)
def test_of_what_a_locked_rule_closes_otherwise_nothing_is_offered(folder: Folder, about: str) -> None:
    said = offered(folder(f"block: {about}, locked: true", "block: everything"), LINE)
    assert said.as_yaml == ""
    assert [(one.site, one.rule, one.locked) for one in said.still_closed] == [(LINE, "rule-1", True)]


def test_what_reach_refuses_is_told(folder: Folder) -> None:
    there = LINE.model_copy(update={"site": "192.0.2.7"})
    said = offered(folder(), there)
    assert (said.as_yaml, [one.rule for one in said.still_closed]) == ("", [""])
