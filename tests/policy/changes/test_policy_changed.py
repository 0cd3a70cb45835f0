"""summary, changed, shrinking: what a change says and which losses are refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.policy.changes.changed import what_changed
from saywhy.policy.changes.shrinking import SHRUNK, losses
from saywhy.policy.changes.summary import Summary, names_changed, names_in, summary_of
from saywhy.policy.reading.files import Folder
from saywhy.policy.reading.load import load_folder

SCHOOL = """
school: {name: Hillside School, timezone: Europe/London}
roles: {it: IT support}
groups: {students: {reader: secondary}, staff: {reader: staff}}
times: {lessons: {spans: [{days: mon-fri, from: 09:15, until: 15:20}]}}
default: allow
categories: {gambling: {lists: [lists/gambling.txt]}}
apps: {tiktok: {domains: [a.example, b.example, c.example, d.example]}}
"""
PLACES = """
places:
  - {network: 10.1.0.0/24, groups: [students], name: Library}
  - {network: 10.2.0.0/24, groups: [students], name: Labs}
"""
RULE = """
  - id: NAME
    block: {WHAT}
    for: [students]
    why: It is closed.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
"""
NAMES = [f"bet{number}.example" for number in range(10)]


def rule(name: str, what: str = "apps: [tiktok]") -> str:
    return RULE.replace("NAME", name).replace("WHAT", what)


RULES = "rules:" + rule("tiktok") + rule("gambling", "categories: [gambling]") + rule("chat") + rule("games")

FILES = {
    "school.yaml": SCHOOL,
    "places.yaml": PLACES,
    "rules.yaml": RULES,
    "lists/gambling.txt": "\n".join(NAMES) + "\n",
}


@pytest.fixture
def summary(tmp_path: Path) -> Callable[..., Summary]:
    """The summary of the small school, with some files written otherwise (None: taken away)."""

    def made(**changed: str | None) -> Summary:
        files: dict[str, str | None] = {**FILES, **{name.replace("__", "."): text for name, text in changed.items()}}
        if "gambling.txt" in files:
            files["lists/gambling.txt"] = files.pop("gambling.txt")
        for path in tmp_path.rglob("*.*"):
            path.unlink()
        for name, text in files.items():
            if text is not None:
                (tmp_path / name).parent.mkdir(exist_ok=True)
                (tmp_path / name).write_text(text)
        folder = Folder(tmp_path)
        return summary_of(load_folder(folder), folder.contents)

    return made


def said(old: Summary, new: Summary, lists: dict[str, tuple[int, int]] | None = None) -> str:
    return what_changed(old, new, lists)


class TestWhatChanged:
    def test_the_first_policy_is_told_by_its_size(self, summary: Callable[..., Summary]) -> None:
        assert what_changed(None, summary()) == "the first policy: 4 rules, 4 files"

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"rules__yaml": "rules:" + rule("news") + RULES[6:] + rule("late")}, "2 rules added: news, late"),
            ({"rules__yaml": RULES.replace(rule("chat"), "")}, "1 rule removed: chat"),
            (
                {"rules__yaml": RULES.replace("for: [students]", "for: [staff]\n    when: [lessons]", 1)},
                "1 rule changed: tiktok (for, when)",
            ),
            (
                {"rules__yaml": RULES.replace("for: [students]", "for: [students]\n    from: 2026-10-01\n    files: [programs]", 1)},
                "1 rule changed: tiktok (files, from)",
            ),
            (
                {"rules__yaml": RULES.replace("for: [students]", "for: [students]\n    until: 2026-10-01\n    posting: true", 1)},
                "1 rule changed: tiktok (posting, until)",
            ),
            (
                {"school__yaml": SCHOOL.replace("d.example]", "d.example], controls: {safe_search: {address: s.example}}")},
                "1 app changed: tiktok",
            ),
            (
                {"rules__yaml": "rules:" + rule("games") + RULES[6:].replace(rule("games"), "")},
                "the order of the rules changed",
            ),
            ({"school__yaml": SCHOOL.replace("apps: {tiktok: {domains: [", "apps: {tiktok: {domains: [new.example, ")},
             "1 app changed: tiktok"),
            ({"school__yaml": SCHOOL + "reach: {ports: [443]}\n"}, "school, reach or keep changed"),
            ({"school__yaml": SCHOOL + "inspection: {never: {apps: [tiktok]}}\n"}, "what is inspected changed"),
            ({"school__yaml": SCHOOL + "carriers: {t: {domains: [t.example], addresses: ['/{address}']}}\n"},
             "1 carrier added: t"),
            ({"places__yaml": PLACES + "  - {network: 10.3.0.0/24, groups: [staff]}\n"}, "1 place added: 10.3.0.0/24"),
            ({"rules__yaml": "# a word\n" + RULES}, "only comments or layout"),
            ({}, "nothing"),
        ],
    )  # fmt: skip
    def test_is_one_sentence(self, summary: Callable[..., Summary], changes: dict[str, str], sentence: str) -> None:
        assert said(summary(), summary(**changes)) == sentence

    def test_lists_are_counted(self, summary: Callable[..., Summary]) -> None:
        old = summary()
        text = "\n".join([*NAMES[1:], "new1.example", "new2.example"])
        new = summary(gambling__txt=text)
        lists = {"lists/gambling.txt": names_changed("\n".join(NAMES).encode(), text.encode())}
        assert said(old, new, lists) == "list lists/gambling.txt: 2 names added, 1 name removed"

    def test_a_change_of_the_default_stands_out(self, summary: Callable[..., Summary]) -> None:
        default = """default:
  effect: block
  why: Only what is listed is open.
  decided: {by: Governors, on: 2026-09-03}
  review_by: 2027-09-01
  owner: it
"""
        closed = summary(school__yaml=SCHOOL.replace("default: allow\n", default))
        assert "the default changed: effect" in said(closed, summary())
        assert "(allow now)" in said(closed, summary())

    def test_many_names_are_cut(self, summary: Callable[..., Summary]) -> None:
        many = summary(rules__yaml=RULES + "".join(rule(f"r{number}") for number in range(12)))
        assert said(summary(), many) == "12 rules added: r0, r1, r2, r3, r4 and 7 more"


class TestNames:
    def test_comments_case_and_order_are_no_change(self) -> None:
        assert names_changed(b"a.example\nB.example # why\n", b"\xef\xbb\xbf# head\r\nb.example\r\nA.example\r\n") == (
            0,
            0,
        )

    @given(st.frozensets(st.sampled_from(NAMES)), st.frozensets(st.sampled_from(NAMES)))
    def test_what_was_added_and_removed_is_counted(self, old: frozenset[str], new: frozenset[str]) -> None:
        assert names_changed("\n".join(old).encode(), "\n".join(new).encode()) == (len(new - old), len(old - new))
        assert len(names_in("\n".join(old).encode())) == len(old)


def lost(old: Summary, new: Summary) -> list[str]:
    found = losses(old, new, Path("school"), "say so")
    assert all(problem.code == SHRUNK and problem.instead == "say so" for problem in found)
    return [f"{problem.file}: {problem.what.partition(' (compared')[0]}" for problem in found]


class TestLosses:
    @pytest.mark.parametrize(("left", "refused"), [(10, False), (6, False), (5, True), (1, True)])
    def test_a_list_cut_to_half(self, summary: Callable[..., Summary], left: int, refused: bool) -> None:
        new = summary(gambling__txt="\n".join(NAMES[:left]))
        told = [f"school/lists/gambling.txt: only {left} of 10 names are left in this list"]
        assert lost(summary(), new) == (told if refused else [])

    @pytest.mark.parametrize(("left", "refused"), [(4, False), (2, False), (1, True)])
    def test_rules_cut_to_less_than_half(self, summary: Callable[..., Summary], left: int, refused: bool) -> None:
        rules = [rule("tiktok"), rule("gambling", "categories: [gambling]"), rule("chat"), rule("games")]
        new = summary(rules__yaml="rules:" + "".join(rules[:left]))
        assert bool([one for one in lost(summary(), new) if f"only {left} of 4 rules" in one]) is refused

    def test_a_file_of_places_that_is_gone_would_leave_devices_without_a_group(
        self, summary: Callable[..., Summary]
    ) -> None:
        told = lost(summary(), summary(places__yaml=None))
        assert told[0] == "school/places.yaml: places.yaml is gone, and with it: place 10.1.0.0/24, place 10.2.0.0/24"
        assert "only 0 of 2 places are left" in told[1]

    def test_a_file_that_was_only_renamed_or_merged_is_no_loss(self, summary: Callable[..., Summary]) -> None:
        assert lost(summary(), summary(places__yaml=None, networks__yaml=PLACES)) == []
        assert lost(summary(), summary(places__yaml=None, school__yaml=SCHOOL + PLACES)) == []

    def test_a_list_under_another_name_is_no_loss_unless_it_is_cut(self, summary: Callable[..., Summary]) -> None:
        renamed = {"school__yaml": SCHOOL.replace("gambling.txt", "bets.txt"), "gambling__txt": None}
        whole = summary(**renamed, **{"lists/bets__txt": "\n".join(NAMES)})
        cut = summary(**renamed, **{"lists/bets__txt": NAMES[0]})
        assert lost(summary(), whole) == []
        assert lost(summary(), cut) == ["school: only 1 of 10 names and patterns of the category gambling are left"]

    def test_an_app_cut_to_half(self, summary: Callable[..., Summary]) -> None:
        new = summary(school__yaml=SCHOOL.replace("a.example, b.example, c.example, ", ""))
        assert lost(summary(), new) == ["school: only 1 of 4 names and patterns of the app tiktok are left"]

    def test_one_of_a_few_may_go(self, summary: Callable[..., Summary]) -> None:
        few = summary(gambling__txt="\n".join(NAMES[:3]))
        assert lost(few, summary(gambling__txt=NAMES[0])) == []

    def test_more_is_never_a_loss(self, summary: Callable[..., Summary]) -> None:
        old = summary()
        assert lost(old, old) == []
        assert lost(replace(old, rules=(), lists={}, listed={}, parts={}), old) == []


class TestWhatComesWithSaywhy:
    def test_is_no_part_of_the_outline(self, summary: Callable[..., Summary]) -> None:
        found = summary()
        assert {kind: list(found.parts[kind]) for kind in ("category", "app", "purpose", "correction")} == {
            "category": ["gambling"],
            "app": ["tiktok"],
            "purpose": [],
            "correction": [],
        }

    def test_does_not_make_up_for_what_was_the_schools_own(self, summary: Callable[..., Summary]) -> None:
        new = summary(**{"school.yaml": SCHOOL.replace("categories: {gambling: {lists: [lists/gambling.txt]}}\n", "")})
        (found,) = losses(summary(), new, Path("school"), "say so")
        assert "gambling is no longer defined here, so that Saywhy's own counts, with 1 in place of 10 names" in str(
            found
        )

    def test_may_take_the_place_of_something_smaller(self, summary: Callable[..., Summary]) -> None:
        small = "apps: {tiktok: {domains: [tiktok.com]}}"
        old = SCHOOL.replace("apps: {tiktok: {domains: [a.example, b.example, c.example, d.example]}}", small)
        new = summary(**{"school.yaml": old.replace(small, "")})
        assert losses(summary(**{"school.yaml": old}), new, Path("school"), "say so") == []


def test_corrections_are_told_and_a_line_more_above_them_is_no_change(summary: Callable[..., Summary]) -> None:
    text = "corrections:\n  - {name: a.example, never: [gambling], because: A theatre.}\n"
    old = summary(**{"corrections.yaml": text})
    assert what_changed(summary(), old) == "1 correction added: a.example"
    assert what_changed(old, summary(**{"corrections.yaml": f"\n\n{text}"})) == "only comments or layout"
    (gone,) = losses(old, summary(), Path("school"), "say so")
    assert "corrections.yaml is gone, and with it: correction a.example" in str(gone)
