"""The kinds of file are facts that do not contradict each other."""

import pytest

from saywhy.policy.file_kinds import FILE_KINDS, MARKS_WITHIN, FileKind
from saywhy.policy.uses import FILE_USES, NO_USES, POSTING, UPLOADS, file_use, told, uses_of

KINDS = list(FILE_KINDS.values())


@pytest.mark.parametrize("kind", KINDS, ids=lambda one: one.id)
def test_a_kind_is_known_by_its_name_its_type_and_its_content(kind: FileKind) -> None:
    assert kind.extensions
    assert kind.types
    assert kind.signatures
    assert all(one == one.lower().lstrip(".") for one in (*kind.extensions, *kind.attached, *kind.types))
    assert all(len(one.magic) >= 2 for one in kind.signatures)
    assert all(one.offset == 0 or not one.holds for one in kind.signatures)
    assert all(len(mark) < MARKS_WITHIN for one in kind.signatures for mark in one.holds)


def test_an_extension_belongs_to_one_kind() -> None:
    extensions = [one for kind in KINDS for one in kind.extensions]
    assert sorted(extensions) == sorted(set(extensions))


@pytest.mark.parametrize(
    ("uses", "words"),
    [
        (NO_USES, ""),
        (uses_of(posting=True), "posting"),
        (uses_of(uploads=True), "uploading files"),
        (uses_of(files=("programs",)), "files that are programs"),
        (uses_of(files=("programs", "archives")), "files that are archives or programs"),
    ],
)
def test_uses_are_told(uses: frozenset[tuple[str, str]], words: str) -> None:
    assert told(uses) == words


def test_posting_takes_uploading_in() -> None:
    assert uses_of(posting=True, uploads=True) == {POSTING}
    assert UPLOADS not in FILE_USES
    assert file_use("programs") in FILE_USES
