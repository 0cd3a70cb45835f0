"""For leaders: what the school's rules do. Counts of groups and rules alone, nothing of anybody."""

from typing import Final

from deploy.dashboards.panels import GREEN, RATE, RED, WHOLE, Dashboard, Query, bars, lines, number

_CLOSED: Final = 'effect!="allow"'

BLOCKED: Final = Dashboard(
    "saywhy-blocked",
    "Saywhy: what is blocked, and why?",
    "For leaders. One page can be many requests, so these are no numbers of people or visits.",
    "now-7d",
    (
        number(
            "How much was asked for?",
            "Everything that devices asked for, allowed or not.",
            f"sum(increase(saywhy_decisions_total{WHOLE}))",
            decimals=0,
            width=8,
        ),
        number(
            "How much was closed?",
            "Blocked, or closed until somebody goes on (caution).",
            f"sum(increase(saywhy_decisions_total{{{_CLOSED}}}{WHOLE}))",
            decimals=0,
            width=8,
        ),
        number(
            "What part is that?",
            "Closed requests among all.",
            f"sum(increase(saywhy_decisions_total{{{_CLOSED}}}{WHOLE})) / sum(increase(saywhy_decisions_total{WHOLE}))",
            "percentunit",
            decimals=1,
            width=8,
        ),
        lines(
            "When is how much blocked?",
            "Requests a second, by what came out.",
            "reqps",
            Query(f"sum by (effect) (rate(saywhy_decisions_total{RATE}))", "{{effect}}"),
            width=24,
        ),
        bars(
            "Which rules blocked most?",
            "A rule that blocks very much, or nothing, is worth a look; each has a date for its review.",
            f'topk(15, sum by (rule) (increase(saywhy_rule_decisions_total{{effect="block"}}{WHOLE})) > 0)',
            "{{rule}}",
            width=12,
        ),
        bars(
            "What kinds of site were blocked most?",
            "By category; a site that belongs to several counts in each.",
            f'topk(15, sum by (category) (increase(saywhy_category_decisions_total{{effect="block"}}{WHOLE})) > 0)',
            "{{category}}",
            width=12,
        ),
        bars(
            "Why was it blocked?",
            "rule: a rule of the school; locked: one that nothing opens; others are what no rule has to say.",
            f'sum by (reason) (increase(saywhy_decisions_total{{effect="block"}}{WHOLE})) > 0',
            "{{reason}}",
        ),
        bars(
            "For which groups is most blocked?",
            "The part of a group's requests that is closed. none: devices outside every place.",
            f"sum by (group) (increase(saywhy_decisions_total{{{_CLOSED}}}{WHOLE})) "
            f"/ (sum by (group) (increase(saywhy_decisions_total{WHOLE})) > 0)",
            "{{group}}",
            "percentunit",
        ),
        bars(
            "Which pages were shown, and for whom were they written?",
            "block explains, care names who listens, open says that it is open after all; by reading level.",
            f"sum by (kind, reader) (increase(saywhy_pages_total{WHOLE})) > 0",
            "{{kind}}, {{reader}}",
        ),
        bars(
            "Where did people go on after a caution?",
            "How often, by the rule.",
            f"sum by (rule) (increase(saywhy_goes_total{WHOLE}))",
            "{{rule}}",
        ),
        bars(
            "What that should stay open is closed?",
            "Sites that should stay open at a school, and that policy or lists close to somebody at some time; 0 is good.",
            "max by (kind) (saywhy_overblocked_sites)",
            "{{kind}}",
            steps=((0, GREEN), (1, RED)),
        ),
        bars(
            "How much is looked into?",
            "Connections that were relayed as they are, looked into, without TLS, or refused.",
            f"sum by (way) (increase(saywhy_connection_ways_total{WHOLE}))",
            "{{way}}",
        ),
    ),
)
