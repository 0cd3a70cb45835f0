"""For those who decide on requests. Counts alone: who asked, and for what, stands in the portal."""

from typing import Final

from deploy.dashboards.panels import GREEN, RED, WHOLE, Dashboard, Query, bars, lines, number

_NONE_IS_GOOD: Final = ((0, GREEN), (1, RED))

ASKING: Final = Dashboard(
    "saywhy-asking",
    "Saywhy: asking and answering",
    "For those who decide on requests.",
    "now-30d",
    (
        number(
            "How many requests wait?",
            "Asked, asked back, or waiting for somebody else to agree.",
            "sum(saywhy_exception_requests_waiting)",
        ),
        number(
            "How many wait too long?",
            "Longer than policy gives for an answer, in hours of school.",
            "max(saywhy_exception_requests_overdue)",
            steps=_NONE_IS_GOOD,
        ),
        number(
            "How old is the oldest?",
            "Nights and weekends as well.",
            "max(saywhy_exception_requests_oldest_age_seconds)",
            "s",
        ),
        number(
            "How long do people wait?",
            "Half of those who were answered in the last 30 days waited no longer, nights and weekends as well. 0: fewer than five.",
            "max(saywhy_exception_answer_median_seconds)",
            "s",
        ),
        number(
            "And nine in ten of them?",
            "They waited no longer than this.",
            "max(saywhy_exception_answer_ninth_decile_seconds)",
            "s",
        ),
        number(
            "How many ended with no reason?",
            "Requests that were answered or closed, and nobody wrote why. Saywhy never does that.",
            "max(saywhy_exception_requests_ended_without_reason)",
            steps=_NONE_IS_GOOD,
        ),
        bars(
            "How many people have to agree to what waits?",
            "two: two people or more; other: not worked out yet.",
            "max by (tier) (saywhy_exception_requests_waiting)",
            "{{tier}}",
        ),
        bars(
            "What became of requests?",
            "All that the store still has, by where they are.",
            "max by (state) (saywhy_exception_requests)",
            "{{state}}",
        ),
        lines(
            "How many permits are there?",
            "In force or to come; those that end within 7 days; those that nobody has used for 30 days, which could go.",
            "short",
            Query("max(saywhy_permits)", "in force or to come"),
            Query("max(saywhy_permits_ending)", "end within 7 days"),
            Query("max(saywhy_permits_unused)", "unused for 30 days"),
        ),
        lines(
            "How does the pile of requests grow?",
            "Requests that wait, over time.",
            "short",
            Query("max by (tier) (saywhy_exception_requests_waiting)", "{{tier}}"),
        ),
        bars(
            "What happens in the portal?",
            "What people did, and what it met.",
            f"sum by (kind) (increase(saywhy_portal_events_total{WHOLE})) > 0",
            "{{kind}}",
        ),
        number(
            "How many messages wait to be sent?",
            "Mail and webhooks to those who asked or decide.",
            "max(saywhy_messages_waiting)",
            width=8,
        ),
    ),
)
