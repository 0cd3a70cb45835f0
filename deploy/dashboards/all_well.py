"""For a technician who looks in the morning, or is called."""

from typing import Final

from deploy.dashboards.panels import AMBER, GREEN, RED, WHOLE, Dashboard, Query, bars, lines, number

_DAY: Final = 86_400
_NONE_IS_GOOD: Final = ((0, GREEN), (1, RED))

ALL_WELL: Final = Dashboard(
    "saywhy-well",
    "Saywhy: is all well?",
    "For whoever looks after the filter. Green is well; docs/alerts.md says what to do about the rest.",
    "now-6h",
    (
        number(
            "Does Saywhy tell its figures?",
            "No: nothing answers at the address of the metrics. The filter may be down.",
            'max(up{job="saywhy"}) or vector(0)',
            steps=((0, RED), (1, GREEN)),
            words=((0, "no"), (1, "yes")),
        ),
        number(
            "How many alerts fire?",
            "Alerts of deploy/prometheus; each has a section in docs/alerts.md.",
            'count(ALERTS{alertname=~"Saywhy.*", alertstate="firing"}) or vector(0)',
            steps=_NONE_IS_GOOD,
        ),
        number(
            "Was the policy taken?",
            "No: a process could not load it when it last tried. What was in force before stays.",
            "min(saywhy_policy_last_reload_successful)",
            steps=((0, RED), (1, GREEN)),
            words=((0, "no"), (1, "yes")),
        ),
        number(
            "Any problems in the policy?",
            "In the files of the policy; `saywhy check` names each. While there are any, a change is not in force.",
            "max(saywhy_policy_problems)",
            steps=_NONE_IS_GOOD,
        ),
        number(
            "How old is the policy?",
            "Since it was loaded last: by a change, or a restart.",
            "time() - max(saywhy_policy_loaded_timestamp_seconds)",
            "s",
        ),
        number(
            "When does the certificate end?",
            "In so long. Until then devices can be shown pages; plan a new one 60 days before.",
            "min(saywhy_certificate_expiry_timestamp_seconds) - time()",
            "s",
            steps=((0, RED), (14 * _DAY, AMBER), (60 * _DAY, GREEN)),
        ),
        bars(
            "What is wrong now?",
            "1 stands for something that is wrong in a process: everything refused, lists or sealed lists lost, a policy that is "
            "not followed, an audit trail that does not fit.",
            "max by (kind) (saywhy_alarm)",
            "{{kind}}",
            steps=_NONE_IS_GOOD,
        ),
        bars(
            "Which policy does each process go by?",
            "All should name the same revision.",
            "max by (process, revision) (saywhy_process_policy_info)",
            "{{process}}: {{revision}}",
        ),
        bars(
            "How old is each list?",
            "Since its entries were taken last.",
            "time() - max by (list) (saywhy_list_updated_timestamp_seconds)",
            "{{list}}",
            "s",
            steps=((0, GREEN), (_DAY, AMBER), (2 * _DAY, RED)),
        ),
        bars(
            "How many names has each list?",
            "A list that shrank much at once was perhaps not read well.",
            "max by (list) (saywhy_list_entries)",
            "{{list}}",
        ),
        bars(
            "Which lists were not updated?",
            "1: the last update of this list was not taken. What it held before stays.",
            "max by (list) (saywhy_list_failing)",
            "{{list}}",
            steps=_NONE_IS_GOOD,
        ),
        bars(
            "Which faults were met?",
            "Faults that were met and closed. Those that begin with upstream or name are of the places asked for, not ours.",
            f"sum by (kind) (increase(saywhy_faults_total{WHOLE})) > 0",
            "{{kind}}",
        ),
        bars(
            "Why do devices end the handshake?",
            "unknown_ca: a device that does not trust our certificate; docs/devices.md says how it comes to.",
            f"sum by (alert) (increase(saywhy_client_handshakes_ended_total{WHOLE})) > 0",
            "{{alert}}",
        ),
        lines(
            "How near are connections and files to their limits?",
            "Open client connections of all that the workers take together; open files and sockets of each process.",
            "percentunit",
            Query("sum(saywhy_connections) / sum(saywhy_connections_limit)", "connections"),
            Query("saywhy_open_files / saywhy_open_files_limit", "files of {{process}}"),
        ),
        number(
            "How many lines of the log were lost?",
            "The disk is full, fails, or is too slow. Filtering goes on.",
            f"sum(increase(saywhy_log_lines_dropped_total{WHOLE}))",
            steps=_NONE_IS_GOOD,
            width=8,
        ),
    ),
)
