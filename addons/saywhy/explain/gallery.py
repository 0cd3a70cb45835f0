"""Every page that a policy can lead to, for every level and language, and a page that shows them. Pure: files by their names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup, escape

from saywhy.decide.engine import Engine
from saywhy.explain.certificate import certificate_fault
from saywhy.explain.fault import FaultKind, fault_page
from saywhy.explain.reading_language import PageLanguage
from saywhy.explain.render import PageRenderer
from saywhy.explain.samples import ASK, CARDS, KINDS, Samples
from saywhy.explain.static_refusal import STATIC_REFUSAL
from saywhy.policy.reader import Reader

INDEX: Final = "index.html"
MARK: Final = '<meta name="generator" content="saywhy gallery">'
_HOST: Final = "slow.example"
_CERTIFICATES: Final = {  # what OpenSSL says, by what is then said of it
    certificate_fault(said): said
    for said in (
        "certificate has expired",
        "certificate is not yet valid",
        "hostname mismatch",
        "self-signed certificate",
        "unable to get local issuer certificate",
        "certificate revoked",
        "key too small",
        "certificate purpose",
        "something else",
    )
}
_NOT_HERE: Final = (
    "the portal's pages: they are made while a filter runs",
    "answers that are no page: JSON, plain text, pictures, styles and scripts",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the gallery: its file, and what it is; a card is what stands in a frame. Faults have one text for all readers."""

    file: str
    kind: str
    reader: Reader | None
    language: str
    page: bytes


@dataclass(frozen=True, slots=True)
class Gallery:
    """All pages, and in words what is not among them."""

    pages: tuple[Shown, ...]
    left_out: tuple[str, ...]

    def files(self, school: str) -> Mapping[str, bytes]:
        """What to write, by name: the pages and the one that shows them."""
        return {INDEX: _index(self, school).encode(), **{one.file: one.page for one in self.pages}}


def gallery(engine: Engine, renderer: PageRenderer, now: datetime, languages: tuple[str, ...] = ()) -> Gallery:
    """Make it from a policy, at a moment (aware), in these languages; in none named, in all that there are."""
    chosen = languages or tuple(renderer.languages.by_code)
    samples = Samples(engine, now)
    school = engine.policy.school
    worn = renderer.wearing(school.look)
    pages: list[Shown] = []
    for language in chosen:
        for one in samples.of(renderer.languages, language):
            name = f"{one.kind}-{one.reader.value}-{language}.html"
            pages.append(Shown(name, one.kind, one.reader, language, worn.page(one.explanation)))
            if one.kind in CARDS:
                card = worn.card(one.explanation)
                pages.append(Shown(f"card-{name}", f"card-{one.kind}", one.reader, language, card))
        pages += _faults(worn, school.name, language)
    pages.append(Shown("fault-static-en.html", "fault-static", None, "en", STATIC_REFUSAL))
    return Gallery(tuple(pages), (*samples.left_out(), *_unspoken(renderer, chosen), *_NOT_HERE))


def _faults(renderer: PageRenderer, school: str, language: str) -> Iterator[Shown]:
    spoken = PageLanguage(language, tuple(renderer.languages.by_code), ASK.format(form="fault"))
    for kind in FaultKind:
        details = _CERTIFICATES if kind is FaultKind.UPSTREAM_CERTIFICATE else {"": ""}
        for detail, said in details.items():
            name = f"fault-{kind.value}{f'-{detail}' if detail else ''}"
            body = fault_page(kind, _HOST, school, said, renderer=renderer, page_language=spoken).body
            yield Shown(f"{name}-{language}.html", name, None, language, body)


def _unspoken(renderer: PageRenderer, chosen: tuple[str, ...]) -> Iterator[str]:
    rest = [one for one in renderer.languages.by_code if one not in chosen]
    if rest:
        yield f"languages that were not asked for: {', '.join(rest)}"


def _index(shown: Gallery, school: str) -> str:
    kinds = list(dict.fromkeys(one.kind for one in shown.pages))
    order = {kind: number for number, kind in enumerate((*KINDS, *kinds))}
    sections = Markup("\n").join(_section(kind, shown) for kind in sorted(kinds, key=lambda kind: order[kind]))
    left_out = Markup("\n").join(Markup("<li>{}</li>").format(one) for one in shown.left_out)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{MARK}
<title>Pages of the web filter · {escape(school)}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0 auto; max-width: 110rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }}
ul.pages {{ list-style: none; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }}
iframe {{ display: block; width: 100%; height: 30rem; border: 1px solid #8a8a8a; }}
iframe.card {{ width: 300px; height: 150px; }}
</style>
</head>
<body>
<main>
<h1>Pages of the web filter · {escape(school)}</h1>
<p>{len(shown.pages)} pages, made from the policy at hand. Their references and links lead nowhere.</p>
<h2>Left out</h2>
<ul>
{left_out}
</ul>
{sections}
</main>
</body>
</html>
"""


def _section(kind: str, shown: Gallery) -> Markup:
    items = Markup("\n").join(
        Markup(
            '<li><a href="{file}">{what}</a><iframe{small} src="{file}" title="{kind}, {what}" loading="lazy"></iframe></li>'
        ).format(
            small=Markup(' class="card"') if kind.startswith("card-") else "",
            file=one.file,
            kind=kind,
            what=f"{one.reader.value}, {one.language}" if one.reader else one.language,
        )
        for one in shown.pages
        if one.kind == kind
    )
    return Markup('<h2>{}</h2>\n<ul class="pages">\n{}\n</ul>').format(kind, items)
