"""Which language somebody reads: what the school offers, and who says what they wish for."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from saywhy.policy.languages import SOURCE, language_for, languages_for
from saywhy.policy.policy import Policy

_LONGEST: Final = 1024  # characters: what is longer than any browser's Accept-Language is read no further


@dataclass(frozen=True, slots=True)
class PageLanguage:
    """The language of a page, by its tag (BCP 47); those that it can be changed to; what leads to the same page in one of them.

    An empty tag stands for the school's own. The language that is chosen is added to `url`, as "?language=cy".
    """

    tag: str = ""
    offered: tuple[str, ...] = ()
    url: str | None = None


SCHOOLS_OWN: Final = PageLanguage()


def offered(policy: Policy | None, available: Iterable[str]) -> tuple[str, ...]:
    """The languages that pages can be read in, the school's own first; all that there are where there is no policy."""
    known = tuple(available)
    return known if policy is None else _offered(policy.school.languages, known)


def chosen(offer: tuple[str, ...], *wishes: str, accept_language: str = "") -> str:
    """The language of a page: the first wish that is offered (a tag each, or empty), else the browser's, else the school's own.

    `accept_language` is the header as it came (RFC 9110 section 12.5.4).
    """
    wanted = (*wishes, *_accepted(accept_language))
    return next((found for one in wanted if one and (found := language_for(one, offer))), offer[0])


@lru_cache(maxsize=16)
def _offered(languages: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    return languages_for(languages, known) or (SOURCE,)


def _accepted(header: str) -> list[str]:
    """The tags that a browser prefers, best first."""
    accepted = parse_accept_header(header[:_LONGEST], LanguageAccept)
    return [tag for tag, quality in accepted if quality > 0 and tag != "*"]
