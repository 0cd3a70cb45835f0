"""What is unwise in a policy that loads: every finding of lint, less those that the school accepts with a reason."""

from datetime import datetime

from saywhy.decide.engine import Engine
from saywhy.policy.problem import Problem
from saywhy.policy.reading.written import Written
from saywhy.rehearse.accepts import accepted
from saywhy.rehearse.findings import Locations
from saywhy.rehearse.lint_alternatives import lint_alternatives
from saywhy.rehearse.lint_calendars import lint_calendars
from saywhy.rehearse.lint_care import lint_care
from saywhy.rehearse.lint_controls import lint_controls
from saywhy.rehearse.lint_dates import lint_dates
from saywhy.rehearse.lint_inspection import lint_inspection
from saywhy.rehearse.lint_look import lint_look
from saywhy.rehearse.lint_obligations import lint_obligations
from saywhy.rehearse.lint_order import lint_order
from saywhy.rehearse.lint_places import lint_places
from saywhy.rehearse.lint_suffixes import lint_suffixes
from saywhy.rehearse.lint_words import lint_words
from saywhy.rehearse.shadowing import Shadowing
from saywhy.rehearse.week import Week


def lint(engine: Engine, written: Written, now: datetime) -> tuple[Problem, ...]:
    """All findings, in the order of files, lines and columns.

    `written` are the files that the policy was loaded from; `now` is aware.
    """
    locations, shadowing = Locations(engine, written), Shadowing(engine.written)
    week = Week(engine.written, now)
    problems = [
        *lint_places(locations),
        *lint_order(locations, shadowing, week),
        *lint_alternatives(locations, shadowing, week),
        *lint_words(locations),
        *lint_care(locations, week),
        *lint_inspection(locations),
        *lint_obligations(locations),
        *lint_controls(locations),
        *lint_dates(locations, now),
        *lint_calendars(locations, now),
        *lint_suffixes(locations),
        *lint_look(locations, now),
    ]
    return tuple(sorted(set(accepted(problems, written))))
