"""A language: its gettext catalogues, read once, at start, and what CLDR knows of it."""

from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError, localedata
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from saywhy.policy.languages import SOURCE, languages_folder

_LOCALES: Final = {SOURCE: "en_GB"}  # which form CLDR's dates take, where there are several
# What CLDR knows besides of a language, and no page says: it would take a megabyte of each process for each language.
_NOT_USED: Final = (
    "territories", "languages", "scripts", "variants", "time_zones", "meta_zones", "unit_patterns", "unit_display_names",
    "currency_names", "currency_names_plural", "currency_symbols", "currency_unit_patterns", "compact_currency_formats",
    "compact_decimal_formats", "compound_unit_patterns", "interval_formats", "date_fields",
)  # fmt: skip


class TranslationError(ValueError):
    """A catalogue that cannot be used; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A language by its tag: the messages, with the context that they stand in, and its name for itself.

    `direction` is that of its script: "ltr" or "rtl".
    """

    tag: str
    locale: Locale
    messages: NullTranslations
    own_name: str
    direction: str

    @classmethod
    def of(cls, tag: str, messages: NullTranslations) -> "Translation":
        """The language of a tag, with these messages. Raises TranslationError for a tag that CLDR does not know."""
        try:
            locale = Locale.parse(_LOCALES.get(tag, tag), sep="_" if tag in _LOCALES else "-")
        except (UnknownLocaleError, ValueError) as error:
            raise TranslationError(f"{tag}: {error}") from error
        own_name = _own_name(locale) or tag
        known = localedata.load(str(locale))
        for name in _NOT_USED:
            known.pop(name, None)
        return cls(tag, locale, messages, own_name[:1].upper() + own_name[1:], locale.text_direction)

    def text(self, message: str, context: str = "") -> str:
        """A message in this language; itself where it is not translated."""
        if not message:
            return ""  # gettext has a catalogue's own head under it
        return self.messages.pgettext(context, message) if context else self.messages.gettext(message)


@cache
def _own_name(locale: Locale) -> str:
    """What a language calls itself; asked once, since the names of languages are let go of."""
    return str(locale.languages.get(locale.language, ""))


def read_translation(folder: Path) -> Translation:
    """The language of a folder, by all of its catalogues. Raises TranslationError."""
    everything = Catalog(locale=None)
    for path in sorted(folder.glob("*.po")):
        try:
            with path.open("rb") as file:
                catalog = read_po(file, locale=folder.name.replace("-", "_"), abort_invalid=True)
        except (OSError, UnicodeDecodeError, PoFileError, ValueError, UnknownLocaleError) as error:
            raise TranslationError(f"{path}: {error}") from error
        everything.locale = catalog.locale
        for message in catalog:
            if message.id and not message.fuzzy:
                everything[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, everything)
    compiled.seek(0)
    return Translation.of(folder.name, GNUTranslations(compiled))


@cache
def shipped_translation(tag: str) -> Translation:
    """A language that comes with Saywhy. Raises TranslationError."""
    if tag == SOURCE:
        return Translation.of(SOURCE, NullTranslations())
    return read_translation(languages_folder() / tag)
