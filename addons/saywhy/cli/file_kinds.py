"""The kinds of file that have a schema, each by its model: those that a school writes, for editors, and the decision log's lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file. `model` is "module:class", imported when it is asked for: models take time to build."""

    name: str
    title: str
    files: str  # which files these are, as a glob from the folder that holds `policies`
    model: str

    @property
    def is_built(self) -> bool:
        """Whether its module is there."""
        return find_spec(self.model.partition(":")[0]) is not None

    @property
    def is_written(self) -> bool:
        """Whether it is a file that a school writes."""
        return self.files.endswith(".yaml")

    @property
    def schema_file(self) -> str:
        """The name of its schema's file."""
        return f"{self.name}.schema.json"

    def load_model(self) -> "type[BaseModel]":
        """The model itself."""
        module, _, name = self.model.partition(":")
        model: type[BaseModel] = getattr(import_module(module), name)
        return model

    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        from saywhy.policy.reading.json_schema import DIALECT, json_schema_of

        if not self.is_written:
            return {"$schema": DIALECT, **self.load_model().model_json_schema(), "title": self.title}
        return json_schema_of(self.load_model(), self.title)


_ALL: Final = (
    FileKind("policy", "A file of a Saywhy policy", "policies/*.yaml", "saywhy.policy.reading.schema:FilePart"),
    FileKind("tests", "Tests of a Saywhy policy", "policies/tests/*.yaml", "saywhy.rehearse.cases_schema:CasesFile"),
    FileKind(
        "log", "A line of Saywhy's decision log", "decisions-*.jsonl", "saywhy.observe.decision_line:DecisionLine"
    ),
)


def file_kinds() -> Mapping[str, FileKind]:
    """Every kind that this version has, by its name."""
    return {kind.name: kind for kind in _ALL if kind.is_built}
