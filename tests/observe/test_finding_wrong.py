"""What is found wrong: each thing by its figure alone, and nothing on a filter that is well."""

from datetime import UTC, datetime

import pytest

from saywhy.observe.finding_wrong import (
    CERTIFICATE_SECONDS,
    STALE_SECONDS,
    each_once,
    wrong_in_figures,
    wrong_in_health,
)
from saywhy.observe.health_told import HealthTold, ProcessTold, WrongTold
from saywhy.observe.wrong import Wrong, found
from tests.observe.scraping import SCRAPED_AT, scraped, without

FILE = 'saywhy_open_files{process="worker-1"}'
GAMES = '{list="ut1/games"}'

# What the figures say, and what is wrong then.
CASES: list[tuple[str, list[str], list[str]]] = [
    ("a real filter", [], []),
    ("alarm", ['saywhy_alarm{kind="refusing"} 1'], ["refusing"]),
    ("a new alarm is left to the filter's own words", ['saywhy_alarm{kind="brand-new"} 1'], []),
    ("break-glass", ['saywhy_rule_decisions_total{rule="break-glass",effect="allow"} 0'], ["break-glass"]),
    ("reload", ["saywhy_policy_last_reload_successful 0"], ["policy-not-taken"]),
    ("problems", ["saywhy_policy_problems 2"], ["policy-not-taken"]),
    ("follows another", ['saywhy_process_policy_info{process="worker-1",revision="0"} 1'], ["policy"]),
    ("stale", [f"saywhy_list_checked_timestamp_seconds{GAMES} {SCRAPED_AT - STALE_SECONDS - 1}"], ["list-stale"]),
    ("not yet stale", [f"saywhy_list_checked_timestamp_seconds{GAMES} {SCRAPED_AT - STALE_SECONDS}"], []),
    ("failing", [f"saywhy_list_failing{GAMES} 1"], ["list-failing"]),
    ("certificate", [f"saywhy_certificate_expiry_timestamp_seconds {SCRAPED_AT + CERTIFICATE_SECONDS - 1}"], ["certificate-ends"]),
    ("not yet", [f"saywhy_certificate_expiry_timestamp_seconds {SCRAPED_AT + CERTIFICATE_SECONDS}"], []),
    ("files", [f"{FILE} 16001"], ["files-near-limit"]),
    ("not near", [f"{FILE} 16000"], []),
    ("connections", ["saywhy_connections 15841"], ["connections-near-limit"]),
    ("lost now", ["saywhy_log_lines_dropped_total 3", f"saywhy_log_lines_dropped_timestamp_seconds {SCRAPED_AT - 599}"], ["log-lines-dropped"]),
    ("lost long ago", ["saywhy_log_lines_dropped_total 3", f"saywhy_log_lines_dropped_timestamp_seconds {SCRAPED_AT - 600}"], []),
    ("overdue", ["saywhy_exception_requests_overdue 1"], ["request-overdue"]),
    ("no reason", ["saywhy_exception_requests_ended_without_reason 1"], ["ended-without-reason"]),
    ("self-test", ['saywhy_selftest_ok{check="blocked"} 0', 'saywhy_selftest_ok{check="allowed-inspected"} 1'], ["self-test-fails"]),
    ("not opened", ['saywhy_selftest_ok{check="allowed-relayed"} 0'], ["self-test-refuses-allowed"]),
    ("let through", ['saywhy_selftest_ok{check="blocked"} 0', "saywhy_selftest_let_through 1"], ["self-test-let-through"]),
    ("not tested", [f"saywhy_selftest_timestamp_seconds {SCRAPED_AT - 301}"], ["self-test-stopped"]),
    ("store", ['saywhy_alarm{kind="store"} 1'], ["store"]),
    ("slow", ["saywhy_decision_duration_seconds_count 1000", 'saywhy_decision_duration_seconds_bucket{le="0.0025"} 989'], ["decisions-slow"]),
    ("quick", ["saywhy_decision_duration_seconds_count 1000", 'saywhy_decision_duration_seconds_bucket{le="0.0025"} 990'], []),
    ("too few", ["saywhy_decision_duration_seconds_count 999", 'saywhy_decision_duration_seconds_bucket{le="0.0025"} 0'], []),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "kinds"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_figures(changed: list[str], kinds: list[str]) -> None:
    assert [one.kind for one in wrong_in_figures(scraped(*changed), SCRAPED_AT)] == kinds


def test_an_older_filter_does_not_say_when_lines_were_lost() -> None:
    assert list(wrong_in_figures(without("saywhy_log_lines_dropped_timestamp_seconds"), SCRAPED_AT)) == []
    assert list(wrong_in_figures(without("saywhy_alarm"), SCRAPED_AT)) == []


def test_health_has_the_words_of_this_table_or_of_a_newer_filter() -> None:
    told = (
        WrongTold("worker 2", "lists", "the index is gone"),
        WrongTold("", "too-new", "The moon is full.", "wait for a week."),
        WrongTold("", "newer-still", ""),
        WrongTold("self-test", "sealed", "what figures tell as well"),
    )
    lists, moon, newer = wrong_in_health(HealthTold(ready=False, wrong=told), 0)
    assert (lists.kind, lists.detail) == (Wrong.LISTS, "worker 2: the index is gone")
    assert lists.do.startswith("put the folder of lists back")
    assert (moon.what, moon.do) == ("The moon is full.", "wait for a week.")
    assert newer.what == "the filter says: newer-still"


def test_a_process_that_is_not_up_is_told_once() -> None:
    health = HealthTold(
        ready=False,
        processes=(ProcessTold("portal", "gone"), ProcessTold("worker 1", "up"), ProcessTold("worker 2", "silent")),
        wrong=(WrongTold("worker 2", "silent", "worker 2 has said nothing for 6 seconds"),),
    )
    assert [one.what for one in wrong_in_health(health, 0)] == [
        "A process does not answer: worker 2",
        "A process has ended: portal",
    ]


@pytest.mark.parametrize(("minutes", "restarts", "told"), [(2, 1, True), (11, 1, False), (2, 0, False)])
def test_a_process_that_was_started_again_is_told_for_ten_minutes(minutes: int, restarts: int, told: bool) -> None:
    since = datetime(2026, 11, 27, 10, tzinfo=UTC)
    health = HealthTold(ready=True, processes=(ProcessTold("worker-1", "up", 7, since, restarts),))
    wrong = [one.what for one in wrong_in_health(health, since.timestamp() + minutes * 60)]
    assert wrong == (["A process was started again: worker-1"] if told else [])


def test_each_is_told_once_and_the_worst_first() -> None:
    told = each_once(
        [
            found(Wrong.LIST_FAILING, "b"),
            found(Wrong.LIST_FAILING, "a"),
            found(Wrong.LIST_FAILING, "b"),
            found(Wrong.LISTS, "worker 1", "said by its health"),
            found(Wrong.LISTS),
            found(Wrong.REFUSING),
        ]
    )
    assert [(one.kind, one.about) for one in told] == [
        ("refusing", ""),
        ("lists", "worker 1"),
        ("list-failing", "b"),
        ("list-failing", "a"),
    ]
