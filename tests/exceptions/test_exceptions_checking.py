"""What a check of the audit trail finds beside the trail: rows that somebody put into the database, changed or took away."""

from datetime import timedelta

import pytest

from saywhy.exceptions.store import Store
from tests.exceptions.conftest import NOW, WHY
from tests.exceptions.test_exceptions_trail import said, tamper, told

__all__ = ["told"]  # a fixture

# What every guard of the tables lets pass, so that only the trail tells.
YES_BY_HAND = """
INSERT INTO reviews (request, account, role, verdict, reason, at, round)
SELECT id, 'lead', 'safeguarding', 'approve', 'By hand.', submitted_at, round FROM exception_requests WHERE id = 2
"""
PERMIT_BY_HAND = """
INSERT INTO grants (id, request, who_kind, who_value, what_kind, what_value, starts, ends, approved_by, first_approver)
SELECT 'by-hand', id, 'device', device, 'page', url, submitted_at, submitted_at, 'lead', 'lead' FROM exception_requests
WHERE id = 2
"""
JOINED_BY_HAND = """
INSERT INTO joins (request, receipt, browser, account, code, device, at)
SELECT id, 'x', 'x', '', code, '10.30.7.99', submitted_at FROM exception_requests WHERE id = 1
"""


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (
            ["UPDATE grants SET revoked_at = starts, revoked_by = 'it'"],
            "the permit of R-1001 was ended early, and no line says so",
        ),
        ([YES_BY_HAND, PERMIT_BY_HAND], "the permit of R-1002 is there, and no line says that it was given"),
        ([YES_BY_HAND], "the answers to R-1002 are not those that the trail tells"),
        (["UPDATE reviews SET reason = 'x' WHERE request = 2"], "the answers to R-1002 are not those"),
        (["DELETE FROM reviews WHERE request = 2"], "the answers to R-1002 are not those"),
        ([JOINED_BY_HAND], "somebody joined R-1001, and no line says so"),
    ],
)
def test_rows_that_no_line_tells_of_are_found(told: Store, url: str, statements: list[str], found: str) -> None:
    tamper(url, *statements)
    assert any(one.startswith(found) for one in said(told)), said(told)


def test_a_permit_that_was_ended_and_is_there_again_is_found(told: Store, url: str) -> None:
    (permit,) = told.live_grants(NOW + timedelta(minutes=3))
    told.revoke(permit.id, "it", NOW + timedelta(minutes=3), WHY)
    assert said(told) == []
    tamper(url, "UPDATE grants SET revoked_at = NULL")
    assert said(told) == ["the permit of R-1001 was ended early, and is there again"]
