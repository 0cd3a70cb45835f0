"""A change in a YAML file keeps every other byte."""

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.policy.changes.text_edit import CannotEditError, Edit, add_section, insert_item, replace_value
from saywhy.policy.reading.yaml12 import read_yaml

ITEM = ("- id: new", "  why: It is new.")
TWO = b"""\
# the rules
rules:
  # 1. One
  - id: one   # first
    why: |
      # no comment
      of this file

  # 2. Two,
  #    with more to say
  - id: two
    why: 'So.'

# what follows
default: allow
"""


def values(content: bytes, section: str = "rules") -> object:
    document = read_yaml(content, "a.yaml")
    assert document.root is not None, document.problems
    return document.node_at(section).value


@pytest.mark.parametrize(
    ("before", "ids", "ahead"),
    [
        (0, ["new", "one", "two"], b"rules:\n"),
        (1, ["one", "new", "two"], b"of this file\n\n"),
        (None, ["one", "two", "new"], b"why: 'So.'\n\n"),
    ],
)
def test_an_item_is_put_above_another_and_its_comments_or_last(
    before: int | None, ids: list[str], ahead: bytes
) -> None:
    edit = insert_item("a.yaml", TWO, "rules", ITEM, before)
    assert [one["id"] for one in values(edit.after)] == ids  # type: ignore[attr-defined]
    assert ahead + b"  - id: new\n    why: It is new.\n" in edit.after


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_the_mark_at_the_beginning_stay(end: bytes, bom: bytes) -> None:
    content = bom + TWO.replace(b"\n", end)
    edit = insert_item("a.yaml", content, "rules", ITEM, 1)
    assert edit.after == bom + insert_item("a.yaml", TWO, "rules", ITEM, 1).after.replace(b"\n", end)


@pytest.mark.parametrize(
    "content",
    [
        b"rules: [{id: one}]\n",
        b"rules: []\n",
        b"default: allow\n",
        b"rules:\n  -\n    id: one\n",
        b"not: [yaml\n",
        b"\xff\n",
    ],
)
def test_what_is_written_in_another_way_is_left_to_a_person(content: bytes) -> None:
    with pytest.raises(CannotEditError):
        insert_item("a.yaml", content, "rules", ITEM)


def test_an_item_after_the_last_line_without_an_end() -> None:
    edit = insert_item("a.yaml", b"rules:\n- id: one", "rules", ITEM)
    assert edit.after == b"rules:\n- id: one\n- id: new\n  why: It is new.\n"


KEYS = st.sampled_from(
    ["id: a", "id: 'b'", "id: c  # why", "id: d\n    why: |-\n      # text\n\n      more", "id: e\n    f: [1, 2]"]
)
ABOVE = st.sampled_from(["", "\n", "  # a word\n", "\n  # two\n  # words\n", "# far left\n"])
ENDS = st.sampled_from(["\n", "\r\n"])


@given(st.lists(st.tuples(ABOVE, KEYS), min_size=1, max_size=5), ENDS, st.data(), st.booleans())
def test_every_other_byte_stays(items: list[tuple[str, str]], end: str, data: st.DataObject, last_end: bool) -> None:
    body = "".join(f"{above}  - {keys}\n" for above, keys in items)
    text = f"# Grüße\nschool: {{name: a}}\nrules:\n{body}"
    text = (text + "more: 1\n" if last_end else text.rstrip("\n")).replace("\n", end)
    before = data.draw(st.one_of(st.none(), st.integers(0, len(items) - 1)))
    edit = insert_item("a.yaml", text.encode(), "rules", ITEM, before)
    now, was = values(edit.after), values(text.encode())
    assert isinstance(now, list)
    assert isinstance(was, list)
    at = len(was) if before is None else before
    assert now == [*was[:at], {"id": "new", "why": "It is new."}, *was[at:]]
    added = len(edit.after) - len(edit.before)
    assert any(edit.after[:cut] + edit.after[cut + added :] == edit.before for cut in range(len(edit.before) + 1)), (
        "more than one piece was changed"
    )


def test_a_value_is_written_in_the_place_of_another() -> None:
    content = b"rules:\n  - {id: one, review_by: '2027-03-01'}  # so\n  - id: two\n    review_by: 2027-03-01 # here\n"
    first = replace_value("a.yaml", content, ("rules", 0, "review_by"), "2028-01-31")
    assert first.after == content.replace(b"'2027-03-01'", b"2028-01-31")
    second = replace_value("a.yaml", content, ("rules", 1, "review_by"), "2028-01-31")
    assert second.after == content.replace(b"2027-03-01 #", b"2028-01-31 #")
    with pytest.raises(CannotEditError):
        replace_value("a.yaml", content, ("rules", 1, "owner"), "it")


def test_a_section_is_added_at_the_end() -> None:
    edit = add_section("a.yaml", b"default: allow", "corrections", ["- {name: a.example}"])
    assert edit.after == b"default: allow\n\ncorrections:\n  - {name: a.example}\n"
    for content in (b"{default: allow}\n", b"corrections: []\n", b"a: 1\n...\n", b"[1]\n"):
        with pytest.raises(CannotEditError):
            add_section("a.yaml", content, "corrections", ["- {name: a.example}"])


@pytest.mark.parametrize("content", [TWO, TWO.rstrip(b"\n"), TWO.replace(b"\n", b"\r\n")])
@pytest.mark.parametrize("before", [0, 1, None])
def test_a_patch_can_be_applied(tmp_path: Path, content: bytes, before: int | None) -> None:
    edit = insert_item("a.yaml", content, "rules", ITEM, before)
    (tmp_path / "a.yaml").write_bytes(edit.before)
    applied = subprocess.run(
        ["git", "apply", "-"], cwd=tmp_path, input=edit.patch.encode(), capture_output=True, check=False
    )
    assert applied.returncode == 0, applied.stderr
    assert (tmp_path / "a.yaml").read_bytes() == edit.after
    assert isinstance(edit, Edit)
    assert re.search(r"^\+.*id: new", edit.patch, re.MULTILINE)
