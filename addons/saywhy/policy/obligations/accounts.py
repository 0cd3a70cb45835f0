"""`accounts: {google-accounts: [hillside.example]}`: of a service, the school's own accounts alone can be used."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar, Final, cast

from pydantic import BeforeValidator

from saywhy.policy.account_fields import Allowed, AllowedPart, by_service
from saywhy.policy.control import ONLY_LEVEL, Control, Means
from saywhy.policy.fields import ServiceName
from saywhy.policy.obligation import Obligation, ObligationKind
from saywhy.policy.suggest import quoted

_ACCOUNTS: Final = "{accounts}"
_ID: Final = "{id}"

type _Value = tuple[tuple[str, tuple[str, ...], str], ...]  # service, accounts, id


class Accounts(ObligationKind):
    """By the header that a service has for it; so it is seen inside."""

    key = "accounts"
    annotation: ClassVar[Any] = Annotated[dict[ServiceName, Allowed], BeforeValidator(by_service)]
    left_out: ClassVar[Any] = {}
    description = (
        "By service, the accounts that may be used there: the school's own. What is signed in otherwise is refused."
    )
    example = "{google-accounts: [hillside.example]}"
    not_for_block = "there are no accounts to allow"
    controlled = True
    ways = ("headers",)
    places = (_ACCOUNTS, _ID)

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

    def services(self, obligation: Obligation) -> Sequence[str]:
        """Those whose accounts it names."""
        return tuple(name for name, _, _ in cast("_Value", obligation.value))

    def not_asked(self, obligation: Obligation, controls: Iterable[Control]) -> Sequence[str]:
        """Those with an id that none of their headers has a place for."""
        asked = {one.app for one in controls for _, value in one.levels[ONLY_LEVEL].headers if _ID in value}
        return tuple(name for name, _, identity in cast("_Value", obligation.value) if identity and name not in asked)

    def not_taken(self, obligation: Obligation, controls: Iterable[Control]) -> Sequence[tuple[str, int, str, str]]:
        """Accounts that are named otherwise than the service does."""
        kinds = {one.app: one.takes for one in controls if one.takes is not None}
        return tuple(
            (name, index, f"{quoted(account)}, and {name} takes {kind.told}", kind.instead_of(account))
            for name, accounts, _ in cast("_Value", obligation.value)
            if (kind := kinds.get(name)) is not None
            for index, account in enumerate(accounts)
            if not kind.takes(account)
        )

    def means(self, obligation: Obligation, control: Control) -> Means | None:
        """The service's headers with the accounts in them; where one needs an id and none is written, no way at all."""
        for name, accounts, identity in cast("_Value", obligation.value):
            if name == control.app:
                headers = control.levels[ONLY_LEVEL].headers
                if not identity and any(_ID in value for _, value in headers):
                    return Means()
                filled = {_ACCOUNTS: ",".join(accounts), _ID: identity}
                return Means(headers=tuple((header, _filled(value, filled)) for header, value in headers))
        return None


def _filled(value: str, places: dict[str, str]) -> str:
    for place, text in places.items():
        value = value.replace(place, text)
    return value


OBLIGATION: Final = Accounts()
