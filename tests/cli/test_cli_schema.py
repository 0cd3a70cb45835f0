"""`saywhy schema`, and the schemas and the reference that are kept in the repository."""

import json
from pathlib import Path

import pytest

from saywhy.cli.file_kinds import FileKind, file_kinds
from saywhy.cli.reference import BEGIN, END, MarksError, described, in_words, reference, with_reference
from saywhy.cli.schema import as_json
from tests.cli.conftest import ROOT, Say

KINDS = list(file_kinds().values())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_schema_in_the_repository_is_fresh(kind: FileKind) -> None:
    kept = ROOT / "schema" / kind.schema_file
    assert kept.exists(), "run make docs"
    assert kept.read_text("utf-8") == as_json(kind.schema()), "run make docs"


def test_no_schema_is_left_of_a_kind_that_is_gone() -> None:
    assert {path.name for path in (ROOT / "schema").iterdir()} == {kind.schema_file for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_example_school_tells_editors_where_its_schema_is(kind: FileKind) -> None:
    for path in sorted(ROOT.glob(kind.files)):
        up = "../" * len(path.relative_to(ROOT).parents[:-1])
        first = path.read_text("utf-8").partition("\n")[0]
        assert first == f"# yaml-language-server: $schema={up}schema/{kind.schema_file}", path.name
        assert (path.parent / first.partition("=")[2]).resolve() == ROOT / "schema" / kind.schema_file


def test_a_kind_whose_module_is_not_there_is_left_out() -> None:
    assert not FileKind("x", "X", "*.yaml", "saywhy.policy.not_there:Model").is_built
    assert "policy" in file_kinds()


def test_it_prints_the_policy_schema(say: Say) -> None:
    done = say("schema")
    assert done.exit_code == 0
    assert json.loads(done.output) == file_kinds()["policy"].schema()
    assert say("schema", "policy").output == done.output


def test_it_writes_every_schema(say: Say, tmp_path: Path) -> None:
    done = say("schema", "--out", tmp_path / "new" / "schema")
    assert done.exit_code == 0
    assert {path.name for path in (tmp_path / "new" / "schema").iterdir()} == {kind.schema_file for kind in KINDS}
    assert "policy.schema.json" in done.output


def test_it_writes_one_schema(say: Say, tmp_path: Path) -> None:
    assert say("schema", "policy", "--out", tmp_path).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["policy.schema.json"]


def test_an_unknown_kind_is_told_the_known_ones(say: Say) -> None:
    done = say("schema", "polcy")
    assert done.exit_code == 2
    assert "did you mean 'policy'?" in done.output


def test_a_folder_that_cannot_be_written_is_said(say: Say, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = say("schema", "--out", tmp_path / "file")
    assert done.exit_code == 1
    assert "cannot be written" in done.output


def test_the_reference_replaces_what_is_between_its_marks(say: Say, tmp_path: Path) -> None:
    page = tmp_path / "policy.md"
    page.write_text(f"# Before\n{BEGIN}\nwhat was here before\n{END}\nafter\n")
    assert say("schema", "--reference", page).exit_code == 0
    text = page.read_text("utf-8")
    assert text.startswith(f"# Before\n{BEGIN}\n\n### ")
    assert text.endswith(f"{END}\nafter\n")
    assert "what was here before" not in text
    assert with_reference(text) == text


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END} {BEGIN}"])
def test_a_page_without_marks_is_refused(say: Say, tmp_path: Path, text: str) -> None:
    with pytest.raises(MarksError, match="the marks are missing"):
        with_reference(text)
    (tmp_path / "page.md").write_text(text)
    assert say("schema", "--reference", tmp_path / "page.md").exit_code == 2
    assert (tmp_path / "page.md").read_text() == text


def test_the_reference_in_the_docs_is_fresh() -> None:
    text = (ROOT / "docs" / "policy.md").read_text("utf-8")
    assert with_reference(text) == text, "run make docs"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_key_is_left_undocumented(kind: FileKind) -> None:
    schema = kind.schema()
    definitions = schema.get("$defs", {})
    rows = reference()
    for part in (schema, *definitions.values()):
        for key, value in part.get("properties", {}).items():
            assert described(value, definitions), f"{key} has no description in the model"
            assert not kind.is_written or f"| `{key}` | {in_words(value)} |".replace("\\", "") in rows


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"$ref": "#/$defs/X"}, "mapping"),
        ({"title": "date", "type": "string"}, "date"),
        ({"title": "offer", "enum": ["a", "b"]}, "`a`, `b`"),
        ({"anyOf": [{"$ref": "x"}, {"const": "nobody"}]}, "mapping, or `nobody`"),
        ({"type": "array", "items": {"title": "port", "type": "integer"}}, "list of: port"),
        ({"type": "boolean"}, "`true` or `false`"),
        ({"type": "object", "propertyNames": {"title": "id"}, "additionalProperties": {"$ref": "x"}}, "id: mapping"),
        ({"type": "object", "properties": {"early": {"title": "text"}}}, "`early`: text"),
        ({"not": {}}, "not yet"),
        ({"type": "string"}, "text"),
        ({}, "value"),
    ],
)
def test_what_stands_after_a_key_in_words(value: dict[str, object], words: str) -> None:
    assert in_words(value) == words
