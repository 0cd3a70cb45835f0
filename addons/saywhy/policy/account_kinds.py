"""How services name the accounts that a network may allow: a closed set, as facts of the catalogue."""

import re
from enum import StrEnum
from typing import Final

_DOMAIN: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_WORD: Final = re.compile(r"[a-z]+(_[a-z]+)+", re.ASCII)  # what a service has besides, as Google's consumer_accounts
_ID: Final = re.compile(r"[A-Za-z0-9_:-]+", re.ASCII)


class AccountKind(StrEnum):
    """What a service's header takes."""

    DOMAINS = "domains"
    IDS = "ids"
    DOMAINS_OR_IDS = "domains-or-ids"

    @property
    def told(self) -> str:
        """In a sentence: "domains or ids"."""
        return self.value.replace("-", " ")

    def takes(self, account: str) -> bool:
        """Whether a name could be one of these; whether there is such an account only the service knows."""
        domain = _DOMAIN.fullmatch(account) is not None
        if self is AccountKind.DOMAINS:
            return domain or _WORD.fullmatch(account) is not None
        return _ID.fullmatch(account) is not None or (domain and self is AccountKind.DOMAINS_OR_IDS)

    def instead_of(self, account: str) -> str:
        """What to write in the place of one that it does not take."""
        name, at, domain = account.rpartition("@")
        if self is AccountKind.IDS:
            return "write the id that the service shows to those who administer it"
        if at and name and self.takes(domain):
            return f"write {domain}, which lets in everybody there"
        return f"write the school's own {'domain' if self is AccountKind.DOMAINS else 'domain or id'}, like hillside.example"
