"""What is asked, by whom it is weighed and what happened: plain facts, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from saywhy.exceptions.further import Further
from saywhy.exceptions.mail_address import MailAddress
from saywhy.exceptions.state import State
from saywhy.policy.grant import Grant, GrantScope, GrantTarget
from saywhy.policy.reader import Reader

_FIRST_NUMBER = 1000


def number_of(request: int) -> str:
    """The short number of the request with this id."""
    return f"R-{_FIRST_NUMBER + request}"


def request_id(number: str) -> int:
    """The id of the request with this short number. Raises ValueError."""
    return int(number.removeprefix("R-")) - _FIRST_NUMBER


def number_of_permit(grant: Grant) -> str:
    """The number of the request that a permit came from; its own id, where it came from none."""
    return number_of(int(grant.request)) if grant.request.isdigit() else grant.id


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused, from the signed reference on the block page: nothing here was typed by anybody.

    `groups` are ids, the most telling first; `device` is an IP address; `revision` is the policy's at that moment.
    """

    code: str
    host: str
    url: str | None
    scheme: str
    rule: str
    reason: str
    groups: tuple[str, ...]
    place: str | None
    device: str | None
    reader: Reader
    at: datetime
    revision: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that was filled in and found complete. `asked_by` is an account, when somebody signed in asks.

    `mail` is where whoever asked wants to be told, if they said so.
    What stands behind it is told by `saywhy.exceptions.details`; `need` is read by the role `need_for` alone.
    """

    wants: str
    because: str
    work: str
    until: date
    refusal: Refusal
    asked_by: str = ""
    mail: MailAddress | None = None
    purpose: str = ""
    who: str = ""
    span: str = ""
    news: str = ""
    need: str = ""
    need_for: str = ""
    browser: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The grant that a first person would give: who, what, until when (aware), and the terms that it was weighed under.

    `needs_two`: it is wide or of high risk, so that no single person gives it.
    """

    who: GrantScope
    what: GrantTarget
    ends: datetime
    weighed: frozenset[str] = frozenset()
    needs_two: bool = False
    further: tuple[Further, ...] = ()


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody who joined a request: their account (empty where they had not signed in), their device, their own receipt."""

    account: str
    device: str | None
    receipt: str
    left: bool


@dataclass(frozen=True, slots=True)
class ExceptionRequest:
    """A request. Whoever holds `receipt`, which cannot be guessed, may read it; `number` is for talking about it.

    Of its answers those count that were given in this `round`: one begins whenever every yes is to be given anew. Who
    asked was `held` up, in time of school, by questions back; `refused_by` said no before there was an appeal.
    """

    id: int
    receipt: str
    wants: str
    because: str
    work: str
    until: date
    refusal: Refusal
    submitted_at: datetime
    state: State
    asked_by: str = ""
    proposal: Proposal | None = None
    round: int = 1
    held: timedelta = timedelta()
    asked_back_at: datetime | None = None
    appealed_at: datetime | None = None
    refused_by: str = ""
    further: tuple[Further, ...] = ()  # what was chosen to open with it
    referred: tuple[str, ...] = ()  # roles (ids) that it was handed to: each has to agree as well
    joined: tuple[Joined, ...] = ()  # who asks it as well, or did

    @property
    def number(self) -> str:
        """A short number, like R-1042."""
        return number_of(self.id)

    def receipt_of(self, account: str) -> str:
        """The receipt that an account holds of it; empty where it neither asked it nor asks it with others."""
        if account == self.asked_by:
            return self.receipt
        return next((one.receipt for one in self.joined if one.account == account and not one.left), "")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who answers, the roles (ids of the policy) that they hold, and the address that they answer from.

    Where that is not known, as on a command line, `device` is empty.
    """

    name: str
    roles: frozenset[str]
    device: str = ""


class Verdict(StrEnum):
    """What a person said to a request."""

    APPROVE = "approve"
    REFUSE = "refuse"
    SIGN_OFF = "sign-off"


@dataclass(frozen=True, slots=True)
class Review:
    """One person's answer: which role they gave it in, why, in which round, and from which device.

    `instead` is what a refusal offers in place of what was asked for; empty: there is nothing.
    """

    by: str
    role: str
    verdict: Verdict
    reason: str
    at: datetime
    round: int = 1
    device: str = ""
    instead: str = ""


class Happening(StrEnum):
    """What can happen: the kinds of steps. A new one is a new member, and its words in portal/wording.py."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    SIGNED_OFF = "signed-off"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    REVOKED = "revoked"
    CHANGED = "changed"  # something else was proposed: every yes is to be given anew
    VOIDED = "voided"  # a yes does not count any more
    ASKED_BACK = "asked-back"
    ANSWERED = "answered"
    APPEALED = "appealed"
    HALF_TIME = "half-time"  # half the time for an answer is over: deputies may give it as well
    OVERDUE = "overdue"
    SAID_BY_MAIL = "said-by-mail"
    JOINED = "joined"
    LEFT = "left"  # somebody who asked needs it no more; others do
    # What the audit trail has besides, and the timeline of a request does not tell.
    GIVEN = "given"
    ARGUED = "argued"  # somebody on the staff said what speaks for it, or against
    REFERRED = "referred"  # handed to a role that has to see it
    LOOKED = "looked"
    ACCOUNT_ADDED = "account-added"
    ACCOUNT_REMOVED = "account-removed"
    ROLES_CHANGED = "roles-changed"
    MAIL_CHANGED = "mail-changed"
    PASSWORD_RESET = "password-reset"  # noqa: S105 — a kind of step
    EXPORTED = "exported"
    ERASED = "erased"
    EXPIRED = "expired"


UNTOLD: Final = frozenset({Happening.GIVEN, Happening.LOOKED, Happening.EXPORTED, Happening.ARGUED, Happening.REFERRED})


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened, to the request with this id where it is about one.

    `by` is an account, or empty for the person who asked; `about` is another account, that it is about. These two, the
    note and `personal` go when retention or erasure takes them; `facts` stay for good and name nobody.
    """

    at: datetime
    what: Happening
    by: str = ""
    note: str = ""
    request: int | None = None
    about: str = ""
    personal: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything about one request. `revoked_at` says when its grant was ended early, `ended_at` when its time was over."""

    request: ExceptionRequest
    reviews: tuple[Review, ...]
    timeline: tuple[Step, ...]
    grant: Grant | None = None
    revoked_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def yes(self) -> tuple[Review, ...]:
        """Those who have agreed to what is proposed now, the first of them first."""
        return tuple(
            one for one in self.reviews if one.verdict is not Verdict.REFUSE and one.round == self.request.round
        )
