from prometheus_client import CollectorRegistry

from saywhy.observe.metrics import Metrics
from saywhy.observe.telling_figures import TellingFigures


def test_messages_and_replies_are_counted_by_closed_sets() -> None:
    registry = CollectorRegistry()
    figures = TellingFigures(Metrics(registry=registry))
    figures.told("mail", "sent")
    figures.told("pigeon", "lost")
    figures.untold(3)
    figures.reply("kept")
    value = registry.get_sample_value
    assert value("saywhy_messages_total", {"channel": "mail", "outcome": "sent"}) == 1
    assert value("saywhy_messages_total", {"channel": "other", "outcome": "other"}) == 1
    assert value("saywhy_messages_waiting") == 3
    assert value("saywhy_mail_replies_total", {"outcome": "kept"}) == 1
