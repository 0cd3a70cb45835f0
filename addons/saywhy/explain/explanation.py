"""What is told about a decision: facts and sentences, ready for a page, for JSON or for a short text."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from saywhy.decide.decision import Decision, Reason
from saywhy.explain.whose_rule import Layer
from saywhy.policy.care import Help
from saywhy.policy.catalogue import Alternative
from saywhy.policy.reader import Reader


class Kind(StrEnum):
    """What is told. CARE: the rule names people to turn to. OPEN: nothing stands in the way."""

    BLOCK = "block"
    CARE = "care"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class OpenPurpose:
    """Something that people want to do, with the places that are open to this very reader at this moment."""

    id: str
    label: str
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class DroppedAlternative:
    """A place that the policy names as an alternative and refuses to this reader: why it is not told."""

    purpose: str  # the purpose's id
    alternative: Alternative
    decision: Decision


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, told. On CARE all that would name a rule, a category or a form is left empty.

    To early and primary readers nothing is told of category, app, rule and roles: these are empty. `reason` is the school's own
    text, empty where it wrote none that this reader can take in; `untold` then says who can tell it. `for_whom` is the public
    name of a group. `reason_language` is what the school wrote `reason` and `would_change` in, which may be another language
    than that of the page; `language_url` leads to the same page in one of the `languages` (its tag is added), or in easy-read;
    `own_reader` is the level that somebody would read at who chose that. `whose` says
    whose rule it is, who can change it and until when it holds, `kept` what is kept of this visit and who can see it.
    `answer_time` is within what time half of the answers come, empty where that is not known, and `answer_due` within how
    much of school time the policy wants one.
    `opens_at` is the next moment at which the same access is allowed, `closes_at` that at which what is open is closed (later
    today, or on a day that a rule names), `until` the same in words.
    """

    kind: Kind
    reader: Reader
    language: str  # of the sentences (BCP 47)
    school: str
    revision: str
    at: datetime  # in the school's own time zone
    what: str  # the host as people read it: "münchen.example (xn--mnchen-3ya.example)"
    title: str
    inside: str = ""  # the host of the carrier whose address holds that of `what`
    happened: tuple[str, ...] = ()
    reassurance: str = ""
    asking: str = ""
    for_whom: str = ""
    reason_code: Reason = Reason.RULE
    reason: str = ""
    reason_language: str = ""
    risk: str = ""  # the reason that the school wrote for everybody
    untold: str = ""
    locked: bool = False
    category: str | None = None
    app: str | None = None
    needed_by: tuple[str, ...] = ()  # labels of apps that need it
    rule: str | None = None
    rule_number: int | None = None  # from 1; 0 is the default
    rule_total: int = 0
    owner: str | None = None
    decided_by: str | None = None
    decided_on: date | None = None
    review_by: date | None = None
    would_change: str = ""
    until: str | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    purposes: tuple[OpenPurpose, ...] = ()
    dropped: tuple[DroppedAlternative, ...] = ()
    help: tuple[Help, ...] = ()
    later: tuple[Help, ...] = ()  # those at school who are not there now
    danger: str = ""  # the number to call in danger, which stands in `asking`
    leave: str = ""  # a plain site to go to
    ask_url: str | None = None
    go_on_url: str | None = None  # where the rule has caution: leads to the form for going on
    answered_by: tuple[str, ...] = ()
    answer_time: str = ""
    answer_due: str = ""
    layer: Layer | None = None
    whose: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    reference: str | None = None
    languages: tuple[str, ...] = ()  # BCP 47: what can be chosen, that of the page among them
    language_url: str | None = None
    own_reader: Reader | None = None

    @property
    def spared(self) -> bool:
        """Whether its reader is a child who is told nothing that is for grown-ups, whichever words they chose."""
        return (self.own_reader or self.reader).young
