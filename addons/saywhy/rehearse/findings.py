"""Where in the files a rule, and what it says, is written; and a finding made into a problem with that place."""

from dataclasses import dataclass, replace

from saywhy.decide.engine import Engine
from saywhy.policy.codes import ERRORS_OF_LINT, Code
from saywhy.policy.policy import Policy
from saywhy.policy.problem import Problem, Severity
from saywhy.policy.reading.written import Written
from saywhy.policy.reading.yaml12 import Document, Loc, Part
from saywhy.policy.rule import Rule
from saywhy.policy.suggest import quoted


@dataclass(frozen=True, slots=True)
class Locations:
    """A policy beside its files."""

    engine: Engine
    written: Written

    @property
    def policy(self) -> Policy:
        """What the files say, without what lists add."""
        return self.engine.written

    def of_rule(self, rule: Rule, *parts: Part) -> tuple[Document, Loc]:
        """The document and the path of something that a rule, or the default, says."""
        if rule is self.policy.default:
            return self.written.document_with("default"), ("default", *parts)
        return self.written.document_with("rules"), ("rules", rule.number - 1, *parts)

    def about_rule(
        self, rule: Rule, parts: Loc, code: Code, what: str, instead: str = "", *, of_key: bool = False
    ) -> Problem:
        """A finding at something that a rule says."""
        document, loc = self.of_rule(rule, *parts)
        return finding(document, loc, code, what, instead, of_key=of_key)

    def line_of(self, rule: Rule) -> str:
        """A rule's id and line, for the text of a problem about another one."""
        return "the default" if rule is self.policy.default else f"rule {quoted(rule.id)} (line {rule.source.line})"

    def document_of(self, section: str, name: str) -> Document:
        """The document in which a name is defined; such a section may stand in several files."""
        for document in self.written.documents.values():
            if name in document.node_at(section).keys:
                return document
        return self.written.document_with(section)


def finding(document: Document, loc: Loc, code: Code, what: str, instead: str = "", *, of_key: bool = False) -> Problem:
    """A problem of lint at a place in a document: an error or a warning, as its code is."""
    return replace(document.problem(loc, what, instead, code=code, of_key=of_key), severity=severity_of(code))


def severity_of(code: Code) -> Severity:
    """Whether a finding of lint is an error or a warning."""
    return Severity.ERROR if code in ERRORS_OF_LINT else Severity.WARNING


def named(rule: Rule) -> str:
    """A rule as the subject of a sentence."""
    return "the default" if rule.number == 0 else f"rule {quoted(rule.id)}"
