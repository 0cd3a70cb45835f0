"""What single values look like to an editor: never stricter than the loader, strict enough to help."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic_core import PydanticCustomError

from saywhy.policy import fields, host_fields, json_shapes, network_fields, text_fields
from saywhy.policy.json_shapes import Json
from saywhy.policy.reading import schema_times

SHAPES: list[tuple[Json, Callable[[Any], Any]]] = [
    (json_shapes.TEXT, text_fields.read_sentence),
    (json_shapes.ID, text_fields.read_id),
    (json_shapes.HOST, host_fields.read_host),
    (json_shapes.PATTERN, host_fields.read_pattern),
    (json_shapes.NETWORK, network_fields._network),
    (json_shapes.DATE, fields._date),
    (json_shapes.CLOCK, schema_times._clock),
    (json_shapes.END, schema_times._end),
    (json_shapes.DAYS, schema_times._days),
    (json_shapes.ZONE, fields._zone),
    (json_shapes.LANGUAGE, fields._language),
    (json_shapes.READER, fields._reader),
    (json_shapes.OFFER, fields._offer),
    (json_shapes.WEB_ADDRESS, host_fields._web_address),
]
# Texts near to what is meant, so that some of them are.
NEAR = st.one_of(
    st.text(alphabet="abz-_.:/*?=#%[]09 éß日", max_size=20),
    st.from_regex(r"(https?://)?[a-z0-9.-]{1,12}\.(example|org)(:80)?(/[a-z*/]{0,8})?(\?[a-z=]{0,5})?", fullmatch=True),
    st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){3}(/[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"[0-9a-f:]{2,12}(/[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"[0-9]{1,2}:[0-9]{2}|[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True),
    st.from_regex(r"(mon|tue|sunday|weekdays|Fri)( ?- ?(mon|SAT))?", fullmatch=True),
    st.from_regex(r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{2,8}){0,3}", fullmatch=True),
    st.sampled_from(["Europe/London", "Etc/GMT+1", "staff", "easy-read", "this-week", "every day", "24:00"]),
)


def accepted(read: Callable[[Any], Any], value: Any) -> bool:
    try:
        read(value)
    except PydanticCustomError:
        return False
    return True


@given(value=NEAR)
@example("xn--mller-kva.example")
@example("/0")
@example("1.2.3.4.")
@example("a..")
@example("0x7f.1")
@example("example.org\\a")
@example("http://example.org:80?x")
@example("10.0.0.0/0255")
@example("fe80::1%eth0/128")
@example("all of co.uk")
@example("ALL  OF intranet")
@example("all of xxx/page")
@example("HTTPS://www.example.org/a")
@example("क्\u200dष.example")
@example("col·legi.example/a")
@example("06:30 next day")
@example("7:00")
def test_what_the_loader_takes_has_the_right_shape(value: str) -> None:
    stripped = value.strip()  # a space at the ends of a quoted text is the one thing an editor is stricter about
    for shape, read in SHAPES:
        if stripped and accepted(read, stripped):
            assert Draft202012Validator(shape).is_valid(stripped), (shape["title"], stripped)


@pytest.mark.parametrize(("shape", "read"), SHAPES, ids=lambda one: one["title"] if isinstance(one, dict) else "")
def test_its_examples_are_taken_by_the_loader(shape: Json, read: Callable[[Any], Any]) -> None:
    for value in (*shape.get("examples", ()), *shape.get("enum", ())):
        assert accepted(read, value)
        assert Draft202012Validator(shape).is_valid(value)


@pytest.mark.parametrize(
    "shape", [shape for shape, _ in SHAPES if "pattern" in shape], ids=lambda shape: shape["title"]
)
def test_a_pattern_means_the_same_to_every_editor(shape: Json) -> None:
    # \d, \w and \b differ between ECMA 262 and Python; other escapes are errors under the flag u
    escapes = re.findall(r"\\(?:x[0-9a-f]{2}|.)", shape["pattern"])
    assert [one for one in escapes if not re.fullmatch(r"\\(?:x[0-9a-f]{2}|[sS.\[\]\\?/^$*])", one)] == []
