"""Signs that come along when text is pasted: quotes, dashes and spaces of word processors, and what nobody can see.

In a sentence they are fine. In a name they make another name (`“netflix.com”` is a host that nobody has), and YAML takes
none of them for its own marks. Which they are is told by the Unicode Character Database, as `unicodedata` has it.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from saywhy.policy.codes import Code
from saywhy.policy.suggest import quoted

_QUOTES: Final = frozenset("“”„‟‘’‚‛«»‹›″′‵‶´ˈʹʺʻʼʽ＂＇「」『』｢｣〝〞〟❛❜❝❞❮❯⹂〈〉《》")  # noqa: RUF001
_DASHES: Final = frozenset("−⁃˗")  # noqa: RUF001 — besides those of the category Pd
_COLONS: Final = frozenset("∶꞉ː׃։")  # noqa: RUF001
_COMMAS: Final = frozenset("、､،٬⸲")
_DOTS: Final = frozenset("。｡․∙")  # noqa: RUF001
_SLASHES: Final = frozenset("⁄∕⧸╱")  # noqa: RUF001
_BLANKS: Final = frozenset("\t\u115f\u1160\u2800\u3164\uffa0")  # besides those of the category Zs; they show nothing
_HIDDEN: Final = frozenset("\u034f\u17b4\u17b5")  # besides those of the categories Cc and Cf
_JOINERS: Final = frozenset("\u200c\u200d")  # which Persian and the scripts of India need between letters
_OF_LANGUAGES: Final = frozenset("·・׳״͵")  # noqa: RUF001 — punctuation that names have: l·l (RFC 5892, appendix A)
_REFUSED: Final = frozenset(("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sk", "Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cn"))  # fmt: skip
_UNNAMED: Final = {"\t": "tab", "\n": "line break", "\r": "line break"}
_LONGEST_ADVICE: Final = 100
_WORDS: Final = re.compile(r"[^\W\d_]+")
_KEY: Final = re.compile(r"(?:-\s+)?[\w.-]+\s*")


@dataclass(frozen=True, slots=True)
class PastedSign:
    """A character, and where in the text it stands (from 0)."""

    character: str
    index: int

    @property
    def called(self) -> str:
        """Its name and number, with the sign itself where it can be seen: "a left double quotation mark “ (U+201C)"."""
        one = self.character
        name = _UNNAMED.get(one) or unicodedata.name(one, "character without a name").lower()
        article = "an" if name[0] in "aeio" else "a"
        return f"{article} {name}{'' if self.unseen else f' {one}'} (U+{ord(one):04X})"

    @property
    def code(self) -> Code:
        """The code of a problem with it."""
        return Code.INVISIBLE_CHARACTER if self.unseen else Code.PASTED_SIGN

    @property
    def unseen(self) -> bool:
        """Whether it cannot be seen, or not be told from a space."""
        return _blank(self.character) or _hidden(self.character)

    @property
    def quotes(self) -> bool:
        """Whether it is a quotation mark, or used as one."""
        return self.character in _QUOTES

    @property
    def plain(self) -> str:
        """What a keyboard writes in its place; empty where that is nothing."""
        return _plain(self.character)


def pasted_sign(text: str) -> PastedSign | None:
    """The first sign that cannot be meant in a name, a key or a time; None where all can be.

    Letters of all scripts can; a word that is Latin but for a letter of Greek or Cyrillic is not one of either.
    """
    if text.isascii() and text.isprintable():
        return None
    found = next((index for index, one in enumerate(text) if _refused(text, index, one)), None)
    if found is None:
        found = _of_another_script(text)
    return None if found is None else PastedSign(text[found], found)


def pasted_in_path(text: str) -> PastedSign | None:
    """The same of the path of an address, where other punctuation may belong to a title."""
    for index, one in enumerate(text):
        sign = PastedSign(one, index)
        if not one.isascii() and (one in _QUOTES or sign.plain == "-" or sign.unseen) and not _joins(text, index, one):
            return sign
    return None


def unseen_sign(text: str) -> PastedSign | None:
    """The first sign that nobody can see, or tell from a space: it cannot be meant in what is compared with another text."""
    for index, one in enumerate(text):
        joins = _joins(text, index, one) or (_selects_a_variant(one) and not text[index - 1 : index].isascii())  # ❤️
        if (_blank(one) or _hidden(one)) and not joins:
            return PastedSign(one, index)
    return None


def sign_for_a_mark(line: str) -> PastedSign | None:
    """The first sign that stands where YAML looks for a mark of its own: its indentation, a hyphen, a colon, a quote."""
    signs = (PastedSign(one, index) for index, one in enumerate(line) if not one.isascii() or one == "\t")
    return next((sign for sign in signs if _for_a_mark(line, sign)), None)


def _for_a_mark(line: str, sign: PastedSign) -> bool:
    before = line[: sign.index].strip()
    begins = before[-1:] in ("", *":-,[{")
    if sign.unseen:
        return begins and (before == "" or not line[sign.index - 1].isspace())
    if sign.character in _QUOTES:
        return begins
    if sign.plain == "-":
        return before == "" and line[sign.index + 1 : sign.index + 2].isspace()
    if "[" in before or "{" in before:
        return sign.plain in (*":,[]{}",)
    return sign.plain == ":" and _KEY.fullmatch(before) is not None


def plainly(text: str) -> str:
    """A name as a keyboard would write it: its quotes left out, all else in the signs that were meant."""
    return "".join("" if one in _QUOTES else _plain(one) if _refused(text, index, one) else one for index, one in enumerate(text)).strip()  # fmt: skip


def said_of(text: str, sign: PastedSign) -> tuple[str, str]:
    """What is wrong with a text that holds this sign, and what to write instead."""
    better = plainly(text)
    whole = better if better and len(better) <= _LONGEST_ADVICE and pasted_sign(better) is None else ""
    if sign.unseen:
        before = text[max(sign.index - 20, 0) : sign.index]
        where = f"after {quoted(before)}" if before else "at its beginning"
        return f"{quoted(text)} has {sign.called} {where}", f"type it anew{': ' * bool(whole)}{whole}"
    instead = f"write {whole}" if whole else "type it anew with the signs of a keyboard"
    return f"{quoted(text)} has {sign.called} in it", instead


def _refused(text: str, index: int, one: str) -> bool:
    if one.isascii():
        return not one.isprintable()
    if _joins(text, index, one) or one in _OF_LANGUAGES:
        return False
    return (
        one in _QUOTES
        or one in _COLONS
        or _blank(one)
        or _hidden(one)
        or unicodedata.category(one) in _REFUSED
        or unicodedata.normalize("NFKC", one).isascii()  # full-width letters, ligatures
    )


def _joins(text: str, index: int, one: str) -> bool:
    before, after = text[max(index - 1, 0) : index], text[index + 1 : index + 2]
    return one in _JOINERS and not before.isascii() and not after.isascii()


def _blank(one: str) -> bool:
    return one in _BLANKS or (not one.isascii() and unicodedata.category(one) in ("Zs", "Zl", "Zp"))


def _hidden(one: str) -> bool:
    return one in _HIDDEN or _selects_a_variant(one) or unicodedata.category(one) in ("Cc", "Cf", "Cn", "Co")


def _selects_a_variant(one: str) -> bool:
    return "\ufe00" <= one <= "\ufe0f"


def _plain(one: str) -> str:
    for signs, plain in ((_COLONS, ":"), (_COMMAS, ","), (_DOTS, "."), (_SLASHES, "/"), (_DASHES, "-")):
        if one in signs:
            return plain
    if one in _QUOTES:
        return '"' if "DOUBLE" in unicodedata.name(one) else "'"
    if _blank(one) or _hidden(one):
        return " " if _blank(one) else ""
    if unicodedata.category(one) == "Pd":
        return "-"
    folded = unicodedata.normalize("NFKC", one)
    return folded if folded.isascii() else ""


def _of_another_script(text: str) -> int | None:
    for word in _WORDS.finditer(text):
        if any(one.isascii() for one in word[0]):
            for index, one in enumerate(word[0], word.start()):
                if not one.isascii() and unicodedata.name(one, "").startswith(("CYRILLIC", "GREEK")):
                    return index
    return None
