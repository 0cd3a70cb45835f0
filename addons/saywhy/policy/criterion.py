"""What a rule can be about: the shape that every criterion has, and what one is asked with.

A criterion is one file in `policy/criteria`; it says how it is written and checked, what a rule is filed under by it,
what a target has of it, and how it is told. The rest (load, schema, deciding, lint, diff) takes it from there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple, Protocol

from saywhy.policy.address import Url
from saywhy.policy.catalogue import Membership
from saywhy.policy.pattern import UrlPattern

type Key = tuple[str, str]  # what rules and grants are filed under: a kind and a name
type Piece = Key | UrlPattern  # a part of what a rule is about: one is enough to match it

EVERYTHING: Final[Key] = ("everything", "")


class About(NamedTuple):  # made for each host that is met: a data class takes twice as long
    """What is known of a target: its canonical host and every name above it, nearest first, and what it belongs to.

    `url` is None while only the host is known; the membership then says what a path could still tell.
    """

    names: tuple[str, ...]
    membership: Membership
    url: Url | None = None


class Criterion(Protocol):
    """One kind of thing that a rule can be about, as an entry of `allow`, `block` or `caution`."""

    key: ClassVar[str]  # as it is written
    annotation: ClassVar[Any]  # how: a type of pydantic, `list[Host]`
    description: ClassVar[str]
    example: ClassVar[str]  # YAML, as it could be written
    # It has to see the whole URL: while only the host is known, any of its rules may match.
    by_url: ClassVar[bool] = False

    def pieces(self, written: tuple[Any, ...]) -> Iterable[Piece]:
        """What a rule is filed under that names these; any one matches it."""

    def opened(self, written: tuple[Any, ...]) -> Iterable[Piece]:  # noqa: ARG002 — most open what they name
        """What a rule that allows these is filed under besides: what they need."""
        return ()

    def keys(self, about: About) -> Iterable[Key]:
        """The keys that a target has of this criterion for certain."""

    def possible(self, about: About) -> Iterable[Key]:  # noqa: ARG002 — most know at once
        """The keys that a host may have, which only a path there could tell."""
        return ()

    def named(self, one: Any) -> str:
        """One entry as it is written."""
        return str(one)

    def told(self, one: Any) -> str:
        """One entry in a sentence: "category games"."""
        return self.named(one)


@dataclass(frozen=True, slots=True, init=False)
class Criteria:
    """What a rule is about: any one of these is enough. `everything` stands alone.

    `written` has, for each criterion that the rule names, its key and its entries as its field reads them.
    """

    everything: bool
    written: tuple[tuple[str, tuple[Any, ...]], ...]

    def __init__(self, *, everything: bool = False, **written: Iterable[Any]) -> None:
        entries = ((key, tuple(found)) for key, found in sorted(written.items()))
        object.__setattr__(self, "everything", everything)
        object.__setattr__(self, "written", tuple((key, found) for key, found in entries if found))

    def of(self, key: str) -> tuple[Any, ...]:
        """The entries of one criterion, by its key."""
        return next((found for name, found in self.written if name == key), ())

    @property
    def apps(self) -> tuple[str, ...]:
        """The apps, by id."""
        return self.of("apps")

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories, by id."""
        return self.of("categories")

    @property
    def domains(self) -> tuple[str, ...]:
        """The names, canonical; each covers its subdomains."""
        return self.of("domains")

    @property
    def urls(self) -> tuple[UrlPattern, ...]:
        """The patterns of addresses."""
        return self.of("urls")
