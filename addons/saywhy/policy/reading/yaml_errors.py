"""What the YAML parser complains of, in the words of somebody who edits a file."""

import re
from ipaddress import ip_interface
from typing import Final

import yaml

from saywhy.policy.codes import Code
from saywhy.policy.pasted_signs import sign_for_a_mark

_NEAR: Final = 20  # lines before the problem in which its cause is looked for
_IPV6: Final = re.compile(r"(?<![\w:\"'])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?:/\d{1,3})?")
_COMMENT: Final = re.compile(r"\w[ \t]+#\w")  # behind a text, and without the space that a comment has
_AT_THE_START: Final = "start"  # the mistake is where the thing began (a quote that never closes)
_AT_THE_PROBLEM: Final = "problem"

# what libyaml says (a part of it) → where to point, what is wrong, what to do
_WORDS: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("mapping values are not allowed", _AT_THE_PROBLEM, "a ':' that cannot stand here", "put a text with ': ' in it in quotes, or check how far this line and the one above are indented"),
    ("found unexpected end of stream", _AT_THE_START, "a quote that is never closed", "close it where the text ends"),
    ("found unexpected document indicator", _AT_THE_START, "a quote that is never closed", "close it where the text ends"),
    ("did not find expected ',' or ']'", _AT_THE_PROBLEM, "the list in [ ] that begins in line {line} is not closed before this, or lacks a comma", "close it with ], and put a comma between its items"),
    ("did not find expected ',' or '}'", _AT_THE_PROBLEM, "the mapping in {{ }} that begins in line {line} is not closed before this, or lacks a comma", "close it with }, put a comma between its entries, and a text with ': ' in it in quotes"),
    ("could not find expected ':'", _AT_THE_START, "a key without a ':' after it", "write key: value, or indent this line to belong to the text above"),
    ("block sequence entries are not allowed", _AT_THE_PROBLEM, "a '-' that cannot stand here", "begin the list on a line of its own"),
    ("did not find expected '-' indicator", _AT_THE_PROBLEM, "a line that does not belong to the list above it", "begin it with '- ', or check how far it is indented"),
    ("did not find expected key", _AT_THE_PROBLEM, "something that does not fit what stands before it", "check how far this line is indented, and that a text with quotes, brackets or braces in it is in quotes as a whole"),
    ("did not find expected node content", _AT_THE_PROBLEM, "a value is missing here", "write one, or delete the mark that announces it"),
    ("found unknown escape character", _AT_THE_PROBLEM, "a \\ in double quotes that starts no known escape", "write \\\\, or use single quotes"),
    ("invalid Unicode character escape", _AT_THE_PROBLEM, "an escape that stands for no character", "write the character itself"),
    ("did not find expected hexdecimal number", _AT_THE_PROBLEM, "an escape that stands for no character", "write the character itself"),
    ("tab character", _AT_THE_PROBLEM, "a tab", "indent with spaces"),
    ("did not find expected <document start>", _AT_THE_PROBLEM, "text after the end of the document", "a file holds one document; delete the line before, or this one"),
    ("did not find expected comment or line break", _AT_THE_PROBLEM, "text behind | or >", "begin the text on the next line, indented"),
    ("indentation indicator equal to 0", _AT_THE_PROBLEM, "a 0 behind | or >", "leave the number out"),
    ("mapping keys are not allowed", _AT_THE_PROBLEM, "a '?' that cannot stand here", "put a text that begins with ? in quotes"),
    ("found unexpected ':'", _AT_THE_PROBLEM, "a ':' that cannot stand here", "put a text with ':' in it in quotes"),
    ("duplicate %", _AT_THE_PROBLEM, "a second line of this kind that begins with %", "delete it"),
    ("incompatible YAML document", _AT_THE_PROBLEM, "a %YAML line for another version", "delete it"),
    ("undefined tag handle", _AT_THE_PROBLEM, "a tag; tags are not used in a policy", "put a text that begins with ! in quotes"),
)  # fmt: skip
_BY_CONTEXT: Final = {
    "alias": ("a text that begins with * and has no quotes", "put it in quotes; a listed name covers its subdomains, so *.example.com is written example.com"),
    "anchor": ("a text that begins with & and has no quotes", "put it in quotes"),
    "directive": ("a line that begins with %", "put a text that begins with % in quotes"),
    "tag": ("a text that begins with ! and has no quotes", "put it in quotes"),
}  # fmt: skip


def in_plain_words(error: yaml.MarkedYAMLError, text: str) -> tuple[int, int, str, str, Code]:
    """Line and column (from 1) within the text, what is wrong, what to do, and the code for it."""
    mark, what, instead = _in_plain_words(error, text)
    line, column = _place(mark)
    written = re.split(r"\r\n|\r|\n", text.rstrip())
    if line > len(written):  # the parser points behind the end; a person looks for the last thing written
        line, column = len(written), max(len(written[-1]), 1)
    first = max(min(_place(error.context_mark or mark)[0], line) - 1, 1)
    near = list(enumerate(written[max(first, line - _NEAR) - 1 : line], max(first, line - _NEAR)))
    for number, one in near:
        sign = sign_for_a_mark(one)
        if sign is not None and sign.character != "\t" and (not sign.quotes or _ends_a_text(error, number, line)):
            meant = f"write {sign.plain}" if sign.plain.strip() else "write a space" if sign.plain else "delete it"
            what = f"{sign.called} where YAML takes only the signs of a keyboard"
            return number, sign.index + 1, what, meant, sign.code
    for number, one in near:
        for found in _IPV6.finditer(one):
            if number == line and found.start() <= column <= found.end() + 2 and _is_ipv6(found[0]):
                return line, found.start() + 1, f"{found[0]} without quotes", f'write "{found[0]}"', Code.YAML_SYNTAX
    cut = next((one for one in near if _COMMENT.search(one[1])), None)
    if cut is not None:
        instead += f"; a text with a # in it, as in line {cut[0]}, needs quotes"
    return line, column, what, instead, Code.YAML_SYNTAX


def _ends_a_text(error: yaml.MarkedYAMLError, number: int, line: int) -> bool:
    """Whether the problem is one that a text in pasted quotes makes: YAML reads marks in it that quotes would hide."""
    said = error.problem or ""
    return number == line and ("mapping values are not allowed" in said or "did not find expected ','" in said)


def _is_ipv6(text: str) -> bool:
    try:
        ip_interface(text)
    except ValueError:
        return False
    return True


def _in_plain_words(error: yaml.MarkedYAMLError, text: str) -> tuple[yaml.Mark | None, str, str]:
    start, problem = error.context_mark, error.problem_mark
    said = error.problem or ""
    for part, words in _BY_CONTEXT.items():
        if part in (error.context or ""):
            return (start or problem, *words)
    if "cannot start any token" in said:
        return (problem, *_stray(problem, text))
    for part, where, what, instead in _WORDS:
        if part in said:
            mark = (start or problem) if where == _AT_THE_START else (problem or start)
            return mark, what.format(line=_place(start)[0]), instead
    return problem or start, f"this is no YAML ({said})", "compare it with the lines around it"


def _place(mark: yaml.Mark | None) -> tuple[int, int]:
    return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)


def _stray(mark: yaml.Mark | None, text: str) -> tuple[str, str]:
    character = text[mark.index : mark.index + 1] if mark is not None else ""
    if character == "\t":
        return "a tab", "indent with spaces"
    return f"a text that begins with {character} and has no quotes", "put it in quotes"
