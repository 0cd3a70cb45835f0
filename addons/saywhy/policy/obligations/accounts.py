"""`accounts: {google-accounts: [hillside.example]}`: of a service, the school's own accounts alone can be used."""

import re
from typing import Annotated, Any, ClassVar, Final, cast

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from saywhy.policy.codes import Code
from saywhy.policy.control import ONLY_LEVEL, Control, Means
from saywhy.policy.fields import ServiceName
from saywhy.policy.obligation import Obligation, ObligationKind
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
        "",
        description="Who asks: of Microsoft the ID of the school's directory, of Slack that of its workspace.",
        examples=["456ff232-35l2-5h23-b3b3-3236w0826f3d"],
    )


def _allowed(value: Any) -> Any:
    if not isinstance(value, list | dict):
        raise wrong_kind("a list of accounts", "write it like [hillside.example]")
    return {"allowed": value} if isinstance(value, list) else value


Allowed = Annotated[AllowedPart, BeforeValidator(_allowed, json_schema_input_type=AllowedPart | list[Account])]
type _Value = tuple[tuple[str, tuple[str, ...], str], ...]  # service, accounts, id


class Accounts(ObligationKind):
    """By the header that a service has for it; so it is seen inside."""

    key = "accounts"
    annotation: ClassVar[Any] = dict[ServiceName, Allowed]
    left_out: ClassVar[Any] = {}
    description = (
        "By service, the accounts that may be used there: the school's own. What is signed in otherwise is refused."
    )
    example = "{google-accounts: [hillside.example]}"
    not_for_block = "there are no accounts to allow"
    controlled = True

    def read(self, written: dict[str, AllowedPart]) -> Obligation | None:
        """The obligation, where a service is named."""
        value: _Value = tuple((name, tuple(one.allowed), one.id) for name, one in sorted(written.items()))
        return Obligation(self.key, value, inside=True) if value else None

    def told(self, obligation: Obligation) -> str:
        """Each service with its accounts."""
        found = (
            f"{name}: {', '.join(accounts)}" + (f" (id {identity})" if identity else "")
            for name, accounts, identity in cast("_Value", obligation.value)
        )
        return "; ".join(found)

    def means(self, obligation: Obligation, control: Control) -> Means | None:
        """The service's headers with the accounts in them; where one needs an id and none is written, no way at all."""
        for name, accounts, identity in cast("_Value", obligation.value):
            if name == control.app:
                headers = control.levels[ONLY_LEVEL].headers
                if not identity and any("{id}" in value for _, value in headers):
                    return Means()
                filled = {"{accounts}": ",".join(accounts), "{id}": identity}
                return Means(headers=tuple((header, _filled(value, filled)) for header, value in headers))
        return None


def _filled(value: str, places: dict[str, str]) -> str:
    for place, text in places.items():
        value = value.replace(place, text)
    return value


OBLIGATION: Final = Accounts()
