r"""What single values look like to an editor: JSON Schema for each kind of value that `fields` reads.

The loader says exactly what is wrong; this only has to be good enough to complete and to mark most mistakes as one
types. So a pattern is never stricter than the loader, but for spaces at the ends of a text in quotes. All are meant for
ECMA 262 with its flag u as much as for Python's re: no \d and \w (they differ), no escapes but those of both.
"""

from typing import Any, Final

from saywhy.policy.file_kinds import FILE_KINDS
from saywhy.policy.reader import READER_SYNONYMS, Reader
from saywhy.policy.rule import Offer

type Json = dict[str, Any]

_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IPV4: Final = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_IPV6: Final = "[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*"
_CLOCK: Final = "(?:[01][0-9]|2[0-3]|[07-9]):[0-5][0-9]"
# what comes along with pasted text and no name has (saywhy.policy.pasted_signs knows more of them)
_PASTED: Final = (
    "\u00a0\u00ab\u00ad\u00bb\u2000-\u200b\u200e-\u206f\u3000-\u3003\u3008-\u3011\ufe00-\ufe0f\ufeff\uff01-\uff5e"
)
_NO_PASTED: Final = f"(?![^]*[{_PASTED}])".replace("[^]", r"[\s\S]")
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_WORDS: Final = ("mon-fri", "weekdays", "weekend", "every day", "daily", *(day[:3] for day in _DAYS), *_DAYS)


def _any_case(word: str) -> str:
    return "".join(f"[{letter.upper()}{letter}]" if letter.isalpha() else letter for letter in word)


def _text(title: str, pattern: str, *examples: str, **more: Any) -> Json:
    return {
        "title": title,
        "type": "string",
        "pattern": pattern,
        **({"examples": [*examples]} if examples else {}),
    } | more


def _name_of(kind: str, *, article: str = "a", example: str) -> Json:
    what = "The name of a place" if kind == "place" else f"The id of {article} {kind}"
    builtin = kind in ("app", "category", "purpose")
    defined = "that this policy or Saywhy's catalogue defines" if builtin else "that this policy defines"
    known = f"{what} {defined}. This schema cannot know which there are; `saywhy check` does."
    return _text(what.removeprefix("The ").replace("place", "place (under places)"), r"\S", example, description=known)


_ONE_DAY: Final = "(?:{})".format("|".join(f"{_any_case(day[:3])}(?:{_any_case(day[3:])})?" for day in _DAYS))
_DAY_GROUPS: Final = "|".join(_any_case(word) for word in ("weekdays", "weekend", "every day", "daily"))
_DAY: Final[Json] = {
    "anyOf": [
        {"enum": list(_DAY_WORDS)},
        {"type": "string", "pattern": rf"^\s*(?:{_DAY_GROUPS}|{_ONE_DAY}(?:\s*-\s*{_ONE_DAY})?)\s*$"},
    ]
}

# something besides spaces, and no control characters but tabs and line breaks
TEXT: Final = _text("text", r"^(?=[\s\S]*\S)[^\x00-\x08\x0b-\x1f\x7f]*$")
# letters of any language, digits and _ first; then hyphens and dots as well
ID: Final = _text(
    "id",
    rf"^{_NO_PASTED}[^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f][^\x00-\x2c\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]*$",
    "year-7",
    maxLength=64,
)
_ALL_OF: Final = rf"{_any_case('all')}\s+{_any_case('of')}\s+"
_LABELS: Final = rf"[^\x00-\x2c\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f{_PASTED}]+"
HOST: Final = _text(
    "domain",
    rf"^\s*(?:(?:{_ALL_OF}|(?=[^\s]*[^\s]\.[^\s]))(?!\.|[0-9]+\s*$)(?![^\s]*\.\.){_LABELS}|\[?{_IPV6}\]?)\s*$",
    "www.example.org",
    description="A name like example.com, without https://, path, port or *; it covers its subdomains. One under which "
    "anybody can have a name, like co.uk, is written `all of co.uk` where every site below it is meant.",
)
PATTERN: Final = _text(
    "address with a path",
    rf"^(?!(?:[^*]*\*){{17}})\s*(?:{_ALL_OF}|(?=(?:{_any_case('https')}?://)?(?:[^/?#\\]*\.|\[)))(?:{_any_case('https')}?://)?"
    rf"(?:{_LABELS}|\[{_IPV6}\])(?::[0-9]*)?(?:[/\\][^#?]*(?:\?[^#*]*)?|\?[^#*]*)$",
    "www.example.org/shop/*",
    maxLength=2000,
    description="A host and a path; * stands for anything in the path. It covers what lies below it.",
)
ADDRESS_PLACE: Final = _text(
    "place of an address",
    r"^\s*(?:(?:/[^/{}?#\\%]+)*(?:/|/?\?[^{}=&#\s]+=[^{}&#\s]*)\{address\}|(?:\{[^{}]+\})?\{name\})\s*$",
    "/web/*/{address}",
    description="Where an address stands: in a parameter, in the rest of the path, or as {name} in the host.",
)
NETWORK: Final = _text(
    "network",
    rf"^\s*(?:{_IPV4}(?:/(?:0*(?:3[0-2]|[12]?[0-9])|{_IPV4}))?|{_IPV6}(?:%[^\s/]+)?(?:/0*(?:12[0-8]|1[01][0-9]|[1-9]?[0-9]))?)\s*$",
    "10.30.7.0/24",
    description="A network like 10.30.7.0/24 or one address. IPv6 needs quotes.",
)
PORT: Final[Json] = {"title": "port", "type": "integer", "minimum": 1, "maximum": 65_535, "examples": [443]}
PORTS: Final[Json] = {
    "title": "port or range of ports",
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 65_535},
        {"type": "string", "pattern": "^[0-9]+-[0-9]+$"},
    ],
    "examples": [5938, "8801-8810"],
}
PROTOCOL: Final = _text("protocol", r"^\s*[!-~]{1,255}\s*$", "apns-security-v3")
DATE: Final = _text(
    "date", r"^\s*[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])\s*$", "2027-03-01", format="date"
)
MOMENT: Final = _text(
    "day, or minute of a day",
    r"^\s*[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[ T]+(?:[01][0-9]|2[0-3]):[0-5][0-9])?\s*$",
    "2026-12-04",
    "2026-12-04 08:30",
)
CLOCK: Final = _text("time of day", rf"^\s*{_CLOCK}\s*$", "09:15")
END: Final = _text(
    "time of day",
    rf"^\s*(?:{_CLOCK}(?:\s+{_any_case('next')}\s+{_any_case('day')})?|24:00)\s*$",
    "12:20",
    description="A time up to 24:00. `08:30 next day` where the span is longer than 12 hours.",
)
DAYS: Final[Json] = {
    "title": "days",
    "anyOf": [*_DAY["anyOf"], {"type": "array", "items": _DAY, "minItems": 1}],
    "examples": ["mon-fri"],
}
ZONE: Final = _text("time zone", r"^\s*[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*\s*$", "Europe/London")
LANGUAGE: Final = _text(
    "language tag",
    r"^\s*[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?(?:-[A-Za-z0-9]{5,8})*\s*$",
    "en",
)
READER: Final[Json] = {
    "title": "reading level",
    "type": "string",
    "enum": [*(level.value for level in Reader), *READER_SYNONYMS],
    "description": "early (5 to 7 years), primary (7 to 11), secondary (11 to 16), adult, or easy-read (short, with "
    "pictures). sixth-form and staff mean adult.",
}
OFFER: Final[Json] = {
    "title": "offer",
    "type": "string",
    "enum": [offer.value for offer in Offer],
    "description": "How much of the site (this-page, this-site, this-app), or for how long.",
}
AGES: Final = _text("ages", r"^\s*[0-9]{1,2}\s?(?:[-\u2013]\s?[0-9]{1,2}|\+)\s*$", "7-11", "13+")
FILE_KIND: Final[Json] = {
    "title": "kind of file",
    "type": "string",
    "enum": list(FILE_KINDS),
    "description": "A kind of file, by name or by content.",
}
CALENDAR_FILE: Final = _text("calendar file", r"\.[Ii][Cc][Ss]\s*$", "calendars/school.ics")
WEB_ADDRESS: Final = _text("web address", r"^\s*[Hh][Tt][Tt][Pp][Ss]?://[^\s/]", "https://www.example.org/page")
GROUP_NAME: Final = _name_of("group", example="year7")
PLACE_NAME: Final = _name_of("place", example="Library")
TIME_NAME: Final = _name_of("time", example="lessons")
CALENDAR_NAME: Final = _name_of("calendar", example="holidays")
APP_NAME: Final = _name_of("app", article="an", example="tiktok")
SERVICE_NAME: Final = _name_of("service", example="google-accounts")
CATEGORY_NAME: Final = _name_of("category", example="games")
PURPOSE_NAME: Final = _name_of("purpose", example="short-videos")
HELP_LINE_NAME: Final = _name_of("help line", example="childline")
COUNTRY_NAME: Final = _name_of("country", example="wales")
ROLE_NAME: Final = _name_of("role", example="it")
