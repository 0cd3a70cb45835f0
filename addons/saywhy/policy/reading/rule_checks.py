"""What has to hold of a rule as a whole, and no single key can tell: an effect, reasons for a block, a way to ask or none.

These checks read what was written, not what the schema made of it, so that they speak up beside its problems.
"""

from collections.abc import Iterator
from typing import Final

from saywhy.policy import obligations
from saywhy.policy.caution import KEYS
from saywhy.policy.codes import Code
from saywhy.policy.problem import Problem
from saywhy.policy.reader import READER_SYNONYMS
from saywhy.policy.reading.schema_rules import RulePart
from saywhy.policy.reading.yaml12 import Document, Loc, Value
from saywhy.policy.suggest import quoted

_EFFECTS: Final = ("allow", "block", "caution")
_USES: Final = ("files", "posting", "uploads")
_NOT_FOR_CAUTION: Final = {
    "locked": "nothing locks it: people may go on",
    "keep_open": "there is nothing to keep open",
    "help": "it explains itself, and is no page that cares",
    "care": "it explains itself, and is no page that cares",
}
_OF_A_BLOCK: Final = {
    "why": Code.BLOCK_WITHOUT_WHY,
    "decided": Code.BLOCK_WITHOUT_DECISION,
    "review_by": Code.BLOCK_WITHOUT_REVIEW,
    "owner": Code.BLOCK_WITHOUT_OWNER,
}


def rule_problems(document: Document) -> Iterator[Problem]:
    """The problems of a file's rules and default as wholes, and of keys with nothing behind them."""
    for loc in document.nothings():
        key, written = (loc[-1] if loc else 0), document.node(loc).text
        if isinstance(key, str) and " " in key:
            continue  # the rest of a text that a comma cut, which is no key either
        what = f"nothing is written after {quoted(key)}" if isinstance(key, str) else "nothing is written here"
        instead = "write a value, or take it out"
        if written:
            what, instead = f"the word {written} means nothing in YAML", "put it in quotes, or take it out"
        yield document.problem(loc, what, instead, code=Code.NOTHING_WRITTEN, of_key=True)
    for number, node in document.node_at("rules").inner.items():
        if isinstance(node.value, dict):
            yield from _of_rule(document, ("rules", number), node.value)
    default = document.node_at("default").value
    if default == "block" or (isinstance(default, dict) and default.get("effect") == "block"):
        yield from _of_block(document, ("default",), "the default", default if isinstance(default, dict) else {})


def _of_rule(document: Document, loc: Loc, rule: dict[str, Value]) -> Iterator[Problem]:
    identity = rule.get("id")
    who = f"rule {quoted(identity)}" if isinstance(identity, str) else "this rule"
    if identity == "default":
        yield document.problem(
            (*loc, "id"),
            "the id 'default' belongs to what happens where no rule matches",
            "choose another",
            code=Code.BAD_NAME,
        )
    effects = [key for key in rule if key in _EFFECTS]
    if not effects:
        instead = "write block:, allow: or caution:, and what it is about"
        yield document.problem(loc, f"{who} has no effect", instead, code=Code.NO_EFFECT)
    for second in effects[1:]:
        what = f"{who} has two effects, {effects[0]} and {second}"
        yield document.problem((*loc, second), what, "make two rules of it", code=Code.TWO_EFFECTS, of_key=True)
    for key, kind in obligations.kinds().items():
        if rule.get(key) == {}:
            what = f"{quoted(key)} names nothing, so it asks for nothing"
            instead = f"write it like {kind.example}, or take it out"
            yield document.problem((*loc, key), what, instead, code=Code.NOTHING_WRITTEN, of_key=True)
    yield from _uses(document, loc, who, rule)
    yield from _levels(document, loc, rule)
    for key in (one for one in rule if one in KEYS and "caution" not in rule):
        what = f"{who} has no caution, so there is no {key!r} to it"
        yield document.problem((*loc, key), what, "take it out", code=Code.ONLY_FOR_CAUTION, of_key=True)
    if "block" in rule:
        yield from _only_of_an_allow(document, loc, who, rule)
        yield from _of_block(document, loc, who, rule)
    elif "caution" in rule:
        yield from _of_caution(document, loc, who, rule)
    elif "allow" in rule:
        yield from _of_allow(document, loc, who, rule)


def _only_of_an_allow(document: Document, loc: Loc, who: str, rule: dict[str, Value]) -> Iterator[Problem]:
    for key, kind in obligations.kinds().items():
        if rule.get(key, kind.left_out) != kind.left_out:
            what = f"{who} blocks, so {kind.not_for_block}"
            yield document.problem((*loc, key), what, "take it out", code=Code.NOT_FOR_BLOCK, of_key=True)
    if rule.get("keep_open", False) is not False:
        what = f"{who} blocks, so there is nothing to keep open"
        instead = "take it out; locked: true is what nothing opens"
        yield document.problem((*loc, "keep_open"), what, instead, code=Code.NOT_FOR_BLOCK, of_key=True)


def _of_allow(document: Document, loc: Loc, who: str, rule: dict[str, Value]) -> Iterator[Problem]:
    for key in ("locked", "help", "care", "ask"):
        if key in rule and rule[key] not in (False, "nobody"):
            yield document.problem(
                (*loc, key),
                f"{who} allows, so there is no {key!r} to it",
                "take it out",
                code=Code.NOT_FOR_ALLOW,
                of_key=True,
            )
    if rule.get("keep_open") is True and rule["allow"] == "everything":
        what = f"{who} keeps everything open, so that no other rule closes anything"
        instead = "name what has to stay open, or take keep_open out"
        yield document.problem((*loc, "keep_open"), what, instead, code=Code.KEEPS_EVERYTHING_OPEN, of_key=True)
    for use in _uses_of(rule):
        for key, kind in obligations.kinds().items():
            if kind.controlled and rule.get(key, kind.left_out) != kind.left_out:
                what = f"{who} is for {use} alone, and a site's {key} holds for whatever is done there"
                instead = f"write {key} at a rule that allows the site as a whole"
                yield document.problem((*loc, key), what, instead, code=Code.OBLIGED_USE, of_key=True)


def _uses(document: Document, loc: Loc, who: str, rule: dict[str, Value]) -> Iterator[Problem]:
    uses = _uses_of(rule)
    for second in uses[1:]:
        what = f"{who} is for {uses[0]} and for {second}"
        instead = "leave uploads out: posting takes it in" if "files" not in uses else "make two rules of it"
        yield document.problem((*loc, second), what, instead, code=Code.TWO_USES, of_key=True)


def _uses_of(rule: dict[str, Value]) -> list[str]:
    return [key for key in rule if key in _USES and rule[key] is not False]


def _levels(document: Document, loc: Loc, rule: dict[str, Value]) -> Iterator[Problem]:
    why = rule.get("why")
    if not isinstance(why, dict):
        return
    others = why.get("languages")
    in_others = ((("languages", tag), one) for tag, one in (others.items() if isinstance(others, dict) else ()))
    for where, words in (((), why), *in_others):
        readers = words.get("readers") if isinstance(words, dict) else None
        written: dict[str, str] = {}
        for key in readers if isinstance(readers, dict) else ():
            level = READER_SYNONYMS.get(key, key)
            first = written.setdefault(level, key)
            if first != key:
                what = f"{quoted(key)} is the same reading level as {quoted(first)}"
                place = (*loc, "why", *where, "readers", key)
                yield document.problem(place, what, "write one of them", code=Code.SAID_TWICE, of_key=True)


def _of_caution(document: Document, loc: Loc, who: str, rule: dict[str, Value]) -> Iterator[Problem]:
    left_out = {key: kind.left_out for key, kind in obligations.kinds().items()}
    for key in ("locked", "keep_open", "help", "care", *left_out):
        if key in rule and rule[key] not in (False, None, left_out.get(key, False)):
            what = f"{who} has caution, so {_NOT_FOR_CAUTION.get(key, f'there is no {key!r} to it')}"
            yield document.problem((*loc, key), what, "take it out", code=Code.NOT_FOR_CAUTION, of_key=True)
    yield from _with_reasons(document, loc, f"{who} has caution", rule)


def _with_reasons(document: Document, loc: Loc, who: str, rule: dict[str, Value]) -> Iterator[Problem]:
    for key, code in _OF_A_BLOCK.items():
        if key not in rule:
            yield document.problem(loc, f"{who} without {quoted(key)}", f"write {RulePart.example(key)}", code=code)


def _of_block(document: Document, loc: Loc, who: str, rule: dict[str, Value]) -> Iterator[Problem]:
    yield from _with_reasons(document, loc, f"{who} blocks", rule)
    if rule.get("locked") is True and rule.get("ask", "nobody") != "nobody":
        what = f"{who} is locked, so nobody can ask for it to be opened"
        instead = "take ask out, or write ask: nobody"
        yield document.problem((*loc, "ask"), what, instead, code=Code.LOCKED_ASK, of_key=True)
