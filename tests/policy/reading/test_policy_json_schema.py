"""The schema that editors get: it takes what the loader takes, and marks what can be known from one file alone."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from saywhy.policy.reading.json_schema import DIALECT, example_value, json_schema_of
from saywhy.policy.reading.schema import FilePart
from saywhy.policy.reading.yaml12 import read_yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
BROKEN = sorted((HERE / "broken").glob("*.yaml"))

# What no schema of one file can tell: it shows only over several files, or in how the YAML is written.
NOT_FOR_A_SCHEMA = {
    "look-too-faint": "how well two colours can be told apart",
    "control-places": "what may stand in the braces of a header",
    "controls-at-one-host": "that two controls are for the same host",
    "cut-at-a-hash": "comments are gone once the YAML is read",
    "duplicate-key": "the second key is gone once the YAML is read",
    "group-circle": "which names there are, and what they lie within",
    "inspection-both": "that a name stands in two lists",
    "languages-twice": "en and EN are the same only to those who know languages",
    "missing-sections": "they may stand in another file",
}


@cache
def schema() -> dict[str, Any]:
    return json_schema_of(FilePart, "A file of a policy")


def mistakes(value: Any) -> list[str]:
    validator = Draft202012Validator(schema(), format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def value_of(path: Path) -> Any:
    root = read_yaml(path.read_bytes(), path.name).root  # the meaning of YAML 1.2, as in editors
    return None if root is None else root.value


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == DIALECT


def test_it_says_that_names_cannot_be_known() -> None:
    assert "cannot be known" in schema()["$comment"]
    names = schema()["$defs"]["RulePart"]["properties"]["for"]["items"]
    assert "cannot know" in names["description"]


@pytest.mark.parametrize(
    "path",
    [*sorted((ROOT / "policies").glob("*.yaml")), *sorted((HERE / "sound").glob("*.yaml"))],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_a_sound_policy_validates(path: Path) -> None:
    assert mistakes(value_of(path)) == []


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_policy_does_not(path: Path) -> None:
    value = value_of(path)
    if value is None:  # no YAML at all: the editor says so without a schema
        assert path.with_suffix(".txt").read_text("utf-8")
    else:
        assert (mistakes(value) == []) is (path.stem in NOT_FOR_A_SCHEMA)


def test_what_a_schema_cannot_tell_is_still_a_case() -> None:
    assert set(NOT_FOR_A_SCHEMA) <= {path.stem for path in BROKEN}


def rule(**more: Any) -> dict[str, Any]:
    reasons = {
        "why": "It never ends.",
        "decided": {"by": "Governors", "on": "2026-09-03"},
        "review_by": "2027-03-01",
        "owner": "it",
    }
    return {"rules": [{"id": "games", "block": {"apps": ["tiktok"]}, **reasons, **more}]}


def caution(**more: Any) -> dict[str, Any]:
    (written,) = rule(caution={"apps": ["tiktok"]}, **more)["rules"]
    return {"rules": [{key: value for key, value in written.items() if key != "block"}]}


@pytest.mark.parametrize(
    "value",
    [
        rule(),
        rule(locked=True),
        rule(locked=True, ask="nobody"),
        rule(locked=False, ask={"decides": ["it"], "offer": ["today"]}),
        rule(block="everything"),
        rule(why={"risk": "It never ends.", "readers": {"primary": "It is long.", "staff": "It is long."}}),
        {"rules": [{"id": "videos", "allow": {"urls": ["www.example.org/watch?v=1"]}, "locked": False}]},
        {"rules": [{"id": "videos", "allow": "everything", "ask": "nobody"}]},
        caution(),
        caution(open_for="1 hour", quota="90 MINUTES  per day", give_reason=False, ask={"decides": ["it"]}, locked=False),
        {"default": "allow"},
        {"default": {"effect": "allow"}},
        {"roles": {"année-7": "IT"}},
        {"apps": {"a": {"domains": ["müller.example", "10.0.0.1", "::1", "[::1]", "a_b.example", "bet.example."]}}},
        {"apps": {"a": {"urls": ["https://example.org/a", "[::1]/x", "a.example:80/", "a.example?x=1", "日本.example/*"]}}},
        {"places": [{"network": one, "groups": ["a"]} for one in ("10.0.0.9", "::/0", "fd00::/8", "10.0.0.0/255.0.0.0")]},
        {"times": {"x": [{"days": "Mon - Friday", "from": "9:15", "until": "24:00"}]}},
        {"times": {"x": {"spans": [{"days": ["MON", "weekend"], "from": "00:00", "until": "24:00"}]}}},
        {"school": {"name": "H", "timezone": "UTC", "languages": ["en", "pl-PL", "cy-GB", "ar"]}},
    ],
)  # fmt: skip
def test_what_the_loader_takes_is_taken(value: dict[str, Any]) -> None:
    FilePart.model_validate(value)  # the schema is held against the model itself, not against an opinion
    assert mistakes(value) == []


@pytest.mark.parametrize(
    "value",
    [
        rule(locked=True, ask={"decides": ["it"]}),
        rule(id="default"),
        rule(review_by="2027-02-29"),
        rule(review_by="1 March 2027"),
        rule(allow="everything"),
        rule(caution={"apps": ["tiktok"]}),
        rule(quota="20 minutes a day"),
        caution(locked=True),
        caution(keep_open=True),
        caution(help=[{"name": "Childline", "contact": "0800 1111"}]),
        caution(open_for="a while"),
        caution(open_for=10),
        caution(quota="20 minutes"),
        {"default": "caution"},
        {"rules": [{"id": "videos", "caution": "everything"}]},
        rule(why={"risk": "It never ends.", "readers": {"teenagers": "It is long."}}),
        rule(ask={"offer": ["for-ever"]}),
        {"rules": [{"id": "videos", "allow": "everything", "locked": True}]},
        {"default": {"effect": "block", "why": "Because."}},
        {"school": None},
        {"apps": {"a": {"domains": ["bet.example:8080"]}}},
        {"apps": {"a": {"domains": ["2048"]}}},
        {"roles": {"year 7": "IT"}},
        {"roles": {"it": "I\x07T"}},
        {"apps": {"a": {"urls": ["a.example/" + "a*" * 17]}}},
        {"times": {"x": [{"days": "Freitag", "from": "9:15", "until": "10:00"}]}},
        {"times": {"x": [{"days": "fri", "from": 915, "until": "10:00"}]}},
    ],
)
def test_what_can_be_marked_as_one_types_is_marked(value: dict[str, Any]) -> None:
    assert mistakes(value) != []


def properties() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, part in {"file": schema(), **schema()["$defs"]}.items():
        for key, value in part.get("properties", {}).items():
            yield f"{name}.{key}", value


@pytest.mark.parametrize(("key", "value"), [pytest.param(*one, id=one[0]) for one in properties()])
def test_every_key_has_words_and_an_example_that_holds(key: str, value: dict[str, Any]) -> None:
    part = schema()["$defs"].get(value.get("$ref", "").rpartition("/")[2], {})
    assert value.get("description") or part.get("description")
    assert value["examples"]
    around = {"$defs": schema()["$defs"], **value}
    assert [error.message for one in value["examples"] for error in Draft202012Validator(around).iter_errors(one)] == []


def test_nothing_may_be_null() -> None:
    assert '"null"' not in json.dumps(schema())
    assert '"default": null' not in json.dumps(schema())


def test_an_example_is_yaml_and_its_meaning_that_of_1_2() -> None:
    assert example_value("{on: 2026-09-03, from: 09:15, word: NO}") == {
        "on": "2026-09-03",
        "from": "09:15",
        "word": "NO",
    }
    with pytest.raises(ValueError, match="no YAML"):
        example_value("[half")
