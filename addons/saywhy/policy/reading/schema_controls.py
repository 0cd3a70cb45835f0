"""The schema of an app's `controls`: what its service offers to those who run a network, and how it is switched on.

What has to hold of a control as a whole is told by `control_checks`.
"""

import re
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    WithJsonSchema,
    create_model,
)

from saywhy.policy import obligations
from saywhy.policy.account_kinds import AccountKind
from saywhy.policy.codes import Code
from saywhy.policy.host_fields import Pattern, WebLink, WholeName
from saywhy.policy.part import Part, mistake, wrong_kind
from saywhy.policy.suggest import either, quoted
from saywhy.policy.text_fields import read_name, read_word

_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)  # RFC 9110 section 5.6.2
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,998}[\x21-\x7e])?")
_PARAMETER: Final = re.compile(r"[A-Za-z0-9_.~-]{1,100}", re.ASCII)  # needs no escape anywhere (RFC 3986 section 2.3)
_NOT_OURS: Final = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect", "cookie",
     "authorization", "proxy-authorization", "proxy-connection", "keep-alive", "content-type", "content-encoding"}
)  # fmt: skip


def _header(value: Any) -> str:
    text = read_name(value, "the name of a header", "write it like YouTube-Restrict")
    if _TOKEN.fullmatch(text) is None or text.lower() in _NOT_OURS:
        raise mistake(f"{quoted(text)} is no header to switch anything on with", "write it like YouTube-Restrict", code=Code.BAD_NAME)  # fmt: skip
    return text.lower()


def _header_value(value: Any) -> str:
    text = read_name(value, "the value of a header", "write it like Strict")
    if _VALUE.fullmatch(text) is None:
        raise mistake(f"{quoted(text)} cannot stand in a header", "write plain letters and signs", code=Code.BAD_NAME)
    return text


def _parameter(value: Any) -> str:
    text = read_name(value, "a parameter", "write it like safe")
    if _PARAMETER.fullmatch(text) is None:
        raise mistake(f"{quoted(text)} cannot be a parameter", "write letters and digits", code=Code.BAD_NAME)
    return text


def _status(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 400 <= value <= 499:
        raise wrong_kind("a status from 400 to 499", "write it like 403")
    return value


def _takes(value: Any) -> AccountKind:
    words = {one.value: one for one in AccountKind}
    return read_word(value, words, either(words), "kind of account")


def _named(shape: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "title": shape})


HeaderName = Annotated[str, PlainValidator(_header), _named("Header")]
HeaderValue = Annotated[str, PlainValidator(_header_value), _named("Value")]
Parameter = Annotated[str, PlainValidator(_parameter), _named("Parameter")]
TakesWord = Annotated[AccountKind, PlainValidator(_takes), WithJsonSchema({"enum": [*AccountKind]})]
Status = Annotated[int, PlainValidator(_status), WithJsonSchema({"type": "integer", "minimum": 400, "maximum": 499})]


class MeansPart(Part):
    """How it is switched on: each of these is enough by itself."""

    address: WholeName | None = Field(
        None,
        description="The service's own safe address: connections go there in the place of the site's. Nothing is decrypted.",
        examples=["strict.bing.com"],
    )
    headers: dict[HeaderName, HeaderValue] = Field(
        default_factory=dict,
        description="Headers that each request gets; the client's own are taken out. In those of accounts, {accounts} and "
        "{id} stand for what a rule writes.",
        examples=["{YouTube-Restrict: Strict}", '{X-GoogApps-Allowed-Domains: "{accounts}"}'],
    )
    parameters: dict[Parameter, Parameter] = Field(
        default_factory=dict,
        description="Parameters that each address gets; the client's own are taken out.",
        examples=["{vm: r}"],
    )


class ControlPart(MeansPart):
    """One control, for some hosts."""

    hosts: list[WholeName] = Field(
        default_factory=list,
        description="These names alone. With domains left out as well: all domains of the app.",
        examples=["[www.bing.com]"],
    )
    domains: list[WholeName] = Field(
        default_factory=list, description="Names, each with its subdomains.", examples=["[google.com]"]
    )
    closed: list[WholeName] = Field(
        default_factory=list,
        description="Names of the same service that it does not reach: closed where a rule asks for it.",
        examples=["[html.duckduckgo.com]"],
    )
    levels: dict[str, MeansPart] = Field(
        default_factory=dict,
        description="A way for each level, where it has several.",
        examples=["{strict: {headers: {YouTube-Restrict: Strict}}}"],
    )
    refused_at: list[Pattern] = Field(
        default_factory=list,
        description="Where the service sends those whose account is another.",
        examples=['["accounts.google.com/info/servicerestricted"]'],
    )
    refused_with: list[Status] = Field(
        default_factory=list,
        description="What it then answers pages with.",
        examples=["[403]"],
    )
    takes: TakesWord | None = Field(
        None,
        description="How it names accounts, so that others are told; left out, in whatever way.",
        examples=["domains"],
    )
    source: WebLink = Field(
        "",
        description="The page where the service says so.",
        examples=['"https://support.google.com/a/answer/1668854"'],
    )


def _each(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Control = Annotated[
    list[ControlPart],
    Field(min_length=1),
    BeforeValidator(_each, json_schema_input_type=ControlPart | list[ControlPart]),
]


if TYPE_CHECKING:
    _Controls = Part
else:
    _Controls = create_model(
        "_Controls",
        __base__=Part,
        **{
            one.key: (
                Control | None,
                Field(None, description=f"What meets {one.key} there.", examples=["{address: strict.bing.com}"]),
            )
            for one in obligations.kinds().values()
            if one.controlled
        },
    )


class ControlsPart(_Controls):
    """What its service offers, by the obligation that asks for it."""
