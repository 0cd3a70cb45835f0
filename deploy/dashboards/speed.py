"""For whoever tunes the filter."""

from typing import Final

from deploy.dashboards.panels import RATE, Dashboard, Query, lines


def _within(part: float, histogram: str, by: str = "") -> str:
    """The seconds within which such a part of something was done."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({part}, sum by ({labels}) (rate({histogram}_bucket{RATE})))"


SPEED: Final = Dashboard(
    "saywhy-speed",
    "Saywhy: speed",
    "For whoever tunes. Lanes: thin takes plain HTTP/1.1, layers everything else that is looked into, relay what goes by as it is.",
    "now-1h",
    (
        lines(
            "How many requests come in?",
            "A second; connect is the beginning of a tunnel.",
            "reqps",
            Query(f"sum by (scheme) (rate(saywhy_requests_total{RATE}))", "{{scheme}}"),
        ),
        lines(
            "How much data goes through?",
            "Bytes a second, by lane and direction. What a relay carried is counted once it has ended.",
            "Bps",
            Query(f"sum by (lane, direction) (rate(saywhy_relayed_bytes_total{RATE}))", "{{lane}}, {{direction}}"),
        ),
        lines(
            "What becomes of connections?",
            "A second: relayed as they are, looked into, without TLS, refused.",
            "ops",
            Query(f"sum by (way) (rate(saywhy_connection_ways_total{RATE}))", "{{way}}"),
        ),
        lines(
            "How long does half of the requests take at the most?",
            "From a request's head to the end of its answer, the place asked for included.",
            "s",
            Query(_within(0.5, "saywhy_request_duration_seconds", "lane"), "{{lane}}"),
        ),
        lines(
            "How long do 95 in 100 requests take at the most?",
            "From a request's head to the end of its answer, the place asked for included.",
            "s",
            Query(_within(0.95, "saywhy_request_duration_seconds", "lane"), "{{lane}}"),
        ),
        lines(
            "How long does deciding take?",
            "99 in 100 decisions at the most. Usual are 5 to 50 µs; relay decides on the name alone.",
            "s",
            Query(_within(0.99, "saywhy_decision_duration_seconds", "lane"), "{{lane}}"),
        ),
        lines(
            "How long does making a page take?",
            "95 in 100 pages at the most.",
            "s",
            Query(_within(0.95, "saywhy_page_render_duration_seconds"), "pages"),
        ),
        lines(
            "How many handshakes are there, and how many are saved?",
            "A second, with clients and with origins. Resumed sessions cost less than full handshakes, kept connections nothing.",
            "ops",
            Query(f"sum by (side, kind) (rate(saywhy_handshakes_total{RATE}))", "{{side}}, {{kind}}"),
        ),
        lines(
            "How many connections are open?",
            "Client connections, of all workers together.",
            "short",
            Query("sum(saywhy_connections)", "open"),
        ),
        lines(
            "How many files does each process have open?",
            "Files and sockets.",
            "short",
            Query("max by (process) (saywhy_open_files)", "{{process}}"),
        ),
        lines(
            "How many places asked for fail?",
            "A second, by what was wrong with them.",
            "ops",
            Query(f'sum by (kind) (rate(saywhy_faults_total{{kind=~"upstream-.*|name-.*"}}{RATE})) > 0', "{{kind}}"),
        ),
        lines(
            "How many names are in the lists?",
            "Names and addresses in the index of imported lists.",
            "short",
            Query("max(saywhy_listed_names)", "names"),
        ),
    ),
)
