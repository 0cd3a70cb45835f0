"""The school's look as its files have it: the crest and the pages are read, and its colours are held against each other."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from saywhy.policy.codes import Code
from saywhy.policy.colours import AA, AAA, least_contrast, passing
from saywhy.policy.look import Contact, Crest, Look, Scheme, dark_scheme, light_scheme
from saywhy.policy.problem import Problem
from saywhy.policy.reading.checked_file import CheckedFile
from saywhy.policy.reading.crest import CrestError, read_crest
from saywhy.policy.reading.files import Folder, UnreadableError
from saywhy.policy.reading.named_files import read_named
from saywhy.policy.reading.schema_look import ColoursPart, DarkColoursPart, LookPart
from saywhy.policy.reading.yaml12 import Document, Loc
from saywhy.policy.suggest import did_you_mean, quoted

PAGES: Final = "pages"  # the folder within the policy's own
PAGE_FILES: Final = ("base.html", "care.html", "fault.html", "page.html")
LOOK_ENDINGS: Final = (".html", ".png", ".svg")
_LOC: Final[Loc] = ("school", "look")
_MOST_READ: Final = 1024 * 1024  # a crest that is too large is told by its size
_MOST_PAGE_BYTES: Final = 32 * 1024


def read_look(folder: Folder, files: Iterable[CheckedFile]) -> tuple[Look, list[Problem]]:
    """The look, and what is wrong with it. Pages are read here; what they say is looked at by `saywhy.explain`."""
    pages, problems = _pages(folder)
    found = next((one for one in files if one.part.school is not None and one.part.school.look is not None), None)
    if found is None or found.part.school is None or found.part.school.look is None:
        return Look(pages=pages), problems
    part, document = found.part.school.look, found.document
    crest = _crest(folder, document, part, problems)
    light, dark = _schemes(part)
    if part.colours is not None and light is not None and dark is not None:
        problems += (one for level, one in contrasts(document, part.colours, light, dark) if level == AA)
    contact = part.contact
    return (
        Look(
            crest,
            light,
            dark,
            None if contact is None else Contact(contact.name, contact.room, contact.phone, contact.mail),
            pages,
        ),
        problems,
    )


def _crest(folder: Folder, document: Document, part: LookPart, problems: list[Problem]) -> Crest | None:
    if not part.crest:
        return None
    loc = (*_LOC, "crest")
    try:
        return read_crest(read_named(folder, part.crest, _MOST_READ, "crest.svg"))
    except UnreadableError as error:
        what, instead = f"crest {quoted(part.crest)}: {error.what}", error.instead
        if error.code is Code.TOO_LARGE:
            instead = "save it with at most 12 kB, some 96 pixels high"
        problems.append(document.problem(loc, what, instead, code=Code.BAD_CREST))
    except CrestError as error:
        problems.append(
            Problem(folder.shown(part.crest), error.line, 1, error.what, error.instead, code=Code.BAD_CREST)
        )
    return None


def _schemes(part: LookPart) -> tuple[Scheme | None, Scheme | None]:
    colours = part.colours
    if colours is None:
        return None, None
    light = light_scheme(colours.accent or "", colours.background or "", colours.text or "")
    dark = colours.dark
    if dark is None:
        return light, dark_scheme(light, "", "", "")
    return light, dark_scheme(light, dark.accent or "", dark.background or "", dark.text or "")


def contrasts(document: Document, part: ColoursPart, light: Scheme, dark: Scheme) -> Iterator[tuple[float, Problem]]:
    """Each colour that was written and is too near to what is behind it, with the level of WCAG that it misses."""
    yield from _of_scheme(document, (*_LOC, "colours"), part, light)
    if part.dark is not None:
        yield from _of_scheme(document, (*_LOC, "colours", "dark"), part.dark, dark)


def _of_scheme(
    document: Document, loc: Loc, part: ColoursPart | DarkColoursPart, scheme: Scheme
) -> Iterator[tuple[float, Problem]]:
    behind = (scheme.paper, scheme.card)
    for key, colour in (("accent", scheme.accent), ("text", scheme.ink)):
        written = getattr(part, key) is not None
        if not (written or part.background is not None):
            continue
        found = least_contrast(colour, behind)
        level = AA if found < AA else AAA
        if found >= level:
            continue
        what = f"{key} {colour} on {min(behind, key=lambda one: least_contrast(colour, (one,)))} has a contrast of {found:.2f} to 1"
        wanted = f"WCAG {'AA' if level == AA else 'AAA'} asks for {level:g} to 1"
        yield (
            level,
            document.problem(
                (*loc, key) if written else (*loc, "background"),
                f"{what}; {wanted}",
                _would_pass(colour, behind, level),
                code=Code.CONTRAST_AA if level == AA else Code.CONTRAST_AAA,
            ),
        )


def _would_pass(colour: str, behind: tuple[str, str], level: float) -> str:
    near = passing(colour, behind, level)
    return "choose another background" if near is None else f"{near} would pass"


def _pages(folder: Folder) -> tuple[tuple[tuple[str, str], ...], list[Problem]]:
    """The pages that there are; a file of another name is none, and is told."""
    found: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for name in PAGE_FILES:
        path = f"{PAGES}/{name}"
        try:
            found.append((name, read_named(folder, path, _MOST_PAGE_BYTES, "pages/page.html").decode("utf-8-sig")))
        except UnicodeDecodeError:
            problems.append(
                folder.problem(path, "a byte that is not UTF-8", "save the file as UTF-8", code=Code.NOT_UTF8)
            )
        except UnreadableError as error:
            if _is_there(folder.path / path):
                instead = "a page has at most 32 kB" if error.code is Code.TOO_LARGE else error.instead
                problems.append(folder.problem(path, error.what, instead, code=error.code))
    problems += (
        folder.problem(f"{PAGES}/{name}", "this is the name of no page", _nearest(name), code=Code.BAD_PAGE)
        for name in _others(folder)
    )
    return tuple(found), problems


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that no file can have
        return False


def _nearest(name: str) -> str:
    near = did_you_mean(name, PAGE_FILES)
    return near if near.startswith("did") else f"write one of: {', '.join(PAGE_FILES)}"


def _others(folder: Folder) -> list[str]:
    try:
        names = sorted(one.name for one in (folder.path / PAGES).iterdir())
    except (OSError, ValueError):  # a name that no folder can have is told elsewhere
        return []
    return [name for name in names if name.lower().endswith((".html", ".htm", ".j2")) and name not in PAGE_FILES]
