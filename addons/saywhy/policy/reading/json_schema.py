"""JSON Schema (2020-12) of a kind of file, for editors: made from the model that the loader itself uses.

What no single key can tell (a block needs its reasons) is added here in the few words that editors know; the loader's
own words for it are in `rule_checks`. Only draft 7 keywords and `$defs` are used, because many editors know no more.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from saywhy.policy import criteria, obligations
from saywhy.policy.caution import KEYS
from saywhy.policy.part import Part
from saywhy.policy.reader import READER_SYNONYMS
from saywhy.policy.reading.schema import AppPart, CategoryPart, CorrectionPart
from saywhy.policy.reading.schema_inspection import InspectionPart, SitesPart
from saywhy.policy.reading.schema_rules import CriteriaPart, DefaultPart, ReasonedPart, RulePart, WhyPart, WordsPart
from saywhy.policy.reading.schema_times import TimesPart
from saywhy.policy.reading.yaml12 import Value, read_yaml

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_REASONS: Final = ["why", "decided", "review_by", "owner"]


def _any_of(*keys: str) -> JsonSchemaValue:
    """At least one of these lists has an item."""
    return {"anyOf": [{"properties": {key: {"minItems": 1}}, "required": [key]} for key in keys]}


def _only(key: str, *values: Any) -> JsonSchemaValue:
    return {"properties": {key: {"enum": [*values]}}}


def _is(key: str, value: Any) -> JsonSchemaValue:
    return {"properties": {key: {"const": value}}, "required": [key]}


_SAME_LEVEL: Final = [
    {"required": [*pair]}
    for level in sorted(set(READER_SYNONYMS.values()))
    for pair in combinations([level.value, *(word for word, same in READER_SYNONYMS.items() if same == level)], 2)
]
# What holds for a part as a whole, beside its keys.
_CONDITIONS: Final[Mapping[type[Part], list[JsonSchemaValue]]] = {
    RulePart: [
        {"oneOf": [{"required": [effect]} for effect in ("allow", "block", "caution")]},
        {"properties": {"id": {"not": {"const": "default"}}}},
        {"properties": {key: {"minProperties": 1} for key, kind in obligations.kinds().items() if kind.left_out == {}}},
        {
            "if": {"anyOf": [{"required": ["block"]}, {"required": ["caution"]}]},
            "then": {
                "required": _REASONS,
                "properties": {
                    "keep_open": {"const": False},
                    **{key: {"const": kind.left_out} for key, kind in obligations.kinds().items()},
                },
            },
        },
        {
            "if": {"anyOf": [{"required": ["files"]}, _is("posting", True), _is("uploads", True)]},
            "then": {
                "properties": {
                    key: {"const": kind.left_out} for key, kind in obligations.kinds().items() if kind.controlled
                }
            },
        },
        {
            "if": {"required": ["allow"]},
            "then": {
                "properties": {
                    "locked": {"const": False},
                    "ask": {"const": "nobody"},
                    "help": False,
                    "care": {"const": False},
                }
            },
        },
        {
            "if": {"required": ["caution"]},
            "then": {"properties": {"locked": {"const": False}, "help": False, "care": {"const": False}}},
            "else": {"properties": dict.fromkeys(KEYS, False)},
        },
        {"if": _is("locked", True), "then": _only("ask", "nobody")},
        {"if": _is("keep_open", True), "then": {"properties": {"allow": {"not": {"const": "everything"}}}}},
    ],
    DefaultPart: [{"if": _is("effect", "block"), "then": {"required": _REASONS}}],
    CriteriaPart: [_any_of(*criteria.kinds())],
    CategoryPart: [_any_of("domains", "urls", "lists")],
    AppPart: [_any_of("domains", "urls", "lists")],
    InspectionPart: [{"if": _is("never", "everything"), "then": {"properties": {"always": False}}}],
    SitesPart: [_any_of("categories", "apps", "domains")],
    CorrectionPart: [_any_of("never", "also")],
    TimesPart: [{"anyOf": [{"required": [key]} for key in ("spans", "only", "except")]}],
    **{part: [{"properties": {"readers": {"not": {"anyOf": _SAME_LEVEL}}}}] for part in (WordsPart, WhyPart)},
}


class _ForEditors(GenerateJsonSchema):
    """Schemas in which nothing is null, keys are named where they are known, and examples are values."""

    schema_dialect = DIALECT

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if made.get("default") in (None, "", [], {}):
            made.pop("default", None)
        return made

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        keys = self.generate_inner(schema["keys_schema"]) if "keys_schema" in schema else {}
        values = self.generate_inner(schema["values_schema"]) if "values_schema" in schema else {}
        if "enum" in keys:
            return {"type": "object", "properties": dict.fromkeys(keys["enum"], values), "additionalProperties": False}
        return {"type": "object", "propertyNames": keys, "additionalProperties": values}

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        made.pop("title", None)
        model = schema["cls"]
        if issubclass(model, ReasonedPart):  # what a rule is and matches comes before its reasons
            keys = made["properties"]
            later = [*obligations.kinds(), *ReasonedPart.keys()]
            made["properties"] = {key: keys[key] for key in sorted(keys, key=lambda one: _place(one, later))}
        conditions = _CONDITIONS.get(model)
        return made if conditions is None else {**made, "allOf": conditions}

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the key itself is the title
        return False


def _place(key: str, later: list[str]) -> int:
    return later.index(key) if key in later else -1


def json_schema_of(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The schema of a kind of file by its model, ready to be written as JSON."""
    made = model.model_json_schema(schema_generator=_ForEditors)
    _examples_as_values(made)
    comment = (
        "Made from the model by `saywhy schema`. Names that a policy gives itself (groups, places, times, calendars, apps, "
        "categories, purposes, roles) cannot be known here: `saywhy check` holds them against each other, and says "
        "more of every mistake than an editor can."
    )
    return {"$schema": DIALECT, "title": title, "$comment": comment, **made}


def example_value(text: str) -> Value:
    """What an example in the model's fields, which is YAML as one writes it, means. Raises ValueError."""
    document = read_yaml(f"example: {text}".encode(), "example")
    if document.root is None or document.problems:
        raise ValueError(f"the example {text!r} is no YAML")
    return document.node(("example",)).value


def _examples_as_values(schema: Any) -> None:
    """Turn the model's examples into values; those with an ellipsis are for messages only."""
    if isinstance(schema, list):
        for one in schema:
            _examples_as_values(one)
    if not isinstance(schema, dict):
        return
    for name, one in schema.items():
        if name == "properties":
            for described in one.values():
                if isinstance(described, dict) and "examples" in described:
                    texts = described["examples"]
                    described["examples"] = [
                        example_value(text) if isinstance(text, str) else text for text in texts if "…" not in str(text)
                    ]
                    if not described["examples"]:
                        del described["examples"]
        _examples_as_values(one)
