"""From the sections about care and searches, all names known, to the domain's types."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from saywhy.policy.care import Alert, Care, Country, Gathered, Help, country_of_zone
from saywhy.policy.reading.checked_file import CheckedFile
from saywhy.policy.reading.schema_care import CarePart, HelpLinePart, PersonPart
from saywhy.policy.searches import USUAL_THRESHOLD, Phrase, Searches, SearchPlace


def build_care(files: Sequence[CheckedFile], zone: str) -> Care:
    """The care of a policy; of two files that define the same line or country the first wins."""
    parts = [file.part for file in files]
    lines: dict[str, Help] = {}
    countries: dict[str, Country] = {}
    for part in parts:
        for name, line in part.help_lines.items():
            lines.setdefault(name, _line(line))
        for name, one in part.countries.items():
            countries.setdefault(name, Country(name, one.label, one.danger, tuple(one.lines), one.leave))
    said = next((part.care for part in parts if part.care is not None), None) or CarePart.model_validate({})
    country = countries.get(said.country or country_of_zone(zone), Country("", ""))
    chosen = country.lines if said.lines is None else said.lines
    return Care(
        people=tuple(_person(one) for one in said.people),
        lines=tuple(lines[name] for name in chosen),
        danger=said.danger or country.danger,
        leave=said.leave or country.leave,
        hours=tuple(said.hours or ()),
        alert=None if said.alert is None else Alert(said.alert.to, Gathered(said.alert.when), said.alert.kind),
        every_line=lines,
    )


def build_searches(files: Sequence[CheckedFile]) -> Searches:
    """What is looked for in searches: the phrases of all files, the school's own before Saywhy's."""
    parts = [file.part.searches for file in files if file.part.searches is not None]
    said = next((one for one in parts if one.look_for), None)
    source = next(
        (file.key_source("searches") for file in files if said is not None and file.part.searches is said), None
    )
    phrases = {(one.category, one.text.casefold()): one for one in reversed([*_phrases(files)])}
    places: dict[str, tuple[SearchPlace, ...]] = {}
    for file in files:
        for name, app in file.part.apps.items():
            if app.searches and name not in places:
                domains = tuple(app.domains)
                places[name] = tuple(one if one.domains else replace(one, domains=domains) for one in app.searches)
    return Searches(
        frozenset() if said is None else frozenset(said.look_for),
        USUAL_THRESHOLD if said is None else said.threshold,
        tuple(phrases.values()),
        source,
        places,
    )


def _phrases(files: Sequence[CheckedFile]) -> Iterator[Phrase]:
    for file in files:
        part = file.part.searches
        if part is None:
            continue
        for category, weights in part.phrases.items():
            for text, weight in weights.items():
                yield Phrase(text, weight, category, _place(file, "phrases", category, text))
        for text, weight in part.reduce.items():
            yield Phrase(text, -weight, None, _place(file, "reduce", text))


def _place(file: "CheckedFile", *loc: str) -> str:
    return file.key_source("searches", *loc).place


def _person(part: PersonPart) -> Help:
    return Help(
        name=f"{part.name}, {part.role}" if part.role else part.name,
        contact=part.where,
        url=part.url,
        phone=part.phone or "",
        text_to=part.text,
        at_school=True,
        groups=frozenset(part.groups or ()),
        times=tuple(part.times or ()),
    )


def _line(part: HelpLinePart) -> Help:
    return Help(part.name, part.about, part.url, part.phone or "", part.text, readers=frozenset(part.readers))


def with_care(own: Sequence[Help], care: Care) -> tuple[Help, ...]:
    """Whom a rule names that has `care: true`: those of its own, then those of the section; somebody in any case."""
    return (*own, *care.help) or (Help("", at_school=True),)
