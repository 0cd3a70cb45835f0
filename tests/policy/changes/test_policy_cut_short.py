"""Files that lost their end: what looks cut off, and what a technician plainly meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.policy.changes.cut_short import cut_short

HEAD = """\
school: {name: Hillside, timezone: Europe/London}
default: allow
places:
  - {name: library, network: 10.1.0.0/16, groups: [pupils]}
  - {network: 10.2.0.0/16, groups: [staff]}
"""
RULES = """\
rules:
  - id: games
    block: {domains: [games.test]}
    why: {risk: Play is for breaks.}
  # the staff room
  - id: chat
    block:
      domains:
        - chat.test
        - talk.test
    locked: true
  - id: videos
    block: {domains: [videos.test]}
    for: [pupils]
    locked: true
"""
GROUPS = """\
groups:
  pupils: {label: Pupils}
  staff:
    label: Staff
    reader: staff
"""
WHOLE = HEAD + RULES


def told(new: str, old: str = WHOLE, **more: str) -> list[str]:
    before, after = {"school.yaml": old.encode()}, {"school.yaml": new.encode()}
    for name, text in more.items():
        after[f"{name}.yaml"] = text.encode()
    return [one.what for one in cut_short(before, after)]


def before_rule(name: str, text: str = WHOLE) -> str:
    return text[: text.index(f"  - id: {name}")]


@pytest.mark.parametrize(
    ("new", "what"),
    [
        (before_rule("videos"), "rule videos"),
        (before_rule("chat"), "rule chat, rule videos"),
        (before_rule("videos") + "\n\n# the end\n", "rule videos"),
        (before_rule("videos").replace("Play is", "Playing is"), "rule videos"),  # changed above, and cut off
        (before_rule("videos").replace("  - id: games", "  - id: new\n    allow: {domains: [a.test]}\n  - id: games"), "rule videos"),
        (WHOLE.replace("    for: [pupils]\n    locked: true\n", ""), "the end of rule videos"),
        (WHOLE.replace("    for: [pupils]\n    locked: true\n", "    for: [pupils]\n"), "the end of rule videos"),
        (WHOLE[: WHOLE.index("        - talk.test")], "rule videos"),
        (WHOLE.removesuffix("ue\n"), "the end of rule videos"),
        (WHOLE.replace("[videos.test]}\n    for: [pupils]\n    locked: true\n", "[vids.test]}\n    for: [pupils]\n"), "the end of rule videos"),
    ],
)  # fmt: skip
def test_a_file_without_its_end_may_have_been_cut_off(new: str, what: str) -> None:
    assert told(new) == [what]


@pytest.mark.parametrize(
    "new",
    [
        WHOLE,
        WHOLE.rstrip(),
        WHOLE + "# a note\n",
        WHOLE.replace("  # the staff room\n", ""),
        WHOLE.replace("\n", "\r\n"),
        WHOLE.replace("videos.test", "films.test"),
        WHOLE.replace("    locked: true\n  - id: videos", "  - id: videos"),  # in the middle: the end still stands
        before_rule("games") + WHOLE[WHOLE.index("  - id: chat") :],
        WHOLE + "  - id: more\n    block: {domains: [more.test]}\n",
        WHOLE.replace("for: [pupils]", "for: [pupils, staff]"),
        RULES + HEAD,  # another order, and all of it
    ],
)
def test_what_still_has_its_end_has_not(new: str) -> None:
    assert told(new) == []


def test_what_moved_to_another_file_is_not_gone() -> None:
    moved = "rules:\n" + WHOLE[WHOLE.index("  - id: videos") :]
    assert told(before_rule("videos"), more=moved) == []
    assert told(before_rule("chat"), more=moved) == ["rule chat"]


@pytest.mark.parametrize(
    ("end", "what"),
    [
        (GROUPS[: GROUPS.index("  staff:")], "groups: staff"),
        (GROUPS[: GROUPS.index("    reader:")], "the end of groups: staff"),
        ("", "groups: pupils, groups: staff"),
    ],
)
def test_every_kind_of_part_counts(end: str, what: str) -> None:
    assert told(WHOLE + end, WHOLE + GROUPS) == [what]


def test_places_are_called_by_their_name_or_network() -> None:
    assert told(HEAD[: HEAD.index("  - {network")], HEAD) == ["place 10.2.0.0/16"]
    assert told(HEAD[: HEAD.index("  - {name")].replace("places:\n", ""), HEAD) == ["place library, place 10.2.0.0/16"]


@pytest.mark.parametrize(
    ("new", "what"),
    [
        (b"a.test\nb.test\n", ["its last name"]),
        (b"a.test\n", ["its last name and 1 more"]),
        (b"a.test\nb.test\nc.te", ["its last name"]),
        (b"new.test\na.test\n", ["its last name and 1 more"]),
        (b"a.test\nc.test\n", []),
        (b"a.test\nb.test\nC.test # why", []),
        (b"c.test\nb.test\na.test\n", []),
        (b"a.test\nb.test\nc.test\nd.test\n", []),
    ],
)
def test_a_list_that_lost_its_last_name(new: bytes, what: list[str]) -> None:
    old = b"# bets\na.test\nb.test\nc.test\n"
    assert [one.what for one in cut_short({"lists/bets.txt": old}, {"lists/bets.txt": new})] == what


def test_a_list_without_names_never_had_an_end() -> None:
    assert cut_short({"l.txt": b"# nothing\n"}, {"l.txt": b"a.test\n"}) == []


def test_the_last_line_is_where_to_look() -> None:
    (one,) = cut_short({"l.txt": b"a.test\nb.test\nc.test\n"}, {"l.txt": b"a.test\nb.test\n"})
    assert (one.file, one.line) == ("l.txt", 2)


@given(st.integers(min_value=0, max_value=len(WHOLE + GROUPS)))
def test_wherever_it_is_cut_it_is_seen_or_nothing_but_blanks_is_gone(length: int) -> None:
    whole = WHOLE + GROUPS
    new = whole[:length]
    gone = whole[length:].strip()
    try_parts = new.strip()
    assert bool(told(new, whole)) == bool(gone) or not try_parts or _is_broken(new)


def _is_broken(text: str) -> bool:
    """Whether reading it says so anyway, so that it never comes to this."""
    from saywhy.policy.reading.yaml12 import read_yaml

    document = read_yaml(text.encode(), "")
    return document.root is None or not isinstance(document.root.value, dict)
