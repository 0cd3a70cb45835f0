"""The schema of `telling.yaml`."""

import re
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, PlainValidator

from saywhy.exceptions.mail_address import MailAddress, MailAddressError
from saywhy.notify.settings import Listening, Security, Shape
from saywhy.policy.address import AddressError, address_literal, canonical_host
from saywhy.policy.codes import Code
from saywhy.policy.part import Part, mistake, wrong_kind
from saywhy.policy.suggest import quoted
from saywhy.policy.text_fields import read_name

_PLAIN = re.compile(r"[A-Za-z0-9:/._~%\[\]-]+")
_LONGEST_WAIT = 24 * 60  # minutes
_LISTEN = "write an IP address of this machine and a port, like 127.0.0.1:2525"


def _mail_address(value: Any) -> MailAddress:
    text = read_name(value, "a mail address", "write it like office@school.example")
    try:
        return MailAddress.parse(text)
    except MailAddressError as error:
        what, _, instead = str(error).partition("; ")
        raise mistake(what, instead, code=Code.BAD_ADDRESS) from None


def _name(value: Any) -> str:
    text = read_name(value, "a name", "write it like smtp.school.example")
    try:
        return canonical_host(text)
    except AddressError:
        raise mistake(f"{quoted(text)} is no name", "write it like smtp.school.example", code=Code.BAD_DOMAIN) from None


def _domain(value: Any) -> str:
    host = _name(value)
    if "." not in host or address_literal(host) is not None:
        raise mistake(
            f"{quoted(host)} is no domain of mail addresses", "write it like school.example", code=Code.BAD_DOMAIN
        )
    return host


def read_url(text: str) -> str:
    """A URL that something is sent to: https, or http to this machine alone. Raises ValueError in words."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if not host or parts.username or any(mark.isspace() or not mark.isprintable() for mark in text) or port == 0:
        raise ValueError("is no web address")
    literal = address_literal(host)
    is_here = host == "localhost" or (literal is not None and literal.is_loopback)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        raise ValueError("is not safe on the way: only https is, or http to this machine itself")
    return text


def _url(value: Any) -> str:
    text = read_name(value, "a web address", "write it like https://chat.example/hook")
    try:
        return read_url(text)
    except ValueError as error:
        raise mistake(
            f"this address {error}", "write it like https://chat.example/hook", code=Code.BAD_ADDRESS
        ) from None


def _portal(value: Any) -> str:
    text = read_name(value, "a web address", "write it like https://why.school.example")
    parts = urlsplit(text)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.query
        or parts.fragment
        or not _PLAIN.fullmatch(text)
    ):
        raise mistake(
            f"{quoted(text)} is no address of a portal",
            "write it like https://why.school.example",
            code=Code.BAD_ADDRESS,
        )
    return text.rstrip("/")


def _listening(value: Any) -> Listening:
    text = read_name(value, "an address to listen on", _LISTEN)
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        ip_address(host)
    except ValueError:
        colon = ""
    if not colon or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise mistake(f"{quoted(text)} is no address to listen on", _LISTEN, code=Code.BAD_PORT)
    return Listening(host, int(port))


def _port(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_kind("a port", "write a number, like 587")
    if not 0 < value < 65_536:
        raise mistake(f"{value} is no port", "write a number from 1 to 65535, like 587", code=Code.BAD_PORT)
    return value


def _minutes(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_kind("a number of minutes", f"write a whole number from 1 to {_LONGEST_WAIT}")
    if not 1 <= value <= _LONGEST_WAIT:
        what = f"{value} minutes are too {'few' if value < 1 else 'many'}"
        raise mistake(what, f"write a whole number from 1 to {_LONGEST_WAIT}", code=Code.BAD_TIME)
    return value


def _text(value: Any) -> str:
    return read_name(value, "a name")


type Name = Annotated[str, PlainValidator(_text)]
type Server = Annotated[str, PlainValidator(_name)]
type Domain = Annotated[str, PlainValidator(_domain)]
type Address = Annotated[MailAddress, PlainValidator(_mail_address)]
type Url = Annotated[str, PlainValidator(_url)]
type Portal = Annotated[str, PlainValidator(_portal)]
type ListenOn = Annotated[Listening, PlainValidator(_listening)]
type Port = Annotated[int, PlainValidator(_port)]
type Minutes = Annotated[int, PlainValidator(_minutes)]


class MailPart(Part):
    """The mail server that messages are handed to."""

    server: Server = Field(examples=["smtp.school.example"])
    sender: Address = Field(alias="from", examples=["saywhy@school.example"])
    security: Literal["starttls", "tls", "none"] = Security.STARTTLS.value
    port: Port | None = None
    user: Name | None = None
    password_file: Name | None = None
    password_env: Name | None = None
    roots: Name | None = None


class RepliesPart(Part):
    """The addresses that replies go to, and where they are taken."""

    domain: Domain = Field(examples=["reply.school.example"])
    listen: ListenOn | None = None
    protocol: Literal["smtp", "lmtp"] = "smtp"


class WebhookPart(Part):
    """An address that messages are posted to."""

    shape: Literal["json", "slack", "teams"] = Field(Shape.JSON.value, examples=["teams"])
    url: Url | None = None
    url_file: Name | None = None
    url_env: Name | None = None
    secret_file: Name | None = None
    secret_env: Name | None = None
    roots: Name | None = None


class BoxPart(Part):
    """Where a role is told."""

    mail: list[Address] = Field(default_factory=list)
    webhooks: list[Name] = Field(default_factory=list)


class AskersPart(Part):
    """Those who asked without having signed in."""

    domains: list[Domain] = Field(examples=["[school.example]"])


class TellingPart(Part):
    """The file."""

    portal: Portal = Field(examples=["https://why.school.example"])
    mail: MailPart | None = None
    replies: RepliesPart | None = None
    webhooks: dict[str, WebhookPart] = Field(default_factory=dict)
    roles: dict[str, BoxPart] = Field(default_factory=dict)
    askers: AskersPart | None = None
    every: Minutes = 15
    words: bool = False
