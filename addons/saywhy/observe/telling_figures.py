"""The figures of telling people: messages by what became of them, those that wait, replies by mail."""

from prometheus_client import Counter, Gauge

from saywhy.observe.labels import REPLY_OUTCOMES, TOLD_BY, TOLD_OUTCOMES, closed
from saywhy.observe.metrics import Metrics


class TellingFigures:
    """Kept in the portal's process alone, among its other figures."""

    def __init__(self, metrics: Metrics) -> None:
        self.fault = metrics.fault
        self._told = Counter(
            "saywhy_messages_total",
            "Tries to send a message to somebody who asked or decides, by what became of them.",
            ("channel", "outcome"),
            registry=metrics.registry,
        )
        self._untold = Gauge(
            "saywhy_messages_waiting",
            "Messages that are not sent yet.",
            registry=metrics.registry,
            multiprocess_mode="mostrecent",  # one store is counted: the latest count is right
        )
        self._replies = Counter(
            "saywhy_mail_replies_total",
            "Replies by mail, by what became of them.",
            ("outcome",),
            registry=metrics.registry,
        )

    def told(self, channel: str, outcome: str) -> None:
        """Count what became of a try to send a message."""
        self._told.labels(closed(channel, TOLD_BY), closed(outcome, TOLD_OUTCOMES)).inc()

    def untold(self, count: int) -> None:
        """Set how many messages wait."""
        self._untold.set(count)

    def reply(self, outcome: str) -> None:
        """Count what became of a reply by mail."""
        self._replies.labels(closed(outcome, REPLY_OUTCOMES)).inc()
