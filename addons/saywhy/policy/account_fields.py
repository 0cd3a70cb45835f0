"""Accounts at a service as a rule names them: read, or refused with what to write instead."""

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from saywhy.policy.codes import Code
from saywhy.policy.part import Part, mistake, wrong_kind
from saywhy.policy.suggest import quoted
from saywhy.policy.text_fields import read_name

_ACCOUNT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,199}", re.ASCII)  # as it may stand in a header's list
_LIKE: Final = "write it as the service names it: a domain like hillside.example, or the id of a team"


def _account(value: Any) -> str:
    text = read_name(value, "the school's name at the service", _LIKE)
    if _ACCOUNT.fullmatch(text) is None:
        raise mistake(f"{quoted(text)} cannot be the name of an account", _LIKE, code=Code.BAD_NAME)
    return text


Account = Annotated[
    str, PlainValidator(_account), WithJsonSchema({"type": "string", "minLength": 1, "examples": ["hillside.example"]})
]


class AllowedPart(Part):
    """The accounts of one service that may be used."""

    allowed: Annotated[list[Account], Field(min_length=1)] = Field(
        description="The school's domains, tenants, teams or workspaces, as the service names them.",
        examples=["[hillside.example]"],
    )
    id: Account = Field(
        default="",
        description="Who asks: of Microsoft the ID of the school's directory, of Slack that of its workspace.",
        examples=["456ff232-35l2-5h23-b3b3-3236w0826f3d"],
    )


def by_service(value: Any) -> Any:
    """What is a mapping, as it is. Raises what should stand there."""
    if not isinstance(value, dict):
        raise wrong_kind("a mapping of services", "write it like {google-accounts: [hillside.example]}")
    return value


def _allowed(value: Any) -> Any:
    if not isinstance(value, list | dict):
        raise wrong_kind("a list of accounts", "write it like [hillside.example]")
    return {"allowed": value} if isinstance(value, list) else value


Allowed = Annotated[AllowedPart, BeforeValidator(_allowed, json_schema_input_type=AllowedPart | list[Account])]
