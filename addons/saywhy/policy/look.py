"""A school's own look: its crest, its colours, whom to ask, and pages of its own. Checked where it is read."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from saywhy.policy.colours import AAA, WHITE, ink_on, mixed, towards


@dataclass(frozen=True, slots=True)
class Crest:
    """A picture: its bytes, and what they are (image/png, image/svg+xml)."""

    media_type: str
    content: bytes

    @property
    def data(self) -> str:
        """The picture as an address that holds it (RFC 2397), so that no page has to fetch it."""
        return f"data:{self.media_type};base64,{b64encode(self.content).decode()}"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask: a role as people call it, and where it is reached. What is not known is empty."""

    name: str
    room: str = ""
    phone: str = ""
    mail: str = ""

    @property
    def dialled(self) -> str:
        """The phone number as a link dials it (RFC 3966)."""
        return "".join(sign for sign in self.phone if sign in "+0123456789")


@dataclass(frozen=True, slots=True)
class Scheme:
    """The colours of pages, each as #rrggbb, by the names that their styles give them.

    `accent` is that of links and buttons, `paper` lies behind everything, `card` behind what belongs together, `soft` behind a
    word that is set apart; `quiet` is said besides, `edge` goes round a field, `wrong` is what a form says is wrong.
    """

    accent: str
    paper: str
    card: str
    ink: str
    quiet: str
    line: str
    soft: str
    edge: str
    wrong: str

    @property
    def on_accent(self) -> str:
        """What is written on a button."""
        return ink_on(self.accent)

    @property
    def properties(self) -> str:
        """The declarations of CSS that set it."""
        names = ("accent", "paper", "card", "ink", "quiet", "line", "soft", "edge", "wrong")
        said = [f"--{name}: {getattr(self, name)}" for name in names]
        return "; ".join([*said, f"--on-accent: {self.on_accent}"])


# As block_pages/page.css and the portal's stylesheet have them; a test holds them to be the same.
LIGHT: Final = Scheme(
    "#185568", "#f4f1ea", "#fffdf9", "#20283a", "#424a5c", "#ddd6c8", "#dcebee", "#7a7f8c", "#8f2f0f"
)  # fmt: skip
DARK: Final = Scheme(
    "#8fd0e0", "#12171f", "#1b222d", "#ecebe6", "#b1b8c6", "#364050", "#21404b", "#8d96a8", "#f5b08f"
)  # fmt: skip
_LIGHTER: Final = {LIGHT: 0.7, DARK: 0.06}  # how much lighter a card is than what lies behind it
_EDGE: Final = 3.0  # WCAG 2.2, 1.4.11


def light_scheme(accent: str, background: str, text: str) -> Scheme:
    """The scheme of what a school wrote, where an empty text is our own colour."""
    return _scheme(LIGHT, accent, background, text)


def dark_scheme(light: Scheme, accent: str, background: str, text: str) -> Scheme:
    """The same for the dark; an accent that is not given is the light one, made light enough to be read."""
    if not accent and light.accent != LIGHT.accent:
        behind = _scheme(DARK, "", background, text)
        accent = towards(light.accent, WHITE, (behind.paper, behind.card), AAA)
    return _scheme(DARK, accent, background, text)


def _scheme(ours: Scheme, accent: str, background: str, text: str) -> Scheme:
    accent, ink = accent or ours.accent, text or ours.ink
    paper, card = ours.paper, ours.card
    if background:
        paper, card = background, mixed(background, WHITE, _LIGHTER[ours])
    behind = (paper, card)
    return Scheme(
        accent=accent,
        paper=paper,
        card=card,
        ink=ink,
        quiet=towards(ours.quiet, ink, behind, AAA),
        line=mixed(card, ink, 0.18) if background else ours.line,
        soft=ours.soft if accent == ours.accent and not background else _soft(card, accent, ink),
        edge=towards(ours.edge, ink, behind, _EDGE),
        wrong=towards(ours.wrong, ink, behind, AAA),
    )


def _soft(card: str, accent: str, ink: str) -> str:
    """A touch of the accent, on which words can be read."""
    return towards(mixed(card, accent, 0.18), card, (ink,), AAA)


@dataclass(frozen=True, slots=True)
class Look:
    """`light` and `dark` are None where the colours are our own; `pages` are templates by their files' names, as written."""

    crest: Crest | None = None
    light: Scheme | None = None
    dark: Scheme | None = None
    contact: Contact | None = None
    pages: tuple[tuple[str, str], ...] = ()

    @property
    def style(self) -> str:
        """The declarations that put its colours in the place of our own; empty where it has none."""
        if self.light is None or self.dark is None:
            return ""
        return (
            f"@media screen {{ :root {{ {self.light.properties} }} }}\n"
            f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {self.dark.properties} }} }}\n"
        )


NO_LOOK: Final = Look()
