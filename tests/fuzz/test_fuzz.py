"""A few thousand bent inputs with one seed number; `make fuzz` tries a million."""

from random import Random

import pytest

from tests.fuzz.driving import OK, Driver, settings
from tests.fuzz.run import input_for, tried
from tests.fuzz.subjects import SUBJECTS, Subject

INPUTS = 1_000


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_nothing_falls_over(subject: Subject) -> None:
    assert tried(subject, 20_261_124, range(INPUTS)) == []


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_the_same_number_is_the_same_input(subject: Subject) -> None:
    inputs = [input_for(subject, 1, number)[0] for number in range(100)]
    assert inputs == [input_for(subject, 1, number)[0] for number in range(100)]
    assert len(set(inputs)) > 90


@pytest.mark.parametrize("head", [seed for subject in SUBJECTS[1:] for seed in subject.seeds if b"good.test/" in seed])
def test_the_seeds_are_taken(head: bytes) -> None:
    with settings() as options:
        driver = Driver(options)
        driver.feed(head)
    assert driver.seen.requests
    assert driver.seen.client.startswith((OK, b"HTTP/1.1 100 Continue"))


def test_what_falls_over_is_told_with_its_bytes() -> None:
    def falls(data: bytes, chance: Random, settings: object) -> None:
        raise RecursionError(data)

    subject = Subject("falls", (b"seed",), (b"word",), falls)
    found = tried(subject, 1, range(2))
    assert [(one.subject, one.number) for one in found] == [("falls", 0), ("falls", 1)]
    assert all("RecursionError" in one.error for one in found)
