"""Bring the catalogues in languages/ up to date with the English texts: `make words`.

What is new is added without a translation, what is gone is taken out, translations stay. A new language is a folder named by its
tag (BCP 47): `make words LANGUAGE=so` makes it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from saywhy.decide.joined import SEALED_WHY
from saywhy.explain.translated import context_of, texts_of

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "languages"
_KEYWORDS: Final = {
    **dict.fromkeys(("_", "N_", "gettext"), None),
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
_WIDTH: Final = 118

type Message = tuple[str, str | tuple[str, ...], str]  # where it stands, the text (or both forms), its context


def of_pages() -> Iterator[Message]:
    """The words of the filter's own pages."""
    path = ROOT / "block_pages" / "languages" / "en.yaml"
    for keys, text in texts_of(yaml.safe_load(path.read_text("utf-8"))):
        yield f"en.yaml:{'.'.join(keys)}", text, context_of(keys)


def of_catalogue() -> Iterator[Message]:
    """What the catalogue calls kinds of site and purposes, why places can be trusted, and the reason of sealed lists."""
    written = {name: yaml.safe_load((ROOT / "catalogue" / f"{name}.yaml").read_text("utf-8")) for name in _CATALOGUE}
    for name, category in written["categories"]["categories"].items():
        yield f"categories.yaml:{name}", category["label"], "category"
    for name, purpose in written["purposes"]["purposes"].items():
        yield f"purposes.yaml:{name}", purpose["label"], "purpose"
        for place in purpose["alternatives"]:
            yield f"purposes.yaml:{name}", place["trusted"], "trusted"
    for text in (SEALED_WHY.risk, *SEALED_WHY.readers.values()):
        yield "joined.py", text, "reason"


_CATALOGUE: Final = ("categories", "purposes")


def of_portal() -> Iterator[Message]:
    """What templates and code of the portal mark as text for those who ask."""
    found = extract_from_dir(
        ROOT / "addons" / "saywhy" / "portal",
        [("**.py", "python"), ("templates/**.html", "jinja2")],
        {"templates/**.html": {"trimmed": "true", "silent": "false"}},
        _KEYWORDS,
    )
    for file, _line, message, _comments, context in sorted(found, key=lambda one: (one[0], one[1])):
        yield file, message, context or ""


DOMAINS: Final = {"pages": of_pages, "catalogue": of_catalogue, "portal": of_portal}


def template(domain: str) -> Catalog:
    """Every message of a domain, in the order in which they stand."""
    catalog = Catalog(
        project="Saywhy", version="1", msgid_bugs_address="-", last_translator="-", language_team="-", charset="utf-8"
    )
    for where, text, context in DOMAINS[domain]():
        catalog.add(text, locations=[(where, 0)], context=context or None)
    return catalog


def update(folder: Path, domain: str, source: Catalog) -> None:
    """Bring one catalogue of a language up to date, or begin it."""
    path, locale = folder / f"{domain}.po", folder.name.replace("-", "_")
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=locale)
        source.creation_date, source.revision_date = catalog.creation_date, catalog.revision_date
        catalog.update(source, no_fuzzy_matching=True)
        catalog.obsolete.clear()
    else:
        catalog = source
        catalog.locale = locale
        catalog.fuzzy = False
        catalog.revision_date = catalog.creation_date
    catalog.header_comment = f"# {catalog.locale_identifier}: {domain} of Saywhy"
    folder.mkdir(exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=_WIDTH, include_lineno=False)


def main(languages: list[str]) -> None:
    """Bring all languages up to date, and those that are named, which may be new."""
    there = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    for tag in sorted(there | {*languages}):
        for domain in DOMAINS:
            update(FOLDER / tag, domain, template(domain))


if __name__ == "__main__":
    main(sys.argv[1:])
