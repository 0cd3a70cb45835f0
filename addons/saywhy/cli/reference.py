"""The reference of every file, in words: each key of each part, from the same schema that editors get."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from saywhy.cli.file_kinds import FileKind, file_kinds

BEGIN: Final = "<!-- reference: made by `saywhy schema --reference docs/policy.md`; changes here are lost -->"
END: Final = "<!-- end of the reference -->"
_ANY_KEY: Final = "ID"

type Json = Mapping[str, Any]


class MarksError(ValueError):
    """The file does not say where the reference belongs."""


def with_reference(text: str) -> str:
    """A Markdown text with the reference between its marks renewed. Raises MarksError where they are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MarksError(f"the marks are missing; write the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{reference()}\n{END}{after}"


def reference() -> str:
    """The reference of all kinds of file, as Markdown."""
    return "\n".join(line for kind in file_kinds().values() if kind.is_written for line in _of_kind(kind))


@dataclass(slots=True)
class _Walk:
    """The parts met so far on the way through a schema, each with every path that leads to it."""

    definitions: Json
    paths: dict[str, list[str]] = field(default_factory=dict)

    def visit(self, part: Json, path: str) -> None:
        """Note the parts below this one, in the order of its keys."""
        for key, value in part.get("properties", {}).items():
            self._enter(value, f"{path}.{key}" if path else key)

    def _enter(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            return
        if "$ref" in value:
            name = value["$ref"].rpartition("/")[2]
            known = name in self.paths
            self.paths.setdefault(name, []).append(path)
            if not known:
                self.visit(self.definitions[name], path)
        for one in value.get("anyOf", ()):
            self._enter(one, path)
        self._enter(value.get("items"), f"{path}[]")
        self._enter(value.get("additionalProperties"), f"{path}.{_ANY_KEY}")


def _of_kind(kind: FileKind) -> Iterator[str]:
    schema = kind.schema()
    walk = _Walk(schema.get("$defs", {}))
    walk.visit(schema, "")
    yield f"### `{kind.files}`"
    yield ""
    yield from _table(schema, walk.definitions)
    for name, paths in walk.paths.items():
        part = walk.definitions[name]
        shown = ", ".join(f"`{path}`" for path in dict.fromkeys(paths))
        yield f"#### {shown}"
        yield ""
        yield part.get("description", "")
        yield ""
        yield from _table(part, walk.definitions)


def _table(part: Json, definitions: Json) -> Iterator[str]:
    needed = part.get("required", ())
    yield "| key | value | meaning | example |"
    yield "|---|---|---|---|"
    for key, value in part.get("properties", {}).items():
        meaning = described(value, definitions) + (" **Needed.**" if key in needed else "")
        if "default" in value:
            meaning += f" Left out: `{_as_yaml(value['default'])}`."
        examples = value.get("examples", ())
        example = f"`{key}: {_as_yaml(examples[0])}`" if examples else ""
        yield f"| `{key}` | {_cell(in_words(value))} | {_cell(meaning)} | {_cell(example)} |"
    yield ""


def described(value: Json, definitions: Json) -> str:
    """What a key is for: its own words or, where it has none, those of the part that it holds."""
    own = value.get("description") or definitions.get(value.get("$ref", "").rpartition("/")[2], {}).get("description")
    return str(own or "")


def in_words(value: Json) -> str:
    """What stands after a key, in a few words: "list of: id of a group", "mapping, or text"."""
    match value:
        case {"$ref": _}:
            return "mapping"
        case {"not": _}:
            return "not yet"
        case {"title": str(title)} if "enum" not in value:
            return title
        case {"anyOf": list(either)}:
            return ", or ".join(dict.fromkeys(in_words(one) for one in either))
        case {"enum": list(choices)}:
            return _choice(choices)
        case _:
            return _by_type(value)


def _by_type(value: Json) -> str:
    match value:
        case {"const": constant}:
            return f"`{str(constant).lower() if isinstance(constant, bool) else constant}`"
        case {"type": "array", "items": items}:
            return f"list of: {in_words(items)}"
        case {"type": "object", "properties": keys}:
            return f"{_choice(keys)}: {in_words(next(iter(keys.values())))}"
        case {"type": "object", "propertyNames": names, "additionalProperties": each}:
            return f"{in_words(names)}: {in_words(each)}"
        case _:
            return {"boolean": "`true` or `false`", "string": "text"}.get(value.get("type", ""), "value")


def _choice(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _as_yaml(value: Any) -> str:
    """A value on one line, as one would write it in YAML."""
    match value:
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(_as_yaml, value))}]"
        case dict():
            return f"{{{', '.join(f'{key}: {_as_yaml(one)}' for key, one in value.items())}}}"
        case str() if _needs_quotes(value):
            return f'"{value}"'
    return str(value)


def _needs_quotes(text: str) -> bool:
    from saywhy.policy.reading.yaml12 import read_yaml

    document = read_yaml(f"[{text}]".encode(), "example")
    return document.root is None or document.root.value != [text]


def _cell(text: str) -> str:
    return text.replace("\n", " ").replace("|", "\\|")
