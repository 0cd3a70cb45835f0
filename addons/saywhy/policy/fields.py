"""Single values of a policy: read from what stands in the file, or refused with what to write instead."""

import re
from collections.abc import Callable
from datetime import date, time
from functools import lru_cache
from ipaddress import ip_interface, ip_network
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, available_timezones

import ada_url
from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from saywhy.policy import json_shapes
from saywhy.policy.address import AddressError, Url, address_literal, canonical_host, canonical_url
from saywhy.policy.address_place import AddressPlace, parse_place
from saywhy.policy.codes import Code
from saywhy.policy.part import Reading, mistake, wrong_kind
from saywhy.policy.pattern import SlowPatternError, UrlPattern, parse_pattern
from saywhy.policy.reader import READER_SYNONYMS, Reader
from saywhy.policy.rule import Offer
from saywhy.policy.school import Network
from saywhy.policy.suggest import did_you_mean, quoted

_ID: Final = re.compile(r"\w[\w.-]{0,63}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_LANGUAGE: Final = re.compile(r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|\d{3}))?((?:-[a-z\d]{5,8})*)", re.ASCII | re.IGNORECASE)  # fmt: skip
_LABEL: Final = re.compile(r"[a-z0-9_-]{1,63}")
_PLAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_GROUPS: Final = {"weekdays": range(5), "weekend": range(5, 7), "every day": range(7), "daily": range(7)}


def _string(value: Any, wanted: str, instead: str = "") -> str:
    if not isinstance(value, str):
        raise wrong_kind(wanted, instead)
    return value.strip()


def _text(value: Any) -> str:
    text = _string(value, "text")
    if not text:
        raise mistake("nothing between the quotes", "write a text", code=Code.NOTHING_WRITTEN)
    if _CONTROL.search(text):
        raise mistake(f"{quoted(text)} holds a control character", "leave it out", code=Code.INVISIBLE_CHARACTER)
    return text


def _id(value: Any) -> str:
    _string(value, "a short name")
    if _ID.fullmatch(value) is None:
        instead = "write letters, digits and hyphens, without spaces: year-7"
        raise mistake(f"{quoted(value)} cannot be an id", instead, code=Code.BAD_NAME)
    return str(value)


def read_host(value: Any) -> str:
    """A listed name in canonical form. Raises a mistake that says what to write."""
    text = _text(value)
    if _PLAIN.fullmatch(text) and "xn--" not in text and len(text) <= 253:
        return text  # canonical as it is, like nearly all of a long list
    if "://" in text or "/" in text:
        raise mistake(f"{quoted(text)} is more than a domain", _without_path(text), code=Code.BAD_DOMAIN)
    bare = text.removeprefix("*").removeprefix(".")
    if bare != text or "*" in text:
        raise mistake(f"{quoted(text)} has a mark before its name", f"write {bare}, it covers its subdomains" if "*" not in bare else "write the name without *", code=Code.BAD_DOMAIN)  # fmt: skip
    try:
        host = canonical_host(text)
    except AddressError:
        port = re.fullmatch(r"([^:]+):\d+", text)
        instead = f"write {port[1]}; ports are set under reach" if port else "write a name like example.com"
        raise mistake(f"{quoted(text)} is no domain", instead, code=Code.BAD_DOMAIN) from None
    if address_literal(host) is not None:
        if host != text.casefold().removeprefix("[").removesuffix("]"):
            what = f"{quoted(text)} is read by browsers as the address {host}"
            raise mistake(what, f"write {host} if that is meant", code=Code.BAD_DOMAIN)
    elif not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise mistake(f"{quoted(text)} is no domain", "write a name like example.com", code=Code.BAD_DOMAIN)
    return host


def _without_path(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        pass
    else:
        return "networks stand under places or reach"
    try:
        url = canonical_url(text.replace("*.", ""))
    except AddressError:
        return "write a name like example.com"
    if url.path == "/" and not url.query:
        return f"write {url.host}"
    return f"write {url.host}, or list {url.host}{url.path} under urls"


def _pattern(value: Any) -> UrlPattern:
    try:
        return parse_pattern(_text(value))
    except AddressError as error:
        what, _, instead = str(error).partition("; ")
        code = Code.SLOW_PATTERN if isinstance(error, SlowPatternError) else Code.BAD_PATTERN
        raise mistake(what, instead or "write it like www.example.org/path/*", code=code) from None


def _protocol(value: Any) -> str:
    text = _string(value, "the name of a protocol", "write it like apns-security-v3")
    if not re.fullmatch(r"[!-~]{1,255}", text):
        instead = "write it as programs name it in TLS (ALPN), like apns-security-v3"
        raise mistake(f"{quoted(text)} is no name of a protocol", instead, code=Code.BAD_NAME)
    return text


def _address_place(value: Any) -> AddressPlace:
    try:
        return parse_place(_text(value))
    except AddressError as error:
        what, _, instead = str(error).partition("; ")
        raise mistake(what, instead, code=Code.BAD_PATTERN) from None


def _network(value: Any) -> Network:
    text = _string(value, "a network", "write it like 10.30.7.0/24")
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        meant = ip_interface(text).network
    except ValueError:
        raise mistake(
            f"{quoted(text)} is no network",
            "write it like 10.30.7.0/24, or one address like 10.30.7.9",
            code=Code.BAD_NETWORK,
        ) from None
    address = text.partition("/")[0]
    raise mistake(f"{quoted(text)} is an address within a network", f"write {meant} for the network, or {address} for that one address", code=Code.BAD_NETWORK)  # fmt: skip


def _port(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_kind("a port number", "write a number from 1 to 65535, without quotes")
    if not 1 <= value <= 65_535:
        raise mistake(f"{value} is no port", "write a number from 1 to 65535", code=Code.BAD_PORT)
    return value


def _ports(value: Any) -> str:
    first, mark, last = str(value).partition("-")
    if not mark:
        return str(_port(value))
    if not (isinstance(value, str) and first.isdecimal() and last.isdecimal()):
        raise mistake(f"{quoted(str(value))} is no range of ports", "write it like 8801-8810", code=Code.BAD_PORT)
    if _port(int(first)) >= _port(int(last)):
        raise mistake(f"{quoted(str(value))} ends before it begins", "write the lower port first", code=Code.BAD_PORT)
    return f"{int(first)}-{int(last)}"


def _date(value: Any) -> date:
    text = _string(value, "a date", "write it as year-month-day: 2027-03-01")
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        raise mistake(
            f"{quoted(text)} is no day of the calendar",
            "write a date as year-month-day: 2027-03-01",
            code=Code.BAD_DATE,
        ) from None
    raise mistake(f"{quoted(text)} is no date", "write it as year-month-day: 2027-03-01", code=Code.BAD_DATE)


def _clock(value: Any) -> time:
    text = _string(value, "a time of day", "write it as hours and minutes: 09:15")
    found = _CLOCK.fullmatch(text)
    if found is None:
        hint = "; midnight at the start of a day is 00:00" if text == "24:00" else ""
        instead = f"write it as hours and minutes: 09:15{hint}"
        raise mistake(f"{quoted(text)} is no time of day here", instead, code=Code.BAD_TIME)
    return time(int(found[1]), int(found[2]))


def _end(value: Any) -> time:
    return time(0) if isinstance(value, str) and value.strip() == "24:00" else _clock(value)


def _days(value: Any) -> frozenset[int]:
    wanted = "days"
    instead = "write mon-fri, mon, [mon, wed], weekdays, weekend or every day"
    parts = value if isinstance(value, list) else [value]
    if not parts:
        raise mistake("an empty list of days", instead, code=Code.EMPTY_LIST)
    return frozenset(day for part in parts for day in _days_of(_string(part, wanted, instead), instead))


def _days_of(text: str, instead: str) -> list[int]:
    if text.casefold() in _DAY_GROUPS:
        return list(_DAY_GROUPS[text.casefold()])
    ends = [_day(one.strip().casefold()) for one in text.split("-")]
    if len(ends) > 2 or None in ends:
        raise mistake(f"{quoted(text)} names no days", instead, code=Code.BAD_TIME)
    first, last = ends[0], ends[-1]
    assert first is not None
    assert last is not None
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _day(word: str) -> int | None:
    return next((number for number, day in enumerate(_DAYS) if word in (day, day[:3])), None)


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def _zone(value: Any) -> ZoneInfo:
    text = _string(value, "a time zone", "write it like Europe/London")
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # not known; not a plain name; a folder of zones
        nearest = did_you_mean(text, _zones())
        hint = nearest if nearest.startswith("did") else "write it like Europe/London"
        raise mistake(f"{quoted(text)} is no time zone", hint, code=Code.BAD_TIME) from None


def _language(value: Any) -> str:
    text = _string(value, "a language tag", "write it like en, cy or pt-BR")
    found = _LANGUAGE.fullmatch(text)
    if found is None:
        better = text.replace("_", "-")
        instead = f"write {better}" if _LANGUAGE.fullmatch(better) else "write it like en, cy or pt-BR"
        raise mistake(f"{quoted(text)} is no language tag", instead, code=Code.BAD_LANGUAGE)
    language, script, region, variants = (one or "" for one in found.groups())
    return language.lower() + script.title() + region.upper() + variants.lower()  # RFC 5646 section 2.1.1


def _reader(value: Any) -> Reader:
    words = {**{level.value: level for level in Reader}, **READER_SYNONYMS}
    text = _string(value, "a reading level", f"write one of: {', '.join(words)}")
    if text not in words:
        raise mistake(f"unknown reading level {quoted(text)}", did_you_mean(text, words), code=Code.UNKNOWN_WORD)
    return words[text]


def _offer(value: Any) -> Offer:
    words = {offer.value: offer for offer in Offer}
    text = _string(value, "something to offer", f"write one of: {', '.join(words)}")
    if text not in words:
        raise mistake(f"unknown offer {quoted(text)}", did_you_mean(text, words), code=Code.UNKNOWN_WORD)
    return words[text]


def _web_address(value: Any) -> Url:
    text = _text(value)
    scheme, mark, _ = text.partition("://")
    if scheme.casefold() not in ("http", "https") or not mark:
        instead = (
            f"write https://{text}"
            if re.match(r"[\w-]+(\.[\w-]+)+(/|$)", text)
            else "write an address that begins with https://"
        )
        raise mistake(f"{quoted(text)} does not begin with https:// or http://", instead, code=Code.BAD_ADDRESS)
    try:
        return canonical_url(text)
    except AddressError:
        instead = "write it like https://www.example.org/page"
        raise mistake(f"{quoted(text)} is no web address", instead, code=Code.BAD_ADDRESS) from None


def _web_link(value: Any) -> str:
    _web_address(value)
    return ada_url.URL(value.strip()).href


def _known(kind: str) -> Callable[[Any, ValidationInfo], str]:
    def check(value: Any, info: ValidationInfo) -> str:
        name = _string(value, f"the name of a {kind}" if kind != "app" else "the name of an app")
        reading = info.context
        if isinstance(reading, Reading) and not reading.knows(kind, name):
            hyphened = name.replace("_", "-")  # as UT1 and others write their categories: social_networks
            if kind == "category" and reading.knows(kind, hyphened):
                return hyphened
            raise mistake(f"unknown {kind} {quoted(name)}", reading.remedy(kind, name), code=Code.UNKNOWN_NAME)
        return name

    return check


Text = Annotated[str, PlainValidator(_text), WithJsonSchema(json_shapes.TEXT)]
Id = Annotated[str, PlainValidator(_id), WithJsonSchema(json_shapes.ID)]
Host = Annotated[str, PlainValidator(read_host), WithJsonSchema(json_shapes.HOST)]
Pattern = Annotated[UrlPattern, PlainValidator(_pattern), WithJsonSchema(json_shapes.PATTERN)]
AddressPlaceText = Annotated[AddressPlace, PlainValidator(_address_place), WithJsonSchema(json_shapes.ADDRESS_PLACE)]
NetworkText = Annotated[Network, PlainValidator(_network), WithJsonSchema(json_shapes.NETWORK)]
Ports = Annotated[str, PlainValidator(_ports), WithJsonSchema(json_shapes.PORTS)]
Port = Annotated[int, PlainValidator(_port), WithJsonSchema(json_shapes.PORT)]
Protocol = Annotated[str, PlainValidator(_protocol), WithJsonSchema(json_shapes.PROTOCOL)]
Date = Annotated[date, PlainValidator(_date), WithJsonSchema(json_shapes.DATE)]
Clock = Annotated[time, PlainValidator(_clock), WithJsonSchema(json_shapes.CLOCK)]
End = Annotated[time, PlainValidator(_end), WithJsonSchema(json_shapes.END)]
Days = Annotated[frozenset[int], PlainValidator(_days), WithJsonSchema(json_shapes.DAYS)]
Zone = Annotated[ZoneInfo, PlainValidator(_zone), WithJsonSchema(json_shapes.ZONE)]
Language = Annotated[str, PlainValidator(_language), WithJsonSchema(json_shapes.LANGUAGE)]
ReaderLevel = Annotated[Reader, PlainValidator(_reader), WithJsonSchema(json_shapes.READER)]
OfferWord = Annotated[Offer, PlainValidator(_offer), WithJsonSchema(json_shapes.OFFER)]
WebAddress = Annotated[Url, PlainValidator(_web_address), WithJsonSchema(json_shapes.WEB_ADDRESS)]
WebLink = Annotated[str, PlainValidator(_web_link), WithJsonSchema(json_shapes.WEB_ADDRESS)]
GroupName = Annotated[str, PlainValidator(_known("group")), WithJsonSchema(json_shapes.GROUP_NAME)]
PlaceName = Annotated[str, PlainValidator(_known("place")), WithJsonSchema(json_shapes.PLACE_NAME)]
TimeName = Annotated[str, PlainValidator(_known("time")), WithJsonSchema(json_shapes.TIME_NAME)]
AppName = Annotated[str, PlainValidator(_known("app")), WithJsonSchema(json_shapes.APP_NAME)]
CategoryName = Annotated[str, PlainValidator(_known("category")), WithJsonSchema(json_shapes.CATEGORY_NAME)]
PurposeName = Annotated[str, PlainValidator(_known("purpose")), WithJsonSchema(json_shapes.PURPOSE_NAME)]
RoleName = Annotated[str, PlainValidator(_known("role")), WithJsonSchema(json_shapes.ROLE_NAME)]
