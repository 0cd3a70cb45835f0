"""What raises in a step of the thin lane goes no further."""

import pytest

from saywhy.proxy.lane.faults import closed_on_fault


class Stepping:
    def __init__(self) -> None:
        self.broken = 0

    def broke(self) -> None:
        self.broken += 1

    @closed_on_fault
    def step(self, error: BaseException | None) -> None:
        if error is not None:
            raise error


def test_a_step_that_raises_breaks_what_it_belongs_to() -> None:
    one = Stepping()
    one.step(None)
    assert one.broken == 0
    one.step(ValueError("wrong"))
    assert one.broken == 1


def test_what_ends_the_program_is_not_held_back() -> None:
    with pytest.raises(KeyboardInterrupt):
        Stepping().step(KeyboardInterrupt())
