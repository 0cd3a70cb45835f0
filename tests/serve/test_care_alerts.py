"""Telling that pages that care were shown: who, how soon, the least, no flood, and nothing told twice or lost."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions.mail_address import MailAddress
from saywhy.exceptions.store import Store
from saywhy.notify.care_alert import MOST_NAMED
from saywhy.notify.settings import Box, MailServer, Security, Shape, Telling, Webhook
from saywhy.policy.care import Alert, Gathered
from saywhy.policy.reading.load import load_policy
from saywhy.serve.care_alerts import CareAlerts

ENGINE = Engine(load_policy(Path(__file__).parents[2] / "policies"))
START = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
LEAD = MailAddress("lead", "hillside.example")
TELLING = Telling(
    portal="https://why.hillside.example",
    mail=MailServer("smtp.hillside.example", 587, Security.STARTTLS, MailAddress("saywhy", "hillside.example")),
    webhooks={"desk": Webhook("https://desk.example/hook", Shape.JSON)},
    roles={"safeguarding": Box((LEAD,), ("desk",)), "it": Box((MailAddress("it", "hillside.example"),))},
)


@dataclass
class School:
    """A state folder, a store, and what policy says of alerts."""

    folder: Path
    store: Store
    alert: Alert | None = field(default_factory=lambda: Alert("safeguarding", Gathered.AT_ONCE))
    telling: Telling | None = TELLING
    now: datetime = START
    alerts: CareAlerts = field(init=False)

    def __post_init__(self) -> None:
        self.begin()
        self.alerts.poll(self.now)

    def begin(self) -> None:
        """As a process that starts."""
        self.alerts = CareAlerts(
            self.folder / "decisions.jsonl", self.folder, self.engine, lambda: self.telling, self.store
        )

    def engine(self) -> Engine:
        policy = replace(ENGINE.written, care=replace(ENGINE.written.care, alert=self.alert))
        return Engine(policy)

    def shown(self, device: str, *, care: bool = True) -> None:
        line = {
            "time": self.now.isoformat(timespec="milliseconds"), "groups": ["year9"], "place": "Year 9 classrooms",
            "device": device, "method": "GET", "scheme": "https", "host": "www.google.com", "port": 443, "path": "/",
            "effect": "block", "reason": "locked", "rule": "self-harm", "grant": None,
            "categories": ["search-engines", "self-harm"], "apps": ["google-search"], "reference": "K7-42QX-9M",
            "revision": "1", "microseconds": 9, **({"care": True} if care else {}),
        }  # fmt: skip
        with (self.folder / f"decisions-{self.now:%Y-%m-%d}.jsonl").open("a") as log:
            log.write(json.dumps(line, separators=(",", ":")) + "\n")

    def later(self, **span: float) -> list[str]:
        """What is on its way after a while: the bodies of messages, by recipient's kind."""
        self.now += timedelta(**span)
        self.alerts.poll(self.now)
        return self.taken("mail")

    def taken(self, channel: str) -> list[str]:
        found = []
        while (one := self.store.outbox.take(self.now, lambda _: self.now + timedelta(days=9), channel)) is not None:
            found.append(one.body)
            self.store.outbox.sent(one)
        return found


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    with closing(Store(f"sqlite:///{tmp_path / 'store.sqlite3'}")) as store:
        store.migrate()
        yield School(tmp_path, store)


def test_the_safeguarding_role_is_told_the_least_and_nobody_else_is(school: School) -> None:
    school.shown("10.30.9.14")
    (mail,) = school.later(seconds=10)
    assert "To: lead@hillside.example" in mail
    assert "30 November 2026, 10:00: device 10.30.9.14, Year 9 classrooms" in mail
    (hook,) = school.taken("webhook")
    told = json.loads(hook)
    assert told["care"] == [{"at": "2026-11-30T10:00:00+00:00", "device": "10.30.9.14", "place": "Year 9 classrooms"}]
    for untold in ("google", "self-harm", "Self-harm", "K7-42QX-9M", "year9", "search"):
        assert untold not in mail
        assert untold not in hook


def test_the_kind_is_told_only_where_policy_says_so(school: School) -> None:
    school.alert = Alert("safeguarding", Gathered.AT_ONCE, kind=True)
    school.shown("10.30.9.14")
    (mail,) = school.later(seconds=10)
    assert "(Self-harm)" in mail
    assert "Search" not in mail


@pytest.mark.parametrize(
    ("gathered", "not_yet", "then"),
    [(Gathered.HOURLY, {"minutes": 58}, {"minutes": 2}), (Gathered.DAILY, {"hours": 23}, {"hours": 1})],
)
def test_what_is_gathered_waits_and_goes_as_one(
    school: School, gathered: Gathered, not_yet: dict[str, float], then: dict[str, float]
) -> None:
    school.alert = Alert("safeguarding", gathered)
    school.shown("10.30.9.14")
    assert school.later(**not_yet) == []
    school.shown("10.30.9.15")
    (mail,) = school.later(**then)
    assert "on 2 devices" in mail
    assert school.later(hours=2) == []


def test_no_flood_a_device_once_an_hour_twenty_named_one_message_a_minute(school: School) -> None:
    for number in range(MOST_NAMED + 13):
        for _ in range(5):
            school.shown(f"10.30.9.{number}")
    (mail,) = school.later(seconds=10)
    assert mail.count("device 10.30.9.") == MOST_NAMED
    assert "and 13 more devices" in mail
    school.shown("10.30.9.1")
    school.shown("10.30.7.1")
    assert school.later(seconds=10) == []  # within the minute
    (mail,) = school.later(seconds=60)
    assert "10.30.7.1" in mail
    assert "10.30.9.1" not in mail
    school.now += timedelta(hours=1)
    school.shown("10.30.9.1")
    assert len(school.later(seconds=10)) == 1


def test_a_block_that_is_no_page_that_cares_tells_nothing(school: School) -> None:
    school.shown("10.30.9.14", care=False)
    assert school.later(minutes=2) == []


def test_without_an_alert_in_policy_nobody_is_told(school: School) -> None:
    school.alert = None
    school.shown("10.30.9.14")
    assert school.later(minutes=2) == []
    school.alert = Alert("safeguarding", Gathered.AT_ONCE)
    assert school.later(minutes=2) == []


def test_it_waits_while_nobody_can_be_told_and_says_so(school: School, caplog: pytest.LogCaptureFixture) -> None:
    school.telling = None
    school.shown("10.30.9.14")
    assert school.later(minutes=2) == []
    assert "nobody can be told" in caplog.text
    school.telling = TELLING
    assert len(school.later(minutes=2)) == 1


def test_a_new_process_goes_on_where_the_last_one_was_and_tells_nothing_twice(school: School) -> None:
    school.shown("10.30.9.14")
    school.begin()
    assert len(school.later(seconds=10)) == 1
    school.begin()
    school.shown("10.30.9.14")
    assert school.later(minutes=2) == []
    (school.folder / "care-alerts.json").write_text("[]")
    school.begin()
    assert school.later(minutes=2) == []  # nobody knows what was told: from now on


def test_over_midnight_nothing_is_lost(school: School) -> None:
    school.now = datetime(2026, 11, 30, 23, 59, 55, tzinfo=UTC)
    school.shown("10.30.9.14")
    assert len(school.later(seconds=10)) == 1
    school.shown("10.30.9.15")
    assert len(school.later(minutes=2)) == 1


def test_a_torn_line_is_passed_over(school: School) -> None:
    with (school.folder / f"decisions-{school.now:%Y-%m-%d}.jsonl").open("a") as log:
        log.write('{"care":true,"time":\n')
    school.shown("10.30.9.14")
    assert len(school.later(seconds=10)) == 1
