"""A file of a policy, once the schema has accepted it."""

from dataclasses import dataclass

from saywhy.policy.catalogue import Source
from saywhy.policy.reading.schema import FilePart
from saywhy.policy.reading.yaml12 import Document, Loc


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file by its name within the folder, as it stands there and as the schema read it.

    `builtin` says that it is of Saywhy's own catalogue.
    """

    name: str
    document: Document
    part: FilePart
    builtin: bool = False

    def source(self, loc: Loc) -> Source:
        """Where something is written."""
        return Source(self.name, self.document.place(loc)[0], self.builtin)

    def key_source(self, *loc: str) -> Source:
        """Where the key of something is written."""
        return Source(self.name, self.document.place(loc, of_key=True)[0], self.builtin)
