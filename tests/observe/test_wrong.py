"""What can be wrong, beside the alerts for Prometheus: the same kinds, words, severities and thresholds."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from saywhy.observe import finding_wrong
from saywhy.observe.filter_figures import SLOW_SECONDS
from saywhy.observe.labels import ALARMS
from saywhy.observe.wrong import MEANINGS, Wrong, found

ROOT = Path(__file__).parents[2]
RULES: dict[str, Any] = {
    rule["alert"]: rule
    for group in yaml.safe_load((ROOT / "deploy" / "prometheus" / "saywhy.rules.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
}


def test_the_table_has_every_kind_and_every_alarm() -> None:
    assert MEANINGS.keys() == set(Wrong)
    assert {str(kind) for kind in Wrong} >= ALARMS


def test_every_alert_is_in_the_table_and_no_other() -> None:
    assert {one.alert for one in MEANINGS.values() if one.alert} == RULES.keys()


@pytest.mark.parametrize("alert", sorted(RULES))
def test_they_say_the_same(alert: str) -> None:
    ours = [one for one in MEANINGS.values() if one.alert == alert]
    summary = RULES[alert]["annotations"]["summary"]
    for label in ("list", "process", "check"):
        summary = summary.replace("{{ $labels." + label + " }}", "{about}")
    assert summary in [one.what for one in ours]
    assert {one.severity for one in ours} == {RULES[alert]["labels"]["severity"]}


@pytest.mark.parametrize(
    ("alert", "threshold"),
    [
        ("SaywhyListStale", f"> {finding_wrong.STALE_SECONDS // 3600} * 3600"),
        ("SaywhyCertificateEnds", f"< {finding_wrong.CERTIFICATE_SECONDS // 86_400} * 86400"),
        ("SaywhyFilesNearLimit", f"> {finding_wrong.NEAR}"),
        ("SaywhyConnectionsNearLimit", f"> {finding_wrong.NEAR}"),
        ("SaywhyDecisionsSlow", f"> {SLOW_SECONDS}"),
        ("SaywhyDecisionsSlow", f"histogram_quantile({1 - finding_wrong.SLOW_PART},"),
        ("SaywhyLogLinesDropped", f"[{finding_wrong.LOST_SECONDS // 60}m]) > 0"),
        ("SaywhyProcessReplaced", f"[{finding_wrong.REPLACED_SECONDS // 60}m]) > 0"),
        ("SaywhyRequestOverdue", "> 0"),
        ("SaywhyEndedWithoutReason", "> 0"),
    ],
)
def test_thresholds_are_those_of_the_alerts(alert: str, threshold: str) -> None:
    assert threshold in RULES[alert]["expr"]


def test_docs_have_the_same_table() -> None:
    docs = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    for kind, one in MEANINGS.items():
        alert = f"[{one.alert}](alerts.md#{one.alert.lower()})" if one.alert else ""
        assert f"| `{kind}` | {one.severity} | {one.what.replace('{about}', '…')} | {alert} |\n" in docs


@pytest.mark.parametrize("kind", list(Wrong))
def test_each_says_what_to_do_in_sentences(kind: Wrong) -> None:
    one = found(kind, "ut1/games")
    assert one.what[0].isupper() or one.what.startswith("ut1/games")
    assert not one.what.endswith(".")
    assert one.do.endswith(".")
    assert "{" not in one.what + one.do
