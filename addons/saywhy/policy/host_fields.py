"""Hosts and addresses of a policy: read into the one form in which they are compared, or refused with what to write."""

import re
from ipaddress import ip_network
from typing import Annotated, Any, Final
from urllib.parse import quote, unquote

import ada_url
from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from saywhy.policy import json_shapes
from saywhy.policy.address import (
    AddressError,
    Url,
    address_literal,
    canonical_host,
    canonical_url,
    path_to_compare,
    two_readings,
)
from saywhy.policy.address_place import AddressPlace, parse_place
from saywhy.policy.codes import Code
from saywhy.policy.part import mistake, wrong_kind
from saywhy.policy.pasted_signs import pasted_in_path, pasted_sign, plainly, said_of
from saywhy.policy.pattern import SlowPatternError, UrlPattern, parse_pattern
from saywhy.policy.public_suffixes import public_suffixes
from saywhy.policy.suggest import quoted
from saywhy.policy.text_fields import read_name

_LABEL: Final = re.compile(r"[a-z0-9_-]{1,63}")
_PLAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ALL_OF: Final = re.compile(r"all\s+of\s+(?=\S)", re.IGNORECASE)
_SCHEME: Final = re.compile(r"https?(:[/\\]*|[/\\]{2,})", re.IGNORECASE)
_CLOSING: Final = ("”", "’", "“", "‘", "»", "«", "›", "‹", "＂", "＇")  # noqa: RUF001
_ENDS: Final = " \t\r\n"
_DOTS: Final = (".", "..")
_A_NAME: Final = "write a name like example.com"
_AN_ADDRESS: Final = "write it like https://www.example.org/page"
_A_PATTERN: Final = "write it like www.example.org/path/*"


def read_host(value: Any, *, beside_urls: bool = True) -> str:
    """A listed name in canonical form; "all of co.uk" is co.uk. Raises a mistake that says what to write.

    `beside_urls`: it stands where addresses with a path can stand as well, under `urls`.
    """
    if isinstance(value, str) and _is_plain(value) and not public_suffixes().may_be(value):
        return value  # like nearly all of a long list
    text = read_name(value, "a domain", _A_NAME)
    meant = _ALL_OF.match(text)
    host = _host(text if meant is None else text[meant.end() :], beside_urls=beside_urls)
    if meant is None and _is_suffix(host):
        raise mistake(*_about_all(host, host), code=Code.PUBLIC_SUFFIX)
    return host


def _read_whole_name(value: Any) -> str:
    return read_host(value, beside_urls=False)


def is_meant(text: str) -> bool:
    """Whether a written name says that all below it is meant."""
    return _ALL_OF.match(text.strip()) is not None


def _is_plain(text: str) -> bool:
    """Whether it is canonical as it stands."""
    return _PLAIN.fullmatch(text) is not None and "xn--" not in text and len(text) <= 253


def _is_suffix(host: str) -> bool:
    """Whether anybody can have a name below it. Those of companies, like github.io, are names that people do mean."""
    suffixes = public_suffixes()
    return suffixes.has(host) and not suffixes.is_private(host)


def _about_all(host: str, text: str) -> tuple[str, str]:
    known = "is a public suffix" if public_suffixes().knows(host) else "has no dot"
    what = f"{quoted(host)} {known}, so this takes in every site whose name ends in .{host}"
    return what, f"write the whole name of a site, or all of {text} where every one is meant"


def _host(text: str, *, beside_urls: bool = True) -> str:
    """The canonical host, whatever it covers."""
    if _is_plain(text):
        return text
    _check_written(text, beside_urls=beside_urls)
    try:
        host = canonical_host(text)
    except AddressError:
        port = re.fullmatch(r"([^:]+):\d+", text)
        instead = f"write {port[1]}; ports are set under reach" if port and would_be_taken(port[1]) else _A_NAME
        raise mistake(f"{quoted(text)} is no domain", instead, code=Code.BAD_DOMAIN) from None
    if address_literal(host) is not None:
        if host != text.casefold().removeprefix("[").removesuffix("]"):
            what = f"{quoted(text)} is read by browsers as the address {host}"
            raise mistake(what, f"write {host} if that is meant", code=Code.BAD_DOMAIN)
    elif "%" in text:
        better = f"write {host}" if would_be_taken(host) else _A_NAME
        raise mistake(f"{quoted(text)} has an escaped sign in it", better, code=Code.BAD_DOMAIN)
    elif not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise mistake(f"{quoted(text)} is no domain", _A_NAME, code=Code.BAD_DOMAIN)
    return host


def _check_written(text: str, *, beside_urls: bool) -> None:
    """Raise where this is more than a name, or several."""
    if "://" in text or "/" in text:
        raise mistake(
            f"{quoted(text)} is more than a domain", _without_path(text, beside_urls=beside_urls), code=Code.BAD_DOMAIN
        )
    bare = text.removeprefix("*").removeprefix(".")
    if bare != text or "*" in text:
        better = "write the name without *"
        if "*" not in bare and would_be_taken(bare):
            better = f"write {bare}, it covers its subdomains"
        elif "*" not in bare and would_be_taken(f"all of {bare}"):
            better = f"write all of {bare} where every site below it is meant"
        raise mistake(f"{quoted(text)} has a mark before its name", better, code=Code.BAD_DOMAIN)
    if "," in text or " " in text:
        raise mistake(f"{quoted(text)} is no domain", _apart(text), code=Code.BAD_DOMAIN)


def would_be_taken(text: str) -> bool:
    """Whether this would be taken, so that a problem may advise it."""
    try:
        read_host(text)
    except PydanticCustomError:
        return False
    return True


def _apart(text: str) -> str:
    """What to write in place of a name with commas or spaces in it."""
    with_dots = _dotted(text)
    names = [one for one in re.split(r"[,\s]+", text) if one]
    if names and all(map(would_be_taken, names)):
        without = [one for one in names if address_literal(one) is None]
        if len(without) == 1 < len(names):  # a line of a hosts file
            return f"write {without[0]} alone"
        return f"write each by itself: {', '.join(names)}"
    return f"write {with_dots}, with a dot" if with_dots != text and would_be_taken(with_dots) else _A_NAME


def _dotted(text: str) -> str:
    return re.sub(r"\s*,\s*", ".", text)


def _without_path(text: str, *, beside_urls: bool) -> str:
    try:
        ip_network(text)
    except ValueError:
        pass
    else:
        return "networks stand under places or reach"
    try:
        url = canonical_url(text.replace("*.", ""))
    except AddressError:
        return _A_NAME
    if not would_be_taken(url.host):
        return _A_NAME
    if url.path == "/" and not url.query:
        return f"write {url.host}"
    if not beside_urls:
        return f"write {url.host}, without a path: the whole site is meant here"
    page = f"{url.host}{url.origin_form}"
    under_urls = f", or list {page} under urls" if _or(page, "") else ""
    return f"write {url.host}{under_urls}"


def read_pattern(value: Any) -> UrlPattern:
    """A pattern for addresses, "all of co.uk/path" included. Raises a mistake where it cannot be meant or match nothing."""
    if not isinstance(value, str):
        raise wrong_kind("an address with a path", _A_PATTERN)
    text = value.strip(_ENDS)
    meant = _ALL_OF.match(text)
    text = text if meant is None else text[meant.end() :]
    scheme = _SCHEME.match(text)
    bare = text if scheme is None else text[scheme.end() :]
    if scheme is not None and scheme[1] != "://":
        raise mistake(f"{quoted(text)} begins with half of https://", _or(bare, _A_PATTERN), code=Code.BAD_PATTERN)
    start = re.search(r"[/?#\\]|$", bare)
    assert start is not None
    _check_host(bare[: start.start()], bare[start.start() :])
    _check_path(bare, bare[start.start() :])
    try:
        pattern = parse_pattern(text if scheme is None else f"https://{bare}")
    except AddressError as error:
        what, _, instead = str(error).partition("; ")
        code = Code.SLOW_PATTERN if isinstance(error, SlowPatternError) else Code.BAD_PATTERN
        raise mistake(what, instead or _A_PATTERN, code=code) from None
    if meant is None and _is_suffix(pattern.host):
        raise mistake(*_about_all(pattern.host, bare), code=Code.PUBLIC_SUFFIX)
    return pattern


def _check_host(written: str, rest: str) -> None:
    """Raise where a pattern's host is none; what parse_pattern itself finds wrong is left to it."""
    if not written or "*" in written or "@" in written:
        return
    host = re.sub(r":\d*$", "", written) if "]" not in written else written.partition("]")[0] + "]"
    try:
        _host(read_name(host, "a host"))
    except PydanticCustomError as error:
        found = error.context or {}
        code = found["code"] if found["code"] != Code.BAD_DOMAIN else Code.BAD_PATTERN
        better = (_dotted(plainly(host)) + rest, _dotted(plainly(written + rest)))
        instead = next((advice for one in better if one != written + rest and (advice := _or(one, ""))), _A_PATTERN)
        raise mistake(found["what"], instead, code=code) from None


def _check_path(bare: str, rest: str) -> None:
    """Raise where a path holds what no request has, or what is not compared, so that it is another path than written."""
    sign = pasted_in_path(rest)
    if sign is not None:
        what = f"{quoted(bare)} has {sign.called} in it"
        plain = "leave it out" if sign.unseen or sign.quotes else f"write {sign.plain}"
        raise mistake(what, f"{plain}, or {quote(sign.character)} where just this sign is meant", code=sign.code)
    path, _, query = rest.partition("#")[0].partition("?")
    try:
        canonical = canonical_url(f"example.org{path}").path
    except AddressError:
        return  # parse_pattern says so
    if any(one in _DOTS for one in re.split(r"[/\\]", unquote(path))):
        what, instead = "goes through . or ..", f"write {bare.removesuffix(rest)}{canonical} if that is meant"
    elif ";" in unquote(canonical):
        what, instead = "has a ; in its path, and what follows it there is not compared", "leave out both"
    elif "*" in path_to_compare(canonical.replace("*", "")):
        what, instead = "has an escaped *, which would stand for anything all the same", "write the path up to it"
    elif unlike := two_readings(canonical):
        what, instead = f"matches nothing: {unlike}, so no such request is let through", "write it as browsers show it"
    elif "&amp;" in query:
        what, instead = "has &amp;, as pages of the web write &", "write & in its place"
    else:
        return
    raise mistake(f"{quoted(bare)} {what}", instead, code=Code.BAD_PATTERN)


def _or(pattern: str, otherwise: str) -> str:
    """The advice to write a pattern, where it would be taken."""
    try:
        read_pattern(pattern)
    except PydanticCustomError:
        return otherwise
    return f"write {pattern}"


def _address_place(value: Any) -> AddressPlace:
    text = read_name(value, "where an address stands")
    try:
        return parse_place(text)
    except AddressError as error:
        what, _, instead = str(error).partition("; ")
        raise mistake(what, instead, code=Code.BAD_PATTERN) from None


def _web_address(value: Any) -> Url:
    if not isinstance(value, str):
        raise wrong_kind("a web address", _AN_ADDRESS)
    text = value.strip(_ENDS)
    scheme, mark, rest = text.partition("://")
    host = re.split(r"[/?#\\]", rest if mark else text, maxsplit=1)[0]
    if (sign := pasted_sign(scheme + host)) is not None:
        what, instead = said_of(text, sign)
        page = text[len(scheme + mark + host) :]  # a dash in it may be meant
        better = f"write {plainly(scheme + mark + host)}{page}" if not page.endswith(_CLOSING) else instead
        raise mistake(what, better if would_be_taken(plainly(host)) else instead, code=sign.code)
    if scheme.casefold() not in ("http", "https") or not mark:
        instead = f"write https://{text}" if would_be_taken(host) else "write an address that begins with https://"
        raise mistake(f"{quoted(text)} does not begin with https:// or http://", instead, code=Code.BAD_ADDRESS)
    try:
        url = canonical_url(text)
        _host(url.host)
    except AddressError:
        raise mistake(f"{quoted(text)} is no web address", _AN_ADDRESS, code=Code.BAD_ADDRESS) from None
    except PydanticCustomError:
        better = f"write {scheme}://{_dotted(rest)}" if would_be_taken(_dotted(host)) else _AN_ADDRESS
        raise mistake(f"{quoted(text)} is no web address", better, code=Code.BAD_ADDRESS) from None
    return url


def _web_link(value: Any) -> str:
    _web_address(value)
    return ada_url.URL(value.strip()).href


Host = Annotated[str, PlainValidator(read_host), WithJsonSchema(json_shapes.HOST)]
# where there is no `urls` beside it
WholeName = Annotated[str, PlainValidator(_read_whole_name), WithJsonSchema(json_shapes.HOST)]
Pattern = Annotated[UrlPattern, PlainValidator(read_pattern), WithJsonSchema(json_shapes.PATTERN)]
AddressPlaceText = Annotated[AddressPlace, PlainValidator(_address_place), WithJsonSchema(json_shapes.ADDRESS_PLACE)]
WebAddress = Annotated[Url, PlainValidator(_web_address), WithJsonSchema(json_shapes.WEB_ADDRESS)]
WebLink = Annotated[str, PlainValidator(_web_link), WithJsonSchema(json_shapes.WEB_ADDRESS)]
