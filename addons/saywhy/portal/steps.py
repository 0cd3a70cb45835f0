"""The ask form, one thing a page: which steps there are for somebody, what each asks, and what is wrong with an answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from saywhy.exceptions.mail_address import MailAddress, MailAddressError
from saywhy.exceptions.offer import A_DATE, Offered, parse_day
from saywhy.exceptions.sentences import is_an_answer
from saywhy.exceptions.until import end_of_day, last_day_before
from saywhy.policy.reader import Reader
from saywhy.portal.forms import LONG, SHORT, written
from saywhy.portal.language import day as in_words
from saywhy.portal.language import gettext as _
from saywhy.portal.language import joined_by_or, too_long

OTHER: Final = "other"  # a purpose in words of one's own


class Step(StrEnum):
    """The pages of the form, in their order."""

    WANTS = "wants"
    INSTEAD = "instead"
    BEFORE = "before"
    BECAUSE = "because"
    WORK = "work"
    WHO = "who"
    UNTIL = "until"
    NEED = "need"
    TELL = "tell"
    CHECK = "check"


FIELDS: Final[Mapping[Step, tuple[str, ...]]] = {
    Step.WANTS: ("purpose", "wants"),
    Step.INSTEAD: ("instead",),
    Step.BEFORE: ("before", "news"),
    Step.BECAUSE: ("because",),
    Step.WORK: ("work",),
    Step.WHO: ("who",),
    Step.UNTIL: ("until", "date"),
    Step.NEED: ("need", "asked_need"),
    Step.TELL: ("mail", "asked_mail"),
    Step.CHECK: (),
}
# Pages that may be passed with nothing written: the field that says that they were seen.
SEEN: Final[Mapping[Step, str]] = {
    Step.INSTEAD: "instead",
    Step.BEFORE: "before",
    Step.NEED: "asked_need",
    Step.TELL: "asked_mail",
}
NAMES: Final = tuple(name for names in FIELDS.values() for name in names)


@dataclass(frozen=True, slots=True)
class Asks:
    """What the form asks of one person at this moment.

    `purposes` are labels by id; `news` says that an earlier no has to be met with what is new; `need_for` is the title
    of the role that reads needs, or empty; `mail_domains` are those whose addresses can be told of the answer, or none;
    `simple` leaves steps out for young readers.
    """

    offers: Offered
    today: date  # the school's
    purposes: Mapping[str, str] = field(default_factory=dict)
    instead: bool = False
    before: bool = False
    news: bool = False
    need_for: str = ""
    mail_domains: tuple[str, ...] = ()
    simple: bool = False

    @property
    def who(self) -> tuple[str, ...]:
        """Keys of those whom it may be asked for: this device, and the most telling group alone."""
        return tuple(self.offers.who)[: 2 if "device" in self.offers.who else 1]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The pages, without those that have nothing to ask."""
        left_out = {
            Step.INSTEAD: not self.instead,
            Step.BEFORE: not self.before,
            Step.WORK: self.simple,
            Step.WHO: self.simple or len(self.who) < 2,
            Step.UNTIL: not self.offers.until,
            Step.NEED: self.simple or not self.need_for,
            Step.TELL: self.simple or not self.mail_domains,
        }
        return tuple(step for step in Step if not left_out.get(step, False))

    def after(self, step: Step) -> Step:
        """The page that follows."""
        return next((one for one in self.steps if _place(one) > _place(step)), Step.CHECK)

    def before_it(self, step: Step) -> Step | None:
        """The page that comes before."""
        return next((one for one in reversed(self.steps) if _place(one) < _place(step)), None)

    def unanswered(self, answers: Mapping[str, str]) -> Step:
        """The first page that still has something to ask; CHECK where none has."""
        for step in self.steps:
            if wrong(answers, self, [step]) or (step in SEEN and answers.get(SEEN[step]) != "seen"):
                return step
        return Step.CHECK

    def span(self, answers: Mapping[str, str]) -> tuple[str, date | None, datetime | None]:
        """Until when: the key that was chosen, or empty; the last day; the moment at which that ends."""
        offers = self.offers
        chosen = answers.get("until", "")
        if not offers.until and not chosen:  # for a lesson, and none is on: it is for today
            return "", self.today, end_of_day(self.today, offers.timezone)
        if chosen in offers.until:
            return chosen, last_day_before(offers.until[chosen], offers.timezone), offers.until[chosen]
        day = parse_day(answers.get("date", "") if chosen == A_DATE else chosen)
        return "", day, None if day is None or day.year == date.max.year else end_of_day(day, offers.timezone)


def mail_of(answers: Mapping[str, str], asks: Asks) -> MailAddress | None:
    """Where whoever asks wants to be told; None where they wrote nothing. Raises MailAddressError."""
    text = answers.get("mail", "")
    if not text or not asks.mail_domains:
        return None
    mail = MailAddress.parse(text)
    if mail.domain not in asks.mail_domains:
        raise MailAddressError(f"{mail.domain} is none of the domains whose addresses are told")
    return mail


def at_domains(domains: Iterable[str]) -> str:
    """The ends that an address can have, in words."""
    return joined_by_or(f"@{one}" for one in domains)


def simple_for(reader: Reader) -> bool:
    """Whether a reader gets few words and few steps."""
    return reader in (Reader.EARLY, Reader.PRIMARY, Reader.EASY_READ)


def typed(given: Mapping[str, str], names: Iterable[str] = NAMES) -> dict[str, str]:
    """The answers to these fields as they were written; those that the page did not have are not there."""
    return {name: written(given[name]) for name in names if name in given}


def wrong(answers: Mapping[str, str], asks: Asks, steps: Iterable[Step]) -> dict[str, str]:
    """A message for each field of these pages that needs one."""
    errors: dict[str, str] = {}
    for step in steps:
        _CHECKS.get(step, _nothing)(answers, asks, errors)
    return errors


def _place(step: Step) -> int:
    return list(Step).index(step)


def _nothing(_answers: Mapping[str, str], _asks: Asks, _errors: dict[str, str]) -> None:
    pass


def _wants(answers: Mapping[str, str], asks: Asks, errors: dict[str, str]) -> None:
    text, purpose = answers.get("wants", ""), answers.get("purpose", "")
    if purpose in asks.purposes:
        if len(text) > LONG:
            errors["wants"] = too_long(LONG, text)
    elif asks.purposes and not purpose and not text:
        errors["purpose"] = _("Choose what you want to do, or write it")
    else:
        _in_words(errors, "wants", text, _("Write what you want to do"), LONG)


def _before(answers: Mapping[str, str], asks: Asks, errors: dict[str, str]) -> None:
    text = answers.get("news", "")
    if asks.news:
        _in_words(errors, "news", text, _("Write what is different now"), LONG)
    elif len(text) > LONG:
        errors["news"] = too_long(LONG, text)


def _because(answers: Mapping[str, str], _asks: Asks, errors: dict[str, str]) -> None:
    _in_words(errors, "because", answers.get("because", ""), _("Write why you need it"), LONG)


def _work(answers: Mapping[str, str], asks: Asks, errors: dict[str, str]) -> None:
    text = answers.get("work", "")
    if text or not asks.simple:
        _in_words(errors, "work", text, _("Write which lesson or piece of work it is for"), SHORT)


def _who(answers: Mapping[str, str], asks: Asks, errors: dict[str, str]) -> None:
    who = answers.get("who", "")
    if (who or Step.WHO in asks.steps) and who not in asks.who:
        errors["who"] = _("Choose who needs it")


def _until(answers: Mapping[str, str], asks: Asks, errors: dict[str, str]) -> None:
    chosen, last = answers.get("until", ""), asks.offers.last_day
    if chosen in asks.offers.until or (not chosen and not asks.offers.until):
        return
    day = asks.span(answers)[1]
    name = "date" if chosen == A_DATE else "until"
    if not chosen:
        errors["until"] = _("Choose until when you need it")
    elif chosen == A_DATE and not answers.get("date"):
        errors["date"] = _("Write the last day you need it")
    elif day is None:
        errors[name] = _("Write the last day as a date, like %(date)s", date=f"{asks.today:%d/%m/%Y}")
    elif day < asks.today:
        errors[name] = _("The last day has to be today or later")
    elif day > last:
        errors[name] = _("The last day can be %(day)s at the latest", day=in_words(last))


def _need(answers: Mapping[str, str], _asks: Asks, errors: dict[str, str]) -> None:
    text = answers.get("need", "")
    if len(text) > LONG:
        errors["need"] = too_long(LONG, text)


def _tell(answers: Mapping[str, str], asks: Asks, errors: dict[str, str]) -> None:
    try:
        mail_of(answers, asks)
    except MailAddressError:
        ends = at_domains(asks.mail_domains)
        errors["mail"] = _("Write a whole address that ends in %(ends)s, or leave it empty", ends=ends)


_CHECKS: Final = {
    Step.WANTS: _wants,
    Step.BEFORE: _before,
    Step.BECAUSE: _because,
    Step.WORK: _work,
    Step.WHO: _who,
    Step.UNTIL: _until,
    Step.NEED: _need,
    Step.TELL: _tell,
}


def _in_words(errors: dict[str, str], name: str, text: str, missing: str, longest: int) -> None:
    if not text:
        errors[name] = missing
    elif not is_an_answer(text):
        errors[name] = _("%(message)s, in words", message=missing)
    elif len(text) > longest:
        errors[name] = too_long(longest, text)
