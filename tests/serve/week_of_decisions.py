"""A week of a school's decisions, made by the one function that decides and kept by the log's own writer."""

from datetime import datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

from saywhy.decide.access import Access, subject_at, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.observe.daily_log import DailyLog
from saywhy.observe.decision_log import DecisionRecord
from saywhy.policy.school import Address

PAGES = (
    "https://www.bbc.co.uk/bitesize/subjects",
    "https://www.tiktok.com/@museum/video/1",
    "https://www.tiktok.com/@museum",
    "https://p16.tiktokcdn.com/picture.jpg",
    "https://www.reddit.com/r/askscience/",
    "https://www.reddit.com/r/askscience/comments/1/why/",
    "https://i.redd.it/picture.png",
    "https://www.roblox.com/games/1",
    "https://en.wikipedia.org/wiki/Chess",
    "https://www.gov.uk/",
)


def write_week(engine: Engine, log: Path, now: datetime, devices: list[Address], count: int) -> None:
    """Write so many decisions of the seven days before a moment, spread evenly over these devices and PAGES."""
    writer = DailyLog(log, longest_queue=count + 1)
    made: dict[tuple[object, ...], Decision] = {}
    steps = cycle(range(7 * len(PAGES) * len(devices)))
    for number, step in enumerate(islice(steps, count)):
        at = now - timedelta(days=7) * ((count - number) / count)
        device, page = devices[step % len(devices)], PAGES[(step // len(devices)) % len(PAGES)]
        access = Access(subject_at(engine, device), target_of_url(page), at)
        key = (device, page, at.hour, at.minute // 10, at.date())
        decision = made.get(key) or made.setdefault(key, decide(engine, NO_GRANTS, access))
        writer.write(DecisionRecord.of("GET", access, decision, took=0.00002))
    writer.close()
    assert writer.dropped == 0
