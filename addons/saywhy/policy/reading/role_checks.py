"""What has to hold of roles across all files: who reads only decides nothing, and nobody stands in for themselves."""

from collections.abc import Iterator, Sequence

from saywhy.policy.codes import Code
from saywhy.policy.problem import Problem
from saywhy.policy.reading.schema_roles import AUDITOR
from saywhy.policy.reading.yaml12 import Document, Loc
from saywhy.policy.suggest import quoted


def role_problems(documents: Sequence[Document]) -> Iterator[Problem]:
    """The problems of what was written of roles."""
    reading = {
        role
        for document in documents
        for role in document.node_at("roles").inner
        if document.node_at("roles", role, "reads").value is True
        or (role == AUDITOR and "reads" not in document.node_at("roles", role).keys)
    }
    for document in documents:
        for role in document.node_at("roles").inner:
            deputy: Loc = ("roles", role, "deputy")
            if document.node_at(*deputy).value == role:
                what = f"{quoted(str(role))} is its own deputy"
                yield document.problem(deputy, what, "name another role", code=Code.NEVER_USED)
            elif document.node_at(*deputy).value in reading:
                yield _reads(document, deputy, "stand in")
            if role in reading and "most" in document.node_at("roles", role).keys:
                what = f"{quoted(str(role))} reads only, so there is no most that it gives"
                yield document.problem(
                    ("roles", role, "most"), what, "take most out", code=Code.NEVER_USED, of_key=True
                )
        for rule in (("default",), *(("rules", index) for index in document.node_at("rules").inner)):
            for loc, does in _deciding(document, rule):
                if document.node_at(*loc).value in reading:
                    yield _reads(document, loc, does)


def _deciding(document: Document, rule: Loc) -> Iterator[tuple[Loc, str]]:
    """Where a rule names roles that decide or agree, and which of both they do."""
    ask: Loc = (*rule, "ask")
    for key, does in (("decides", "decide"), ("signs_off", "agree")):
        yield from (((*ask, key, index), does) for index in document.node_at(*ask, key).inner)
    for group in document.node_at(*ask, "together").inner:
        roles: Loc = (*ask, "together", group, "of")
        yield from (((*roles, index), "agree") for index in document.node_at(*roles).inner)
    written = document.node_at(*rule).keys
    asked = document.node_at(*ask)
    blocks = bool({"block", "caution"} & set(written)) or document.node_at(*rule, "effect").value == "block"
    askable = document.node_at(*rule, "locked").value is not True and asked.value != "nobody"
    if blocks and askable and not {"decides", "together"} & set(asked.keys):  # the owner does
        yield (*rule, "owner"), "decide"


def _reads(document: Document, loc: Loc, does: str) -> Problem:
    what = f"the role {quoted(str(document.node_at(*loc).value))} reads only, so it cannot {does}"
    return document.problem(loc, what, "name another role, or take reads out", code=Code.READS_ONLY)
