"""Files of tests with mistakes, and what is said of them: always the place, and what to write instead."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saywhy.decide.engine import Engine
from saywhy.policy.reading.load import load_policy
from saywhy.rehearse.cases import load_cases
from saywhy.rehearse.cases_schema import CasePart, CasesFile, ExpectPart
from tests.rehearse.conftest import GOOD, write_tests


def problems(folder: Path, engine: Engine, text: str) -> list[str]:
    write_tests(folder, text)
    _, found = load_cases(folder, engine)
    return [str(one).removeprefix(f"{folder / 'tests' / 'school.yaml'}:") for one in found]


def test_the_good_file_has_no_problems(folder: Path, engine: Engine) -> None:
    assert problems(folder, engine, GOOD) == []


@pytest.mark.parametrize(
    ("instead_of", "written", "said"),
    [
        ("who: year7", "who: yaer7", "4:10: unknown group 'yaer7'; did you mean 'year7'?"),
        ("who: year7", "who: [year7, yaer7]", "4:18: unknown group 'yaer7'; did you mean 'year7'?"),
        ("who: year7", "who: staff + yaer7", "4:10: unknown group 'yaer7'; did you mean 'year7'?"),
        (
            "who: year7",
            "who: year7, staff",
            "4:10: 'year7, staff' is no group; write [year7, staff] to try each, or year7 + staff for one person in all of them",
        ),
        ("who: year7", "who: 7", "4:10: the number 7 where a group or an address belongs; write a group like year9, or an address like 10.30.9.20"),
        ("who: year7", "who: []", "4:10: an empty list; write at least one item, or take 'who' out"),
        ("who: year7", "who:", "4:5: nothing is written after 'who'; write a value, or take it out"),
        ("who: year7", "where: Libary", "4:12: unknown place 'Libary'; did you mean 'Library'?"),
        ("who: year7", "who: 10.30.7.1\n    where: Library", "3:5: an address and a place; the address says already where it is; take where out"),
        ("    who: year7\n", "", "3:5: this test does not say who opens it; write who: a group, or where: a place"),
        ("when: monday 10:00", "when: mondey 10:00", "5:11: 'mondey' is no day of the week; write a time like 10:00, monday 10:00 or 2026-11-23T10:00"),
        ("when: monday 10:00", "when: 2027-03-28T01:30", "5:11: there is no 01:30 on 2027-03-28 in Europe/London: the clocks go forward then; write it like 10:00, monday 10:00 or 2026-11-23T10:00"),
        ("when: monday 10:00", "when: 10", "5:11: the number 10 where a time belongs; write it like 10:00, monday 10:00 or 2026-11-23T10:00"),
        ("open: https://www.tiktok.com/", "open: ftp://x.example/", "6:11: 'ftp://x.example/' is not a web address: only http, https, ws and wss are; write it like https://www.example.org/page"),
        ("    open: https://www.tiktok.com/\n", "", "3:5: missing key 'open'; write open: https://www.tiktok.com/"),
        ("open:", "opens:", "3:5: missing key 'open'; write open: https://www.tiktok.com/"),
        ("effect: block", "effect: blok", "7:22: unknown effect 'blok'; did you mean 'block'?"),
        ("effect: block", "effect: cautious", "7:22: unknown effect 'cautious'; did you mean 'caution'?"),
        ("effect: block", "efect: block", "7:14: unknown key 'efect'; did you mean 'effect'?"),
        ("rule: tiktok", "rule: tik-tok", "7:35: unknown rule 'tik-tok'; did you mean 'tiktok'?"),
        ("rule: tiktok", "reason: lock", "7:37: unknown reason 'lock'; did you mean 'locked'?"),
        ("[BBC Bitesize]", "[BBC Bitsize]", "7:58: unknown alternative 'BBC Bitsize'; did you mean 'BBC Bitesize'?"),
        ("[BBC Bitesize]", "BBC Bitesize", "7:57: the text 'BBC Bitesize' where a list belongs; write it in brackets: [BBC Bitesize]"),
        ("{effect: block, rule: tiktok, alternatives: [BBC Bitesize]}", "{}", "7:13: nothing is expected here; write effect, rule, reason, alternatives, obligations or connection"),
        ("{effect: block, rule: tiktok, alternatives: [BBC Bitesize]}", "blocked", "7:13: unknown effect 'blocked'; did you mean 'block'?"),
        ("{effect: block, rule: tiktok, alternatives: [BBC Bitesize]}", "[block]", "7:13: a list where allow, block, caution or a mapping belongs; write it like {effect: block, rule: tiktok}"),
        ("tests:", "test:", "2:1: missing key 'tests'; write tests: [{name: …, who: year9, open: …, expect: block}]"),
        ("  - name: TikTok is closed", "  - 5\n  - name: TikTok is closed", "3:5: the number 5 where a mapping belongs; write its keys below, each with a value: name, who, where, when, open, method, uploads, file, type, expect"),
    ],
)  # fmt: skip
def test_a_mistake_has_its_place_and_what_to_write(
    folder: Path, engine: Engine, instead_of: str, written: str, said: str
) -> None:
    assert instead_of in GOOD
    assert said in problems(folder, engine, GOOD.replace(instead_of, written, 1))


def test_all_mistakes_are_told_at_once(folder: Path, engine: Engine) -> None:
    text = GOOD.replace("year7", "yaer7").replace("tiktok,", "tiktk,").replace("monday", "moonday")
    assert len(problems(folder, engine, text)) == 3


def test_two_tests_of_one_name_are_told_over_all_files(folder: Path, engine: Engine) -> None:
    write_tests(folder, GOOD, name="another.yaml")
    write_tests(folder, GOOD)
    _, found = load_cases(folder, engine)
    assert [one.what for one in found] == [
        f"a second test 'TikTok is closed'; the first is at {folder / 'tests' / 'another.yaml'}:3"
    ]


@pytest.mark.parametrize("part", [CasesFile, CasePart, ExpectPart])
def test_every_key_has_its_words(part: type[CasesFile | CasePart | ExpectPart]) -> None:
    assert [name for name, one in part.model_fields.items() if not one.description or not one.examples] == []


def test_editors_get_a_schema() -> None:
    assert set(CasesFile.model_json_schema()["$defs"]["CasePart"]["properties"]) == set(CasePart.keys())


@settings(deadline=None)  # a busy machine makes any single run slow
@given(st.text(max_size=80), st.integers(0, len(GOOD)))
def test_any_text_gives_tests_or_problems_with_a_place(
    tmp_path_factory: pytest.TempPathFactory, shared: Path, text: str, at: int
) -> None:
    engine = Engine(load_policy(shared))
    folder = tmp_path_factory.mktemp("any")
    write_tests(folder, GOOD[:at] + text + GOOD[at:])
    cases, found = load_cases(folder, engine)
    assert cases or found
    assert all(one.line > 0 and one.column > 0 and one.what for one in found)
