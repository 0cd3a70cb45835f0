"""Whatever the bytes: a policy comes out, or problems with their places, and nothing else."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saywhy.decide.engine import Engine
from saywhy.policy.problem import PolicyError, Problem
from saywhy.policy.reading.load import load_policy

SOUND = Path(__file__).parent / "sound"
WHOLE = b"\n".join(file.read_bytes() for file in sorted(SOUND.glob("*.yaml")))
JARGON = ("input should", "valid ", "pydantic", "type=", "traceback", "instance of", "dictionary", "string", "sequence")


def load_bytes(content: bytes, list_content: bytes | None = None) -> None:
    """Load a folder of one file and one list; whatever their bytes, a policy or problems come out."""
    with tempfile.TemporaryDirectory() as folder:
        school = Path(folder) / "school"
        (school / "lists").mkdir(parents=True)
        (school / "school.yaml").write_bytes(content)
        shutil.copy(SOUND / "lists" / "gambling.txt", school / "lists")
        if list_content is not None:
            (school / "lists" / "gambling.txt").write_bytes(list_content)
        check(school)


def check(school: Path) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        policy = load_policy(school)
    except PolicyError as error:
        problems = error.problems
    else:
        assert policy.rules
        Engine(policy).prepare()
        return
    assert problems
    assert list(problems) == sorted(set(problems))
    for problem in problems:
        assert problem.file.startswith(str(school))
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.what.strip()


@given(st.binary(max_size=200))
def test_random_bytes_give_problems(content: bytes) -> None:
    load_bytes(content)


@given(st.binary(max_size=200))
def test_so_do_random_bytes_in_a_list(content: bytes) -> None:
    load_bytes(WHOLE, content)


ODD = [b"~", b"true", b"0", b"-1", b"9e999", b".nan", b"[]", b"{}", b"[[]]", b'""', b'"\\0"', b'"\\u200b"', b"\n", b"\n  ", b": ", b"- ",
       b"#", b"*a", b"&a ", b"!!", b"|\n", b"\xff", b"\xc2\x85", b"\xef\xbb\xbf", b"\xf0\x9f\x98\x80", b"everything", b"nobody", b"{a: 1}"]  # fmt: skip


@given(st.data())
@settings(max_examples=250)
def test_a_sound_policy_with_some_bytes_changed_is_a_policy_or_problems(data: st.DataObject) -> None:
    content = WHOLE
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 12))
        put = data.draw(st.sampled_from(ODD) | st.binary(max_size=3))
        content = content[:start] + put + content[start + length :]
    load_bytes(content)


@pytest.mark.parametrize("section", ["categories", "groups", "roles", "times"])
def test_a_name_with_a_space_and_nothing_after_it_is_told(section: str, school: Path) -> None:
    """Nothing else is wrong, and nothing else is there: one file, which is left out where nobody speaks of it."""
    at = f"\n{section}:\n".encode()
    assert WHOLE.count(at) == 1
    for file in school.glob("*.yaml"):
        file.unlink()
    (school / "school.yaml").write_bytes(WHOLE.replace(at, at + b"  a name:\n"))
    with pytest.raises(PolicyError) as raised:
        load_policy(school)
    assert [one.what for one in raised.value.problems] == ["'a name' cannot be an id"]


@given(st.integers(0, len(WHOLE)))
def test_half_a_policy_is_never_one_without_rules(length: int) -> None:
    load_bytes(WHOLE[:length])


KEYS = ["school", "roles", "groups", "places", "times", "reach", "default", "categories", "apps", "purposes", "rules", "name",
        "timezone", "languages", "label", "public", "ages", "in_breaks", "reader", "within", "network", "spans", "days", "from", "until", "ports", "addresses",
        "effect", "why", "risk", "readers", "instead", "decided", "by", "on", "review_by", "owner", "ask", "decides", "offer",
        "locked", "help", "id", "allow", "block", "caution", "open_for", "quota", "give_reason", "for", "at", "when", "domains", "urls", "lists", "alternatives",
        "url", "trusted", "[key]", "", " ", "a"]  # fmt: skip
scalars = (
    st.sampled_from([None, True, False, 0, -1, 443, 1e999, "", " ", "a", "staff", "everything", "nobody", "allow", "block",
                     "10 minutes", "20 minutes a day", "09:15", "24:00", "mon-fri", "2026-09-03", "10.0.0.0/8", "https://example.org/", "example.org/a",
                     "lists/gambling.txt", "..", "/", "lists/\x00", "*", "en", "Europe/London", "Europe", "../../etc/localtime", "\u2028"])
    | st.text(max_size=5)
)  # fmt: skip
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=30,
)


@given(st.dictionaries(st.sampled_from(KEYS[:11]), trees, max_size=8))
@settings(max_examples=300)
def test_any_shape_is_a_policy_or_problems(document: dict[str, Any]) -> None:
    load_bytes(json.dumps(document).replace("Infinity", "1e999").encode())


def test_no_problem_speaks_the_language_of_the_program() -> None:
    said = "".join(one.read_text(encoding="utf-8") for one in (Path(__file__).parent / "broken").glob("*.txt")).lower()
    assert [word for word in JARGON if word in said] == []
